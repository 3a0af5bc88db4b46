//! The task record and its state machine: submitted → running → one of three ends, and back to
//! submitted when what did not succeed is tried again.

#![warn(missing_docs)]

pub mod books;
pub mod costs;
pub mod estimate;
pub mod manifest;
pub mod message;
pub mod reason;
pub mod start_at;
pub mod timeline;

mod chunks;
mod example;
pub mod history;
mod json_text;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_basics::trace::Trace;
use sluice_import::ImportState;

use crate::history::{Actor, Event};

pub use chunks::ChunkState;
pub use example::example;

/// Where a task stands. The numbers are those of the HTTP contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum TaskStatus {
    /// 1: known, not started.
    Submitted,
    /// 2: being worked on.
    Running,
    /// 3: ended, everything succeeded.
    Finished,
    /// 4: ended, something succeeded.
    PartlySucceeded,
    /// 5: ended, nothing succeeded, or the books do not balance.
    Failed,
}

impl TaskStatus {
    /// Whether the task will not change its status any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Finished | Self::PartlySucceeded | Self::Failed)
    }

    /// Whether a task in this status may go to `next`. The task store makes each transition a
    /// conditional write on the status it starts from, so that of two callers one wins.
    pub fn may_become(self, next: Self) -> bool {
        match self {
            Self::Submitted => next == Self::Running || next == Self::Failed,
            Self::Running => next.has_ended(),
            // A retry: an import goes on by itself, other tasks wait for their handler.
            Self::PartlySucceeded | Self::Failed => {
                next == Self::Submitted || next == Self::Running
            }
            Self::Finished => false,
        }
    }

    /// The number in the contract.
    pub fn number(self) -> u8 {
        match self {
            Self::Submitted => 1,
            Self::Running => 2,
            Self::Finished => 3,
            Self::PartlySucceeded => 4,
            Self::Failed => 5,
        }
    }
}

impl From<TaskStatus> for u8 {
    fn from(status: TaskStatus) -> u8 {
        status.number()
    }
}

impl TryFrom<u8> for TaskStatus {
    type Error = UnknownNumber;

    fn try_from(number: u8) -> Result<Self, UnknownNumber> {
        [
            Self::Submitted,
            Self::Running,
            Self::Finished,
            Self::PartlySucceeded,
            Self::Failed,
        ]
        .into_iter()
        .find(|status| status.number() == number)
        .ok_or(UnknownNumber {
            what: "status",
            expected: "1 to 5",
            number,
        })
    }
}

impl JsonSchema for TaskStatus {
    fn schema_name() -> Cow<'static, str> {
        "TaskStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "enum": [1, 2, 3, 4, 5],
            "description": "1 submitted, 2 running, 3 finished, 4 partly succeeded, 5 failed",
        })
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Submitted => "submitted",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::PartlySucceeded => "partly succeeded",
            Self::Failed => "failed",
        })
    }
}

/// What kind of work a task is. The numbers are those of the HTTP contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum TaskType {
    /// 0
    Import,
    /// 1
    Export,
    /// 2
    Process,
}

impl From<TaskType> for u8 {
    fn from(kind: TaskType) -> u8 {
        match kind {
            TaskType::Import => 0,
            TaskType::Export => 1,
            TaskType::Process => 2,
        }
    }
}

impl TryFrom<u8> for TaskType {
    type Error = UnknownNumber;

    fn try_from(number: u8) -> Result<Self, UnknownNumber> {
        match number {
            0 => Ok(Self::Import),
            1 => Ok(Self::Export),
            2 => Ok(Self::Process),
            _ => Err(UnknownNumber {
                what: "type",
                expected: "0, 1 or 2",
                number,
            }),
        }
    }
}

impl JsonSchema for TaskType {
    fn schema_name() -> Cow<'static, str> {
        "TaskType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "enum": [0, 1, 2],
            "description": "0 import, 1 export, 2 process",
        })
    }
}

/// Why a task ended that somebody cancelled.
pub const CANCELLED: &str = "cancelled";
/// Why a task ended whose file could not be split, through no fault of the file.
pub const SPLIT_GIVEN_UP: &str =
    "the file could not be read, again and again; see the log of the splitter";

/// Why a task without a file ended that could not be planned.
pub const PLAN_GIVEN_UP: &str =
    "the task could not be begun, again and again; see the log of the splitter";

