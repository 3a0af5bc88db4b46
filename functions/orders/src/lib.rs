//! The orders function: takes lists of orders, and exports those of a period, at once if they are few.

mod detail;
mod submit;

use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_api::{Code, Refusal};
use sluice_aws::{ImportLimits, Objects, OrderTable, Settings, TaskStore};
use sluice_engine::Starter;
use sluice_lambda::http::respond;
use sluice_lambda::{Function, Init, Telemetry, Work};

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Orders {
    tasks: TaskStore,
    starter: Starter,
    table: OrderTable,
    objects: Objects,
    limits: ImportLimits,
    /// How long orders are read before a task reads on.
    patience: Duration,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Orders {
    type Event = ApiGatewayV2httpRequest;
    type Answer = ApiGatewayV2httpResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        let (clients, tasks_table) = (init.clients, settings.required("TASKS_TABLE")?);
        Ok(Self {
            starter: Starter::new(init)?,
            table: OrderTable::new(clients, settings.required("ORDERS_TABLE")?),
            objects: Objects::new(clients, settings.required("FILES_BUCKET")?),
            limits: ImportLimits::new(clients, tasks_table.clone(), settings.limits()?),
            tasks: TaskStore::new(clients, tasks_table),
            patience: Duration::from_millis(settings.parsed("AT_ONCE_MILLISECONDS")?),
            telemetry: init.telemetry.clone(),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation("orders", &event.context);
        let answer = Box::pin(self.answer(event.payload));
        Ok(self.telemetry.watch(work, answer, |_| false).await)
    }
}

impl Orders {
    async fn answer(&self, request: ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
        match request.raw_path.as_deref() {
            Some("/station/order/batch/submit") => respond(self.submit(&request).await),
            Some("/station/sales_analysis/orderdetail") => respond(self.detail(&request).await),
            _ => respond::<()>(Err(Refusal::new(Code::NotFound, "there is no such route"))),
        }
    }
}
