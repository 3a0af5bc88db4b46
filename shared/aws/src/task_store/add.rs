//! Adding a task: the record, the claim of its user id and its mark as open, in one transaction.

use aws_sdk_dynamodb::types::{Put, ReturnConsumedCapacity, TransactWriteItem};
use jiff::Timestamp;
use sluice_core::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_core::import::ImportState;
use sluice_core::task::{Task, TaskStatus, TaskType};

use super::TaskStore;
use super::item::{
    CONDITION_FAILED, cancellation_codes, claim_key, from_item, open_key, s, task_key, time,
    to_item,
};
use crate::error::AwsError;

/// A task to be added.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Whose.
    pub station_id: StationId,
    /// The caller's own id.
    pub user_task_id: Option<UserTaskId>,
    /// The handler's name.
    pub name: String,
    /// The definition or business.
    pub business_id: String,
    /// The same for people.
    pub business_name: String,
    /// Import, export or process.
    pub kind: TaskType,
    /// Whether the same work may run again.
    pub repeat: bool,
    /// What was asked, as a digest: the same user id with another one is a conflict.
    pub fingerprint: String,
}

/// What came of adding a task.
#[derive(Clone, Debug)]
pub enum Added {
    /// It is there now.
    New(Task),
    /// It was there already, with the same content.
    Before(Task),
    /// Its user id belongs to a task with other content.
    Conflict(TaskId),
}

/// How often another id is taken when one is in use. Two tasks of one station meet only in
/// the same millisecond and then once in 4,096 times.
const ATTEMPTS: usize = 8;

impl TaskStore {
    /// Adds a task. `input` is made once the id is known, because it may name the task.
    pub async fn add(
        &self,
        new: &NewTask,
        input: impl Fn(&TaskRef) -> serde_json::Value,
    ) -> Result<Added, AwsError> {
        for _ in 0..ATTEMPTS {
            let now = Timestamp::now();
            let task_id = TaskId::new(now, rand::random());
            let reference = TaskRef {
                station_id: new.station_id.clone(),
                task_id,
            };
            let task = Task {
                task_id,
                user_task_id: new.user_task_id.clone(),
                name: new.name.clone(),
                station_id: new.station_id.clone(),
                business_id: new.business_id.clone(),
                business_name: new.business_name.clone(),
                kind: new.kind,
                input: input(&reference),
                result: None,
                status: TaskStatus::Submitted,
                repeat: new.repeat,
                message_show: true,
                run_count: 0,
                create_time: now,
                modify_time: now,
                start_time: None,
                end_time: None,
                reason: None,
                import: ImportState::default(),
            };
            match self.put_new(&task, &new.fingerprint).await? {
                PutNew::Done => return Ok(Added::New(task)),
                PutNew::IdTaken => {}
                PutNew::UserIdTaken => {
                    if let Some(added) = self.claimed_before(new).await? {
                        return Ok(added);
                    }
                }
            }
        }
        Err(AwsError::new(
            "TransactWriteItems",
            "no free task id was found",
        ))
    }

    async fn put_new(&self, task: &Task, fingerprint: &str) -> Result<PutNew, AwsError> {
        let reference = task.reference();
        let mut open = open_key(&reference);
        open.insert("create_time".to_owned(), time(task.create_time));
        let mut request = self
            .dynamodb
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .transact_items(self.put_if_absent(to_item(task_key(&reference), task)?)?)
            .transact_items(self.put_if_absent(open)?);
        if let Some(user_task_id) = &task.user_task_id {
            let mut claim = claim_key(&task.station_id, user_task_id);
            claim.insert("task_id".to_owned(), super::item::n(task.task_id));
            claim.insert("fingerprint".to_owned(), s(fingerprint));
            request = request.transact_items(self.put_if_absent(claim)?);
        }
        match request.send().await {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                Ok(PutNew::Done)
            }
            Err(error) => {
                let codes = cancellation_codes(&error);
                if codes.get(2).is_some_and(|code| code == CONDITION_FAILED) {
                    Ok(PutNew::UserIdTaken)
                } else if codes
                    .iter()
                    .any(|code| code == CONDITION_FAILED || code == "TransactionConflict")
                {
                    // Another add of the same user id at the same moment is seen next time.
                    Ok(PutNew::IdTaken)
                } else {
                    Err(AwsError::of("TransactWriteItems")(error))
                }
            }
        }
    }

    /// The task that holds the user id. None if its claim is gone again.
    async fn claimed_before(&self, new: &NewTask) -> Result<Option<Added>, AwsError> {
        #[derive(serde::Deserialize)]
        struct Claim {
            task_id: TaskId,
            fingerprint: String,
        }
        let Some(user_task_id) = &new.user_task_id else {
            return Ok(None);
        };
        let Some(item) = self
            .get_item(claim_key(&new.station_id, user_task_id))
            .await?
        else {
            return Ok(None);
        };
        let claim: Claim = from_item(item)?;
        if claim.fingerprint != new.fingerprint {
            return Ok(Some(Added::Conflict(claim.task_id)));
        }
        let reference = TaskRef {
            station_id: new.station_id.clone(),
            task_id: claim.task_id,
        };
        Ok(self.get(&reference).await?.map(Added::Before))
    }

    fn put_if_absent(&self, item: super::item::Item) -> Result<TransactWriteItem, AwsError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

enum PutNew {
    Done,
    IdTaken,
    UserIdTaken,
}
