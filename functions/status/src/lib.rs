//! The status function: what clients read of tasks, and which of them they want listed.

mod config;
mod document;
mod errors;
mod explain;
mod get;
mod history;
mod list;
mod profile;
mod view;

use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{ImportLimits, Objects, TaskStore};
use sluice_definition::Catalog;
use sluice_lambda::http::{Scope, actor, caller, json_body, respond};
use sluice_lambda::{Function, Init};

use config::Config;

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
    async fn clear_show(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller(request, Scope::Write)?;
        sluice_lambda::hide(
            &self.tasks,
            &station_id,
            &json_body(request)?,
            actor(request).as_ref(),
        )
        .await
    }

    async fn show(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller(request, Scope::Write)?;
        sluice_lambda::show(
            &self.tasks,
            &station_id,
            &json_body(request)?,
            actor(request).as_ref(),
        )
        .await
    }
}

#[async_trait]
impl Function for Status {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: Catalog::load()?,
            worker_time: config.worker_time,
            chunk_receives: config.chunk_receives,
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let request = event.payload;
        Ok(match request.raw_path.as_deref() {
            Some("/openapi.json") => document::answer(),
            Some("/task/get") => respond(self.get(&request).await),
            Some("/task/list") => respond(self.list(&request).await),
            Some("/task/errors") => respond(self.errors(&request).await),
            Some("/task/explain") => respond(self.explain(&request).await),
            Some("/task/profile") => respond(self.profile(&request).await),
            Some("/task/history") => respond(self.history(&request).await),
            Some("/task/clear_show") => respond(self.clear_show(&request).await),
            Some("/task/show") => respond(self.show(&request).await),
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        })
    }
}
