//! Trying an ended task again: what did not succeed is done once more, under the same id.

use sluice_kind::OfKind;
use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_retry::RetryPolicy;
use sluice_task::books::Kept;
use sluice_task::history::{self, Actor};
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::admission::Pool;
use super::history::list;
use super::item::{LISTED, n, open_item, s, station_pk, task_key, time};
use super::progress::status_name;
use super::work::{Contest, WorkClaim};
use crate::error::AwsError;

/// What came of a retry.
#[derive(Clone, Debug)]
pub enum Retried {
    /// The task waits or runs again.
    Now,
    /// It has changed since it was read.
    Changed,
    /// It may not repeat, and this equal task is waiting, running or has succeeded.
    Equal(Box<Task>),
    /// As many tasks of its kind are open in its station as may.
    NoRoom,
    /// So many are being added to its station at the same moment that it was not its turn.
    Busy,
}

/// How often a claim is contested before giving up for now.
const CONTESTS: u32 = 8;

impl TaskStore {
    /// Sets an ended task going again. An import that had begun runs at once, with the counts of
    /// the chunks that are not done again; any other task waits to be started. Everything is one
    /// transaction: the record, its mark as open, and the claim of its work. It is opened again only
    /// if fewer than `most` of its kind are open.
    pub async fn retry(
        &self,
        task: &Task,
        kept: &Kept,
        most: u32,
        by: Option<&Actor>,
    ) -> Result<Retried, AwsError> {
        let reference = task.reference();
        let mut claim = WorkClaim::of(task.work.as_deref(), task.repeat);
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        let mut contests = 0;
        loop {
            let (station, pool) = (&task.station_id, Pool::of(task));
            let Some(room) = self.room(station, pool, most).await? else {
                return Ok(Retried::NoRoom);
            };
            let open = Put::builder()
                .table_name(&self.table)
                .set_item(Some(open_item(task)))
                .build()
                .map_err(|error| AwsError::new("TransactWriteItems", error))?;
            let mut parts = vec![
                TransactWriteItem::builder()
                    .update(self.tried_again(task, kept, by)?)
                    .build(),
                TransactWriteItem::builder().put(open).build(),
            ];
            parts.extend(self.take_work(&claim, &reference)?);
            let taken = self.take_room(station, pool, room)?;
            let room_at = taken.as_ref().map(|_| parts.len());
            parts.extend(taken);
            let Err(cancelled) = self.transact(parts).await else {
                return Ok(Retried::Now);
            };
            match cancelled.refused() {
                Some(0) => return Ok(Retried::Changed),
                // Another task was opened since the count.
                Some(at) if Some(at) == room_at && conflicts.wait().await.is_ok() => {}
                Some(at) if Some(at) == room_at => return Ok(Retried::Busy),
                Some(_) if contests == CONTESTS => {
                    let problem = "a claim changed hands too often";
                    return Err(AwsError::new("TransactWriteItems", problem));
                }
                Some(_) => match self.contest(&claim, &reference).await? {
                    Contest::Again(next) => (claim, contests) = (next, contests + 1),
                    Contest::Held(equal) => return Ok(Retried::Equal(equal)),
                },
                None => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    fn tried_again(
        &self,
        task: &Task,
        kept: &Kept,
        by: Option<&Actor>,
    ) -> Result<Update, AwsError> {
        let has_begun = task.kind().has_begun(task);
        // The condition below says that the record is as it was read, its history included.
        let history = history::retried(task, by);
        let mut set = "SET #status = :status, modify_time = :now, message_show = :yes, \
                       #listed = :listed, #progress = :zero, history = :history"
            .to_owned();
        let mut names = status_name();
        names.insert("#listed".to_owned(), LISTED.to_owned());
        names.insert("#progress".to_owned(), "progress".to_owned());
        names.insert("#result".to_owned(), "result".to_owned());
        let status = if has_begun {
            TaskStatus::Running
        } else {
            TaskStatus::Submitted
        };
        let mut values = HashMap::from([
            (":status".to_owned(), n(status.number())),
            (":now".to_owned(), time(Timestamp::now())),
            (":yes".to_owned(), AttributeValue::Bool(true)),
            (":listed".to_owned(), s(station_pk(&task.station_id))),
            (":zero".to_owned(), n(0)),
            (":history".to_owned(), list(&history)?),
            (":before".to_owned(), n(task.status.number())),
            (":as_read".to_owned(), time(task.modify_time)),
        ]);
        if task.repeat {
            set.push_str(", #repeat = :yes");
            names.insert("#repeat".to_owned(), "repeat".to_owned());
        }
        if has_begun {
            set.push_str(", start_time = :now, run_count = :run, nudges = :zero");
            values.insert(":run".to_owned(), n(task.run_count + 1));
            for (name, number) in [
                ("chunks_done", u64::from(kept.chunks)),
                ("chunks_lost", 0),
                ("bytes_done", kept.bytes),
                ("rows_read", kept.rows.read),
                ("rows_succeeded", kept.rows.succeeded),
                ("rows_failed", kept.rows.failed),
                ("rows_duplicate", kept.rows.duplicate),
                ("rows_skipped", kept.rows.skipped),
                ("lines_ignored", kept.rows.ignored),
                ("rows_added", kept.before.added),
                ("rows_were_duplicate", kept.before.were_duplicate),
            ] {
                let _ = write!(set, ", {name} = :{name}");
                values.insert(format!(":{name}"), n(number));
            }
        }
        set.push_str(
            " REMOVE end_time, reason, #result, fault, stopping, paused, resume_at, chunks_total, start_at",
        );
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(&task.reference())))
            .update_expression(set)
            .condition_expression("#status = :before AND modify_time = :as_read")
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))
    }
}
