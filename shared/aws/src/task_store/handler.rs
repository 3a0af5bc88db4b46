//! What the service that runs a task does with it: starts it, and says how far it is.

use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_basics::ids::TaskRef;
use sluice_task::history::{Actor, EventKind};
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::history::Append;
use super::item::{json_text, n, s, task_key};
use super::progress::with_values;
use crate::error::AwsError;

/// What a handler says of a running task.
#[derive(Clone, Debug, Default)]
pub struct TaskUpdate {
    /// Whole percent. A lower one than before changes nothing.
    pub progress: Option<u8>,
    /// What has come of it so far.
    pub result: Option<serde_json::Value>,
    /// Why it is as it is.
    pub reason: Option<String>,
}

impl TaskStore {
    /// Starts a task that waits. Of two callers at the same moment one gets true.
    pub async fn start(&self, task: &Task, by: Option<&Actor>) -> Result<bool, AwsError> {
        let append = Append::of_caller(EventKind::Started, by)?;
        let token = s(format!("{:016x}", rand::random::<u64>()));
        let update = self
            .update_task(&task.reference())
            .update_expression(format!(
                "SET #status = :running, start_time = :now, modify_time = :now, \
                 start_token = :token{} ADD run_count :one",
                append.set
            ))
            .condition_expression("#status = :submitted")
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":token", token.clone())
            .expression_attribute_values(":one", n(1));
        if self.send_conditional(with_values(update, append)).await? {
            return Ok(true);
        }
        // A request whose answer was lost is sent again: then this very call has started it.
        let now = self.get_item(task_key(&task.reference())).await?;
        Ok(now.is_some_and(|now| now.get("start_token") == Some(&token)))
    }

    /// Writes down what a handler says. False if the task is not running.
    pub async fn update(&self, task: &TaskRef, news: &TaskUpdate) -> Result<bool, AwsError> {
        if self.write_update(task, news).await? {
            return Ok(true);
        }
        if news.progress.is_none() {
            return Ok(false);
        }
        // Either it is not running, or it is further than this says.
        let rest = TaskUpdate {
            progress: None,
            ..news.clone()
        };
        self.write_update(task, &rest).await
    }

    async fn write_update(&self, task: &TaskRef, news: &TaskUpdate) -> Result<bool, AwsError> {
        let mut condition = "#status = :running".to_owned();
        let mut news_of: Vec<(&str, AttributeValue)> = Vec::new();
        if let Some(progress) = news.progress {
            news_of.push(("progress", n(progress)));
            condition.push_str(" AND #progress <= :progress");
        }
        if let Some(result) = &news.result {
            news_of.push(("result", json_text(result)?));
        }
        news_of.extend(news.reason.as_ref().map(|reason| ("reason", s(reason))));
        let mut set = "SET modify_time = :now".to_owned();
        let mut update = self.update_task(task);
        for (name, value) in news_of {
            let _ = write!(set, ", #{name} = :{name}");
            update = update
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":{name}"), value);
        }
        self.send_conditional(
            update
                .update_expression(set)
                .condition_expression(condition),
        )
        .await
    }
}
