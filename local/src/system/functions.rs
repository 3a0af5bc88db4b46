//! The functions, with the settings that the template gives them. Events reach them and their
//! answers come back as JSON, as on Lambda.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use finisher::Finisher;
use lambda_runtime::{Context, LambdaEvent};
use lifecycle::Lifecycle;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sluice_aws::Clients;
use sluice_core::trace::{SegmentId, Trace};
use sluice_lambda::Telemetry;
use splitter::Splitter;
use station::Station;
use status::Status;
use sweeper::Sweeper;
use upload::Upload;
use worker::Worker;

use crate::permissions::Guard;
use crate::template::{Function, Template};

/// Every function of the template.
#[derive(Debug)]
pub struct Functions {
    upload: Upload,
    status: Status,
    lifecycle: Lifecycle,
    station: Station,
    splitter: Splitter,
    worker: Worker,
    finisher: Finisher,
    sweeper: Sweeper,
    timeouts: BTreeMap<String, Duration>,
    telemetry: Telemetry,
    guards: BTreeMap<String, Guard>,
}

impl Functions {
    pub(super) fn new(
        clients: &Clients,
        template: &Template,
        overrides: &BTreeMap<String, String>,
        other_timeouts: BTreeMap<String, Duration>,
        telemetry: Telemetry,
    ) -> Result<Self> {
        let tell = || telemetry.clone();
        let lookup = |binary: &'static str| {
            let function = template
                .functions
                .values()
                .find(|function| function.binary == binary);
            move |name: &str| {
                let set = function.and_then(|function: &Function| function.environment.get(name));
                overrides
                    .get(name)
                    .filter(|_| set.is_some())
                    .or(set)
                    .cloned()
            }
        };
        let mut timeouts: BTreeMap<String, Duration> = template
            .functions
            .values()
            .map(|function| (function.binary.clone(), function.timeout))
            .collect();
        timeouts.extend(other_timeouts);
        let guards = guards(template)?;
        let clients = |binary: &str| {
            let guard = guards.get(binary);
            let guard = guard.with_context(|| format!("the template has no function {binary}"))?;
            anyhow::Ok(guard.guarding(clients))
        };
        Ok(Self {
            upload: Upload::new(
                &clients("upload")?,
                upload::Config::from_lookup(&lookup("upload"))?,
                tell(),
            )?,
            status: Status::new(
                &clients("status")?,
                status::Config::from_lookup(&lookup("status"))?,
            )?,
            lifecycle: Lifecycle::new(
                &clients("lifecycle")?,
                lifecycle::Config::from_lookup(&lookup("lifecycle"))?,
                tell(),
            ),
            station: Station::new(
                &clients("station")?,
                station::Config::from_lookup(&lookup("station"))?,
            ),
            splitter: Splitter::new(
                &clients("splitter")?,
                splitter::Config::from_lookup(&lookup("splitter"))?,
                tell(),
            )?,
            worker: Worker::new(
                &clients("worker")?,
                worker::Config::from_lookup(&lookup("worker"))?,
                tell(),
            ),
            finisher: Finisher::new(
                &clients("finisher")?,
                finisher::Config::from_lookup(&lookup("finisher"))?,
                tell(),
            ),
            sweeper: Sweeper::new(
                &clients("sweeper")?,
                sweeper::Config::from_lookup(&lookup("sweeper"))?,
                tell(),
            ),
            timeouts,
            telemetry,
            guards,
        })
    }

    /// What holds each function to its role, by the function's package.
    pub fn guards(&self) -> &BTreeMap<String, Guard> {
        &self.guards
    }

    /// Invokes a function with an event. An error is what Lambda calls a failed invocation: the
    /// function's time is up, among others.
    pub async fn invoke(&self, binary: &str, event: Value) -> Result<Value> {
        let timeout = self.timeouts.get(binary).copied().unwrap_or_default();
        tokio::time::timeout(timeout, Box::pin(self.run(binary, event)))
            .await
            .with_context(|| format!("{binary} was ended after {} s", timeout.as_secs_f64()))?
    }

    async fn run(&self, binary: &str, event: Value) -> Result<Value> {
        match binary {
            "splitter" => {
                answer(splitter::handle(&self.splitter, self.event(binary, event)?).await)
            }
            "worker" => answer(worker::handle(&self.worker, self.event(binary, event)?).await),
            "finisher" => {
                answer(finisher::handle(&self.finisher, self.event(binary, event)?).await)
            }
            "sweeper" => answer(sweeper::handle(&self.sweeper, &self.context(binary)).await?),
            other => anyhow::bail!("the function {other} is not part of this process"),
        }
    }

    /// Invokes an HTTP function.
    pub async fn invoke_http(
        &self,
        binary: &str,
        request: ApiGatewayV2httpRequest,
    ) -> Result<ApiGatewayV2httpResponse> {
        let event = LambdaEvent::new(request, self.context(binary));
        match binary {
            "upload" => Ok(upload::handle(&self.upload, event).await),
            "status" => Ok(status::handle(&self.status, event.payload).await),
            "station" => Ok(station::handle(&self.station, event.payload).await),
            "lifecycle" => Ok(lifecycle::handle(&self.lifecycle, event).await),
            other => anyhow::bail!("the function {other} has no routes"),
        }
    }

    fn event<T: DeserializeOwned>(&self, binary: &str, event: Value) -> Result<LambdaEvent<T>> {
        Ok(LambdaEvent::new(read(event)?, self.context(binary)))
    }

    fn context(&self, binary: &str) -> Context {
        let timeout = self.timeouts.get(binary).copied().unwrap_or_default();
        let now = SystemTime::now();
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut context = Context::default();
        context.deadline = since(now + timeout).as_millis() as u64;
        // An invocation begins a trace of its own if anybody looks at traces.
        context.xray_trace_id = self.telemetry.has_daemon().then(|| {
            let seconds = since(now).as_secs() as u32;
            let trace = Trace::begin(seconds, rand::random(), true);
            trace.under(SegmentId(rand::random())).to_string()
        });
        context
    }
}

fn guards(template: &Template) -> Result<BTreeMap<String, Guard>> {
    let mut guards = BTreeMap::new();
    for (id, function) in &template.functions {
        let role = template.roles.get(&function.role);
        let role = role.with_context(|| format!("the template has no role {}", function.role))?;
        let guard = Guard::new(id, function, role.clone());
        guards.insert(function.binary.clone(), guard);
    }
    Ok(guards)
}

fn read<T: DeserializeOwned>(event: Value) -> Result<T> {
    serde_json::from_value(event).context("the event does not have the form the function expects")
}

fn answer(answer: impl Serialize) -> Result<Value> {
    Ok(serde_json::to_value(answer)?)
}
