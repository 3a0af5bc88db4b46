//! `GET /task/list`

use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_aws::TaskFilter;
use sluice_core::api::{Refusal, TaskList, TaskView};
use sluice_core::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_core::task::{Task, TaskStatus, TaskType};
use sluice_lambda::http::{Scope, caller, internal, parameter, parsed_parameter};

use crate::Status;

/// The most tasks of a page, and as many as a page has if nothing is said.
const MOST: usize = 100;
const USUAL: usize = 20;

impl Status {
    /// A station's tasks, newest first; or those that are named, hidden ones included.
    pub(crate) async fn list(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskList, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let filter = filter(request)?;
        let limit = parsed_parameter(request, "limit")?.unwrap_or(USUAL);
        if !(1..=MOST).contains(&limit) {
            return Err(Refusal::bad_input(format!(
                "limit: a number between 1 and {MOST}"
            )));
        }
        let task_ids: Vec<TaskId> = ids(request, "task_ids")?;
        let user_task_ids: Vec<UserTaskId> = ids(request, "user_task_ids")?;
        if task_ids.is_empty() && user_task_ids.is_empty() {
            let cursor = parsed_parameter(request, "cursor")?;
            let page = self.tasks.list(&station_id, &filter, limit, cursor).await;
            let page = page.map_err(internal)?;
            let next = page.next.map(|task_id| task_id.to_string());
            return Ok(answer(page.tasks, next));
        }
        if task_ids.len() + user_task_ids.len() > MOST {
            return Err(Refusal::bad_input(format!("name at most {MOST} tasks")));
        }
        let mut tasks = self.named(&station_id, task_ids, user_task_ids).await?;
        tasks.retain(|task| filter.matches(task));
        tasks.sort_by_key(|task| std::cmp::Reverse(task.task_id));
        tasks.dedup_by_key(|task| task.task_id);
        Ok(answer(tasks, None))
    }

    async fn named(
        &self,
        station_id: &StationId,
        task_ids: Vec<TaskId>,
        user_task_ids: Vec<UserTaskId>,
    ) -> Result<Vec<Task>, Refusal> {
        let mut tasks = Vec::new();
        for task_id in task_ids {
            let reference = TaskRef {
                station_id: station_id.clone(),
                task_id,
            };
            tasks.extend(self.tasks.get(&reference).await.map_err(internal)?);
        }
        for id in user_task_ids {
            tasks.extend(
                self.tasks
                    .get_by_user_id(station_id, &id)
                    .await
                    .map_err(internal)?,
            );
        }
        Ok(tasks)
    }
}

fn filter(request: &ApiGatewayV2httpRequest) -> Result<TaskFilter, Refusal> {
    let kind = parsed_parameter::<u8>(request, "type")?
        .map(TaskType::try_from)
        .transpose()
        .map_err(|error| Refusal::bad_input(error.to_string()))?;
    let status = parsed_parameter::<u8>(request, "status")?
        .map(TaskStatus::try_from)
        .transpose()
        .map_err(|error| Refusal::bad_input(error.to_string()))?;
    let business_id = parameter(request, "business_id");
    Ok(TaskFilter {
        kind,
        status,
        business_id,
    })
}

/// A comma-separated list of ids.
fn ids<T>(request: &ApiGatewayV2httpRequest, name: &str) -> Result<Vec<T>, Refusal>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let mut ids = Vec::new();
    for text in parameter(request, name).unwrap_or_default().split(',') {
        if !text.is_empty() {
            let id = text.parse();
            ids.push(id.map_err(|error| Refusal::bad_input(format!("{name}: {error}")))?);
        }
    }
    Ok(ids)
}

fn answer(tasks: Vec<Task>, next_cursor: Option<String>) -> TaskList {
    let finish = tasks.iter().all(|task| task.status.has_ended());
    TaskList {
        finish,
        tasks: tasks.into_iter().map(TaskView::from).collect(),
        next_cursor,
    }
}