/// A number that stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not a {what}: expected {expected}")]
pub struct UnknownNumber {
    what: &'static str,
    expected: &'static str,
    number: u8,
}

/// The task record, as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Unique in its station; grows with time.
    pub task_id: TaskId,
    /// The caller's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// The handler's name.
    pub name: String,
    /// Whose task it is.
    pub station_id: StationId,
    /// The definition or business it belongs to.
    pub business_id: String,
    /// The same for people.
    pub business_name: String,
    /// Import, export or process.
    #[serde(rename = "type")]
    pub task_type: TaskType,
    /// What the handler was given.
    #[serde(with = "json_text")]
    pub input: serde_json::Value,
    /// What the handler made of it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "json_text::option"
    )]
    pub result: Option<serde_json::Value>,
    /// Where it stands.
    pub status: TaskStatus,
    /// Whether the same work may run again.
    pub repeat: bool,
    /// What the work is, where that is known: equal work has the same digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work: Option<String>,
    /// How far the handler says it is; imports know it from their chunks.
    #[serde(default)]
    pub progress: u8,
    /// Who added it, as the token named the caller. The attribute's name is short: each chunk pays for the
    /// size of the record.
    #[serde(default, rename = "by", skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Actor>,
    /// What happened to it, oldest first; see [`crate::history`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Event>,
    /// The tasks that came of it: the corrected files that continue it, those that undo it, and mailings to those that
    /// it has created. Beyond
    /// [`MOST_CHILDREN`], later ones are left out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub children: BTreeSet<TaskId>,
    /// Whether a task is to be made that follows it, and is not there yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub follow_up: bool,
    /// Whether `/task/list` shows it.
    pub message_show: bool,
    /// How often it was started.
    pub run_count: u32,
    /// When it was added.
    pub create_time: Timestamp,
    /// When anything of it last changed.
    pub modify_time: Timestamp,
    /// When it is to begin at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_at: Option<Timestamp>,
    /// When it was last started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// Why it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The trace in which it was added, if that one is sampled: all that is done for the task goes
    /// on with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// How far Sluice is with it, if it does it itself.
    #[serde(flatten)]
    pub chunks: ChunkState,
    /// What only an import has; nothing else is written for it.
    #[serde(flatten)]
    pub import: ImportState,
}

impl Task {
    /// Its key.
    pub fn reference(&self) -> TaskRef {
        TaskRef {
            station_id: self.station_id.clone(),
            task_id: self.task_id,
        }
    }

    /// Whether work that may not repeat is refused because of this equal task: it is waiting or
    /// running, or some of it has succeeded and was not undone. What is left of a task that succeeded in
    /// part is done by its own retry.
    pub fn stands_in_the_way(&self) -> bool {
        self.status != TaskStatus::Failed && self.import.undone_by.is_none()
    }
}

/// How many tasks that come from it a record names: so many keep it small.
pub const MOST_CHILDREN: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [TaskStatus; 5] = [
        TaskStatus::Submitted,
        TaskStatus::Running,
        TaskStatus::Finished,
        TaskStatus::PartlySucceeded,
        TaskStatus::Failed,
    ];

    #[test]
    fn an_ended_task_changes_only_by_a_retry_of_what_did_not_succeed() {
        for from in ALL.into_iter().filter(|status| status.has_ended()) {
            for next in ALL {
                let is_retry = from != TaskStatus::Finished && !next.has_ended();
                assert_eq!(from.may_become(next), is_retry, "{from} to {next}");
            }
        }
    }

    #[test]
    fn a_task_that_never_ran_cannot_have_succeeded() {
        assert!(!TaskStatus::Submitted.may_become(TaskStatus::Finished));
        assert!(!TaskStatus::Submitted.may_become(TaskStatus::PartlySucceeded));
        assert!(TaskStatus::Submitted.may_become(TaskStatus::Failed));
    }

    #[test]
    fn statuses_travel_as_the_numbers_of_the_contract() {
        for (index, status) in ALL.into_iter().enumerate() {
            assert_eq!(usize::from(status.number()), index + 1);
            assert_eq!(TaskStatus::try_from(status.number()), Ok(status));
        }
        assert!(TaskStatus::try_from(0).is_err());
    }
}
