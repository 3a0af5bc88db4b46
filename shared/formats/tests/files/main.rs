//! Files as people send them, through what the crate shows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod gzip;
mod hostile;
mod support;
mod text;
mod workbooks;
