//! The resources this process makes or runs.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::{arn, wiring};

/// A function.
#[derive(Debug)]
pub struct Function {
    /// The package that is it.
    pub binary: String,
    /// The name of the role that it runs with.
    pub role: String,
    /// The name of the group that its log goes to.
    pub log_group: String,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// What invokes it.
    pub events: Vec<Event>,
}

/// What invokes a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An HTTP route.
    Http {
        /// In upper case.
        method: String,
        /// The exact path.
        path: String,
        /// Whether no token is asked for.
        is_open: bool,
    },
    /// Messages of a queue.
    Sqs {
        /// The queue's name.
        queue: String,
        /// Messages an invocation takes.
        batch_size: u32,
        /// How long Lambda gathers messages before it invokes the function.
        window: Duration,
        /// Invocations at the same time.
        concurrency: usize,
    },
    /// Changes of a table.
    Stream {
        /// The table's name.
        table: String,
        /// Changes an invocation takes.
        batch_size: i32,
        /// How often a failing batch is shown again.
        retries: u32,
        /// The queue that hears on AWS of batches that were given up.
        letters: Option<String>,
    },
    /// The clock.
    Schedule {
        /// How often.
        every: Duration,
    },
}

/// Settings that are otherwise in this process than on AWS.
const HERE: [(&str, &str); 1] = [("WEBHOOKS_ON_THIS_MACHINE", "true")];

impl Function {
    pub(super) fn read(resource: &Value, globals: &Value) -> Result<Self> {
        let properties = &resource["Properties"];
        let binary = resource["Metadata"]["BuildProperties"]["Binary"].as_str();
        let timeout = properties["Timeout"]
            .as_u64()
            .or(globals["Timeout"].as_u64());
        let mut environment = BTreeMap::new();
        for level in [globals, properties] {
            for (name, value) in entries(&level["Environment"]["Variables"]) {
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                environment.insert(name.clone(), text);
            }
        }
        for (name, value) in HERE {
            if let Some(set) = environment.get_mut(name) {
                value.clone_into(set);
            }
        }
        let events = entries(&properties["Events"]);
        Ok(Self {
            binary: binary
                .context("Metadata.BuildProperties.Binary is missing")?
                .to_owned(),
            role: named(&properties["Role"]).context("Role is missing")?,
            log_group: text(&properties["LoggingConfig"]["LogGroup"]),
            timeout: Duration::from_secs(timeout.context("Timeout is missing")?),
            environment,
            events: events
                .map(|(_, event)| Event::read(event))
                .collect::<Result<_>>()?,
        })
    }
}

impl Event {
    fn read(event: &Value) -> Result<Self> {
        wiring::event(event)?;
        let properties = &event["Properties"];
        let text = |name: &str| {
            let value = properties[name].as_str().map(str::to_owned);
            value.with_context(|| format!("an event lacks {name}"))
        };
        let source = |name: &str| {
            let source = named(&properties[name]);
            source.with_context(|| format!("an event lacks {name}"))
        };
        let number = |value: &Value, otherwise: u64| match value {
            Value::String(text) => text.parse().unwrap_or(otherwise),
            other => other.as_u64().unwrap_or(otherwise),
        };
        Ok(match event["Type"].as_str() {
            Some("HttpApi") => Self::Http {
                method: text("Method")?,
                path: text("Path")?,
                is_open: match properties["Auth"]["Authorizer"].as_str() {
                    None => false,
                    Some("NONE") => true,
                    Some(other) => bail!("there is no authorizer {other}"),
                },
            },
            Some("SQS") => Self::Sqs {
                queue: source("Queue")?,
                batch_size: number(&properties["BatchSize"], 10) as u32,
                window: Duration::from_secs(number(
                    &properties["MaximumBatchingWindowInSeconds"],
                    0,
                )),
                concurrency: number(&properties["ScalingConfig"]["MaximumConcurrency"], 10)
                    as usize,
            },
            Some("DynamoDB") => Self::Stream {
                table: source("Stream")?,
                batch_size: number(&properties["BatchSize"], 100) as i32,
                retries: number(&properties["MaximumRetryAttempts"], 5) as u32,
                letters: named(&properties["DestinationConfig"]["OnFailure"]["Destination"]),
            },
            Some("Schedule") => Self::Schedule {
                every: rate(&text("Schedule")?)?,
            },
            other => bail!("events of the type {other:?} are not wired locally"),
        })
    }
}

/// `rate(1 minute)`
fn rate(text: &str) -> Result<Duration> {
    let inner = text
        .strip_prefix("rate(")
        .and_then(|text| text.strip_suffix(')'));
    let (count, unit) = inner
        .and_then(|inner| inner.split_once(' '))
        .context("not a rate")?;
    let count: u64 = count.parse().context("not a rate")?;
    let seconds = match unit.trim_end_matches('s') {
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => bail!("`{unit}` is not a unit of a rate"),
    };
    Ok(Duration::from_secs(count * seconds))
}

/// A table with a text partition key and a text sort key.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Key attributes and whether each is the partition (`HASH`) or sort (`RANGE`) key.
    pub keys: Vec<(String, String)>,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// What its stream shows, if it has one.
    pub stream_view: Option<String>,
}

