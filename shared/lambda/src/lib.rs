//! What the functions share at their door: who calls and in which envelope they are answered,
//! messages handled one by one, the time that is left, and what is seen of it from outside.

#![warn(missing_docs)]

mod added;
mod batch;
mod deadline;
mod function;
mod hide;
pub mod http;
mod start_at;
mod telemetry;
mod token;

pub use added::task_of;
pub use batch::{Batch, messages, queued_for, receive_count, trace_of};
pub use deadline::Deadline;
pub use function::{Answer, Function, Init, Instance, REQUEST_ID, serve};
pub use hide::{hide, show};
pub use start_at::check_start;
pub use telemetry::{Telemetry, Work};
