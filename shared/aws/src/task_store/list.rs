//! A station's tasks, newest first, page by page. What a page costs depends on its length and
//! not on how many tasks there are: the index `listed` holds those that are shown and nothing
//! else, and those that have not ended are found by their marks.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use sluice_core::ids::{StationId, TaskId};
use sluice_core::task::{Task, TaskStatus, TaskType};

use super::TaskStore;
use super::item::{
    Item, LISTED, OPEN, TASK_PREFIX, n, open_prefix, open_sk, s, station_pk, task_sk,
};
use super::open::task_of_mark;
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

/// Entries of the index that one request looks at under a filter, and requests of one page: they
/// bound the work of a list whose filter matches little. The caller goes on with the cursor.
const LOOKED_AT: i32 = 1_000;
const REQUESTS: usize = 5;

impl TaskStore {
    /// At most `limit` (1 to 100) of a station's visible tasks, those after (older than) `after`.
    /// A page may have fewer, and there is more as long as it names a `next`.
    pub async fn list(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Page, AwsError> {
        let is_open = filter.status.is_some_and(|status| !status.has_ended());
        let found = if is_open {
            self.open_of(station_id, limit, after).await?
        } else {
            self.listed(station_id, filter, limit, after).await?
        };
        let mut tasks = self.get_many(station_id, &found.ids).await?;
        // The record is what counts: an entry may be a moment behind it.
        tasks.retain(|task| task.message_show && filter.matches(task));
        Ok(Page {
            tasks,
            next: found.next,
        })
    }

    /// Tasks that are shown, by the index.
    async fn listed(
        &self,
        station_id: &StationId,
        filter: &TaskFilter,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Found, AwsError> {
        let mut values = HashMap::from([
            (":listed".to_owned(), s(station_pk(station_id))),
            (
                ":before".to_owned(),
                s(after.map_or(format!("{TASK_PREFIX}~"), task_sk)),
            ),
        ]);
        let mut names = HashMap::from([("#listed".to_owned(), LISTED.to_owned())]);
        let condition = filter.expression(&mut names, &mut values);
        let looked_at = if condition.is_some() {
            LOOKED_AT
        } else {
            one_more(limit)
        };
        let mut found = Found::default();
        let mut start = None;
        for _ in 0..REQUESTS {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .index_name(LISTED)
                .key_condition_expression("#listed = :listed AND sk < :before")
                .set_filter_expression(condition.clone())
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .scan_index_forward(false)
                .limit(looked_at)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            self.meter.add_read(answer.consumed_capacity());
            let entries = answer.items.unwrap_or_default();
            found.ids.extend(entries.iter().filter_map(task_of_key));
            start = answer.last_evaluated_key;
            if found.ids.len() > limit || start.is_none() {
                return Ok(found.at_most(limit));
            }
        }
        found.next = start.as_ref().and_then(task_of_key);
        Ok(found)
    }

    /// Tasks that have not ended, by their marks.
    async fn open_of(
        &self,
        station_id: &StationId,
        limit: usize,
        after: Option<TaskId>,
    ) -> Result<Found, AwsError> {
        let first = open_prefix(station_id);
        let last = after.map_or(format!("{first}~"), |after| open_sk(station_id, after));
        let answer = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :open AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":open", s(OPEN))
            .expression_attribute_values(":first", s(first))
            .expression_attribute_values(":last", s(last))
            .scan_index_forward(false)
            // The one at `after` is read, too.
            .limit(one_more(limit) + 1)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("Query"))?;
        self.meter.add_read(answer.consumed_capacity());
        let ids = answer
            .items()
            .iter()
            .filter_map(|mark| task_of_mark(mark).map(|task| task.task_id))
            .filter(|id| Some(*id) != after);
        let found = Found {
            ids: ids.collect(),
            next: None,
        };
        Ok(found.at_most(limit))
    }
}

/// Tasks that a list may show, newest first.
#[derive(Default)]
struct Found {
    ids: Vec<TaskId>,
    /// Where to go on, if looking stopped before there were enough.
    next: Option<TaskId>,
}

impl Found {
    /// The first `limit` of them; if there are more, the next page starts after these.
    fn at_most(mut self, limit: usize) -> Self {
        if self.ids.len() > limit {
            self.ids.truncate(limit);
            self.next = self.ids.last().copied();
        }
        self
    }
}

/// One more than asked for tells whether there is another page.
fn one_more(limit: usize) -> i32 {
    limit as i32 + 1
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

    /// The filter as DynamoDB wants it; none if everything matches.
    fn expression(
        &self,
        names: &mut HashMap<String, String>,
        values: &mut HashMap<String, AttributeValue>,
    ) -> Option<String> {
        let mut parts = Vec::new();
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
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }
}
