//! `POST /task/retry`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Code, Refusal, RetryRequest, TaskView};
use sluice_aws::Retried;
use sluice_kind::OfKind;
use sluice_kind::work;
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_task::books::Kept;
use sluice_task::message::SplitMessage;
use sluice_task::{Task, TaskStatus};

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
        let RetryRequest { task_id, repeat } = json_body(request)?;
        let mut task = self.task(station_id.clone(), task_id).await?;
        task.repeat |= repeat;
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
        if let Some(by) = task.import.undone_by.or(task.import.undoing) {
            let msg =
                format!("task {task_id} is undone, by task {by}: upload the file as a new import");
            return Err(Refusal::conflict(msg));
        }
        // An undo that did nothing has let go of the import, and one of its workers may be late.
        for undo in self.tasks.undos_of(&task).await.map_err(internal)? {
            let is_busy = self.tasks.may_be_busy(&undo, self.worker_time).await;
            if is_busy.map_err(internal)? {
                let reason = sluice_undo::still_busy(undo.task_id, self.worker_time);
                return Err(Refusal::conflict(reason));
            }
        }
        let kept = if task.kind().has_chunks() {
            self.what_stays(&task).await?
        } else {
            Kept::default()
        };
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let (most, no_room) = if task.kind().has_chunks() {
            (limits.max_running_imports, limits.no_room())
        } else {
            (limits.max_open_tasks, limits.no_room_for_tasks())
        };
        let retried = self
            .tasks
            .retry(&task, &kept, most, actor(request).as_ref())
            .await;
        match retried.map_err(internal)? {
            Retried::Now => {}
            Retried::Changed => {
                let msg = format!("task {task_id} was changed by others: look at it again");
                return Err(Refusal::conflict(msg));
            }
            Retried::Equal(equal) => return Err(Refusal::conflict(work::refusal(&equal))),
            Retried::NoRoom => return Err(Refusal::new(Code::TooMany, no_room)),
            Retried::Busy => return Err(Refusal::busy()),
        }
        if task.kind().has_chunks() {
            // Should this not arrive, the sweeper sets the task going.
            let message = SplitMessage::begin(task.reference());
            let sent = self.uploads.send(&station_id, &[message]).await;
            sent.map_err(internal)?;
        }
        Ok(self.task(station_id, task_id).await?.into())
    }

    /// What a task need not do again. A refusal if that is everything.
    async fn what_stays(&self, task: &Task) -> Result<Kept, Refusal> {
        let task_id = task.task_id;
        let object = task.kind().object(task).map_err(internal)?;
        let is_there = match &object {
            Some(object) => {
                let version_id = object.version_id.as_deref();
                let head = self.objects.head_version(&object.key, version_id).await;
                head.map_err(internal)?.is_some()
            }
            None => true,
        };
        if !is_there {
            return Err(Refusal::conflict(if task.kind().has_begun(task) {
                format!("the file of task {task_id} is not there any more: upload it again")
            } else {
                format!("the file of task {task_id} never came: ask for a new upload and send it")
            }));
        }
        let reports = self
            .tasks
            .chunk_reports(&task.reference(), task.run_count)
            .await
            .map_err(internal)?;
        let kept = Kept::of(&reports);
        let (kind, rows) = (task.kind(), task.chunks.rows);
        // Nothing else makes a task fail of which something has succeeded: count it again.
        let is_unbalanced =
            kind.reads_a_file() && task.status == TaskStatus::Failed && rows.succeeded > 0;
        if kind.has_begun(task)
            && !is_unbalanced
            && (task.chunks.fault.is_none() || kind.reads_a_file())
            && kept.bytes == kind.bytes(task)
            && reports.len() == kept.chunks as usize
        {
            let msg = if !kind.reads_a_file() {
                format!(
                    "every part of task {task_id} was done: there is nothing to retry; ask for it anew"
                )
            } else if rows.failed + rows.duplicate == 0 {
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
