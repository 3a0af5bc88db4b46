//! Work that may not repeat: each piece of work has one claim, which names the tasks that did it,
//! do it or try to. It is taken in the transaction that adds or retries the task, or before an
//! import starts, so that of two equal tasks one wins.
//!
//! A task that may not repeat takes a claim when all others in it have failed, and checks in the
//! same request that they are still those that it looked at, and in the same transaction that none
//! of them was retried meanwhile. A task that may repeat joins whoever is there.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_retry::RetryPolicy;
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::item::{Item, from_item, key, n, station_pk, task_key};
use super::progress::status_name;
use crate::error::AwsError;

/// How often a claim is contested before giving up for now.
const ATTEMPTS: u32 = 8;
/// Tasks that one claim names at most, so that a transaction can check them all. Of more, the
/// latest count.
const MOST_HOLDERS: usize = 90;
/// Tasks that a claim names before the older ones are left out: an item has at most 400 KB, and work
/// that may repeat can come any number of times.
const MOST_IDS: usize = 1_000;

/// How a task means to take the claim of its work.
#[derive(Clone, Debug, Default)]
pub(super) enum WorkClaim {
    /// It takes none: its work is not known.
    #[default]
    None,
    /// It joins those that are there: it may repeat.
    Join(String),
    /// It takes a claim that names nobody else.
    Free(String),
    /// It joins those that are there, of which only the latest stay: there are too many for an item.
    Trim { digest: String, seen: Vec<TaskId> },
    /// It takes over from tasks that have all failed or are undone.
    Over { digest: String, seen: Vec<TaskId> },
}

/// What is to be done about a claim that could not be taken.
pub(super) enum Contest {
    /// Try again, like this.
    Again(WorkClaim),
    /// This task stands in the way.
    Held(Box<Task>),
}

/// What a claim says.
#[derive(serde::Deserialize)]
struct Claim {
    task_ids: Vec<TaskId>,
}

impl WorkClaim {
    pub(super) fn of(digest: Option<&str>, may_repeat: bool) -> Self {
        match digest {
            None => Self::None,
            Some(digest) if may_repeat => Self::Join(digest.to_owned()),
            Some(digest) => Self::Free(digest.to_owned()),
        }
    }

    fn digest(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Join(digest)
            | Self::Free(digest)
            | Self::Trim { digest, .. }
            | Self::Over { digest, .. } => Some(digest),
        }
    }

    /// The update that takes it: expression, condition and values.
    fn update(&self, task: TaskId) -> (&'static str, Option<&'static str>, Values) {
        let mut values = HashMap::from([(":own".to_owned(), ids([task]))]);
        let (update, condition) = match self {
            Self::None | Self::Join(_) => {
                values.insert(":most".to_owned(), n(MOST_IDS));
                let condition = "attribute_not_exists(task_ids) OR size(task_ids) < :most";
                ("ADD task_ids :own", Some(condition))
            }
            Self::Trim { seen, .. } => {
                let mut kept = seen.clone();
                kept.push(task);
                kept.sort_unstable_by(|one, other| other.cmp(one));
                kept.dedup();
                kept.truncate(MOST_HOLDERS);
                values.insert(":own".to_owned(), ids(kept));
                values.insert(":seen".to_owned(), ids(seen.iter().copied()));
                ("SET task_ids = :own", Some("task_ids = :seen"))
            }
            Self::Free(_) => (
                "SET task_ids = :own",
                Some("attribute_not_exists(pk) OR task_ids = :own"),
            ),
            Self::Over { seen, .. } => {
                values.insert(":seen".to_owned(), ids(seen.iter().copied()));
                ("SET task_ids = :own", Some("task_ids = :seen"))
            }
        };
        (update, condition, values)
    }
}

type Values = HashMap<String, AttributeValue>;

fn ids(tasks: impl IntoIterator<Item = TaskId>) -> AttributeValue {
    AttributeValue::Ns(tasks.into_iter().map(|task| task.to_string()).collect())
}

