//! `GET /task/list`

use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_aws::TaskFilter;
use sluice_core::api::{MAX_NAMED, Refusal, TaskList};
use sluice_core::ids::{TaskId, UserTaskId};
use sluice_core::task::{Task, TaskStatus, TaskType};
use sluice_lambda::http::{Scope, caller, internal, parameter, parsed_parameter};

use crate::Status;

/// The most tasks of a page, and as many as a page has if nothing is said.
const MOST: usize = MAX_NAMED;
const USUAL: usize = 20;

impl Status {
    /// A station's tasks, newest first; or those that are named, hidden ones included.
    pub(crate) async fn list(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskList, Refusal> {
        let station_id = caller(request, Scope::Read)?;
        let filter = filter(request)?;
        let limit = limit(request)?;
        let task_ids: Vec<TaskId> = ids(request, "task_ids")?;
        let user_task_ids: Vec<UserTaskId> = ids(request, "user_task_ids")?;
        let cursor = parsed_parameter(request, "cursor")?;
        if task_ids.is_empty() && user_task_ids.is_empty() {
            let page = self.tasks.list(&station_id, &filter, limit, cursor).await;
            let page = page.map_err(internal)?;
            let next = page.next.map(|task_id| task_id.to_string());
            return self.answer(page.tasks, next).await;
        }
        if task_ids.len() + user_task_ids.len() > MOST {
            return Err(Refusal::bad_input(format!("name at most {MOST} tasks")));
        }
        let named = self.tasks.ids_of(&station_id, &user_task_ids).await;
        let mut wanted = task_ids;
        wanted.extend(named.map_err(internal)?.into_values());
        let tasks = self.tasks.get_many(&station_id, &wanted).await;
        let mut tasks = tasks.map_err(internal)?;
        tasks.retain(|task| filter.matches(task));
        self.answer(tasks, None).await
    }

    async fn answer(
        &self,
        tasks: Vec<Task>,
        next_cursor: Option<String>,
    ) -> Result<TaskList, Refusal> {
        Ok(TaskList {
            finish: tasks.iter().all(|task| task.status.has_ended()),
            tasks: self.views(tasks).await?,
            next_cursor,
        })
    }
}

/// How many a page has at most.
pub(crate) fn limit(request: &ApiGatewayV2httpRequest) -> Result<usize, Refusal> {
    let limit = parsed_parameter(request, "limit")?.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        let msg = format!("limit: a number between 1 and {MOST}");
        Err(Refusal::bad_input(msg))
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
    let Some(list) = parameter(request, name) else {
        return Ok(Vec::new());
    };
    // A blank between commas is no id: taken for none, `,` would list all tasks.
    list.split(',')
        .map(|text| {
            let id = text.parse();
            id.map_err(|error| Refusal::bad_input(format!("{name}: {error}")))
        })
        .collect()
}
