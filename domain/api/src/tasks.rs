//! Tasks: what clients see of them, and what they and services may do with them.

use sluice_kind::OfKind;
use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_basics::fingerprint;
use sluice_basics::ids::{HandlerName, StationId, TaskId, UserTaskId};
use sluice_basics::json;
use sluice_basics::rows::RowCounts;
use sluice_basics::text::{ShortText, Text};
use sluice_definition::FileColumns;
use sluice_import::DetectedFile;
use sluice_kind::Import;
use sluice_kind::TaskAction;
use sluice_task::history::Actor;
use sluice_task::reason::Reason;
use sluice_task::{Task, TaskStatus, TaskType};

/// How many of the tasks that come from it a view names.
const SHOWN_CHILDREN: usize = 100;

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
    #[serde(deserialize_with = "json::plain")]
    pub input: Value,
    /// What came of it.
    #[serde(deserialize_with = "json::plain_option")]
    pub result: Option<Value>,
    /// 1 submitted, 2 running, 3 finished, 4 partly succeeded, 5 failed.
    pub status: TaskStatus,
    /// Why it did not succeed.
    pub reason: Option<String>,
    /// The kind of that reason, for programs: `other` for the words of a business service.
    #[serde(default)]
    pub reason_code: Option<String>,
    /// The values in it by name, such as `{"failed": 3, "read": 100}`: counts as numbers, all else as text.
    #[serde(default)]
    pub reason_params: Option<BTreeMap<String, Value>>,
    /// The task that imported, or imports, the same file, where that is why this one did not.
    pub same_as: Option<TaskId>,
    /// The task that has undone this import.
    #[serde(default)]
    pub undone_by: Option<TaskId>,
    /// What can be done with it now.
    pub actions: Vec<TaskAction>,
    /// Whether no further chunk begins until it is resumed.
    #[serde(default)]
    pub paused: bool,
    /// Who added it: the claim `sub` of the caller's token. Null where no caller did, or the token names nobody.
    #[serde(default)]
    pub created_by: Option<Actor>,
    /// The task that this one comes from: the import that a corrected file continues, or that an undo undoes.
    #[serde(default)]
    pub parent: Option<TaskId>,
    /// The tasks that come from this one, the first hundred: the corrected files that continue it, and those
    /// that undo it.
    #[serde(default)]
    pub children: Vec<TaskId>,
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
    /// When it is to begin at the earliest; null if it was not to wait.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
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
    /// Which of the file's columns are imported; null until it has been looked at.
    #[serde(default)]
    pub columns: Option<FileColumns>,
    /// Lines of the file that are no rows: blank ones that have delimiters, and headers that stand
    /// in it once more. They are not among `rows`. Only imports of files have the number.
    #[serde(default)]
    pub ignored_lines: Option<u64>,
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
        let kind = task.kind();
        let (same_as, actions) = (kind.equal_task(&task), task.actions());
        let (parent, basis) = (kind.parent(&task), kind.estimates_from());
        let chunks = task.kind().has_chunks().then(|| task.chunks.clone());
        let reason = task.reason.as_deref().map(Reason::read);
        let import = Import::state(&task).cloned();
        let (mut result, mut input) = (task.result, task.input);
        sluice_kind::of(&task.name).hide_sensitive(&mut input);
        if let (Some(Value::Object(result)), Some(costs)) = (&mut result, &task.chunks.costs) {
            costs.show(task.chunks.rows.read, basis, result);
        }
        Self {
            task_id: task.task_id,
            user_task_id: task.user_task_id,
            task_name: task.name,
            station_id: task.station_id,
            input,
            result,
            status: task.status,
            reason: task.reason,
            reason_code: reason.as_ref().map(|reason| reason.code.to_owned()),
            reason_params: reason.map(Reason::into_params),
            same_as,
            undone_by: task.import.undone_by,
            actions,
            paused: task.chunks.paused && !task.status.has_ended(),
            created_by: task.created_by,
            parent,
            children: task.children.into_iter().take(SHOWN_CHILDREN).collect(),
            progress,
            kind: task.task_type,
            repeat: task.repeat,
            message_show: task.message_show,
            run_count: task.run_count,
            create_time: task.create_time,
            modify_time: task.modify_time,
            start_at: task.start_at,
            start_time: task.start_time,
            end_time: task.end_time,
            business_id: task.business_id,
            business_name: task.business_name,
            rows: chunks.as_ref().map(|chunks| chunks.rows.into()),
            combined_rows: task.import.corrected.map(|whole| whole.rows.into()),
            chunks: chunks.as_ref().map(|chunks| ChunksView {
                total: chunks.total,
                done: chunks.done,
            }),
            columns: import.as_ref().and_then(|import| import.columns.clone()),
            ignored_lines: chunks.map(|chunks| chunks.rows.ignored),
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
    /// How many tasks there are by status; null unless they were asked for.
    pub totals: Option<TaskTotals>,
}

