//! `POST /task/retry`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_aws::Retried;
use sluice_core::api::{Refusal, TaskRequest, TaskView};
use sluice_core::books::Kept;
use sluice_core::import::ImportInput;
use sluice_core::message::SplitMessage;
use sluice_core::task::{Task, TaskStatus};
use sluice_core::work;
use sluice_lambda::http::{Scope, caller, internal, json_body};

use crate::Lifecycle;

impl Lifecycle {
    /// Does again what did not succeed, under the same task. An import does its missing and lost
    /// chunks again, and those with rows that failed for a reason that may pass; any other task
    /// waits to be started again.
    pub(crate) async fn retry(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let TaskRequest { task_id } = json_body(request)?;
        let task = self.task(station_id.clone(), task_id).await?;
        if !task.status.may_become(TaskStatus::Submitted) {
            let msg = format!(
                "task {task_id} is {}: there is nothing to retry",
                task.status
            );
            return Err(Refusal::conflict(msg));
        }
        if task.import.corrected.is_some() {
            let msg = format!(
                "corrected files continue task {task_id}, and its counts are settled: correct what \
                 is left in the failed-rows files and upload that"
            );
            return Err(Refusal::conflict(msg));
        }
        let kept = if task.is_file_import() {
            self.what_stays(&task).await?
        } else {
            Kept::default()
        };
        match self.tasks.retry(&task, &kept).await.map_err(internal)? {
            Retried::Now => {}
            Retried::Changed => {
                let msg = format!("task {task_id} was changed by others: look at it again");
                return Err(Refusal::conflict(msg));
            }
            Retried::Equal(equal) => return Err(Refusal::conflict(work::refusal(&equal))),
        }
        if task.is_file_import() {
            // Should this not arrive, the sweeper sets the task going.
            let message = SplitMessage::begin(task.reference());
            let sent = self.uploads.send(&station_id, &[message]).await;
            sent.map_err(internal)?;
        }
        Ok(self.task(station_id, task_id).await?.into())
    }

    /// What an import need not do again. A refusal if that is everything.
    async fn what_stays(&self, task: &Task) -> Result<Kept, Refusal> {
        let task_id = task.task_id;
        let input: ImportInput = serde_json::from_value(task.input.clone()).map_err(internal)?;
        let file = self.objects.head(&input.object_key).await;
        if file.map_err(internal)?.is_none() {
            return Err(Refusal::conflict(if task.import.etag.is_none() {
                format!("the file of task {task_id} never came: ask for a new upload and send it")
            } else {
                format!("the file of task {task_id} is not there any more: upload it again")
            }));
        }
        let reports = self
            .tasks
            .chunk_reports(&task.reference(), task.run_count)
            .await
            .map_err(internal)?;
        let kept = Kept::of(&reports);
        let import = &task.import;
        let all_bytes = import.file_bytes.saturating_sub(import.header_bytes);
        // Nothing else makes a task fail of which something has succeeded: count it again.
        let is_unbalanced = task.status == TaskStatus::Failed && import.rows.succeeded > 0;
        if import.etag.is_some()
            && !is_unbalanced
            && kept.bytes == all_bytes
            && reports.len() == kept.chunks as usize
        {
            let msg = if import.rows.failed + import.rows.duplicate == 0 {
                format!("every row of task {task_id} was imported: there is nothing to retry")
            } else {
                format!(
                    "every row of task {task_id} has been tried, and those that were not imported \
                     are wrong as they are: correct them in the failed-rows file and upload that"
                )
            };
            return Err(Refusal::conflict(msg));
        }
        Ok(kept)
    }
}
