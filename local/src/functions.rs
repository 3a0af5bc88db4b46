//! The functions, with the settings that the template gives them. Events reach them and their
//! answers come back as JSON, as on Lambda.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use export::Export;
use feedback::Feedback;
use finisher::Finisher;
use lambda_runtime::{Context, Error, LambdaEvent};
use lifecycle::Lifecycle;
use mail::Mail;
use mailer::Mailer;
use notifier::Notifier;
use orders::Orders;
use scores::Scores;
use serde_json::Value;
use serde_json::value::to_raw_value;
use sluice_aws::Clients;
use sluice_basics::trace::{SegmentId, Trace};
use sluice_lambda::{Function, Init, Instance, Telemetry};
use splitter::Splitter;
use station::Station;
use status::Status;
use summer::Summer;
use sweeper::Sweeper;
use upload::Upload;
use worker::Worker;

use crate::faults::{FaultPlan, Mortal};
use crate::permissions::Guard;
use crate::template::Template;

type New = fn(&Init<'_>) -> Result<Box<dyn Instance>, Error>;

/// The functions by their packages.
pub(crate) const FUNCTIONS: [(&str, New); 16] = [
    ("upload", new::<Upload>),
    ("export", new::<Export>),
    ("orders", new::<Orders>),
    ("status", new::<Status>),
    ("lifecycle", new::<Lifecycle>),
    ("scores", new::<Scores>),
    ("station", new::<Station>),
    ("mail", new::<Mail>),
    ("mailer", new::<Mailer>),
    ("feedback", new::<Feedback>),
    ("splitter", new::<Splitter>),
    ("worker", new::<Worker>),
    ("finisher", new::<Finisher>),
    ("notifier", new::<Notifier>),
    ("summer", new::<Summer>),
    ("sweeper", new::<Sweeper>),
];

fn is_endpoint_key(name: &str) -> bool {
    name.starts_with("ENDPOINT_") && name.ends_with("_KEY")
}

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
    /// Kills invocations, in a rehearsal.
    faults: Option<Arc<FaultPlan>>,
}

impl Functions {
    pub(crate) fn new(
        clients: &Clients,
        template: &Template,
        overrides: &BTreeMap<String, String>,
        other_timeouts: BTreeMap<String, Duration>,
        telemetry: Telemetry,
        faults: Option<Arc<FaultPlan>>,
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
                match function.environment.get(name) {
                    Some(set) => Some(overrides.get(name).unwrap_or(set).clone()),
                    // The template has it in a secret, which there is none of here.
                    None if is_endpoint_key(name) => overrides.get(name).cloned(),
                    // On Lambda the SDK reads it by itself.
                    None if name.starts_with("AWS_ENDPOINT_URL_") => overrides.get(name).cloned(),
                    None => None,
                }
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
            faults,
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
        let invocation = Mortal::new(instance.invoke(event), binary, self.faults.clone());
        let answer = tokio::time::timeout(timeout, invocation)
            .await
            .with_context(|| format!("{binary} was ended after {} s", timeout.as_secs_f64()))?;
        let answer = answer.with_context(|| format!("{binary} was killed"))?;
        let answer = answer.map_err(|error| anyhow!(error).context(format!("{binary} failed")))?;
        Ok(serde_json::from_str(answer.get())?)
    }

    fn context(&self, binary: &str) -> Context {
        let timeout = self.timeouts.get(binary).copied().unwrap_or_default();
        let now = SystemTime::now();
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut context = Context::default();
        context.request_id = format!("{:032x}", rand::random::<u128>());
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
