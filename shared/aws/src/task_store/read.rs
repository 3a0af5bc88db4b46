//! Reading tasks by either id, one or many.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};
use sluice_basics::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_retry::RetryPolicy;
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::item::{
    Item, TASK_PREFIX, claim_key, from_item, task_if_readable, task_key, task_of_item,
};
use crate::error::AwsError;

/// What holds a user id.
#[derive(serde::Deserialize)]
struct Claim {
    task_id: TaskId,
}

impl TaskStore {
    /// A task. One that is stored and cannot be read is an error that says so.
    pub async fn get(&self, task: &TaskRef) -> Result<Option<Task>, AwsError> {
        let item = self.get_item(task_key(task)).await?;
        item.map(|item| task_of_item(task, item)).transpose()
    }

    /// A task by its user id.
    pub async fn get_by_user_id(
        &self,
        station_id: &StationId,
        user_task_id: &UserTaskId,
    ) -> Result<Option<Task>, AwsError> {
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

    /// Those of some tasks that are there, newest first, each once. At most a hundred ids. One that
    /// cannot be read is left out: it does not keep the others from being seen.
    pub async fn get_many(
        &self,
        station_id: &StationId,
        task_ids: &[TaskId],
    ) -> Result<Vec<Task>, AwsError> {
        let items = self.get_items(task_keys(station_id, task_ids)).await?;
        let readable = items
            .into_iter()
            .filter_map(|item| task_if_readable(station_id, item));
        let mut tasks: Vec<Task> = readable.collect();
        tasks.sort_by_key(|task| std::cmp::Reverse(task.task_id));
        Ok(tasks)
    }

    /// The statuses of those of some tasks that are there, also of tasks whose records cannot be
    /// read otherwise; none where not even that can be read. At most a hundred ids.
    pub async fn statuses(
        &self,
        station_id: &StationId,
        task_ids: &[TaskId],
    ) -> Result<HashMap<TaskId, Option<TaskStatus>>, AwsError> {
        #[derive(serde::Deserialize)]
        struct State {
            status: TaskStatus,
        }
        let items = self.get_items(task_keys(station_id, task_ids)).await?;
        let status_of = |item: Item| {
            let task_id = sort_key(&item).strip_prefix(TASK_PREFIX)?.parse().ok()?;
            let state: Option<State> = from_item(item).ok();
            Some((task_id, state.map(|state| state.status)))
        };
        Ok(items.into_iter().filter_map(status_of).collect())
    }

    /// The ids of the tasks that some user ids stand for; user ids that nobody has are left out.
    /// At most a hundred.
    pub async fn ids_of(
        &self,
        station_id: &StationId,
        user_task_ids: &[UserTaskId],
    ) -> Result<HashMap<UserTaskId, TaskId>, AwsError> {
        let mut by_key: HashMap<String, UserTaskId> = HashMap::new();
        let mut keys = Vec::new();
        for user_task_id in user_task_ids {
            let key = claim_key(station_id, user_task_id);
            if by_key
                .insert(sort_key(&key), user_task_id.clone())
                .is_none()
            {
                keys.push(key);
            }
        }
        let mut ids = HashMap::new();
        for item in self.get_items(keys).await? {
            let key = sort_key(&item);
            let Ok(Claim { task_id }) = from_item(item) else {
                tracing::error!(station = %station_id, "the claim of a user_task_id cannot be read");
                continue;
            };
            ids.extend(by_key.remove(&key).map(|name| (name, task_id)));
        }
        Ok(ids)
    }

    pub(crate) async fn get_item(&self, key: Item) -> Result<Option<Item>, AwsError> {
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

    /// The items of at most a hundred different keys, in any order. An answer has at most 16 MB:
    /// what it leaves out is asked for again.
    async fn get_items(&self, mut keys: Vec<Item>) -> Result<Vec<Item>, AwsError> {
        let mut items = Vec::with_capacity(keys.len());
        let mut waits = RetryPolicy::REQUEST.backoff();
        while !keys.is_empty() {
            let before = items.len();
            let request = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let answer = self
                .dynamodb
                .batch_get_item()
                .request_items(&self.table, request)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(AwsError::of("BatchGetItem"))?;
            self.meter.add_read(answer.consumed_capacity());
            let found = answer.responses.unwrap_or_default().remove(&self.table);
            items.extend(found.unwrap_or_default());
            let left = answer
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&self.table);
            keys = left.map(|left| left.keys).unwrap_or_default();
            if !keys.is_empty() && items.len() == before && waits.wait().await.is_err() {
                return Err(AwsError::passing(
                    "BatchGetItem",
                    "keys were left unprocessed",
                ));
            }
        }
        Ok(items)
    }
}

/// The keys of tasks, each once.
fn task_keys(station_id: &StationId, task_ids: &[TaskId]) -> Vec<Item> {
    let mut task_ids = task_ids.to_vec();
    task_ids.sort_unstable();
    task_ids.dedup();
    let keys = task_ids.into_iter().map(|task_id| {
        task_key(&TaskRef {
            station_id: station_id.clone(),
            task_id,
        })
    });
    keys.collect()
}

fn sort_key(item: &Item) -> String {
    let key = item.get("sk").and_then(|sk| sk.as_s().ok());
    key.cloned().unwrap_or_default()
}
