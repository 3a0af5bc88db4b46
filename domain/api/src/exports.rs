//! Exports: what a client gets.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{TaskId, UserTaskId};

/// The answer to `POST /export`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExportAnswer {
    /// 1: the file is made by a task. Its result has the link.
    #[serde(rename = "async")]
    pub is_async: u8,
    /// The task.
    pub task_id: TaskId,
    /// The caller's own id, if one was given.
    pub user_task_id: Option<UserTaskId>,
    /// Where the task is asked for, on this API.
    pub task_url: String,
}
