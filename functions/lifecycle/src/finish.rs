//! `POST /task/finish`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use serde_json::Value;
use sluice_api::{FinishRequest, Refusal, TaskView};
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_retry::RetryPolicy;
use sluice_task::books::Ending;
use sluice_task::{Task, TaskStatus};

use crate::Lifecycle;
use crate::update::check_result;

/// How often a task is read again that has changed meanwhile.
const ATTEMPTS: u32 = 5;

impl Lifecycle {
    /// Ends a task that a service runs, once. The same end again is fine.
    pub(crate) async fn finish(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Service)?;
        let by = actor(request);
        let wanted: FinishRequest = json_body(request)?;
        check_result(wanted.result.as_ref())?;
        let task_id = wanted.task_id;
        let ending = Ending {
            status: wanted.status.status(),
            reason: wanted.reason.as_ref().map(ToString::to_string),
        };
        let result = wanted.result.clone().unwrap_or(Value::Null);
        let mut changes = RetryPolicy::CONFLICT.with_attempts(ATTEMPTS).backoff();
        loop {
            let task = self.handled(station_id.clone(), task_id).await?;
            if task.status.has_ended() {
                return if ended_like_that(&task, &wanted) {
                    Ok(task.into())
                } else {
                    Err(Refusal::conflict(format!(
                        "task {task_id} has ended already ({}), and otherwise than this says",
                        task.status
                    )))
                };
            }
            if task.status != TaskStatus::Running {
                let msg = format!("task {task_id} is not running: start it first");
                return Err(Refusal::conflict(msg));
            }
            let ended = self.tasks.end(&task, &ending, &result, by.as_ref());
            if ended.await.map_err(internal)? {
                return Ok(self.task(station_id, task_id).await?.into());
            }
            if changes.wait().await.is_err() {
                let msg = format!(
                    "task {task_id} is being changed by others at the same moment: try again"
                );
                return Err(Refusal::conflict(msg));
            }
        }
    }
}

/// Whether a task ended as a request says. What the request leaves open may be anything.
fn ended_like_that(task: &Task, wanted: &FinishRequest) -> bool {
    let same_result = |result: &Value| task.result.as_ref() == Some(result) || result.is_null();
    let same_reason = |reason: &str| task.reason.as_deref() == Some(reason);
    task.status == wanted.status.status()
        && wanted.result.as_ref().is_none_or(same_result)
        && (wanted.reason.as_ref()).is_none_or(|reason| same_reason(reason.as_str()))
}
