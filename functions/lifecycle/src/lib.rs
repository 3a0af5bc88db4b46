//! The lifecycle function: what services and front ends do with tasks. Each verb is one
//! conditional write, so that of two callers at the same moment one wins and the other is told.

mod add;
mod cancel;
mod config;
mod finish;
mod pause;
mod retry;
mod start;
mod undo;
mod update;

use sluice_kind::OfKind;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{ImportLimits, Objects, Queue, TaskStore};
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_definition::Catalog;
use sluice_engine::Starter;
use sluice_lambda::http::{Scope, actor, caller_with_any, internal, json_body, respond};
use sluice_lambda::{Function, Init, Telemetry, Work};
use sluice_task::Task;
use sluice_task::estimate::Capacity;

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Lifecycle {
    tasks: TaskStore,
    objects: Objects,
    uploads: Queue,
    limits: ImportLimits,
    starter: Starter,
    catalog: Catalog,
    capacity: Capacity,
    worker_time: Duration,
    telemetry: Telemetry,
}

impl Lifecycle {
    async fn hide(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller_with_any(request, &[Scope::Service, Scope::Write])?;
        sluice_lambda::hide(
            &self.tasks,
            &station_id,
            &json_body(request)?,
            actor(request).as_ref(),
        )
        .await
    }

    /// A task of the station.
    async fn task(&self, station_id: StationId, task_id: TaskId) -> Result<Task, Refusal> {
        let reference = TaskRef {
            station_id,
            task_id,
        };
        let task = self.tasks.get(&reference).await.map_err(internal)?;
        task.ok_or_else(Refusal::no_such_task)
    }

    /// A task of the station that a service runs.
    async fn handled(&self, station_id: StationId, task_id: TaskId) -> Result<Task, Refusal> {
        let task = self.task(station_id, task_id).await?;
        if task.kind().has_chunks() {
            return Err(Refusal::conflict(format!(
                "task {task_id} is `{}`, which Sluice runs itself: only cancel and retry are for it",
                task.name
            )));
        }
        Ok(task)
    }
}

#[async_trait]
impl Function for Lifecycle {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            telemetry: init.telemetry.clone(),
            starter: Starter::new(init)?,
            catalog: Catalog::load()?,
            capacity: config.capacity,
            worker_time: config.worker_time,
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            uploads: Queue::new(clients, config.uploads_queue_url),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("lifecycle", &event.context);
        let answer = Box::pin(answer(self, event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

async fn answer(
    lifecycle: &Lifecycle,
    request: ApiGatewayV2httpRequest,
) -> ApiGatewayV2httpResponse {
    match request.raw_path.as_deref() {
        Some("/task/add") => respond(lifecycle.add(&request).await),
        Some("/task/start") => respond(lifecycle.start(&request).await),
        Some("/task/update") => respond(lifecycle.update(&request).await),
        Some("/task/finish") => respond(lifecycle.finish(&request).await),
        Some("/task/hide") => respond(lifecycle.hide(&request).await),
        Some("/task/cancel") => respond(lifecycle.cancel(&request).await),
        Some("/task/pause") => respond(lifecycle.pause(&request).await),
        Some("/task/resume") => respond(lifecycle.resume(&request).await),
        Some("/task/retry") => respond(lifecycle.retry(&request).await),
        Some("/task/undo") => respond(lifecycle.undo(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
