//! `POST /task/update`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Code, MAX_RESULT_BYTES, Refusal, TaskView, UpdateRequest};
use sluice_aws::TaskUpdate;
use sluice_lambda::http::{Scope, caller, internal, json_body};
use sluice_task::TaskStatus;

use crate::Lifecycle;

impl Lifecycle {
    /// Writes down what a service says of a task that it runs.
    pub(crate) async fn update(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Service)?;
        let wanted: UpdateRequest = json_body(request)?;
        if wanted.progress.is_none() && wanted.result.is_none() && wanted.reason.is_none() {
            let msg = "say what is to be updated: progress, result or reason";
            return Err(Refusal::bad_input(msg));
        }
        if wanted.progress.is_some_and(|progress| progress > 100) {
            let msg = "progress: whole percent between 0 and 100";
            return Err(Refusal::bad_input(msg));
        }
        check_result(wanted.result.as_ref())?;
        let task_id = wanted.task_id;
        let task = self.handled(station_id.clone(), task_id).await?;
        let news = TaskUpdate {
            progress: wanted.progress,
            result: wanted.result,
            reason: wanted.reason.map(String::from),
        };
        let updated = self.tasks.update(&task.reference(), &news).await;
        let is_running = updated.map_err(internal)?;
        let now = self.task(station_id, task_id).await?;
        if is_running {
            return Ok(now.into());
        }
        Err(Refusal::conflict(match now.status {
            TaskStatus::Submitted => format!("task {task_id} is not running: start it first"),
            status => format!("task {task_id} is not running ({status}): nothing was updated"),
        }))
    }
}

/// Whether a result may be kept.
pub(crate) fn check_result(result: Option<&serde_json::Value>) -> Result<(), Refusal> {
    let result_bytes = result.map_or(0, |result| result.to_string().len());
    if result_bytes > MAX_RESULT_BYTES {
        let msg = format!(
            "result: {result_bytes} bytes of JSON, at most {MAX_RESULT_BYTES} are taken: put the \
             data into an object and name that"
        );
        return Err(Refusal::new(Code::TooLarge, msg));
    }
    Ok(())
}
