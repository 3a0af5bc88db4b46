//! Hiding ended tasks from lists, and showing them again: all that are named, or none.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_retry::RetryPolicy;
use sluice_task::TaskStatus;
use sluice_task::history::{Actor, Event, EventKind, MAX_EVENTS};

use super::TaskStore;
use super::history::Append;
use super::item::{LISTED, n, s, station_pk, task_key, time};
use crate::error::AwsError;

/// A change of many tasks at once.
#[derive(Clone, Copy)]
enum Change {
    Hide,
    Show,
}

impl TaskStore {
    /// Hides ended tasks, at most a hundred different ones. If some of them have not ended or are
    /// not there, nothing is hidden, and these are the answer.
    pub async fn hide(
        &self,
        tasks: &[TaskRef],
        by: Option<&Actor>,
    ) -> Result<Vec<TaskRef>, AwsError> {
        self.change_all(tasks, Change::Hide, by).await
    }

    /// Shows tasks in lists again, at most a hundred different ones. If some of them are not there,
    /// nothing is changed, and these are the answer.
    pub async fn show(
        &self,
        tasks: &[TaskRef],
        by: Option<&Actor>,
    ) -> Result<Vec<TaskRef>, AwsError> {
        self.change_all(tasks, Change::Show, by).await
    }

    /// Makes one change to each of the tasks, or to none of them. The answer has those whose
    /// condition failed.
    async fn change_all(
        &self,
        tasks: &[TaskRef],
        change: Change,
        by: Option<&Actor>,
    ) -> Result<Vec<TaskRef>, AwsError> {
        let event = Event::now(change.event(), by);
        // A task is not read before it is changed: whether its history is full shows in its refusal.
        let mut full = BTreeSet::new();
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let mut parts = Vec::with_capacity(tasks.len());
            for (place, task) in tasks.iter().enumerate() {
                let event = (!full.contains(&place)).then_some(&event);
                let update = self.changed(task, change, event)?;
                parts.push(TransactWriteItem::builder().update(update).build());
            }
            let Err(cancelled) = self.transact(parts).await else {
                return Ok(Vec::new());
            };
            let places = (0..tasks.len()).filter(|&place| cancelled.is_refused(place));
            let refused: BTreeSet<usize> = places.collect();
            if refused.is_empty() {
                cancelled.wait(&mut conflicts).await?;
            } else if refused.is_subset(&full) {
                let refused = refused.into_iter().map(|place| tasks[place].clone());
                return Ok(refused.collect());
            } else {
                full.extend(refused);
            }
        }
    }

    /// The change of a task; with an event only if the history has room for it.
    fn changed(
        &self,
        task: &TaskRef,
        change: Change,
        event: Option<&Event>,
    ) -> Result<Update, AwsError> {
        let append = match event {
            Some(event) => Append::always(event)?,
            None => Append::default(),
        };
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(task)))
            .expression_attribute_names("#listed", LISTED)
            .expression_attribute_values(":now", time(Timestamp::now()));
        let (mut update, mut condition) = change.of(task, append.set, update);
        if event.is_some() {
            condition.push_str(" AND (attribute_not_exists(history) OR size(history) < :most)");
            update = update.expression_attribute_values(":most", n(MAX_EVENTS));
        }
        for (name, value) in append.values {
            update = update.expression_attribute_values(name, value);
        }
        update
            .condition_expression(condition)
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))
    }
}

impl Change {
    fn event(self) -> EventKind {
        match self {
            Self::Hide => EventKind::Hidden,
            Self::Show => EventKind::Shown,
        }
    }

    /// An update with the change and its condition; `append` is a part of its `SET`.
    fn of(self, task: &TaskRef, append: &str, update: UpdateBuilder) -> (UpdateBuilder, String) {
        match self {
            Self::Hide => {
                let ended = [
                    TaskStatus::Finished,
                    TaskStatus::PartlySucceeded,
                    TaskStatus::Failed,
                ];
                let [finished, partly, failed] = ended.map(|status| n(status.number()));
                let update = update
                    .expression_attribute_names("#status", "status")
                    .update_expression(format!(
                        "SET message_show = :no, modify_time = :now{append} REMOVE #listed"
                    ))
                    .expression_attribute_values(":no", AttributeValue::Bool(false))
                    .expression_attribute_values(":finished", finished)
                    .expression_attribute_values(":partly", partly)
                    .expression_attribute_values(":failed", failed);
                let condition = "#status IN (:finished, :partly, :failed)".to_owned();
                (update, condition)
            }
            Self::Show => {
                let update = update
                    .update_expression(format!(
                        "SET message_show = :yes, modify_time = :now, #listed = :listed{append}"
                    ))
                    .expression_attribute_values(":yes", AttributeValue::Bool(true))
                    .expression_attribute_values(":listed", s(station_pk(&task.station_id)));
                (update, "attribute_exists(pk)".to_owned())
            }
        }
    }
}
