//! Hiding ended tasks from lists: all that are named, or none.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_core::ids::TaskRef;
use sluice_core::task::TaskStatus;

use super::TaskStore;
use super::conflicts::Conflicts;
use super::item::{CONDITION_FAILED, LISTED, cancellation_codes, n, task_key, time};
use super::progress::status_name;
use crate::error::AwsError;

impl TaskStore {
    /// Hides ended tasks, at most a hundred different ones. If some of them have not ended or are
    /// not there, nothing is hidden, and these are the answer.
    pub async fn hide(&self, tasks: &[TaskRef]) -> Result<Vec<TaskRef>, AwsError> {
        let mut conflicts = Conflicts::default();
        loop {
            let mut request = self
                .dynamodb
                .transact_write_items()
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            for task in tasks {
                request = request.transact_items(
                    TransactWriteItem::builder()
                        .update(self.hidden(task)?)
                        .build(),
                );
            }
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(Vec::new());
                }
                Err(error) => error,
            };
            let codes = cancellation_codes(&error);
            let refused: Vec<TaskRef> = tasks
                .iter()
                .zip(&codes)
                .filter(|(_, code)| *code == CONDITION_FAILED)
                .map(|(task, _)| task.clone())
                .collect();
            if !refused.is_empty() {
                return Ok(refused);
            }
            if codes.is_empty() || !conflicts.wait().await {
                return Err(AwsError::of("TransactWriteItems")(error));
            }
        }
    }

    fn hidden(&self, task: &TaskRef) -> Result<Update, AwsError> {
        let ended = [
            TaskStatus::Finished,
            TaskStatus::PartlySucceeded,
            TaskStatus::Failed,
        ];
        let [finished, partly, failed] = ended.map(|status| n(status.number()));
        Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(task)))
            .update_expression("SET message_show = :no, modify_time = :now REMOVE #listed")
            .condition_expression("#status IN (:finished, :partly, :failed)")
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_names("#listed", LISTED)
            .expression_attribute_values(":no", AttributeValue::Bool(false))
            .expression_attribute_values(":now", time(Timestamp::now()))
            .expression_attribute_values(":finished", finished)
            .expression_attribute_values(":partly", partly)
            .expression_attribute_values(":failed", failed)
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))
    }
}
