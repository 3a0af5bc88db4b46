//! How many tasks of a station are open at the same time, and no more than may be.
//!
//! What is counted are the marks of open tasks themselves, so that no counter can be wrong. That
//! nobody else opens a task between the count and the write is seen by an item, `STATION#<station>`
//! / `ADMITTED#…`, whose version every opening changes in its own transaction: of those that have
//! counted the same, one goes on and the others count again.

use sluice_kind::OfKind;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, TransactWriteItem, Update};
use serde::Deserialize;
use sluice_basics::ids::StationId;
use sluice_retry::RetryPolicy;
use sluice_task::Task;

use super::TaskStore;
use super::item::{
    HAS_CHUNKS, Item, OPEN, WAITS, from_item, key, n, open_key, open_prefix, open_sk, s, station_pk,
};
use crate::error::AwsError;

/// Which of a station's open tasks have a limit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pool {
    /// Those that Sluice does itself, chunk by chunk.
    Chunked,
    /// Those that services run.
    Handled,
}

/// On what condition a task is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// If fewer than so many of its pool are open in its station.
    Below(u32),
    /// If fewer than about so many are open, and it waits until it is admitted: a file in the inbox,
    /// which nobody can be told to send later.
    Waiting(u32),
}

/// That there was room when it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// So much that whoever opens tasks at the same moment cannot use it up.
    Ample,
    /// As long as nobody has opened a task since this version.
    Since(u64),
}

/// As much room counts as ample: more than a station's requests at the same moment.
const AMPLE: u32 = 500;

impl Pool {
    pub(super) fn of(task: &Task) -> Self {
        if task.kind().has_chunks() {
            Self::Chunked
        } else {
            Self::Handled
        }
    }

    fn sk(self) -> &'static str {
        match self {
            Self::Chunked => "ADMITTED#import",
            Self::Handled => "ADMITTED#handled",
        }
    }

    fn has(self, mark: &Item) -> bool {
        mark.contains_key(HAS_CHUNKS) == (self == Self::Chunked)
    }
}

impl TaskStore {
    /// Whether another task may be opened; none if as many are open as may.
    pub(super) async fn room(
        &self,
        station: &StationId,
        pool: Pool,
        most: u32,
    ) -> Result<Option<Room>, AwsError> {
        // Before the count: who opens a task after this changes the version.
        let version = self.admitted(station, pool).await?;
        let open = self.count_open(station, most, |mark| pool.has(mark));
        let left = most.saturating_sub(open.await?);
        Ok(match left {
            0 => None,
            _ if left > AMPLE => Some(Room::Ample),
            _ => Some(Room::Since(version)),
        })
    }

    /// As [`Self::room`], for a task that waits to be admitted: some more of them do no harm.
    pub(super) async fn room_to_wait(
        &self,
        station: &StationId,
        pool: Pool,
        most: u32,
    ) -> Result<Option<Room>, AwsError> {
        let open = self.count_open(station, most, |mark| pool.has(mark));
        Ok((open.await? < most).then_some(Room::Ample))
    }

    /// What makes an opening of a task fail if another was faster.
    pub(super) fn take_room(
        &self,
        station: &StationId,
        pool: Pool,
        room: Room,
    ) -> Result<Option<TransactWriteItem>, AwsError> {
        let Room::Since(version) = room else {
            return Ok(None);
        };
        let mut values = HashMap::from([(":next".to_owned(), n(version + 1))]);
        if version > 0 {
            values.insert(":read".to_owned(), n(version));
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(admitted_key(station, pool)))
            .update_expression("SET #version = :next")
            .condition_expression(match version {
                0 => "attribute_not_exists(pk)",
                _ => "#version = :read",
            })
            .expression_attribute_names("#version", "version")
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(Some(TransactWriteItem::builder().update(update).build()))
    }

