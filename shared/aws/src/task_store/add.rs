//! Adding a task: the record, its mark as open, the claim of its user id and that of its work, in
//! one transaction.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use jiff::Timestamp;
use sluice_basics::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_basics::trace::Trace;
use sluice_import::ImportState;
use sluice_retry::RetryPolicy;
use sluice_task::history::Actor;
use sluice_task::{ChunkState, Task, TaskStatus, TaskType};

use super::TaskStore;
use super::admission::{Admission, Pool, Room};
use super::item::{
    Item, LISTED, WAITS, claim_key, from_item, json_text, n, open_item, s, station_pk, task_key,
    to_item,
};
use super::work::{Contest, WorkClaim};
use crate::error::AwsError;
use crate::traced::current_trace;

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
    pub task_type: TaskType,
    /// Whether it may run although equal work is running or has succeeded.
    pub repeat: bool,
    /// What the work is, if that is known by now: equal work has the same digest.
    pub work: Option<String>,
    /// What was asked, as a digest: the same user id with another one is a conflict.
    pub fingerprint: String,
    /// Who adds it; none where no caller does.
    pub created_by: Option<Actor>,
    /// On what condition it is opened.
    pub admission: Admission,
    /// When it is to begin, if not at once.
    pub start_at: Option<Timestamp>,
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
    /// It may not repeat, and this equal task is waiting, running or has succeeded.
    Equal(Task),
    /// As many tasks of its kind are open in its station as may.
    NoRoom,
    /// So many are being added to its station at the same moment that it was not its turn.
    Busy,
}

/// How often adding is tried. Two tasks of one station take the same id only in the same
/// millisecond and then once in 4,096 times; claims change hands seldom.
const ATTEMPTS: u32 = 8;

impl TaskStore {
    /// Adds a task. `input` is made once the id is known, because it may name the task.
    pub async fn add(
        &self,
        new: &NewTask,
        input: impl Fn(&TaskRef) -> serde_json::Value,
    ) -> Result<Added, AwsError> {
        let mut work = WorkClaim::of(new.work.as_deref(), new.repeat);
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        let mut attempts = 0;
        while attempts < ATTEMPTS {
            let reference = TaskRef {
                station_id: new.station_id.clone(),
                task_id: TaskId::new(Timestamp::now(), rand::random()),
            };
            let task = new.task(&reference, input(&reference));
            let (station, pool) = (&new.station_id, Pool::of(&task));
            let room = match new.admission {
                Admission::Waiting(most) => self.room_to_wait(station, pool, most).await?,
                Admission::Below(most) => self.room(station, pool, most).await?,
            };
            let Some(room) = room else {
                // Asking again for a task that is there adds none.
                return Ok(self.claimed_before(new).await?.unwrap_or(Added::NoRoom));
            };
            match self.put_new(&task, new, &work, room).await? {
                PutNew::Done => return Ok(Added::New(task)),
                PutNew::IdTaken => attempts += 1,
                // Another add of the same user id or work at the same moment, or of any task where
                // there is little room: seen next time.
                PutNew::InTheWay => {}
                PutNew::UserIdTaken => {
                    attempts += 1;
                    if let Some(added) = self.claimed_before(new).await? {
                        return Ok(added);
                    }
                }
                PutNew::WorkTaken => match self.contest(&work, &reference).await? {
                    Contest::Again(claim) => (work, attempts) = (claim, attempts + 1),
                    Contest::Held(task) => return Ok(Added::Equal(*task)),
                },
            }
            if conflicts.wait().await.is_err() {
                return Ok(Added::Busy);
            }
        }
        Err(AwsError::new(
            "TransactWriteItems",
            "the task could not be added in so many attempts",
        ))
    }

