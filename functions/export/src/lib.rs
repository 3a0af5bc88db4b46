//! The export function: checks what is asked for, and makes the task that exports it.

mod begin;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{ImportLimits, Settings, StationConfigs, TaskStore};
use sluice_definition::Catalog;
use sluice_engine::Starter;
use sluice_lambda::http::respond;
use sluice_lambda::{Function, Init, Telemetry, Work};

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Export {
    starter: Starter,
    tasks: TaskStore,
    configs: StationConfigs,
    limits: ImportLimits,
    catalog: Catalog,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Export {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        let tasks_table = settings.required("TASKS_TABLE")?;
        Ok(Self {
            starter: Starter::new(init)?,
            tasks: TaskStore::new(init.clients, tasks_table.clone()),
            configs: StationConfigs::new(init.clients, tasks_table.clone()),
            limits: ImportLimits::new(init.clients, tasks_table, settings.limits()?),
            catalog: Catalog::load()?,
            telemetry: init.telemetry.clone(),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("export", &event.context);
        let answer = Box::pin(self.answer(event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

impl Export {
    async fn answer(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        match request.raw_path.as_deref() {
            Some("/export") => respond(self.begin(&request).await),
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        }
    }
}
