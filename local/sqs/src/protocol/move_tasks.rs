//! `StartMessageMoveTask` and `ListMessageMoveTasks`: dead letters go back.

use serde::{Deserialize, Serialize};

use super::{Context, ranged, required};
use crate::engine::{MoveRequest, MoveTask};
use crate::error::SqsError;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartMessageMoveTask {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Started {
    task_handle: String,
}

pub(super) fn start(
    context: &mut Context<'_>,
    request: StartMessageMoveTask,
) -> Result<Started, SqsError> {
    let max_messages_per_second = ranged(
        "MaxNumberOfMessagesPerSecond",
        request.max_number_of_messages_per_second,
        1..=500,
    )?;
    let request = MoveRequest {
        source_arn: required("SourceArn", request.source_arn)?,
        destination_arn: request.destination_arn,
        max_messages_per_second,
    };
    let task_handle = context.engine.move_dead_letters(request, context.now_ms)?;
    Ok(Started { task_handle })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListMessageMoveTasks {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tasks {
    results: Vec<Task>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<i64>,
    approximate_number_of_messages_moved: usize,
    approximate_number_of_messages_to_move: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<&'static str>,
    started_timestamp: i64,
}

impl From<MoveTask> for Task {
    fn from(task: MoveTask) -> Self {
        let is_complete = task.moved == task.to_move;
        Self {
            status: if is_complete { "COMPLETED" } else { "FAILED" },
            source_arn: task.source_arn,
            destination_arn: task.destination_arn,
            max_number_of_messages_per_second: task.max_messages_per_second,
            approximate_number_of_messages_moved: task.moved,
            approximate_number_of_messages_to_move: task.to_move,
            failure_reason: (!is_complete).then_some("CouldNotDetermineMessageSource"),
            started_timestamp: task.started_ms,
        }
    }
}

pub(super) fn list(
    context: &mut Context<'_>,
    request: ListMessageMoveTasks,
) -> Result<Tasks, SqsError> {
    let source_arn = required("SourceArn", request.source_arn)?;
    let max_results = ranged("MaxResults", request.max_results, 1..=10)?.unwrap_or(1);
    let tasks = context.engine.move_tasks(&source_arn)?;
    Ok(Tasks {
        results: tasks
            .into_iter()
            .take(max_results as usize)
            .map(Task::from)
            .collect(),
    })
}
