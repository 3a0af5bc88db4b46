//! Tasks: what clients see of them, and what they and services may do with them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::{ShortText, Text};
use crate::ids::{HandlerName, StationId, TaskId, UserTaskId};
use crate::import::DetectedFile;
use crate::rows::RowCounts;
use crate::task::{Task, TaskStatus, TaskType};

/// A task as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskView {
    /// Unique in its station.
    pub task_id: TaskId,
    /// The caller's own id.
    pub user_task_id: Option<UserTaskId>,
    /// The handler's name.
    pub task_name: String,
    /// Whose task it is.
    pub station_id: StationId,
    /// What the handler was given.
    pub input: Value,
    /// What came of it.
    pub result: Option<Value>,
    /// 1 submitted, 2 running, 3 finished, 4 partly succeeded, 5 failed.
    pub status: TaskStatus,
    /// Why it did not succeed.
    pub reason: Option<String>,
    /// Whole percent; 100 only when the task has ended.
    #[schemars(range(max = 100))]
    pub progress: u8,
    /// 0 import, 1 export, 2 process.
    #[serde(rename = "type")]
    pub kind: TaskType,
    /// Whether the same work may run again.
    pub repeat: bool,
    /// Whether lists show it.
    pub message_show: bool,
    /// How often it was started.
    pub run_count: u32,
    /// When it was added.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub create_time: Timestamp,
    /// When it last changed.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub modify_time: Timestamp,
    /// When it was last started.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub end_time: Option<Timestamp>,
    /// The definition or business.
    pub business_id: String,
    /// The same for people.
    pub business_name: String,
    /// Rows by outcome; only imports of files have them.
    pub rows: Option<RowsView>,
    /// The same of an import as a whole, with all corrected files that were sent for it: on the
    /// import and on each of them. Null for tasks without.
    pub combined_rows: Option<RowsView>,
    /// Chunks; only imports of files have them.
    pub chunks: Option<ChunksView>,
    /// What the file turned out to be; null until it has been looked at.
    pub detected: Option<DetectedFile>,
}

/// Rows by outcome, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowsView {
    /// Rows found in the file.
    pub read: u64,
    /// Rows stored.
    pub succeeded: u64,
    /// Rows that were wrong.
    pub failed: u64,
    /// Rows whose key was taken.
    pub duplicate: u64,
    /// Rows left out because their key was taken.
    pub skipped: u64,
}

/// Chunks of an import, so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChunksView {
    /// How many there are; null until the file has been read to its end.
    pub total: Option<u32>,
    /// How many are counted.
    pub done: u32,
}

impl From<RowCounts> for RowsView {
    fn from(rows: RowCounts) -> Self {
        Self {
            read: rows.read,
            succeeded: rows.succeeded,
            failed: rows.failed,
            duplicate: rows.duplicate,
            skipped: rows.skipped,
        }
    }
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        let progress = task.progress();
        let import = task.is_file_import().then(|| task.import.clone());
        let mut result = task.result;
        if let (Some(Value::Object(result)), Some(costs)) = (&mut result, &task.import.costs) {
            costs.show(task.import.rows.read, result);
        }
        Self {
            task_id: task.task_id,
            user_task_id: task.user_task_id,
            task_name: task.name,
            station_id: task.station_id,
            input: task.input,
            result,
            status: task.status,
            reason: task.reason,
            progress,
            kind: task.kind,
            repeat: task.repeat,
            message_show: task.message_show,
            run_count: task.run_count,
            create_time: task.create_time,
            modify_time: task.modify_time,
            start_time: task.start_time,
            end_time: task.end_time,
            business_id: task.business_id,
            business_name: task.business_name,
            rows: import.as_ref().map(|import| import.rows.into()),
            combined_rows: task.import.corrected.map(|whole| whole.rows.into()),
            chunks: import.as_ref().map(|import| ChunksView {
                total: import.chunks_total,
                done: import.chunks_done,
            }),
            detected: import.and_then(|import| import.detected),
        }
    }
}

/// The answer to `GET /task/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskList {
    /// Whether every listed task has ended.
    pub finish: bool,
    /// Newest first.
    pub tasks: Vec<TaskView>,
    /// Where the next page starts; null on the last one.
    pub next_cursor: Option<String>,
}

