//! The lifecycle function: what services and front ends do with tasks. Each verb is one
//! conditional write, so that of two callers at the same moment one wins and the other is told.

mod add;
mod cancel;
mod config;
mod finish;
mod retry;
mod start;
mod update;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{Objects, Queue, TaskStore};
use sluice_core::api::{Code, Refusal};
use sluice_core::ids::{StationId, TaskId, TaskRef};
use sluice_core::task::Task;
use sluice_lambda::http::{Scope, caller_with_any, internal, json_body, respond};
use sluice_lambda::{Function, Init, Telemetry, Work};

use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Lifecycle {
    tasks: TaskStore,
    objects: Objects,
    uploads: Queue,
    telemetry: Telemetry,
}

impl Lifecycle {
    async fn hide(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller_with_any(request, &[Scope::Service, Scope::Write])?;
        sluice_lambda::hide(&self.tasks, &station_id, &json_body(request)?).await
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
        if task.is_file_import() {
            return Err(Refusal::conflict(format!(
                "task {task_id} is the import of a file, which Sluice runs itself: only cancel \
                 and retry are for it"
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
        Some("/task/retry") => respond(lifecycle.retry(&request).await),
        _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
    }
}
