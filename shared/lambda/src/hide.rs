//! Hiding ended tasks from lists, which two functions offer: `/task/clear_show` to front ends and
//! `/task/hide` to services.

use std::collections::BTreeMap;

use sluice_aws::TaskStore;
use sluice_core::api::{Code, HideRequest, MAX_NAMED, Refusal};
use sluice_core::ids::{StationId, TaskId, TaskRef};

use crate::http::internal;

/// Hides all tasks that are named; if one of them has not ended or is not there, none.
pub async fn hide(
    tasks: &TaskStore,
    station_id: &StationId,
    wanted: &HideRequest,
) -> Result<(), Refusal> {
    let count = wanted.task_ids.len() + wanted.user_task_ids.len();
    if count == 0 {
        let msg = "name the tasks to hide: task_ids or user_task_ids";
        return Err(Refusal::bad_input(msg));
    }
    if count > MAX_NAMED {
        let msg = format!("name at most {MAX_NAMED} tasks at once");
        return Err(Refusal::bad_input(msg));
    }
    let ids = tasks
        .ids_of(station_id, &wanted.user_task_ids)
        .await
        .map_err(internal)?;
    // By which name the caller knows each of them.
    let mut names: BTreeMap<TaskId, String> = BTreeMap::new();
    for user_task_id in &wanted.user_task_ids {
        let Some(task_id) = ids.get(user_task_id) else {
            return Err(not_there(&[format!("`{user_task_id}`")]));
        };
        names.insert(*task_id, format!("{task_id} (`{user_task_id}`)"));
    }
    for task_id in &wanted.task_ids {
        names.entry(*task_id).or_insert_with(|| task_id.to_string());
    }
    let references: Vec<TaskRef> = names
        .keys()
        .map(|task_id| TaskRef {
            station_id: station_id.clone(),
            task_id: *task_id,
        })
        .collect();
    let refused = tasks.hide(&references).await.map_err(internal)?;
    if refused.is_empty() {
        return Ok(());
    }
    let refused: Vec<TaskId> = refused.into_iter().map(|task| task.task_id).collect();
    let found = tasks.get_many(station_id, &refused).await;
    let found = found.map_err(internal)?;
    let name_of = |task_id: &TaskId| names.get(task_id).cloned().unwrap_or_default();
    let missing: Vec<String> = refused
        .iter()
        .filter(|task_id| !found.iter().any(|task| task.task_id == **task_id))
        .map(name_of)
        .collect();
    if !missing.is_empty() {
        return Err(not_there(&missing));
    }
    let running: Vec<String> = refused.iter().map(name_of).collect();
    Err(Refusal::conflict(format!(
        "not ended yet: {}; nothing was hidden: cancel these or wait for their end",
        running.join(", ")
    )))
}

fn not_there(names: &[String]) -> Refusal {
    let msg = format!("no such task: {}; nothing was hidden", names.join(", "));
    Refusal::new(Code::NotFound, msg)
}
