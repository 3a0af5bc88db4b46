//! Work that may not repeat: each piece of work has one claim, held by the latest task that did
//! it or tries to. It is taken in the transaction that adds or retries the task, or before an
//! import starts, so that of two equal tasks one wins.
//!
//! A claim is free when nobody holds it, when its holder has failed, and for its holder itself.
//! Taking it from a failed holder checks in the same transaction that this one has not been
//! retried meanwhile.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ConditionCheck, Put, ReturnConsumedCapacity, TransactWriteItem};
use sluice_core::ids::{StationId, TaskId, TaskRef};
use sluice_core::task::{Task, TaskStatus};

use super::TaskStore;
use super::conflicts::Conflicts;
use super::item::{
    CONDITION_FAILED, Item, cancellation_codes, from_item, key, n, station_pk, task_key,
};
use super::progress::status_name;
use crate::error::AwsError;

/// When a claim is free for `:holder`.
const IS_FREE: &str = "attribute_not_exists(pk) OR task_id = :holder";
/// How often a claim is contested before giving up for now.
const ATTEMPTS: usize = 8;

/// How a task means to take the claim of its work.
#[derive(Clone, Debug, Default)]
pub(super) enum WorkClaim {
    /// It takes none: its work is not known, or it runs although the claim is held.
    #[default]
    None,
    /// It takes a free claim, or has it already.
    Free(String),
    /// It takes over the claim of a task that has failed.
    Over { digest: String, failed: TaskId },
}

/// What is to be done about a claim that could not be taken.
pub(super) enum Contest {
    /// Try again, like this.
    Again(WorkClaim),
    /// This task stands in the way.
    Held(Box<Task>),
}

impl WorkClaim {
    pub(super) fn of(digest: Option<&String>) -> Self {
        digest.cloned().map_or(Self::None, Self::Free)
    }

    fn digest(&self) -> Option<&str> {
        match self {
            Self::None => None,
            Self::Free(digest) | Self::Over { digest, .. } => Some(digest),
        }
    }
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
        let mut item = work_key(&task.station_id, digest);
        item.insert("task_id".to_owned(), n(task.task_id));
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let (holder, condition) = match claim {
            WorkClaim::Over { failed, .. } => (*failed, "task_id = :holder"),
            _ => (task.task_id, IS_FREE),
        };
        let put = put
            .condition_expression(condition)
            .expression_attribute_values(":holder", n(holder))
            .build()
            .map_err(broken)?;
        let mut parts = vec![TransactWriteItem::builder().put(put).build()];
        if let WorkClaim::Over { failed, .. } = claim
            && *failed != task.task_id
        {
            let failed = TaskRef {
                station_id: task.station_id.clone(),
                task_id: *failed,
            };
            let check = ConditionCheck::builder()
                .table_name(&self.table)
                .set_key(Some(task_key(&failed)))
                .condition_expression("attribute_not_exists(pk) OR #status = :failed")
                .set_expression_attribute_names(Some(status_name()))
                .expression_attribute_values(":failed", n(TaskStatus::Failed.number()))
                .build()
                .map_err(broken)?;
            parts.push(TransactWriteItem::builder().condition_check(check).build());
        }
        Ok(parts)
    }

    /// Takes the claim of a task's work. If it is held by an equal task that stands in the way,
    /// that one; a task that may repeat goes on without.
    pub(super) async fn hold_work(
        &self,
        task: &Task,
        work: &str,
    ) -> Result<Option<Box<Task>>, AwsError> {
        let mut claim = WorkClaim::Free(work.to_owned());
        for _ in 0..ATTEMPTS {
            if self.take_alone(&claim, &task.reference()).await? {
                return Ok(None);
            }
            match self.contest(&claim, &task.station_id).await? {
                Contest::Again(next) => claim = next,
                Contest::Held(_) if task.repeat => return Ok(None),
                Contest::Held(equal) => return Ok(Some(equal)),
            }
        }
        let problem = "a claim changed hands too often";
        Err(AwsError::new("TransactWriteItems", problem))
    }

    /// Takes a claim by itself. False if it is held.
    async fn take_alone(&self, claim: &WorkClaim, task: &TaskRef) -> Result<bool, AwsError> {
        match claim {
            WorkClaim::None => Ok(true),
            WorkClaim::Free(digest) => self.take_free(digest, task).await,
            WorkClaim::Over { .. } => self.take_over(claim, task).await,
        }
    }

    /// One item needs no transaction, which costs twice as much.
    async fn take_free(&self, digest: &str, task: &TaskRef) -> Result<bool, AwsError> {
        let mut conflicts = Conflicts::default();
        loop {
            let request = self
                .dynamodb
                .put_item()
                .table_name(&self.table)
                .set_item(Some(work_item(digest, task)))
                .condition_expression(IS_FREE)
                .expression_attribute_values(":holder", n(task.task_id))
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(true);
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => return Ok(false),
                Some(PutItemError::TransactionConflictException(_)) if conflicts.wait().await => {}
                _ => return Err(AwsError::of("PutItem")(error)),
            }
        }
    }

    async fn take_over(&self, claim: &WorkClaim, task: &TaskRef) -> Result<bool, AwsError> {
        let mut conflicts = Conflicts::default();
        loop {
            let request = self
                .dynamodb
                .transact_write_items()
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_transact_items(Some(self.take_work(claim, task)?));
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(true);
                }
                Err(error) => error,
            };
            let codes = cancellation_codes(&error);
            if codes.iter().any(|code| code == CONDITION_FAILED) {
                return Ok(false);
            }
            if codes.is_empty() || !conflicts.wait().await {
                return Err(AwsError::of("TransactWriteItems")(error));
            }
        }
    }

    /// Looks who holds a claim that could not be taken.
    pub(super) async fn contest(
        &self,
        claim: &WorkClaim,
        station_id: &StationId,
    ) -> Result<Contest, AwsError> {
        #[derive(serde::Deserialize)]
        struct Held {
            task_id: TaskId,
        }
        let Some(digest) = claim.digest() else {
            return Ok(Contest::Again(WorkClaim::None));
        };
        let digest = digest.to_owned();
        let Some(item) = self.get_item(work_key(station_id, &digest)).await? else {
            return Ok(Contest::Again(WorkClaim::Free(digest)));
        };
        let Held { task_id } = from_item(item)?;
        let holder = TaskRef {
            station_id: station_id.clone(),
            task_id,
        };
        Ok(match self.get(&holder).await? {
            Some(task) if task.stands_in_the_way() => Contest::Held(Box::new(task)),
            _ => Contest::Again(WorkClaim::Over {
                digest,
                failed: task_id,
            }),
        })
    }
}

fn work_item(digest: &str, task: &TaskRef) -> Item {
    let mut item = work_key(&task.station_id, digest);
    item.insert("task_id".to_owned(), n(task.task_id));
    item
}

fn work_key(station_id: &StationId, digest: &str) -> Item {
    key(station_pk(station_id), format!("WORK#{digest}"))
}
