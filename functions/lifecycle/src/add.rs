//! `POST /task/add`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{AddProblem, AddRequest, Code, Refusal, TaskView};
use sluice_aws::{Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_lambda::http::{Scope, actor, caller, internal, json_body};
use sluice_lambda::{check_start, task_of};
use sluice_task::start_at::MOST_AHEAD;

use crate::Lifecycle;

impl Lifecycle {
    /// Adds a task that a service runs. Asking again with the same `user_task_id` gives the same
    /// task.
    pub(crate) async fn add(&self, request: &ApiGatewayV2httpRequest) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Service)?;
        let wanted: AddRequest = json_body(request)?;
        wanted.check().map_err(|problem| {
            let code = match problem {
                AddProblem::TooLarge(_) => Code::TooLarge,
                _ => Code::BadInput,
            };
            Refusal::new(code, problem.to_string())
        })?;
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD).await?;
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let asked = serde_json::to_value(&wanted).map_err(internal)?;
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: wanted.user_task_id.clone(),
            name: wanted.name.to_string(),
            business_id: wanted.business_id.to_string(),
            business_name: wanted.business_name.to_string(),
            task_type: wanted.kind,
            repeat: wanted.repeat,
            work: Some(wanted.work()),
            fingerprint: fingerprint(asked.to_string().as_bytes()),
            admission: Admission::Below(limits.max_open_tasks),
            start_at: wanted.start_at,
        };
        let added = self.tasks.add(&new, |_| wanted.input.clone()).await;
        let task = task_of(added.map_err(internal)?, || limits.no_room_for_tasks())?;
        Ok(task.into())
    }
}
