//! Work that may not repeat: each piece of work has one claim, held by the latest task that did
//! it or tries to. <https://en.wikipedia.org/wiki/Idempotence> for whole tasks: the claim is
//! taken in the transaction that adds or starts the task, so that of two equal tasks one wins.
//!
//! A claim is free when nobody holds it, when its holder has failed, and for its holder itself.
//! Taking it from a failed holder checks in the same transaction that this one has not been
//! retried meanwhile.

use aws_sdk_dynamodb::types::{ConditionCheck, Put, TransactWriteItem};
use sluice_core::ids::{StationId, TaskId, TaskRef};
use sluice_core::task::{Task, TaskStatus};

use super::TaskStore;
use super::item::{from_item, key, n, station_pk, task_key};
use super::progress::status_name;
use crate::error::AwsError;

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
            _ => (
                task.task_id,
                "attribute_not_exists(pk) OR task_id = :holder",
            ),
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

fn work_key(station_id: &StationId, digest: &str) -> super::item::Item {
    key(station_pk(station_id), format!("WORK#{digest}"))
}
