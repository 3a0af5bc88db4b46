//! `GET /task/list`

use std::collections::HashMap;
use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{MAX_NAMED, MAX_SEARCH_CHARS, Refusal, TaskList, TaskView};
use sluice_aws::{Page, TaskFilter};
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_definition::Definition;
use sluice_lambda::http::{
    AnswerRoom, Scope, caller, flag_parameter, internal, number_parameter, parameter,
    parsed_parameter,
};
use sluice_task::{Task, TaskStatus, TaskType};

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
        let mut filter = filter(request)?;
        if !filter.words.is_empty() {
            filter.titles = self.titles();
        }
        let limit = limit(request)?;
        let task_ids: Vec<TaskId> = ids(request, "task_ids")?;
        let user_task_ids: Vec<UserTaskId> = ids(request, "user_task_ids")?;
        let cursor = parsed_parameter(request, "cursor")?;
        let mut room = AnswerRoom::default();
        let takes = |task: &Task| room.takes(&TaskView::from(task.clone()));
        if task_ids.is_empty() && user_task_ids.is_empty() {
            let page = self
                .tasks
                .list(&station_id, &filter, limit, cursor, takes)
                .await;
            let mut answer = self.answer(page.map_err(internal)?).await?;
            if flag_parameter(request, "totals")? {
                let totals = self.tasks.totals(&station_id, &filter).await;
                answer.totals = Some(totals.map_err(internal)?);
            }
            return Ok(answer);
        }
        if task_ids.len() + user_task_ids.len() > MOST {
            return Err(Refusal::bad_input(format!("name at most {MOST} tasks")));
        }
        let named = self.tasks.ids_of(&station_id, &user_task_ids).await;
        let mut wanted = task_ids;
        wanted.extend(named.map_err(internal)?.into_values());
        let page = self
            .tasks
            .named(&station_id, wanted, &filter, cursor, takes)
            .await;
        self.answer(page.map_err(internal)?).await
    }

    /// What businesses are called in other languages than that of their tasks, in lower case.
    fn titles(&self) -> HashMap<String, String> {
        let definitions = self.catalog.definitions();
        let titles_of = |definition: &Definition| {
            let titles: Vec<String> = definition
                .titles
                .values()
                .map(|one| one.to_lowercase())
                .collect();
            (definition.business.to_string(), titles.join("\n"))
        };
        definitions.map(titles_of).collect()
    }

    async fn answer(&self, page: Page) -> Result<TaskList, Refusal> {
        Ok(TaskList {
            finish: page.tasks.iter().all(|task| task.status.has_ended()),
            tasks: self.views(page.tasks).await?,
            next_cursor: page.next.map(|task_id| task_id.to_string()),
            totals: None,
        })
    }
}

/// How many a page has at most.
pub(crate) fn limit(request: &ApiGatewayV2httpRequest) -> Result<usize, Refusal> {
    let limit = number_parameter(request, "limit")?.unwrap_or(USUAL);
    if (1..=MOST).contains(&limit) {
        Ok(limit)
    } else {
        let msg = format!("limit: a number between 1 and {MOST}");
        Err(Refusal::bad_input(msg))
    }
}

fn filter(request: &ApiGatewayV2httpRequest) -> Result<TaskFilter, Refusal> {
    let task_type = number_parameter::<u8>(request, "type")?
        .map(TaskType::try_from)
        .transpose()
        .map_err(|error| Refusal::bad_input(error.to_string()))?;
    let statuses: Vec<WantedStatus> = ids(request, "status")?;
    Ok(TaskFilter {
        task_type,
        statuses: statuses.into_iter().map(|wanted| wanted.0).collect(),
        business_id: parameter(request, "business_id"),
        created_from: time(request, "created_from")?,
        created_to: time(request, "created_to")?,
        words: words(request)?,
        titles: HashMap::new(),
    })
}

/// A status that is asked for by its number.
struct WantedStatus(TaskStatus);

impl FromStr for WantedStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse::<u8>().ok();
        let status = number.and_then(|number| TaskStatus::try_from(number).ok());
        status
            .map(Self)
            .ok_or_else(|| format!("`{text}` is not a status: name numbers from 1 to 5"))
    }
}

fn time(request: &ApiGatewayV2httpRequest, name: &str) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = parameter(request, name) else {
        return Ok(None);
    };
    let msg = || format!("{name}: a time with its offset, such as 2026-01-31T08:30:00Z");
    let time = text.parse().map_err(|_| Refusal::bad_input(msg()))?;
    Ok(Some(time))
}

/// The words that are searched for, in lower case.
fn words(request: &ApiGatewayV2httpRequest) -> Result<Vec<String>, Refusal> {
    let search = parameter(request, "search").unwrap_or_default();
    if search.chars().count() > MAX_SEARCH_CHARS {
        let msg = format!("search: at most {MAX_SEARCH_CHARS} characters");
        return Err(Refusal::bad_input(msg));
    }
    Ok(search.split_whitespace().map(str::to_lowercase).collect())
}

/// A comma-separated list.
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
