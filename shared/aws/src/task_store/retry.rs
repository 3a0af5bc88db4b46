//! Trying an ended task again: what did not succeed is done once more, under the same id.

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use jiff::Timestamp;
use sluice_core::books::Kept;
use sluice_core::task::{Task, TaskStatus};

use super::TaskStore;
use super::conflicts::Conflicts;
use super::item::{
    CONDITION_FAILED, LISTED, cancellation_codes, n, open_item, s, station_pk, task_key, time,
};
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
}

impl TaskStore {
    /// Sets an ended task going again. An import that had begun runs at once, with the counts of
    /// the chunks that are not done again; any other task waits to be started. Everything is one
    /// transaction: the record, its mark as open, and the claim of its work.
    pub async fn retry(&self, task: &Task, kept: &Kept) -> Result<Retried, AwsError> {
        let reference = task.reference();
        let mut claim = WorkClaim::of(task.work.as_deref(), task.repeat);
        let mut conflicts = Conflicts::default();
        loop {
            let open = Put::builder()
                .table_name(&self.table)
                .set_item(Some(open_item(task)))
                .build()
                .map_err(|error| AwsError::new("TransactWriteItems", error))?;
            let mut parts = vec![
                TransactWriteItem::builder()
                    .update(self.tried_again(task, kept)?)
                    .build(),
                TransactWriteItem::builder().put(open).build(),
            ];
            parts.extend(self.take_work(&claim, &reference)?);
            let request = self
                .dynamodb
                .transact_write_items()
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_transact_items(Some(parts));
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(Retried::Now);
                }
                Err(error) => error,
            };
            let codes = cancellation_codes(&error);
            match codes.iter().position(|code| code == CONDITION_FAILED) {
                Some(0) => return Ok(Retried::Changed),
                Some(_) => match self.contest(&claim, &reference).await? {
                    Contest::Again(next) => claim = next,
                    Contest::Held(equal) => return Ok(Retried::Equal(equal)),
                },
                None if codes.is_empty() || !conflicts.wait().await => {
                    return Err(AwsError::of("TransactWriteItems")(error));
                }
                None => {}
            }
        }
    }

    fn tried_again(&self, task: &Task, kept: &Kept) -> Result<Update, AwsError> {
        let has_begun = task.import.etag.is_some();
        let mut set = "SET #status = :status, modify_time = :now, message_show = :yes, \
                       #listed = :listed, #progress = :zero"
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
            (":before".to_owned(), n(task.status.number())),
            (":as_read".to_owned(), time(task.modify_time)),
        ]);
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
                ("rows_added", kept.before.added),
                ("rows_were_duplicate", kept.before.were_duplicate),
            ] {
                let _ = write!(set, ", {name} = :{name}");
                values.insert(format!(":{name}"), n(number));
            }
        }
        set.push_str(" REMOVE end_time, reason, #result, fault, stopping, chunks_total");
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
