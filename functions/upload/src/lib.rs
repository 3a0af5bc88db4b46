//! The upload function: makes the task of an import and lets the client send its file straight
//! to the bucket.

mod begin;
mod businesses;
mod complete;
mod config;
mod estimate;
mod limits;
mod notify;
mod preview;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{ImportLimits, MailTemplates, Objects, StationConfigs, TaskStore};
use sluice_definition::Catalog;
use sluice_lambda::http::respond;
use sluice_lambda::{Function, Init, Telemetry, Work};
use sluice_task::estimate::Capacity;

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Upload {
    tasks: TaskStore,
    objects: Objects,
    catalog: Catalog,
    limits: ImportLimits,
    configs: StationConfigs,
    templates: MailTemplates,
    sender: Option<String>,
    capacity: Capacity,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Upload {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            telemetry: init.telemetry.clone(),
            capacity: config.capacity,
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            templates: MailTemplates::new(clients, config.mail_table),
            sender: config.sender,
            catalog: Catalog::load()?,
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("upload", &event.context);
        let answer = Box::pin(answer(self, event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

async fn answer(upload: &Upload, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    match request.raw_path.as_deref() {
        Some("/import/businesses") => respond(upload.businesses(&request)),
        Some("/import/estimate") => respond(upload.estimate_of(&request)),
        Some("/import/preview") => respond(upload.preview(&request).await),
        Some("/upload") => respond(upload.begin(&request).await),
        Some("/upload/complete") => respond(upload.complete(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
