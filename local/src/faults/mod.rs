//! Faults between the functions and the services, for tests and for `sluice rehearse`: a road that refuses, loses,
//! doubles and withholds by a rule, and a plan that is such a rule, drawn from a seed.

mod deaths;
mod objects;
mod plan;
mod road;
mod service;

use std::fmt;

pub(crate) use deaths::Mortal;
pub(crate) use objects::disturbed;
pub use plan::{FaultPlan, Happened};
pub use road::FaultyRoad;
pub use service::Service;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing.
    None,
    /// The whole call is throttled.
    Throttled,
    /// Every second statement, key or item of a batch is throttled, the others are executed.
    HalfThrottled,
    /// HTTP 500.
    Internal,
    /// A transaction meets another one.
    Conflict,
    /// The request is refused for good, because of what is in it.
    Refused,
    /// The caller has no right to it.
    Denied,
    /// It is executed, and the connection closes before the answer.
    AnswerLost,
    /// It is not executed, and never answered.
    Silence,
    /// It is executed when the test lets it go.
    Late,
    /// It is executed twice: a message comes twice.
    Doubled,
    /// A message comes some seconds later, after others that were sent after it.
    Overtaken,
    /// A message does not come before everybody has stopped waiting for it: a quarter of an hour later.
    Lost,
    /// The process that sent it dies.
    Death,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "nothing",
            Self::Throttled => "throttled",
            Self::HalfThrottled => "throttled in part",
            Self::Internal => "HTTP 500",
            Self::Conflict => "transaction conflict",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::AnswerLost => "answer lost after the effect",
            Self::Silence => "never answered",
            Self::Late => "late",
            Self::Doubled => "message doubled",
            Self::Overtaken => "message overtaken",
            Self::Lost => "message lost",
            Self::Death => "function killed",
        })
    }
}

/// Whether a request commits a chunk.
pub fn is_commit(operation: &str, body: &[u8]) -> bool {
    operation == "TransactWriteItems" && String::from_utf8_lossy(body).contains("\"CHUNK#")
}

/// Whether a request writes rows.
pub fn writes_rows(operation: &str, body: &[u8]) -> bool {
    match operation {
        "BatchExecuteStatement" => true,
        "TransactWriteItems" => String::from_utf8_lossy(body).contains("\"ROWS#"),
        _ => false,
    }
}
