//! A persistent S3 in one process, for a laptop and for tests.
//!
//! The crate `s3s` speaks the protocol and checks signatures; behind it are an index in `SQLite`
//! and a folder of blobs with random names, so that a key never touches the file system. A write
//! becomes visible in one transaction of the index, which also queues its event: whenever the
//! process is killed, an object is either the old one or the new one, and no event is lost.

mod attributes;
mod blobs;
mod checksums;
mod conditions;
mod config;
mod error;
mod event;
mod handle;
mod index;
mod receive;
mod send;
mod service;
mod signed_headers;
mod stats;
mod store;

pub use config::Config;
pub use error::{Error, OpenError};
pub use event::ObjectCreated;
pub use handle::S3;
pub use stats::Stats;
