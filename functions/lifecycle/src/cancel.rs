//! `POST /task/cancel`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Refusal, TaskRequest, TaskView};
use sluice_kind::OfKind;
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_retry::RetryPolicy;
use sluice_task::CANCELLED;
use sluice_task::history::Actor;
use sluice_task::{Task, TaskStatus};

use crate::Lifecycle;

/// How often a task is read again that has changed meanwhile.
const ATTEMPTS: u32 = 5;

impl Lifecycle {
    /// Ends a task before it is done. An import stops handing out chunks, and ends as soon as
    /// those that have begun are counted; any other task ends at once, and its service is told by
    /// a conflict when it next says something.
    pub(crate) async fn cancel(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let (station_id, by) = (caller(request, Scope::Write)?, actor(request));
        let TaskRequest { task_id } = json_body(request)?;
        let mut changes = RetryPolicy::CONFLICT.with_attempts(ATTEMPTS).backoff();
        loop {
            let task = self.task(station_id.clone(), task_id).await?;
            if task.status.has_ended() {
                let msg = format!("task {task_id} has ended already ({})", task.status);
                return Err(Refusal::conflict(msg));
            }
            if task.chunks.stopping {
                return Ok(task.into());
            }
            if self.cancel_once(&task, by.as_ref()).await? {
                // The chunks of a paused task are on their way no more: they are left out all the same.
                if task.chunks.paused && task.status == TaskStatus::Running {
                    self.go_on(&task).await?;
                }
                return Ok(self.task(station_id, task_id).await?.into());
            }
            if task.chunks.is_complete() {
                let msg = format!("all rows of task {task_id} are done: it is about to end");
                return Err(Refusal::conflict(msg));
            }
            if changes.wait().await.is_err() {
                let msg = format!(
                    "task {task_id} is being changed by others at the same moment: try again"
                );
                return Err(Refusal::conflict(msg));
            }
        }
    }

    async fn cancel_once(&self, task: &Task, by: Option<&Actor>) -> Result<bool, Refusal> {
        let cancelled = if task.kind().has_chunks() && task.status == TaskStatus::Running {
            self.tasks.stop_for(task, CANCELLED, by).await
        } else {
            self.tasks.end_early_for(task, CANCELLED, by).await
        };
        cancelled.map_err(internal)
    }
}
