//! Imports that corrected files continue: the mark that no retry changes their counts any more, and
//! the counts that each corrected file adds when it ends.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use jiff::Timestamp;
use serde::Serialize;
use sluice_core::correction::{Contribution, Corrected};
use sluice_core::ids::TaskRef;
use sluice_core::rows::RowCounts;
use sluice_core::task::Task;

use super::TaskStore;
use super::conflicts::Conflicts;
use super::item::{n, task_key, time};
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
    /// Marks an import that has ended as continued by a corrected file: from now on it cannot be
    /// retried. False if it has not ended.
    pub async fn continue_import(&self, root: &TaskRef) -> Result<bool, AwsError> {
        let mut conflicts = Conflicts::default();
        loop {
            let Some(task) = self.get(root).await? else {
                return Ok(false);
            };
            if !task.status.has_ended() || task.import.corrected.is_some() {
                return Ok(task.status.has_ended());
            }
            let corrected = Corrected::of(task.import.rows);
            let update = self
                .update_task(root)
                .update_expression("SET corrected = :corrected, modify_time = :now")
                .condition_expression(
                    "modify_time = :as_read AND #status <> :running AND \
                     attribute_not_exists(corrected)",
                )
                .expression_attribute_values(":as_read", time(task.modify_time))
                .expression_attribute_values(":corrected", attribute(&corrected)?);
            if self.send_conditional(update).await? {
                return Ok(true);
            }
            // It was hidden, retried, or marked by another file at the same moment.
            if !conflicts.wait().await {
                return Err(AwsError::new("UpdateItem", "a task changes too often"));
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