/// A global secondary index.
#[derive(Debug)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// As those of the table.
    pub keys: Vec<(String, String)>,
    /// Which attributes it has beside the keys: `ALL`, `KEYS_ONLY` or `INCLUDE`.
    pub projection: String,
    /// The attributes of `INCLUDE`.
    pub included: Vec<String>,
}

impl Table {
    pub(super) fn read(name: String, properties: &Value) -> Self {
        let indexes = &properties["GlobalSecondaryIndexes"];
        let view = &properties["StreamSpecification"]["StreamViewType"];
        Self {
            name,
            keys: keys(properties),
            indexes: items(indexes).map(Index::read).collect(),
            stream_view: view.as_str().map(str::to_owned),
        }
    }
}

impl Index {
    fn read(properties: &Value) -> Self {
        let projection = &properties["Projection"];
        Self {
            name: text(&properties["IndexName"]),
            keys: keys(properties),
            projection: text(&projection["ProjectionType"]),
            included: items(&projection["NonKeyAttributes"]).map(text).collect(),
        }
    }
}

fn keys(properties: &Value) -> Vec<(String, String)> {
    items(&properties["KeySchema"])
        .map(|key| (text(&key["AttributeName"]), text(&key["KeyType"])))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The name of what an ARN means.
fn named(value: &Value) -> Option<String> {
    value.as_str().map(|arn| arn::name(arn).to_owned())
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A standard queue.
#[derive(Debug)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// How long a message that was received stays invisible.
    pub visibility_seconds: u64,
    /// How long messages are kept.
    pub retention_seconds: u64,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that were received too often.
#[derive(Debug)]
pub struct Redrive {
    /// The dead-letter queue's name.
    pub queue: String,
    /// How often is not yet too often.
    pub max_receive_count: u64,
}

impl Queue {
    pub(super) fn read(name: String, properties: &Value) -> Self {
        let policy = &properties["RedrivePolicy"];
        Self {
            name,
            visibility_seconds: properties["VisibilityTimeout"].as_u64().unwrap_or(30),
            retention_seconds: properties["MessageRetentionPeriod"]
                .as_u64()
                .unwrap_or(345_600),
            redrive: named(&policy["deadLetterTargetArn"]).map(|queue| Redrive {
                queue,
                max_receive_count: policy["maxReceiveCount"].as_u64().unwrap_or(10),
            }),
        }
    }
}

/// Where the events of e-mails go, and which of them.
#[derive(Debug, Default)]
pub struct MailEvents {
    /// The configuration set of the e-mails.
    pub configuration_set: String,
    /// Which events: `send`, `bounce`.
    pub matching: Vec<String>,
    /// The queue's name.
    pub queue: String,
}

impl MailEvents {
    pub(super) fn read_destination(&mut self, properties: &Value) {
        self.configuration_set = text(&properties["ConfigurationSetName"]);
        let types = &properties["EventDestination"]["MatchingEventTypes"];
        self.matching = items(types).map(text).collect();
    }

    pub(super) fn read_rule(&mut self, properties: &Value) -> Result<()> {
        if properties["EventPattern"]["source"][0] != "aws.ses" {
            bail!("only rules for events of SES are wired locally");
        }
        self.queue = named(&properties["Targets"][0]["Arn"]).context("the rule has no queue")?;
        Ok(())
    }
}

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// For how long it keeps objects that were replaced or deleted, if it does.
    pub keeps_replaced: Option<Duration>,
    /// Which queue hears of which new objects.
    pub notifications: Vec<Notification>,
}

/// New objects under a prefix are announced to a queue.
#[derive(Debug, Clone)]
pub struct Notification {
    /// What their names start with.
    pub prefix: String,
    /// The queue's name.
    pub queue: String,
}

impl Bucket {
    pub(super) fn read(name: String, properties: &Value) -> Self {
        let configurations = &properties["NotificationConfiguration"]["QueueConfigurations"];
        let notifications = items(configurations).map(|entry| {
            let rule = &entry["Filter"]["S3Key"]["Rules"][0]["Value"];
            Notification {
                prefix: text(rule),
                queue: named(&entry["Queue"]).unwrap_or_default(),
            }
        });
        Self {
            name,
            keeps_replaced: keeps_replaced(properties),
            notifications: notifications.collect(),
        }
    }
}

/// How long a versioned bucket keeps what was replaced: as the rule without a prefix says, which holds for
/// all objects.
fn keeps_replaced(bucket: &Value) -> Option<Duration> {
    if bucket["VersioningConfiguration"]["Status"] != "Enabled" {
        return None;
    }
    let rules = items(&bucket["LifecycleConfiguration"]["Rules"]);
    let mut days = rules
        .filter(|rule| rule["Prefix"].is_null())
        .filter_map(|rule| rule["NoncurrentVersionExpiration"]["NoncurrentDays"].as_u64());
    Some(
        days.next()
            .map_or(Duration::MAX, |days| Duration::from_hours(24 * days)),
    )
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
