//! What a function is to Lambda, and to the local runner: built once in an instance, then given
//! one event after the other. Events come and answers go as JSON at one place, so that all
//! binaries share what is compiled for that.

use std::fmt::Debug;

use async_trait::async_trait;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use sluice_aws::{Clients, environment};
use tokio::runtime::Runtime;

use crate::Telemetry;

/// What a function begins with.
pub struct Init<'a> {
    /// The services.
    pub clients: &'a Clients,
    /// The function's settings by their names: on Lambda, its environment.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// Who is told of its work.
    pub telemetry: Telemetry,
}

/// A function; its value is what an instance keeps between invocations.
#[async_trait]
pub trait Function: Debug + Sized + Send + Sync + 'static {
    /// What it is invoked with.
    type Event: DeserializeOwned + Send;
    /// What it answers.
    type Answer: Serialize;

    /// Builds what is kept. An error names the setting that is missing or wrong.
    fn new(init: &Init<'_>) -> Result<Self, Error>;

    /// Handles an event. An error is a failed invocation, which Lambda counts and, where the
    /// event has a source that repeats, repeats.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error>;
}

/// A function of which only the JSON is seen.
#[async_trait]
pub trait Instance: Debug + Send + Sync {
    /// Invokes the function. An event of another form than the function's is an error.
    async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Error>;
}

#[async_trait]
impl<F: Function> Instance for F {
    async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<Box<RawValue>, Error> {
        let mut json = serde_json::Deserializer::from_str(event.payload.get());
        let payload = serde_path_to_error::deserialize(&mut json)?;
        let answer = self
            .handle(LambdaEvent::new(payload, event.context))
            .await?;
        Ok(to_raw_value(&answer)?)
    }
}

/// Runs a function on Lambda: what its binary does until the environment ends.
pub fn serve<F: Function>() -> Result<(), Error> {
    run(|init| Ok(Box::new(F::new(init)?)))
}

fn run(start: fn(&Init<'_>) -> Result<Box<dyn Instance>, Error>) -> Result<(), Error> {
    Runtime::new()?.block_on(async {
        tracing::init_default_subscriber();
        let instance = start(&Init {
            clients: &Clients::from_env().await,
            lookup: &environment,
            telemetry: Telemetry::from_lookup(&environment)?,
        })?;
        lambda_runtime::run(service_fn(|event| instance.invoke(event))).await
    })
}
