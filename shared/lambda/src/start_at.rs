//! When a task is to begin that somebody adds.

use std::time::Duration;

use jiff::Timestamp;
use sluice_api::Refusal;
use sluice_aws::TaskStore;
use sluice_basics::ids::{StationId, UserTaskId};
use sluice_task::start_at;

use crate::http::internal;

/// Refuses a task that is to begin in the past, or more than `most` ahead. A request that comes again after its time
/// finds the task that it added.
pub async fn check_start(
    tasks: &TaskStore,
    station_id: &StationId,
    user_task_id: Option<&UserTaskId>,
    start_at: Option<Timestamp>,
    most: Duration,
) -> Result<(), Refusal> {
    let Some(start_at) = start_at else {
        return Ok(());
    };
    let Err(problem) = start_at::check(start_at, Timestamp::now(), most) else {
        return Ok(());
    };
    if let Some(user_task_id) = user_task_id {
        let before = tasks.get_by_user_id(station_id, user_task_id).await;
        if before.map_err(internal)?.is_some() {
            return Ok(());
        }
    }
    Err(Refusal::bad_input(problem.to_string()))
}
