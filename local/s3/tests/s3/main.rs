//! S3 as its clients see it: the AWS SDK, and presigned URLs.
//!
//! `contract` states what S3 does. It runs against the S3 of this crate, or against another one whose URL
//! is in `SLUICE_S3_ENDPOINT`. `ours` is about the S3 of this crate alone: its files, its restarts, its
//! outbox of events, and what it refuses. `ministack` runs the contract against MiniStack.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod contract;
mod ministack;
mod ours;
mod service;
mod signing;
