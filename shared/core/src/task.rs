//! The task record and its state machine: submitted → running → one of three ends, and back to
//! submitted when what did not succeed is tried again.

mod json_text;

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::ids::{StationId, TaskId, TaskRef, UserTaskId};
use crate::import::ImportState;
use crate::trace::Trace;

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

/// A number that stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{number} is not a {what}: expected {expected}")]
pub struct UnknownNumber {
    what: &'static str,
    expected: &'static str,
    number: u8,
}

/// The handler's name of file imports. No service may take it.
pub const FILE_IMPORT: &str = "import";

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
    pub kind: TaskType,
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
    /// Whether `/task/list` shows it.
    pub message_show: bool,
    /// How often it was started.
    pub run_count: u32,
    /// When it was added.
    pub create_time: Timestamp,
    /// When anything of it last changed.
    pub modify_time: Timestamp,
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
    /// The counters of an import; all zero for other tasks.
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

    /// Whether it is the import of a file, which Sluice runs itself. All other tasks are run by
    /// services.
    pub fn is_file_import(&self) -> bool {
        self.name == FILE_IMPORT
    }

    /// Whole percent. 100 only when the task has ended, and in one run never less than before:
    /// the bytes it is made from only grow, and a handler cannot lower it.
    pub fn progress(&self) -> u8 {
        if self.status.has_ended() {
            100
        } else if self.is_file_import() {
            self.import.percent_done().min(99)
        } else {
            self.progress.min(99)
        }
    }

    /// Whether work that may not repeat is refused because of this equal task: it is waiting or
    /// running, or some of it has succeeded. What is left of a task that succeeded in part is
    /// done by its own retry.
    pub fn stands_in_the_way(&self) -> bool {
        self.status != TaskStatus::Failed
    }
}

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
