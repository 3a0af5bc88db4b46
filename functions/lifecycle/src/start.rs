//! `POST /task/start`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{Refusal, TaskRequest, TaskView};
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_task::TaskStatus;

use crate::Lifecycle;

impl Lifecycle {
    /// Starts a task that waits: of several services that try, one gets it.
    pub(crate) async fn start(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let (station_id, by) = (caller(request, Scope::Service)?, actor(request));
        let TaskRequest { task_id } = json_body(request)?;
        let task = self.handled(station_id.clone(), task_id).await?;
        if let Some(start_at) = task.waits_until(Timestamp::now()) {
            let msg = format!("task {task_id} is not to begin before {start_at:.0}");
            return Err(Refusal::conflict(msg));
        }
        if self
            .tasks
            .start(&task, by.as_ref())
            .await
            .map_err(internal)?
        {
            return Ok(self.task(station_id, task_id).await?.into());
        }
        let now = self.task(station_id, task_id).await?;
        Err(Refusal::conflict(match now.status {
            TaskStatus::Running => {
                format!("task {task_id} is running already: another service has started it")
            }
            ended => format!("task {task_id} has ended ({ended}): it cannot be started again"),
        }))
    }
}
