//! `POST /export`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{Code, ExportAnswer, ExportRequest, Refusal};
use sluice_aws::{Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_export::{ExportError, ExportInput, exported};
use sluice_kind::EXPORT;
use sluice_lambda::http::{Scope, actor, caller, has_scope, internal, json_body};
use sluice_lambda::{check_start, task_of};
use sluice_task::TaskType;
use sluice_task::start_at::MOST_AHEAD;

use crate::Export;

/// What is asked for travels in every chunk's message, and ten messages make a batch of at most 1 MiB.
const MOST_INPUT_BYTES: usize = 64 << 10;

impl Export {
    /// Makes an export task. Asking again with the same `user_task_id` gives the same task.
    pub(crate) async fn begin(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ExportAnswer, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let may_see_sensitive = has_scope(request, Scope::Export);
        let wanted: ExportRequest = json_body(request)?;
        let (id, start_at) = (wanted.user_task_id.as_ref(), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD).await?;
        let definition =
            exported(&self.catalog, &wanted.business).map_err(|error| refused(&error))?;
        let config = self.configs.latest(&station_id).await.map_err(internal)?;
        let now = Timestamp::now();
        let input = ExportInput::of(definition, &wanted, &config, may_see_sensitive, now);
        let input = input.map_err(|error| refused(&error))?;
        let bytes = serde_json::to_string(&input).map_err(internal)?.len();
        if bytes > MOST_INPUT_BYTES {
            let msg = format!(
                "filter and columns have {bytes} bytes, at most {MOST_INPUT_BYTES} are taken"
            );
            return Err(Refusal::new(Code::TooLarge, msg));
        }
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        // Who may see less asks for something else.
        let asked = serde_json::to_string(&(&wanted, &input.columns)).map_err(internal)?;
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: wanted.user_task_id.clone(),
            name: EXPORT.to_owned(),
            business_id: wanted.business.to_string(),
            business_name: definition.title.clone(),
            task_type: TaskType::Export,
            // The rows may have changed since: nothing is the same export.
            repeat: true,
            work: None,
            fingerprint: fingerprint(asked.as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
            start_at: wanted.start_at,
        };
        let input = serde_json::to_value(&input).map_err(internal)?;
        let added = self.starter.start(&new, |_| input.clone()).await;
        let task = task_of(added.map_err(internal)?, || limits.no_room())?;
        Ok(ExportAnswer {
            is_async: 1,
            task_id: task.task_id,
            task_url: format!("/task/get?task_id={}", task.task_id),
            user_task_id: task.user_task_id,
        })
    }
}

fn refused(error: &ExportError) -> Refusal {
    match error {
        ExportError::Sensitive(_) => Refusal::new(Code::Forbidden, error.to_string()),
        error => Refusal::bad_input(error.to_string()),
    }
}
