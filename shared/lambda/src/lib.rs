//! What the functions share at their door: who calls and in which envelope they are answered,
//! messages handled one by one, and the time that is left.

#![warn(missing_docs)]

mod batch;
mod deadline;
mod hide;
pub mod http;

pub use batch::{Batch, messages, receive_count};
pub use deadline::Deadline;
pub use hide::hide;
