//! What a function is to Lambda, and to the local runner: built once in an instance, then given
//! one event after the other. Events come and answers go as JSON at one place, so that all
//! binaries share what is compiled for that.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::sqs::SqsBatchResponse;
use aws_lambda_events::streams::DynamoDbEventResponse;
use http::header::HeaderName;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use sluice_aws::{Clients, environment};
use sluice_retry::within;
use tokio::runtime::Runtime;

use crate::{Deadline, Telemetry};

/// The time kept for answering when nothing more can be tried.
const LAST_WORDS: Duration = Duration::from_secs(1);

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
    type Answer: Answer;

    /// Builds what is kept. An error names the setting that is missing or wrong.
    fn new(init: &Init<'_>) -> Result<Self, Error>;

    /// Handles an event. An error is a failed invocation, which Lambda counts and, where the
    /// event has a source that repeats, repeats.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error>;
}

/// What a function answers.
pub trait Answer: Serialize {
    /// Says which invocation this is the answer of, where somebody can read it. Log lines have the same id.
    fn name_invocation(&mut self, _request_id: &str) {}
}

impl Answer for () {}

impl Answer for SqsBatchResponse {}

impl Answer for DynamoDbEventResponse {}

impl Answer for ApiGatewayV2httpResponse {
    fn name_invocation(&mut self, request_id: &str) {
        if let Ok(value) = request_id.parse() {
            self.headers.insert(REQUEST_ID, value);
        }
    }
}

/// The header in which an answer of the API names its invocation.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
        // Whatever waits before it tries again stops in time for an answer.
        let until = Deadline::of(&event.context).less(LAST_WORDS);
        let request_id = event.context.request_id.clone();
        let event = LambdaEvent::new(payload, event.context);
        let mut answer = within(until, self.handle(event)).await?;
        answer.name_invocation(&request_id);
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