impl TaskStore {
    /// What takes the claim, as parts of a transaction: the claim first.
    pub(super) fn take_work(
        &self,
        claim: &WorkClaim,
        task: &TaskRef,
    ) -> Result<Vec<TransactWriteItem>, AwsError> {
        let broken = |error| AwsError::new("TransactWriteItems", error);
        let Some(digest) = claim.digest() else {
            return Ok(Vec::new());
        };
        let (expression, condition, values) = claim.update(task.task_id);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(work_key(&task.station_id, digest)))
            .update_expression(expression)
            .set_condition_expression(condition.map(str::to_owned))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(broken)?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build()];
        let WorkClaim::Over { seen, .. } = claim else {
            return Ok(parts);
        };
        let others = seen.iter().rev().filter(|other| **other != task.task_id);
        for other in others.take(MOST_HOLDERS) {
            let other = TaskRef {
                station_id: task.station_id.clone(),
                task_id: *other,
            };
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(task_key(&other)))
                .condition_expression(
                    "attribute_not_exists(pk) OR #status = :failed OR attribute_exists(undone_by)",
                )
                .set_expression_attribute_names(Some(status_name()))
                .expression_attribute_values(":failed", n(TaskStatus::Failed.number()))
                .build()
                .map_err(broken)?;
            parts.push(TransactWriteItem::builder().condition_check(check).build());
        }
        Ok(parts)
    }

    /// Takes the claim of a task's work. If an equal task stands in the way, that one.
    pub(super) async fn hold_work(
        &self,
        task: &Task,
        work: &str,
    ) -> Result<Option<Box<Task>>, AwsError> {
        let mut claim = WorkClaim::of(Some(work), task.repeat);
        let mut contests = RetryPolicy::CONFLICT.with_attempts(ATTEMPTS).backoff();
        loop {
            if self.take_alone(&claim, &task.reference()).await? {
                return Ok(None);
            }
            match self.contest(&claim, &task.reference()).await? {
                Contest::Again(next) => claim = next,
                Contest::Held(equal) => return Ok(Some(equal)),
            }
            if let Err(gave_up) = contests.wait().await {
                return Err(AwsError::passing("TransactWriteItems", gave_up));
            }
        }
    }

    /// Takes a claim by itself. False if it is held. One item needs no transaction, which costs
    /// twice as much.
    async fn take_alone(&self, claim: &WorkClaim, task: &TaskRef) -> Result<bool, AwsError> {
        match claim {
            WorkClaim::None => Ok(true),
            WorkClaim::Join(digest) | WorkClaim::Free(digest) | WorkClaim::Trim { digest, .. } => {
                let (expression, condition, values) = claim.update(task.task_id);
                let update: UpdateItemFluentBuilder = self
                    .dynamodb
                    .update_item()
                    .table_name(&self.table)
                    .set_key(Some(work_key(&task.station_id, digest)))
                    .update_expression(expression)
                    .set_condition_expression(condition.map(str::to_owned))
                    .set_expression_attribute_values(Some(values))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total);
                self.send_conditional(update).await
            }
            WorkClaim::Over { .. } => self.take_over(claim, task).await,
        }
    }

    async fn take_over(&self, claim: &WorkClaim, task: &TaskRef) -> Result<bool, AwsError> {
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            match self.transact(self.take_work(claim, task)?).await {
                Ok(()) => return Ok(true),
                Err(cancelled) if cancelled.refused().is_some() => return Ok(false),
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    /// Looks who holds a claim that could not be taken.
    pub(super) async fn contest(
        &self,
        claim: &WorkClaim,
        task: &TaskRef,
    ) -> Result<Contest, AwsError> {
        let Some(digest) = claim.digest() else {
            return Ok(Contest::Again(WorkClaim::None));
        };
        let digest = digest.to_owned();
        let Some(item) = self.get_item(work_key(&task.station_id, &digest)).await? else {
            return Ok(Contest::Again(WorkClaim::Free(digest)));
        };
        let Claim { task_ids: mut seen } = from_item(item)?;
        seen.sort_unstable();
        if matches!(claim, WorkClaim::Join(_) | WorkClaim::Trim { .. }) {
            return Ok(Contest::Again(if seen.len() < MOST_IDS {
                WorkClaim::Join(digest)
            } else {
                WorkClaim::Trim { digest, seen }
            }));
        }
        let mut latest: Vec<TaskId> = seen.iter().rev().take(MOST_HOLDERS).copied().collect();
        latest.retain(|other| *other != task.task_id);
        let equal = self.get_many(&task.station_id, &latest).await?;
        if equal.len() < latest.len() && !equal.iter().any(Task::stands_in_the_way) {
            self.none_unreadable(&task.station_id, &latest, &equal)
                .await?;
        }
        Ok(match equal.into_iter().find(Task::stands_in_the_way) {
            Some(equal) => Contest::Held(Box::new(equal)),
            None => Contest::Again(WorkClaim::Over { digest, seen }),
        })
    }
}

impl TaskStore {
    /// An error if a task that may stand in the way has a record that cannot be read: trying again
    /// would meet it again.
    async fn none_unreadable(
        &self,
        station_id: &StationId,
        task_ids: &[TaskId],
        readable: &[Task],
    ) -> Result<(), AwsError> {
        let statuses = self.statuses(station_id, task_ids).await?;
        let stands_in_the_way = |task_id: &&TaskId| {
            let status = statuses.get(task_id);
            !readable.iter().any(|task| task.task_id == **task_id)
                && status.is_some_and(|status| *status != Some(TaskStatus::Failed))
        };
        match task_ids.iter().find(stands_in_the_way) {
            None => Ok(()),
            Some(task_id) => Err(AwsError::unreadable(&TaskRef {
                station_id: station_id.clone(),
                task_id: *task_id,
            })),
        }
    }
}

fn work_key(station_id: &StationId, digest: &str) -> Item {
    key(station_pk(station_id), format!("WORK#{digest}"))
}
