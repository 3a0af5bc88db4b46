//! The HTTP contract as types: the envelope, its codes, and what travels in it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use crate::ids::{BusinessId, StationId, TaskId, UserTaskId};
use crate::import::ImportOptions;
use crate::task::{Task, TaskStatus, TaskType};

/// What an answer's `code` says. The first three digits are the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 0: it worked.
    Ok,
    /// 40001: the request is wrong; `msg` says what to change.
    BadInput,
    /// 40101: no token, or one that is not valid.
    Unauthorized,
    /// 40301: the token does not carry the scope.
    Forbidden,
    /// 40401: no such task in this station, or no such route.
    NotFound,
    /// 40901: it contradicts what is there already.
    Conflict,
    /// 41301: the body is too large.
    TooLarge,
    /// 42901: too many requests; try again later.
    TooMany,
    /// 50001: our fault; try again later.
    Internal,
}

impl Code {
    /// The number in the envelope.
    pub fn number(self) -> u32 {
        match self {
            Self::Ok => 0,
            Self::BadInput => 40001,
            Self::Unauthorized => 40101,
            Self::Forbidden => 40301,
            Self::NotFound => 40401,
            Self::Conflict => 40901,
            Self::TooLarge => 41301,
            Self::TooMany => 42901,
            Self::Internal => 50001,
        }
    }

    /// The HTTP status that goes with it.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Ok => 200,
            other => (other.number() / 100) as u16,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.number())
    }
}

/// Every answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Envelope<T> {
    /// 0 or what went wrong.
    pub code: Code,
    /// What went wrong, for a person; empty when nothing did.
    pub msg: String,
    /// The answer; null when something went wrong.
    pub data: Option<T>,
}

/// A refusal: what a handler returns instead of an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{msg}")]
pub struct Refusal {
    /// The kind.
    pub code: Code,
    /// What the caller can do.
    pub msg: String,
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(code: Code, msg: impl Into<String>) -> Self {
        Self {
            code,
            msg: msg.into(),
        }
    }

    /// The request is wrong.
    pub fn bad_input(msg: impl Into<String>) -> Self {
        Self::new(Code::BadInput, msg)
    }

    /// Our fault. What happened goes to the log, never to the caller.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "something went wrong on our side: try again in a moment",
        )
    }
}

/// `POST /upload` with a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// Which definition reads the file.
    pub business: BusinessId,
    /// The file's name, for people.
    pub file_name: String,
    /// The file's exact size.
    pub size_bytes: u64,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// How to read the file.
    #[serde(default)]
    pub options: ImportOptions,
}

/// The answer to `POST /upload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadAnswer {
    /// The import task.
    pub task_id: TaskId,
    /// The caller's own id, if one was given.
    pub user_task_id: Option<UserTaskId>,
    /// How to send the file; null when the file has arrived already.
    pub upload: Option<UploadTicket>,
}

/// How to send a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UploadTicket {
    /// One `PUT` of the whole file.
    Put {
        /// Where to.
        url: String,
        /// Until when.
        expires_at: Timestamp,
    },
    /// One `PUT` per part, then `POST /upload/complete` joins them.
    Multipart {
        /// S3's id of the upload.
        upload_id: String,
        /// The size of every part but the last.
        part_bytes: u64,
        /// Where each part goes; keep the `ETag` header of each answer.
        parts: Vec<PartTicket>,
        /// Until when.
        expires_at: Timestamp,
    },
}

/// Where one part of a file goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartTicket {
    /// From 1.
    pub part_number: u32,
    /// Where to `PUT` it.
    pub url: String,
}

/// `POST /upload/complete`: all parts of a multipart upload have been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// The import task.
    pub task_id: TaskId,
    /// As it was in the ticket.
    pub upload_id: String,
    /// What S3 answered to each part, in order.
    pub parts: Vec<SentPart>,
}

/// A part that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPart {
    /// From 1.
    pub part_number: u32,
    /// The `ETag` header of the answer.
    pub etag: String,
}

/// A task as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    pub input: serde_json::Value,
    /// What came of it.
    pub result: Option<serde_json::Value>,
    /// 1 submitted, 2 running, 3 finished, 4 partly succeeded, 5 failed.
    pub status: TaskStatus,
    /// Why it did not succeed.
    pub reason: Option<String>,
    /// Whole percent.
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
    pub create_time: Timestamp,
    /// When it last changed.
    pub modify_time: Timestamp,
    /// When it was last started.
    pub start_time: Option<Timestamp>,
    /// When it ended.
    pub end_time: Option<Timestamp>,
    /// The definition or business.
    pub business_id: String,
    /// The same for people.
    pub business_name: String,
    /// Rows by outcome; only imports have them.
    pub rows: Option<RowsView>,
    /// Chunks of an import.
    pub chunks: Option<ChunksView>,
}

/// Rows by outcome, so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunksView {
    /// How many there are; null until the file has been read to its end.
    pub total: Option<u32>,
    /// How many are counted.
    pub done: u32,
}

impl From<Task> for TaskView {
    fn from(task: Task) -> Self {
        let progress = task.progress();
        let import = (task.kind == TaskType::Import).then(|| task.import.clone());
        Self {
            task_id: task.task_id,
            user_task_id: task.user_task_id,
            task_name: task.name,
            station_id: task.station_id,
            input: task.input,
            result: task.result,
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
            rows: import.as_ref().map(|import| RowsView {
                read: import.rows.read,
                succeeded: import.rows.succeeded,
                failed: import.rows.failed,
                duplicate: import.rows.duplicate,
                skipped: import.rows.skipped,
            }),
            chunks: import.map(|import| ChunksView {
                total: import.chunks_total,
                done: import.chunks_done,
            }),
        }
    }
}

/// The answer to `GET /task/list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskList {
    /// Whether every listed task has ended.
    pub finish: bool,
    /// Newest first.
    pub tasks: Vec<TaskView>,
    /// Where the next page starts; null on the last one.
    pub next_cursor: Option<String>,
}
