//! `POST /task/start`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_core::api::{Refusal, TaskRequest, TaskView};
use sluice_core::task::TaskStatus;
use sluice_lambda::http::{Scope, caller, internal, json_body};

use crate::Lifecycle;

impl Lifecycle {
    /// Starts a task that waits: of several services that try, one gets it.
    pub(crate) async fn start(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Service)?;
        let TaskRequest { task_id } = json_body(request)?;
        let task = self.handled(station_id.clone(), task_id).await?;
        if self.tasks.start(&task).await.map_err(internal)? {
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
