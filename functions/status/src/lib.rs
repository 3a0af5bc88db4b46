//! The status function: what clients read of tasks, and which of them they want listed.

mod config;
mod errors;
mod explain;
mod get;
mod list;
mod view;

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use sluice_aws::{Clients, ImportLimits, Objects, TaskStore};
use sluice_core::api::{Code, Refusal};
use sluice_core::definition::{Catalog, CatalogError};
use sluice_lambda::http::{Scope, caller, json_body, respond};

pub use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Status {
    tasks: TaskStore,
    objects: Objects,
    catalog: Catalog,
    worker_time: Duration,
    chunk_receives: u32,
    limits: ImportLimits,
}

impl Status {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Result<Self, CatalogError> {
        Ok(Self {
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: Catalog::load()?,
            worker_time: config.worker_time,
            chunk_receives: config.chunk_receives,
        })
    }

    async fn clear_show(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller(request, Scope::Write)?;
        sluice_lambda::hide(&self.tasks, &station_id, &json_body(request)?).await
    }
}

/// Answers a request.
pub async fn handle(status: &Status, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match request.raw_path.as_deref() {
        Some("/task/get") => respond(status.get(&request).await),
        Some("/task/list") => respond(status.list(&request).await),
        Some("/task/errors") => respond(status.errors(&request).await),
        Some("/task/explain") => respond(status.explain(&request).await),
        Some("/task/clear_show") => respond(status.clear_show(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
