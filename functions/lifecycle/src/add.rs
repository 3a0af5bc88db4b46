//! `POST /task/add`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_aws::{Added, NewTask};
use sluice_core::api::{AddRequest, Code, MAX_INPUT_BYTES, Refusal, TaskView};
use sluice_core::task::FILE_IMPORT;
use sluice_core::{fingerprint, work};
use sluice_lambda::http::{Scope, caller, internal, json_body};

use crate::Lifecycle;

impl Lifecycle {
    /// Adds a task that a service runs. Asking again with the same `user_task_id` gives the same
    /// task.
    pub(crate) async fn add(&self, request: &ApiGatewayV2httpRequest) -> Result<TaskView, Refusal> {
        let station_id = caller(request, Scope::Service)?;
        let wanted: AddRequest = json_body(request)?;
        if wanted.name.as_str() == FILE_IMPORT {
            let msg = "name: `import` is the import of a file: use POST /upload for that, or \
                       take another name";
            return Err(Refusal::bad_input(msg));
        }
        let input_bytes = wanted.input.to_string().len();
        if input_bytes > MAX_INPUT_BYTES {
            let msg = format!(
                "input: {input_bytes} bytes of JSON, at most {MAX_INPUT_BYTES} are taken: put \
                 the data into an object and name that"
            );
            return Err(Refusal::new(Code::TooLarge, msg));
        }
        let asked = serde_json::to_value(&wanted).map_err(internal)?;
        let new = NewTask {
            station_id,
            user_task_id: wanted.user_task_id.clone(),
            name: wanted.name.to_string(),
            business_id: wanted.business_id.to_string(),
            business_name: wanted.business_name.to_string(),
            kind: wanted.kind,
            repeat: wanted.repeat,
            work: Some(work::of_request(&wanted)),
            fingerprint: fingerprint(asked.to_string().as_bytes()),
        };
        let added = self.tasks.add(&new, |_| wanted.input.clone()).await;
        match added.map_err(internal)? {
            Added::New(task) | Added::Before(task) => Ok(task.into()),
            Added::Conflict(task_id) => Err(Refusal::other_content(task_id)),
            Added::Equal(equal) => Err(Refusal::conflict(work::refusal(&equal))),
        }
    }
}
