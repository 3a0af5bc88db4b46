//! The upload function: makes the task of an import and lets the client send its file straight
//! to the bucket.

mod begin;
mod businesses;
mod complete;
mod config;
mod estimate;
mod limits;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::LambdaEvent;
use sluice_aws::{Clients, ImportLimits, Objects, TaskStore};
use sluice_core::api::{Code, Refusal};
use sluice_core::definition::{Catalog, CatalogError};
use sluice_core::estimate::Capacity;
use sluice_lambda::http::respond;
use sluice_lambda::{Telemetry, Work};

pub use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Upload {
    tasks: TaskStore,
    objects: Objects,
    catalog: Catalog,
    limits: ImportLimits,
    capacity: Capacity,
    telemetry: Telemetry,
}

impl Upload {
    /// Builds what is kept.
    pub fn new(
        clients: &Clients,
        config: Config,
        telemetry: Telemetry,
    ) -> Result<Self, CatalogError> {
        Ok(Self {
            telemetry,
            capacity: config.capacity,
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: Catalog::load()?,
        })
    }
}

/// Answers a request.
pub async fn handle(
    upload: &Upload,
    event: LambdaEvent<ApiGatewayV2httpRequest>,
) -> ApiGatewayV2httpResponse {
    let work = Work::invocation("upload", &event.context);
    let answer = Box::pin(answer(upload, event.payload));
    upload.telemetry.watch(work, answer, |_| false).await
}

async fn answer(upload: &Upload, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match request.raw_path.as_deref() {
        Some("/import/businesses") => respond(upload.businesses(&request)),
        Some("/import/estimate") => respond(upload.estimate_of(&request)),
        Some("/upload") => respond(upload.begin(&request).await),
        Some("/upload/complete") => respond(upload.complete(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
