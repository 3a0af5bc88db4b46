//! The functions, with the settings that the template gives them. Events reach them and their
//! answers come back as JSON, as on Lambda.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use finisher::Finisher;
use lambda_runtime::{Context, Error, LambdaEvent};
use lifecycle::Lifecycle;
use serde_json::Value;
use serde_json::value::to_raw_value;
use sluice_aws::Clients;
use sluice_core::trace::{SegmentId, Trace};
use sluice_lambda::{Function, Init, Instance, Telemetry};
use splitter::Splitter;
use station::Station;
use status::Status;
use sweeper::Sweeper;
use upload::Upload;
use worker::Worker;

use crate::permissions::Guard;
use crate::template::Template;

type New = fn(&Init<'_>) -> Result<Box<dyn Instance>, Error>;

/// The functions by their packages.
pub(crate) const FUNCTIONS: [(&str, New); 8] = [
    ("upload", new::<Upload>),
    ("status", new::<Status>),
    ("lifecycle", new::<Lifecycle>),
    ("station", new::<Station>),
    ("splitter", new::<Splitter>),
    ("worker", new::<Worker>),
    ("finisher", new::<Finisher>),
    ("sweeper", new::<Sweeper>),
];

fn new<F: Function>(init: &Init<'_>) -> Result<Box<dyn Instance>, Error> {
    Ok(Box::new(F::new(init)?))
}

/// Every function of the template, by its package.
#[derive(Debug)]
pub struct Functions {
    instances: BTreeMap<String, Box<dyn Instance>>,
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
        let guards = guards(template)?;
        let mut instances = BTreeMap::new();
        let mut timeouts = BTreeMap::new();
        for (id, function) in &template.functions {
            let binary = &function.binary;
            let known = FUNCTIONS.iter().find(|(name, _)| name == binary);
            let (_, new) =
                known.with_context(|| format!("there is no package {binary} for {id}"))?;
            let lookup = |name: &str| {
                let set = function.environment.get(name)?;
                Some(overrides.get(name).unwrap_or(set).clone())
            };
            let instance = new(&Init {
                clients: &guards[binary].guarding(clients),
                lookup: &lookup,
                telemetry: telemetry.clone(),
            });
            let instance = instance.map_err(|error| anyhow!(error).context(id.clone()))?;
            instances.insert(binary.clone(), instance);
            timeouts.insert(binary.clone(), function.timeout);
        }
        timeouts.extend(other_timeouts);
        Ok(Self {
            instances,
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
        let instance = self.instances.get(binary);
        let instance = instance.with_context(|| format!("there is no function {binary}"))?;
        let event = LambdaEvent::new(to_raw_value(&event)?, self.context(binary));
        let timeout = self.timeouts.get(binary).copied().unwrap_or_default();
        let answer = tokio::time::timeout(timeout, instance.invoke(event))
            .await
            .with_context(|| format!("{binary} was ended after {} s", timeout.as_secs_f64()))?;
        let answer = answer.map_err(|error| anyhow!(error).context(format!("{binary} failed")))?;
        Ok(serde_json::from_str(answer.get())?)
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
