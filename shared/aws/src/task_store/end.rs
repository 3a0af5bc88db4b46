//! Ending a task, once.

use sluice_kind::OfKind;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_basics::metric::Metric;
use sluice_basics::rows::RowCounts;
use sluice_retry::RetryPolicy;
use sluice_task::books::Ending;
use sluice_task::costs::Costs;
use sluice_task::history::{Actor, Event, EventKind};
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::correct::Correction;
use super::history::Append;
use super::item::{json_text, n, open_key, reason_text, s, task_key, time};
use super::progress::status_name;
use crate::error::AwsError;
use crate::observed::observe;

impl TaskStore {
    /// As [`Self::end_with`], of a task with nothing but a result; `by` is the service that says so.
    pub async fn end(
        &self,
        task: &Task,
        ending: &Ending,
        result: &serde_json::Value,
        by: Option<&Actor>,
    ) -> Result<bool, AwsError> {
        let append = Append::of_caller(EventKind::Ended, by)?;
        self.end_and(task, &Closing::new(ending, result), append)
            .await
    }

    /// Ends a task that is still in the status it was read with, and with as many chunks
    /// counted; its mark as open goes in the same transaction. If the task continues an import,
    /// that one's counts change in the same transaction, and if it undoes one, that one is undone in it.
    /// False if the task has changed since.
    pub async fn end_with(&self, task: &Task, closing: &Closing<'_>) -> Result<bool, AwsError> {
        self.end_and(task, closing, Append::default()).await
    }

    /// As [`Self::end_with`], and appends to the history.
    async fn end_and(
        &self,
        task: &Task,
        closing: &Closing<'_>,
        append: Append,
    ) -> Result<bool, AwsError> {
        if !task.status.may_become(closing.ending.status) {
            return Ok(false);
        }
        let reference = task.reference();
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let correction = self
                .correction(task, closing.moved.settled(task.chunks.rows))
                .await?;
            let ended = self.ended(task, closing, correction.as_ref(), append.clone())?;
            let mut parts = vec![ended, self.not_open(&reference)?];
            if let Some(correction) = &correction {
                parts.push(self.add_to_root(correction)?);
            }
            parts.extend(self.undone(task, closing.ending).await?);
            // Whoever is to hear of it does so if the task has ended, and only then.
            parts.extend(self.notice_of_end(task, closing, closing.at).await?);
            match self.transact(parts).await {
                Ok(()) => {
                    // Whoever ends the task counts it: of all who try, one.
                    observe(metric_of(closing.ending.status), 1.0);
                    return Ok(true);
                }
                Err(cancelled) if cancelled.is_refused(0) => return Ok(false),
                // The import that it continues or undoes has changed since it was read.
                Err(cancelled)
                    if cancelled.refused().is_some() && conflicts.wait().await.is_ok() => {}
                // Somebody else writes to the task at the same moment.
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    /// Ends a task for a reason: as failed, or as partly succeeded if something has.
    pub async fn end_early(&self, task: &Task, reason: &str) -> Result<bool, AwsError> {
        self.end_early_and(task, reason, Append::default()).await
    }

    /// As [`Self::end_early`], because a caller cancels the task.
    pub async fn end_early_for(
        &self,
        task: &Task,
        reason: &str,
        by: Option<&Actor>,
    ) -> Result<bool, AwsError> {
        let cancelled = Append::if_room(task, &Event::now(EventKind::Cancelled, by))?;
        self.end_early_and(task, reason, cancelled).await
    }

    async fn end_early_and(
        &self,
        task: &Task,
        reason: &str,
        append: Append,
    ) -> Result<bool, AwsError> {
        let has_succeeded = task.progress > 0 || task.chunks.rows.succeeded > 0;
        let ending = Ending {
            status: if has_succeeded && task.status == TaskStatus::Running {
                TaskStatus::PartlySucceeded
            } else {
                TaskStatus::Failed
            },
            reason: Some(reason.to_owned()),
        };
        let closing = Closing::new(&ending, &serde_json::Value::Null);
        self.end_and(task, &closing, append).await
    }

    /// Ends a task whose record cannot be read, if it has not changed since `before`: nothing else
    /// can end it, and it would be looked at for ever. Its mark as open goes in the same
    /// transaction; a mark whose record is not there, or is not open, goes by itself. False if the
    /// record has changed.
    pub async fn end_unreadable(
        &self,
        task: &TaskRef,
        before: Timestamp,
        reason: &str,
    ) -> Result<bool, AwsError> {
        let Some(item) = self.get_item(task_key(task)).await? else {
            return self.forget_mark(task).await;
        };
        let modified = item.get("modify_time").and_then(|at| at.as_s().ok());
        let modified: Option<Timestamp> = modified.and_then(|at| at.parse().ok());
        if modified.is_some_and(|modified| modified > before) {
            return Ok(false);
        }
        let open = [TaskStatus::Submitted, TaskStatus::Running].map(|status| n(status.number()));
        if !item
            .get("status")
            .is_some_and(|status| open.contains(status))
        {
            return self.forget_mark(task).await;
        }
        let [submitted, running] = open;
        let now = Timestamp::now();
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(task)))
            .update_expression(
                "SET #status = :failed, end_time = :now, modify_time = :now, reason = :reason",
            )
            .condition_expression("#status IN (:submitted, :running)")
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_values(":failed", n(TaskStatus::Failed.number()))
            .expression_attribute_values(":submitted", submitted)
            .expression_attribute_values(":running", running)
            .expression_attribute_values(":now", time(now))
            .expression_attribute_values(":reason", s(reason))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        let ended = TransactWriteItem::builder().update(update).build();
        let mut parts = vec![ended, self.not_open(task)?];
        parts.extend(self.notice_of_unreadable(task, reason, now).await?);
        self.transact(parts).await?;
        observe(Metric::TasksFailed, 1.0);
        Ok(true)
    }