    /// Admits a task that waits if, with those that came before it, fewer than `most` imports of its
    /// station are open. Whether it is admitted, now or since earlier.
    pub async fn admit(&self, task: &Task, most: u32) -> Result<bool, AwsError> {
        let reference = task.reference();
        let (station, pool) = (&task.station_id, Pool::of(task));
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let version = self.admitted(station, pool).await?;
            if !self.waits(task).await? {
                return Ok(true);
            }
            if !self.has_room(task, most).await? {
                return Ok(false);
            }
            let mark = Update::builder()
                .table_name(&self.table)
                .set_key(Some(open_key(&reference)))
                .update_expression("REMOVE #waits")
                .condition_expression("attribute_exists(#waits)")
                .expression_attribute_names("#waits", WAITS)
                .build()
                .map_err(|error| AwsError::new("TransactWriteItems", error))?;
            let mut parts = vec![TransactWriteItem::builder().update(mark).build()];
            parts.extend(self.take_room(station, pool, Room::Since(version))?);
            let Err(cancelled) = self.transact(parts).await else {
                return Ok(true);
            };
            let is_overtaken = cancelled.refused().is_some();
            if !is_overtaken && !cancelled.may_pass() {
                return Err(cancelled.into());
            }
            if conflicts.wait().await.is_err() {
                // It waits, and is looked at again later.
                return Ok(false);
            }
        }
    }

    /// Whether a task waits for room: it is not admitted, and there is none now.
    pub async fn waits_for_room(&self, task: &Task, most: u32) -> Result<bool, AwsError> {
        Ok(self.waits(task).await? && !self.has_room(task, most).await?)
    }

    /// Whether a task is not admitted yet.
    async fn waits(&self, task: &Task) -> Result<bool, AwsError> {
        let mark = self.get_item(open_key(&task.reference())).await?;
        Ok(mark.is_some_and(|mark| mark.contains_key(WAITS)))
    }

    /// Whether fewer than `most` are admitted or came before a task that waits.
    async fn has_room(&self, task: &Task, most: u32) -> Result<bool, AwsError> {
        let pool = Pool::of(task);
        let (station, own) = (&task.station_id, open_sk(&task.station_id, task.task_id));
        let is_ahead = |mark: &Item| {
            let sk = mark.get("sk").and_then(|sk| sk.as_s().ok());
            let waits_behind = mark.contains_key(WAITS) && sk.is_some_and(|sk| *sk >= own);
            pool.has(mark) && !waits_behind
        };
        Ok(self.count_open(station, most, is_ahead).await? < most)
    }

    /// The version of the openings of tasks of a pool.
    async fn admitted(&self, station: &StationId, pool: Pool) -> Result<u64, AwsError> {
        #[derive(Deserialize)]
        struct Admitted {
            version: u64,
        }
        let item = self.get_item(admitted_key(station, pool)).await?;
        let admitted: Option<Admitted> = item.map(from_item).transpose()?;
        Ok(admitted.map_or(0, |admitted| admitted.version))
    }

    /// How many of a station's marks count. Stops counting at `most`. One request, unless the
    /// station has very many tasks that have not ended.
    async fn count_open(
        &self,
        station: &StationId,
        most: u32,
        counts: impl Fn(&Item) -> bool,
    ) -> Result<u32, AwsError> {
        let mut count = 0;
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :open AND begins_with(sk, :station)")
                .expression_attribute_values(":open", s(OPEN))
                .expression_attribute_values(":station", s(open_prefix(station)))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            self.meter.add_read(answer.consumed_capacity());
            let counted = answer.items().iter().filter(|mark| counts(mark)).count();
            count += u32::try_from(counted).unwrap_or(u32::MAX);
            start = answer.last_evaluated_key;
            if count >= most || start.is_none() {
                return Ok(count.min(most));
            }
        }
    }
}

fn admitted_key(station: &StationId, pool: Pool) -> Item {
    key(station_pk(station), pool.sk().to_owned())
}
