//! SES as the AWS SDK sees it, and the mailbox as a person sees it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod events;
mod faults;
mod limits;
mod mailbox;
mod sending;
mod service;
