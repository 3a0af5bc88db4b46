//! The station function on Lambda.

use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use sluice_aws::{Clients, environment};
use station::{Config, Station};

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = Config::from_lookup(&environment)?;
    let station = Station::new(&Clients::from_env().await, config);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<_>| {
        Ok::<_, Error>(Box::pin(station::handle(&station, event.payload)).await)
    }))
    .await
}
