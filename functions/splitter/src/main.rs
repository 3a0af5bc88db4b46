//! The splitter on Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use sluice_aws::{Clients, environment};
use sluice_lambda::Telemetry;
use splitter::{Config, Splitter};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_lookup(&environment)?;
    let telemetry = Telemetry::from_lookup(&environment)?;
    let splitter = Splitter::new(&Clients::from_env().await, config, telemetry)?;
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(Box::pin(splitter::handle(&splitter, event)).await)
    }))
    .await
}