/// `POST /task/add`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    /// The handler's name; not that of file imports, which are added by sending a file.
    #[schemars(extend("not" = { "const": crate::task::FILE_IMPORT }))]
    pub name: HandlerName,
    /// The business it belongs to.
    pub business_id: ShortText,
    /// The same for people.
    pub business_name: Text,
    /// 0 import, 1 export, 2 process.
    #[serde(rename = "type")]
    pub kind: TaskType,
    /// What the handler is given; any JSON of at most [`super::MAX_INPUT_BYTES`].
    #[schemars(description = "What the handler is given; any JSON of at most 128 KiB.")]
    pub input: Value,
    /// The caller's own id: adding again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// Whether it may be added although equal work is waiting, running or has succeeded.
    #[serde(default)]
    pub repeat: bool,
}

/// `POST /task/start`, `/task/cancel` and `/task/retry`: which task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskRequest {
    /// The task.
    pub task_id: TaskId,
}

/// `POST /task/update`: at least one of the three.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["progress"] }, { "required": ["result"] }, { "required": ["reason"] },
]))]
pub struct UpdateRequest {
    /// The task.
    pub task_id: TaskId,
    /// Whole percent. A lower one than before changes nothing.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "u8", range(max = 100))]
    pub progress: Option<u8>,
    /// What has come of it so far; any JSON of at most [`super::MAX_RESULT_BYTES`].
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(
        with = "Value",
        description = "What has come of it so far; any JSON of at most 128 KiB."
    )]
    pub result: Option<Value>,
    /// Why it is as it is.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Text")]
    pub reason: Option<Text>,
}

/// How a task can end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Outcome {
    /// 3
    #[default]
    Finished,
    /// 4
    PartlySucceeded,
    /// 5
    Failed,
}

/// `POST /task/finish`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishRequest {
    /// The task.
    pub task_id: TaskId,
    /// 3 finished (if not given), 4 partly succeeded, 5 failed.
    #[serde(default)]
    pub status: Outcome,
    /// What came of it; any JSON of at most [`super::MAX_RESULT_BYTES`].
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(
        with = "Value",
        description = "What came of it; any JSON of at most 128 KiB."
    )]
    pub result: Option<Value>,
    /// Why it did not succeed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// `POST /task/clear_show` and `/task/hide`: at least one task, at most
/// [`super::MAX_NAMED`] in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "`POST /task/clear_show` and `/task/hide`: at least one task.")]
#[schemars(extend("anyOf" = [
    { "required": ["task_ids"], "properties": { "task_ids": { "minItems": 1 } } },
    { "required": ["user_task_ids"], "properties": { "user_task_ids": { "minItems": 1 } } },
]))]
pub struct HideRequest {
    /// Their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub task_ids: Vec<TaskId>,
    /// The caller's own ids of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub user_task_ids: Vec<UserTaskId>,
}

/// Reads a field that is there, so that a JSON `null` in it is a value of its own or an error,
/// and not the same as a field that is missing.
fn given<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}

impl Outcome {
    /// The status of a task that ended so.
    pub fn status(self) -> TaskStatus {
        match self {
            Self::Finished => TaskStatus::Finished,
            Self::PartlySucceeded => TaskStatus::PartlySucceeded,
            Self::Failed => TaskStatus::Failed,
        }
    }
}

impl From<Outcome> for u8 {
    fn from(outcome: Outcome) -> u8 {
        outcome.status().number()
    }
}

/// A number that is not an outcome.
#[derive(Debug, thiserror::Error)]
#[error("{0} is not an end of a task: expected 3, 4 or 5")]
pub struct UnknownOutcome(u8);

impl TryFrom<u8> for Outcome {
    type Error = UnknownOutcome;

    fn try_from(number: u8) -> Result<Self, UnknownOutcome> {
        match number {
            3 => Ok(Self::Finished),
            4 => Ok(Self::PartlySucceeded),
            5 => Ok(Self::Failed),
            other => Err(UnknownOutcome(other)),
        }
    }
}

impl JsonSchema for Outcome {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Outcome".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "integer", "enum": [3, 4, 5] })
    }
}