/// How many tasks of a station lists show, by status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskTotals {
    /// Status 1.
    pub submitted: u64,
    /// Status 2.
    pub running: u64,
    /// Status 3.
    pub finished: u64,
    /// Status 4.
    pub partly_succeeded: u64,
    /// Status 5.
    pub failed: u64,
    /// Whether all were counted: of more than 5,000 only the newest are.
    pub complete: bool,
}

impl TaskTotals {
    /// Counts a task.
    pub fn add(&mut self, status: TaskStatus) {
        *match status {
            TaskStatus::Submitted => &mut self.submitted,
            TaskStatus::Running => &mut self.running,
            TaskStatus::Finished => &mut self.finished,
            TaskStatus::PartlySucceeded => &mut self.partly_succeeded,
            TaskStatus::Failed => &mut self.failed,
        } += 1;
    }
}

/// `POST /task/add`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddRequest {
    /// The handler's name; not that of file imports, which are added by sending a file.
    #[schemars(extend("not" = { "const": sluice_kind::IMPORT }))]
    pub name: HandlerName,
    /// The business it belongs to.
    pub business_id: ShortText,
    /// The same for people.
    pub business_name: Text,
    /// 0 import, 1 export, 2 process.
    #[serde(rename = "type")]
    pub kind: TaskType,
    /// What the handler is given; any JSON of at most [`super::MAX_INPUT_BYTES`].
    #[serde(deserialize_with = "json::from_caller")]
    #[schemars(description = "What the handler is given; any JSON of at most 128 KiB.")]
    pub input: Value,
    /// The caller's own id: adding again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// Whether it may be added although equal work is waiting, running or has succeeded.
    #[serde(default)]
    pub repeat: bool,
    /// When it is to begin, if not at once: at most 90 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// Why a service's task cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddProblem {
    /// It is the import of a file.
    #[error(
        "name: `import` is the import of a file: use POST /upload for that, or take another name"
    )]
    Import,
    /// Sluice does it itself.
    #[error(
        "name: Sluice runs `{0}` itself: use the operation that is for it, or take another name"
    )]
    Own(HandlerName),
    /// Too much is given.
    #[error(
        "input: {0} bytes of JSON, at most {max} are taken: put the data into an object and name that",
        max = super::MAX_INPUT_BYTES
    )]
    TooLarge(usize),
}

impl AddRequest {
    /// Checks the handler's name and the size of the input.
    ///
    /// # Errors
    ///
    /// If a service cannot have such a task.
    pub fn check(&self) -> Result<(), AddProblem> {
        if self.name.as_str() == sluice_kind::IMPORT {
            return Err(AddProblem::Import);
        }
        if sluice_kind::of(self.name.as_str()).has_chunks() {
            return Err(AddProblem::Own(self.name.clone()));
        }
        let bytes = self.input.to_string().len();
        if bytes > super::MAX_INPUT_BYTES {
            return Err(AddProblem::TooLarge(bytes));
        }
        Ok(())
    }

    /// The digest of the work that is asked for: handler, type, business and input. Two inputs are equal
    /// if they are as JSON, whatever the order of their fields.
    pub fn work(&self) -> String {
        let work = serde_json::json!({
            "name": self.name,
            "type": self.kind,
            "business_id": self.business_id,
            "input": self.input,
        });
        fingerprint(work.to_string().as_bytes())
    }
}

/// `POST /task/retry`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryRequest {
    /// The task.
    pub task_id: TaskId,
    /// Whether it may repeat from now on: a file is imported although another task has imported
    /// the same one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
}

/// `POST /task/undo`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoRequest {
    /// The import.
    pub task_id: TaskId,
    /// Whether it is only counted what would become of its rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// The caller's own id of the undo: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once: at most 14 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// `POST /task/start` and `/task/cancel`: which task.
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
        deserialize_with = "json::given_by_caller",
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
        deserialize_with = "json::given_by_caller",
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

/// `POST /task/clear_show`, `/task/hide` and `/task/show`: at least one task, at most
/// [`super::MAX_NAMED`] in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(
    description = "`POST /task/clear_show`, `/task/hide` and `/task/show`: at least one task."
)]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> AddRequest {
        let json = format!(
            r#"{{"name":"tiers","business_id":"b","business_name":"B","type":2,"input":{input}}}"#
        );
        serde_json::from_str(&json).expect("a request")
    }

    #[test]
    fn equal_work_has_the_same_digest_whatever_the_order_of_fields() {
        let one = request(r#"{"a":1,"b":[1,2]}"#).work();
        assert_eq!(one, request(r#"{ "b":[1,2], "a":1 }"#).work());
        assert_ne!(one, request(r#"{"a":1,"b":[2,1]}"#).work());
        let named = AddRequest {
            user_task_id: "x".parse().ok(),
            repeat: true,
            ..request(r#"{"a":1,"b":[1,2]}"#)
        };
        assert_eq!(one, named.work(), "the caller's id is not the work");
    }
}
