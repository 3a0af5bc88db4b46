//! Reading tasks: one by either id, or a station's, newest first.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_core::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_core::task::{Task, TaskStatus, TaskType};

use super::TaskStore;
use super::item::{Item, TASK_PREFIX, claim_key, from_item, n, s, station_pk, task_key, task_sk};
use crate::error::AwsError;

/// Which of a station's tasks a list shows.
#[derive(Clone, Debug, Default)]
pub struct TaskFilter {
    /// Only imports, exports or processes.
    pub kind: Option<TaskType>,
    /// Only tasks in this status.
    pub status: Option<TaskStatus>,
    /// Only tasks of this business.
    pub business_id: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Newest first.
    pub tasks: Vec<Task>,
    /// The last task that was looked at, if there may be more after it.
    pub next: Option<TaskId>,
}

/// How many tasks one call looks at, about: bounds the work of a list whose filter matches
/// little.
const LOOKED_AT: i32 = 1_000;

impl TaskStore {
    /// A task.
    pub async fn get(&self, task: &TaskRef) -> Result<Option<Task>, AwsError> {
        self.get_item(task_key(task))
            .await?
            .map(from_item)
            .transpose()
    }

    /// A task by its user id.
    pub async fn get_by_user_id(
        &self,
        station_id: &StationId,
        user_task_id: &UserTaskId,
    ) -> Result<Option<Task>, AwsError> {
        #[derive(serde::Deserialize)]
        struct Claim {
            task_id: TaskId,
        }
        let Some(item) = self.get_item(claim_key(station_id, user_task_id)).await? else {
            return Ok(None);
        };
        let Claim { task_id } = from_item(item)?;
        self.get(&TaskRef {
            station_id: station_id.clone(),
            task_id,
        })
        .await
    }

    /// At most `limit` of a station's visible tasks, those after (older than) `after`.
    pub async fn list(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Page, AwsError> {
        let mut page = Page::default();
        // Another station's tasks have another partition key; claims have another sort key.
        let mut values = HashMap::from([
            (":pk".to_owned(), s(station_pk(station_id))),
            (":first".to_owned(), s(TASK_PREFIX)),
            (
                ":last".to_owned(),
                s(after.map_or(format!("{TASK_PREFIX}~"), task_sk)),
            ),
        ]);
        let (expression, names) = filter.expression(&mut values);
        let mut looked_at = 0;
        let mut start = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
                .filter_expression(&expression)
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .scan_index_forward(false)
                // One more than asked for tells whether there is another page.
                .limit(limit as i32 + 1)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            looked_at += answer.scanned_count;
            start = answer.last_evaluated_key;
            for item in answer.items.unwrap_or_default() {
                let task: Task = from_item(item)?;
                if Some(task.task_id) == after {
                    continue;
                }
                if page.tasks.len() == limit {
                    page.next = page.tasks.last().map(|task| task.task_id);
                    return Ok(page);
                }
                page.tasks.push(task);
            }
            match &start {
                None => return Ok(page),
                // The filter matches little: the caller goes on from here.
                Some(key) if looked_at >= LOOKED_AT => {
                    page.next = task_of_key(key);
                    return Ok(page);
                }
                Some(_) => {}
            }
        }
    }

    pub(super) async fn get_item(&self, key: Item) -> Result<Option<Item>, AwsError> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        Ok(answer.item)
    }
}

/// The task that a key names.
fn task_of_key(key: &Item) -> Option<TaskId> {
    let sk = key.get("sk")?.as_s().ok()?;
    sk.strip_prefix(TASK_PREFIX)?.parse().ok()
}

impl TaskFilter {
    /// Whether a task is one of those; also of those that are hidden.
    pub fn matches(&self, task: &Task) -> bool {
        self.kind.is_none_or(|kind| task.kind == kind)
            && self.status.is_none_or(|status| task.status == status)
            && self
                .business_id
                .as_ref()
                .is_none_or(|business| &task.business_id == business)
    }

    /// The filter as DynamoDB wants it. Hidden tasks are never listed.
    fn expression(
        &self,
        values: &mut HashMap<String, AttributeValue>,
    ) -> (String, HashMap<String, String>) {
        let mut names = HashMap::from([("#show".to_owned(), "message_show".to_owned())]);
        values.insert(":show".to_owned(), AttributeValue::Bool(true));
        let mut parts = vec!["#show = :show".to_owned()];
        let mut add = |name: &str, attribute: &str, value: AttributeValue| {
            parts.push(format!("#{name} = :{name}"));
            names.insert(format!("#{name}"), attribute.to_owned());
            values.insert(format!(":{name}"), value);
        };
        if let Some(kind) = self.kind {
            add("kind", "type", n(u8::from(kind)));
        }
        if let Some(status) = self.status {
            add("status", "status", n(status.number()));
        }
        if let Some(business_id) = &self.business_id {
            add("business", "business_id", s(business_id));
        }
        (parts.join(" AND "), names)
    }
}
