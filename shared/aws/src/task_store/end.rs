//! Ending a task, once.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{Delete, ReturnConsumedCapacity, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_core::books::Ending;
use sluice_core::costs::Costs;
use sluice_core::ids::TaskRef;
use sluice_core::metric::Metric;
use sluice_core::rows::RowCounts;
use sluice_core::task::{Task, TaskStatus};

use super::TaskStore;
use super::conflicts::Conflicts;
use super::correct::Correction;
use super::item::{CONDITION_FAILED, cancellation_codes, n, open_key, s, task_key, time};
use super::progress::status_name;
use crate::error::AwsError;
use crate::observed::observe;

impl TaskStore {
    /// Ends a task that is still in the status it was read with, and with as many chunks
    /// counted; its mark as open goes in the same transaction. If the task continues an import,
    /// that one's counts change in the same transaction. False if the task has changed since.
    pub async fn end(
        &self,
        task: &Task,
        ending: &Ending,
        moved: Moved,
        result: &serde_json::Value,
    ) -> Result<bool, AwsError> {
        let costs = None;
        let closing = Closing {
            ending,
            moved,
            result,
            costs,
        };
        self.end_with(task, &closing).await
    }

    /// As [`Self::end`], of an import whose costs are known.
    pub async fn end_with(&self, task: &Task, closing: &Closing<'_>) -> Result<bool, AwsError> {
        if !task.status.may_become(closing.ending.status) {
            return Ok(false);
        }
        let reference = task.reference();
        let mut conflicts = Conflicts::default();
        loop {
            let correction = self
                .correction(task, closing.moved.settled(task.import.rows))
                .await?;
            let ended = self.ended(task, closing, correction.as_ref())?;
            let mut parts = vec![ended, self.not_open(&reference)?];
            if let Some(correction) = &correction {
                parts.push(self.add_to_root(correction)?);
            }
            let request = self
                .dynamodb
                .transact_write_items()
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_transact_items(Some(parts));
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    // Whoever ends the task counts it: of all who try, one.
                    observe(metric_of(closing.ending.status), 1.0);
                    return Ok(true);
                }
                Err(error) => error,
            };
            let codes = cancellation_codes(&error);
            if codes.first().is_some_and(|code| code == CONDITION_FAILED) {
                return Ok(false);
            }
            // Somebody else writes to the task at the same moment, or another corrected file of
            // the same import has ended.
            if codes.is_empty() || !conflicts.wait().await {
                return Err(AwsError::of("TransactWriteItems")(error));
            }
        }
    }

    /// Ends a task for a reason: as failed, or as partly succeeded if something has.
    pub async fn end_early(&self, task: &Task, reason: &str) -> Result<bool, AwsError> {
        let has_succeeded = task.progress > 0 || task.import.rows.succeeded > 0;
        let ending = Ending {
            status: if has_succeeded && task.status == TaskStatus::Running {
                TaskStatus::PartlySucceeded
            } else {
                TaskStatus::Failed
            },
            reason: Some(reason.to_owned()),
        };
        self.end(task, &ending, Moved::default(), &serde_json::Value::Null)
            .await
    }

    fn ended(
        &self,
        task: &Task,
        closing: &Closing<'_>,
        correction: Option<&Correction>,
    ) -> Result<TransactWriteItem, AwsError> {
        let Closing {
            ending,
            moved,
            result,
            costs,
        } = *closing;
        let mut values = HashMap::from([
            (":now".to_owned(), time(Timestamp::now())),
            (":status".to_owned(), n(ending.status.number())),
            (":before".to_owned(), n(task.status.number())),
            (":done".to_owned(), n(task.import.chunks_done)),
            (":run".to_owned(), n(task.run_count)),
        ]);
        let mut set = "SET #status = :status, end_time = :now, modify_time = :now".to_owned();
        if let Some(reason) = &ending.reason {
            set.push_str(", reason = :reason");
            values.insert(":reason".to_owned(), s(reason));
        }
        if !result.is_null() {
            set.push_str(", #result = :result");
            values.insert(":result".to_owned(), s(result.to_string()));
        }
        if let Some(correction) = correction {
            set.push_str(", contributed = :contributed");
            values.insert(":contributed".to_owned(), correction.contributed()?);
        }
        if let Some(costs) = costs {
            set.push_str(", costs = :costs");
            let costs = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(costs)
                .map_err(|error| AwsError::new("writing an item", error))?;
            values.insert(":costs".to_owned(), costs);
        }
        if moved != Moved::default() {
            set.push_str(" ADD rows_succeeded :less, rows_duplicate :dup, rows_skipped :skip");
            let less = moved.to_duplicate + moved.to_skipped;
            values.insert(":less".to_owned(), n(-less));
            values.insert(":dup".to_owned(), n(moved.to_duplicate));
            values.insert(":skip".to_owned(), n(moved.to_skipped));
        }
        let mut names = status_name();
        if values.contains_key(":result") {
            names.insert("#result".to_owned(), "result".to_owned());
        }
        let mut condition =
            "#status = :before AND chunks_done = :done AND run_count = :run".to_owned();
        // A handler may have said something since.
        if !task.is_file_import() {
            condition.push_str(" AND modify_time = :as_read");
            values.insert(":as_read".to_owned(), time(task.modify_time));
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(&task.reference())))
            .update_expression(set)
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn not_open(&self, task: &TaskRef) -> Result<TransactWriteItem, AwsError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(open_key(task)))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn metric_of(ended: TaskStatus) -> Metric {
    match ended {
        TaskStatus::Finished => Metric::TasksFinished,
        TaskStatus::PartlySucceeded => Metric::TasksPartlySucceeded,
        _ => Metric::TasksFailed,
    }
}

/// What is known of a task when it ends.
#[derive(Clone, Copy, Debug)]
pub struct Closing<'a> {
    /// How it ends.
    pub ending: &'a Ending,
    /// Rows that are counted otherwise from now on.
    pub moved: Moved,
    /// Its result; null leaves the one it has.
    pub result: &'a serde_json::Value,
    /// What it took.
    pub costs: Option<&'a Costs>,
}

/// Rows that turn out otherwise than their chunks counted: those that were counted as succeeded, or
/// where the number is negative, are counted so from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Rows that are duplicates.
    pub to_duplicate: i64,
    /// Rows that are skipped.
    pub to_skipped: i64,
}

impl Moved {
    /// The counts with these rows where they belong.
    pub fn settled(self, counted: RowCounts) -> RowCounts {
        RowCounts {
            succeeded: counted
                .succeeded
                .saturating_sub_signed(self.to_duplicate + self.to_skipped),
            duplicate: counted.duplicate.saturating_add_signed(self.to_duplicate),
            skipped: counted.skipped.saturating_add_signed(self.to_skipped),
            ..counted
        }
    }
}