    /// Takes away the mark of a task that is not open.
    async fn forget_mark(&self, task: &TaskRef) -> Result<bool, AwsError> {
        self.transact(vec![self.not_open(task)?]).await?;
        Ok(true)
    }

    fn ended(
        &self,
        task: &Task,
        closing: &Closing<'_>,
        correction: Option<&Correction>,
        append: Append,
    ) -> Result<TransactWriteItem, AwsError> {
        let Closing {
            at,
            ending,
            moved,
            result,
            costs,
            has_follow_up,
        } = *closing;
        let mut values = HashMap::from([
            (":now".to_owned(), time(at)),
            (":status".to_owned(), n(ending.status.number())),
            (":before".to_owned(), n(task.status.number())),
            (":done".to_owned(), n(task.chunks.done)),
            (":run".to_owned(), n(task.run_count)),
        ]);
        let mut set = "SET #status = :status, end_time = :now, modify_time = :now".to_owned();
        set.push_str(append.set);
        for (name, value) in append.values {
            values.insert(name.to_owned(), value);
        }
        if let Some(reason) = &ending.reason {
            set.push_str(", reason = :reason");
            values.insert(":reason".to_owned(), reason_text(reason));
        }
        if !result.is_null() {
            set.push_str(", #result = :result");
            values.insert(":result".to_owned(), json_text(result)?);
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
        if has_follow_up {
            set.push_str(", follow_up = :true");
            values.insert(":true".to_owned(), AttributeValue::Bool(true));
        }
        if moved != Moved::default() {
            set.push_str(
                " ADD rows_succeeded :less, rows_failed :fail, rows_duplicate :dup, \
                 rows_skipped :skip",
            );
            let less = moved.to_failed + moved.to_duplicate + moved.to_skipped;
            values.insert(":less".to_owned(), n(-less));
            values.insert(":fail".to_owned(), n(moved.to_failed));
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
        if !task.kind().has_chunks() {
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

impl<'a> Closing<'a> {
    /// What is known of a task without chunks.
    fn new(ending: &'a Ending, result: &'a serde_json::Value) -> Self {
        Self {
            at: Timestamp::now(),
            ending,
            moved: Moved::default(),
            result,
            costs: None,
            has_follow_up: false,
        }
    }

    /// The task as it is stored when it has ended so.
    pub fn ended(&self, task: &Task) -> Task {
        let mut ended = task.clone();
        ended.status = self.ending.status;
        ended.end_time = Some(self.at);
        ended.modify_time = self.at;
        ended.chunks.rows = self.moved.settled(task.chunks.rows);
        ended.follow_up |= self.has_follow_up;
        if self.ending.reason.is_some() {
            ended.reason.clone_from(&self.ending.reason);
        }
        if !self.result.is_null() {
            ended.result = Some(self.result.clone());
        }
        if self.costs.is_some() {
            ended.chunks.costs = self.costs.copied();
        }
        ended
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
    /// When it ends.
    pub at: Timestamp,
    /// How it ends.
    pub ending: &'a Ending,
    /// Rows that are counted otherwise from now on.
    pub moved: Moved,
    /// Its result; null leaves the one it has.
    pub result: &'a serde_json::Value,
    /// What it took.
    pub costs: Option<&'a Costs>,
    /// Whether a task is to be made that follows it.
    pub has_follow_up: bool,
}

/// Rows that turn out otherwise than their chunks counted: those that were counted as succeeded, or
/// where the number is negative, are counted so from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Rows that have failed.
    pub to_failed: i64,
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
                .saturating_sub_signed(self.to_failed + self.to_duplicate + self.to_skipped),
            failed: counted.failed.saturating_add_signed(self.to_failed),
            duplicate: counted.duplicate.saturating_add_signed(self.to_duplicate),
            skipped: counted.skipped.saturating_add_signed(self.to_skipped),
            ..counted
        }
    }
}
