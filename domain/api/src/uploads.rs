//! Sending files: what a client asks for and gets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{BusinessId, TaskId, UserTaskId};
use sluice_import::ImportOptions;
use sluice_task::estimate::Estimate;

/// `POST /upload` with a JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadRequest {
    /// Which definition reads the file.
    pub business: BusinessId,
    /// The file's name, for people: without folders.
    #[schemars(
        length(min = 1, max = 255),
        regex(pattern = r"^[^/\\\u0000-\u001F\u007F-\u009F]+$")
    )]
    pub file_name: String,
    /// The file's exact size.
    #[schemars(range(min = 1, max = 5_497_558_138_880_u64))]
    pub size_bytes: u64,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// Whether the file may be imported although the same bytes were imported before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// When it is to begin, if not at once: at most 14 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
    /// To go on with an upload in parts whose ticket is old: its `upload_id`, with the
    /// `user_task_id` of the request that began it. Parts that were sent stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256), regex(pattern = "^[!-~]+$"))]
    pub upload_id: Option<String>,
    /// How to read the file.
    #[serde(default)]
    pub options: ImportOptions,
}

/// The answer to `POST /upload`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UploadAnswer {
    /// The import task.
    pub task_id: TaskId,
    /// The caller's own id, if one was given.
    pub user_task_id: Option<UserTaskId>,
    /// How to send the file; null when the file has arrived already.
    pub upload: Option<UploadTicket>,
    /// What the import will take.
    pub estimate: Estimate,
}

/// How to send a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UploadTicket {
    /// One `PUT` of the whole file.
    Put {
        /// Where to.
        url: String,
        /// Headers that the `PUT` must have, exactly so: they are signed. With `if-none-match: *`
        /// S3 stores the file once; status 412 means that it is there already. The length of the
        /// body is signed, too.
        headers: BTreeMap<String, String>,
        /// Until when.
        #[schemars(with = "String", extend("format" = "date-time"))]
        expires_at: Timestamp,
    },
    /// One `PUT` per part, of exactly the part's length, which is signed; then `POST
    /// /upload/complete` joins them.
    Multipart {
        /// S3's id of the upload.
        upload_id: String,
        /// The size of every part but the last.
        part_bytes: u64,
        /// Where each part goes; keep the `ETag` header of each answer.
        parts: Vec<PartTicket>,
        /// Until when.
        #[schemars(with = "String", extend("format" = "date-time"))]
        expires_at: Timestamp,
    },
}

/// Where one part of a file goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartTicket {
    /// From 1.
    pub part_number: u32,
    /// Where to `PUT` it.
    pub url: String,
}

/// `POST /upload/complete`: all parts of a multipart upload have been sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteRequest {
    /// The import task.
    pub task_id: TaskId,
    /// As it was in the ticket.
    #[schemars(length(min = 1, max = 1024))]
    pub upload_id: String,
    /// What S3 answered to each part, in order.
    #[schemars(length(min = 1, max = 10_000))]
    pub parts: Vec<SentPart>,
}

/// A part that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentPart {
    /// From 1.
    #[schemars(range(min = 1, max = 10_000))]
    pub part_number: u32,
    /// The `ETag` header of the answer.
    #[schemars(length(min = 1, max = 1024))]
    pub etag: String,
}
