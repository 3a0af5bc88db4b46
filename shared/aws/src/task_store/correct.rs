//! Imports that corrected files continue: the mark that no retry changes their counts any more, and
//! the counts that each corrected file adds when it ends.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::Serialize;
use sluice_basics::ids::{TaskId, TaskRef};
use sluice_basics::rows::RowCounts;
use sluice_import::ImportState;
use sluice_import::correction::{Contribution, Corrected, RowsBefore};
use sluice_retry::RetryPolicy;
use sluice_task::{MOST_CHILDREN, Task};

use super::TaskStore;
use super::item::{n, one_id, task_key, time};
use crate::error::AwsError;

/// What the end of a corrected file changes about the import that it continues.
#[derive(Debug)]
pub(super) struct Correction {
    root: TaskRef,
    /// How often the import's counts were changed before.
    endings: u64,
    corrected: Corrected,
    contribution: Contribution,
}

impl Correction {
    pub(super) fn contributed(&self) -> Result<AttributeValue, AwsError> {
        attribute(&self.contribution)
    }
}

impl TaskStore {
    /// Marks an import that has ended as continued by a corrected file, its child: from now on it cannot be
    /// retried, nor undone before that file is. False if it has not ended, or is undone.
    pub async fn continue_import(&self, root: &TaskRef, child: TaskId) -> Result<bool, AwsError> {
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let Some(task) = self.get(root).await? else {
                return Ok(false);
            };
            if !task.status.has_ended() || task.import.is_undone() {
                return Ok(false);
            }
            let has_room = task.children.len() < MOST_CHILDREN;
            let is_known = !has_room || task.children.contains(&child);
            if task.import.corrected.is_some() && is_known {
                return Ok(true);
            }
            let corrected = Corrected::of(task.chunks.rows);
            let mut update = self
                .update_task(root)
                .condition_expression("modify_time = :as_read AND #status <> :running")
                .expression_attribute_values(":as_read", time(task.modify_time))
                .expression_attribute_values(":corrected", attribute(&corrected)?);
            let mut change =
                "SET corrected = if_not_exists(corrected, :corrected), modify_time = :now"
                    .to_owned();
            if has_room {
                change.push_str(" ADD children :child");
                update = update.expression_attribute_values(":child", one_id(child));
            }
            if self
                .send_conditional(update.update_expression(change))
                .await?
            {
                return Ok(true);
            }
            // It was hidden, retried, undone, or marked by another file at the same moment.
            if conflicts.wait().await.is_err() {
                return Err(AwsError::passing("UpdateItem", "a task changes too often"));
            }
        }
    }

    /// What the end of a task with these counts changes about the import that it continues, if
    /// it continues one.
    pub(super) async fn correction(
        &self,
        task: &Task,
        rows: RowCounts,
    ) -> Result<Option<Correction>, AwsError> {
        let Some(task_id) = task.import.continues else {
            return Ok(None);
        };
        let root = TaskRef {
            task_id,
            ..task.reference()
        };
        let before = self
            .get(&root)
            .await?
            .and_then(|root| root.import.corrected);
        Ok(before.map(|before| {
            let (corrected, contribution) =
                before.with(rows, task.import.before, task.import.contributed);
            Correction {
                root,
                endings: before.endings,
                corrected,
                contribution,
            }
        }))
    }

    /// What undoing a corrected file changes about the import that it continues: it is as if the file had
    /// never come.
    pub(super) async fn correction_undone(
        &self,
        file: &Task,
    ) -> Result<Option<Correction>, AwsError> {
        let Some(contributed) = file.import.contributed else {
            return Ok(None);
        };
        let nothing = Task {
            import: ImportState {
                before: RowsBefore::default(),
                contributed: Some(contributed),
                ..file.import.clone()
            },
            ..file.clone()
        };
        self.correction(&nothing, RowCounts::default()).await
    }

    pub(super) fn add_to_root(
        &self,
        correction: &Correction,
    ) -> Result<TransactWriteItem, AwsError> {
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(&correction.root)))
            .update_expression("SET corrected = :corrected, modify_time = :now")
            .condition_expression("corrected.endings = :endings")
            .expression_attribute_values(":corrected", attribute(&correction.corrected)?)
            .expression_attribute_values(":now", time(Timestamp::now()))
            .expression_attribute_values(":endings", n(correction.endings))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn attribute(record: &impl Serialize) -> Result<AttributeValue, AwsError> {
    serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(record)
        .map_err(|error| AwsError::new("writing an item", error))
}
