//! SQS as the AWS SDK sees it.
//!
//! `contract` states what SQS does. It runs against the SQS of this crate, or against another one whose
//! URL is in `SLUICE_SQS_ENDPOINT`. `ours` is about the SQS of this crate alone: its restarts, its order,
//! its URLs, and what it refuses. `ministack` runs the contract against MiniStack.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod contract;
mod ministack;
mod ours;
mod service;