    async fn put_new(
        &self,
        task: &Task,
        new: &NewTask,
        work: &WorkClaim,
        room: Room,
    ) -> Result<PutNew, AwsError> {
        let reference = task.reference();
        json_text(&task.input)?;
        let mut item = to_item(task_key(&reference), task)?;
        item.insert(LISTED.to_owned(), s(station_pk(&task.station_id)));
        let mut mark = open_item(task);
        if matches!(new.admission, Admission::Waiting(_)) {
            mark.insert(WAITS.to_owned(), AttributeValue::Bool(true));
        }
        let mut parts = vec![
            (PutNew::IdTaken, self.put_if_absent(item)?),
            (PutNew::IdTaken, self.put_if_absent(mark)?),
        ];
        if let Some(user_task_id) = &task.user_task_id {
            let mut claim = claim_key(&task.station_id, user_task_id);
            claim.insert("task_id".to_owned(), n(task.task_id));
            claim.insert("fingerprint".to_owned(), s(&new.fingerprint));
            parts.push((PutNew::UserIdTaken, self.put_if_absent(claim)?));
        }
        for part in self.take_work(work, &reference)? {
            parts.push((PutNew::WorkTaken, part));
        }
        let taken = self.take_room(&task.station_id, Pool::of(task), room)?;
        parts.extend(taken.map(|part| (PutNew::InTheWay, part)));
        let (meanings, parts): (Vec<PutNew>, Vec<TransactWriteItem>) = parts.into_iter().unzip();
        let Err(cancelled) = self.transact(parts).await else {
            return Ok(PutNew::Done);
        };
        match cancelled.refused().and_then(|part| meanings.get(part)) {
            Some(meaning) => Ok(*meaning),
            None if cancelled.may_pass() => Ok(PutNew::InTheWay),
            None => Err(cancelled.into()),
        }
    }

    /// The task that holds the user id. None if its claim is gone again.
    async fn claimed_before(&self, new: &NewTask) -> Result<Option<Added>, AwsError> {
        let id = new.user_task_id.as_ref();
        self.asked_before(&new.station_id, id, &new.fingerprint)
            .await
    }

    /// What adding a task again under its user id comes to: the task of an earlier request, or a conflict if that asked
    /// for something else. None if there was none. Whoever asks this before anything is checked finds the task also
    /// when what it needed is gone by now.
    pub async fn asked_before(
        &self,
        station_id: &StationId,
        user_task_id: Option<&UserTaskId>,
        fingerprint: &str,
    ) -> Result<Option<Added>, AwsError> {
        #[derive(serde::Deserialize)]
        struct Claim {
            task_id: TaskId,
            fingerprint: String,
        }
        let Some(user_task_id) = user_task_id else {
            return Ok(None);
        };
        let Some(item) = self.get_item(claim_key(station_id, user_task_id)).await? else {
            return Ok(None);
        };
        let claim: Claim = from_item(item)?;
        if claim.fingerprint != fingerprint {
            return Ok(Some(Added::Conflict(claim.task_id)));
        }
        let reference = TaskRef {
            station_id: station_id.clone(),
            task_id: claim.task_id,
        };
        Ok(self.get(&reference).await?.map(Added::Before))
    }

    fn put_if_absent(&self, item: Item) -> Result<TransactWriteItem, AwsError> {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

impl NewTask {
    fn task(&self, reference: &TaskRef, input: serde_json::Value) -> Task {
        let now = Timestamp::now();
        Task {
            task_id: reference.task_id,
            user_task_id: self.user_task_id.clone(),
            name: self.name.clone(),
            station_id: self.station_id.clone(),
            business_id: self.business_id.clone(),
            business_name: self.business_name.clone(),
            task_type: self.task_type,
            input,
            result: None,
            status: TaskStatus::Submitted,
            repeat: self.repeat,
            work: self.work.clone(),
            progress: 0,
            created_by: self.created_by.clone(),
            history: Vec::new(),
            children: BTreeSet::new(),
            follow_up: false,
            message_show: true,
            run_count: 0,
            create_time: now,
            modify_time: now,
            start_at: self.start_at,
            start_time: None,
            end_time: None,
            reason: None,
            // An id that leads to no trace would only make the record larger.
            trace: current_trace().filter(Trace::is_sampled),
            chunks: ChunkState::default(),
            import: ImportState::default(),
        }
    }
}

/// What came of the transaction.
#[derive(Clone, Copy)]
enum PutNew {
    Done,
    IdTaken,
    UserIdTaken,
    WorkTaken,
    InTheWay,
}
