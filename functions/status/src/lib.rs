//! The status function: what clients read of tasks.

mod get;
mod list;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use sluice_aws::{Clients, Objects, TaskStore};
use sluice_core::api::{Code, Refusal};
use sluice_lambda::http::respond;

pub use sluice_aws::StoreSettings as Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Status {
    tasks: TaskStore,
    objects: Objects,
}

impl Status {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Self {
        Self {
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
        }
    }
}

/// Answers a request.
pub async fn handle(status: &Status, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match request.raw_path.as_deref() {
        Some("/task/get") => respond(status.get(&request).await),
        Some("/task/list") => respond(status.list(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
