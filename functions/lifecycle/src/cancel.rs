//! `POST /task/cancel`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_core::api::{Refusal, TaskRequest, TaskView};
use sluice_core::task::{Task, TaskStatus};
use sluice_lambda::http::{Scope, caller, internal, json_body};

use crate::Lifecycle;

const REASON: &str = "cancelled";
/// How often a task is read again that has changed meanwhile.
const ATTEMPTS: usize = 5;

impl Lifecycle {
    /// Ends a task before it is done. An import stops handing out chunks, and ends as soon as
    /// those that have begun are counted; any other task ends at once, and its service is told by
    /// a conflict when it next says something.
    pub(crate) async fn cancel(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let TaskRequest { task_id } = json_body(request)?;
        for _ in 0..ATTEMPTS {
            let task = self.task(station_id.clone(), task_id).await?;
            if task.status.has_ended() {
                let msg = format!("task {task_id} has ended already ({})", task.status);
                return Err(Refusal::conflict(msg));
            }
            if task.import.stopping {
                return Ok(task.into());
            }
            if self.cancel_once(&task).await? {
                return Ok(self.task(station_id, task_id).await?.into());
            }
            if task.import.is_complete() {
                let msg = format!("all rows of task {task_id} are done: it is about to end");
                return Err(Refusal::conflict(msg));
            }
        }
        Err(Refusal::conflict(format!(
            "task {task_id} is being changed by others at the same moment: try again"
        )))
    }

    async fn cancel_once(&self, task: &Task) -> Result<bool, Refusal> {
        let cancelled = if task.is_file_import() && task.status == TaskStatus::Running {
            self.tasks.stop(&task.reference(), REASON).await
        } else {
            self.tasks.end_early(task, REASON).await
        };
        cancelled.map_err(internal)
    }
}
