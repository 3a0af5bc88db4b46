//! Hiding ended tasks from lists, which two functions offer: `/task/clear_show` to front ends and
//! `/task/hide` to services. And showing them again.

use std::collections::BTreeMap;

use sluice_api::{Code, HideRequest, MAX_NAMED, Refusal};
use sluice_aws::TaskStore;
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_task::history::Actor;

use crate::http::internal;

/// Hides all tasks that are named; if one of them has not ended or is not there, none.
pub async fn hide(
    tasks: &TaskStore,
    station_id: &StationId,
    wanted: &HideRequest,
    by: Option<&Actor>,
) -> Result<(), Refusal> {
    let named = Named::of(tasks, station_id, wanted, "hidden").await?;
    let refused = tasks.hide(&named.references(station_id), by).await;
    let refused = refused.map_err(internal)?;
    if refused.is_empty() {
        return Ok(());
    }
    let refused: Vec<TaskId> = refused.into_iter().map(|task| task.task_id).collect();
    let found = tasks.get_many(station_id, &refused).await;
    let found = found.map_err(internal)?;
    let missing: Vec<TaskId> = refused
        .iter()
        .filter(|task_id| !found.iter().any(|task| task.task_id == **task_id))
        .copied()
        .collect();
    if !missing.is_empty() {
        return Err(named.not_there(&missing));
    }
    Err(Refusal::conflict(format!(
        "not ended yet: {}; nothing was hidden: cancel these or wait for their end",
        named.names(&refused).join(", ")
    )))
}

/// Shows all tasks that are named in lists again; if one of them is not there, none.
pub async fn show(
    tasks: &TaskStore,
    station_id: &StationId,
    wanted: &HideRequest,
    by: Option<&Actor>,
) -> Result<(), Refusal> {
    let named = Named::of(tasks, station_id, wanted, "shown").await?;
    let missing = tasks.show(&named.references(station_id), by).await;
    let missing: Vec<TaskId> = missing
        .map_err(internal)?
        .into_iter()
        .map(|task| task.task_id)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(named.not_there(&missing))
    }
}

/// The tasks of a request, by which name the caller knows each of them.
struct Named {
    by_id: BTreeMap<TaskId, String>,
    /// What is to be done to them: `hidden` or `shown`.
    done: &'static str,
}

impl Named {
    async fn of(
        tasks: &TaskStore,
        station_id: &StationId,
        wanted: &HideRequest,
        done: &'static str,
    ) -> Result<Self, Refusal> {
        let count = wanted.task_ids.len() + wanted.user_task_ids.len();
        if count == 0 {
            let msg = format!("name the tasks to be {done}: task_ids or user_task_ids");
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
        let mut by_id = BTreeMap::new();
        for user_task_id in &wanted.user_task_ids {
            let Some(task_id) = ids.get(user_task_id) else {
                return Err(no_such_task(&[format!("`{user_task_id}`")], done));
            };
            by_id.insert(*task_id, format!("{task_id} (`{user_task_id}`)"));
        }
        for task_id in &wanted.task_ids {
            by_id.entry(*task_id).or_insert_with(|| task_id.to_string());
        }
        Ok(Self { by_id, done })
    }

    fn references(&self, station_id: &StationId) -> Vec<TaskRef> {
        let reference = |task_id: &TaskId| TaskRef {
            station_id: station_id.clone(),
            task_id: *task_id,
        };
        self.by_id.keys().map(reference).collect()
    }

    fn names(&self, task_ids: &[TaskId]) -> Vec<String> {
        let name_of = |task_id| self.by_id.get(task_id).cloned().unwrap_or_default();
        task_ids.iter().map(name_of).collect()
    }

    fn not_there(&self, task_ids: &[TaskId]) -> Refusal {
        no_such_task(&self.names(task_ids), self.done)
    }
}

fn no_such_task(names: &[String], done: &str) -> Refusal {
    let msg = format!("no such task: {}; nothing was {done}", names.join(", "));
    Refusal::new(Code::NotFound, msg)
}
