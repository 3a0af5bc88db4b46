//! What becomes of each kind of resource and event source of the template in this process. A kind
//! or a property that is not listed here is refused, so that nothing is left out unknowingly.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What becomes of something that the template describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// It is made or done, in this way.
    Wired(&'static str),
    /// It is left out, for this reason.
    LeftOut(&'static str),
}

use Here::{LeftOut, Wired};

/// Types of resources.
const RESOURCES: [(&str, Here); 13] = [
    (
        "AWS::Serverless::HttpApi",
        Wired("the gateway: its routes, and tokens checked for issuer and audience"),
    ),
    (
        "AWS::Serverless::Function",
        Wired("called in this process, with its environment and its timeout"),
    ),
    (
        "AWS::DynamoDB::Table",
        Wired("a table of the embedded DynamoDB, with its indexes and its stream"),
    ),
    (
        "AWS::S3::Bucket",
        Wired("a bucket of the embedded S3, with its notifications; not versioned"),
    ),
    (
        "AWS::SQS::Queue",
        Wired("a queue of the embedded SQS, with its times and its redrive"),
    ),
    (
        "AWS::SES::ConfigurationSet",
        Wired("a configuration set of the embedded SES"),
    ),
    (
        "AWS::SES::ConfigurationSetEventDestination",
        Wired("which events of its e-mails are announced"),
    ),
    (
        "AWS::Events::Rule",
        Wired("the queue that these events are put into"),
    ),
    (
        "AWS::IAM::Role",
        Wired("the function that has it is held to it"),
    ),
    (
        "AWS::SQS::QueuePolicy",
        LeftOut("the embedded queues are served on loopback only"),
    ),
    (
        "AWS::S3::BucketPolicy",
        LeftOut("the embedded bucket is served on loopback only, without TLS"),
    ),
    (
        "AWS::Logs::LogGroup",
        LeftOut("the functions' log is that of this process"),
    ),
    (
        "AWS::CloudFormation::Stack",
        LeftOut("alarms and the dashboard need CloudWatch"),
    ),
];

/// Properties of event sources, by their type.
const EVENTS: [(&str, &[(&str, Here)]); 4] = [
    (
        "HttpApi",
        &[
            ("ApiId", Wired("there is one API")),
            ("Method", Wired("as it is")),
            ("Path", Wired("as it is")),
            ("Auth", Wired("`NONE`: no token is asked for")),
        ],
    ),
    (
        "SQS",
        &[
            ("Queue", Wired("polled")),
            ("BatchSize", Wired("as it is")),
            (
                "MaximumBatchingWindowInSeconds",
                Wired("half a second at most, so that nobody waits for what is here already"),
            ),
            ("ScalingConfig", Wired("invocations at the same time")),
            (
                "FunctionResponseTypes",
                Wired("messages that failed stay in the queue, the others are deleted"),
            ),
        ],
    ),
    (
        "DynamoDB",
        &[
            ("Stream", Wired("followed, from where it was left")),
            ("StartingPosition", Wired("from the first change")),
            ("BatchSize", Wired("as it is")),
            (
                "MaximumBatchingWindowInSeconds",
                LeftOut("changes are shown as they come"),
            ),
            ("MaximumRetryAttempts", Wired("as it is")),
            (
                "FunctionResponseTypes",
                Wired("a batch with a failure is shown again, as a whole"),
            ),
            (
                "ParallelizationFactor",
                LeftOut("one batch after the other"),
            ),
            (
                "BisectBatchOnFunctionError",
                LeftOut("a failing batch is shown again as a whole"),
            ),
            (
                "MaximumRecordAgeInSeconds",
                LeftOut("changes are followed as they come"),
            ),
            (
                "DestinationConfig",
                LeftOut("what is given up is logged; the sweeper shows it again"),
            ),
        ],
    ),
    (
        "Schedule",
        &[
            ("Schedule", Wired("as it is")),
            ("RetryPolicy", LeftOut("the next turn comes anyway")),
        ],
    ),
];

/// What becomes of resources of a type.
pub fn resource(kind: &str) -> Result<Here> {
    let found = RESOURCES.iter().find(|(name, _)| *name == kind);
    let (_, here) =
        found.with_context(|| format!("{kind} is neither wired locally nor listed as left out"))?;
    Ok(*here)
}

/// What becomes of the properties of an event source, each by its name.
pub fn event(event: &Value) -> Result<Vec<(&'static str, Here)>> {
    let kind = event["Type"].as_str().context("an event lacks its Type")?;
    let Some((_, known)) = EVENTS.iter().find(|(name, _)| *name == kind) else {
        bail!("events of the type {kind} are not wired locally");
    };
    let properties = event["Properties"].as_object().into_iter().flatten();
    properties
        .map(|(property, _)| {
            let found = known.iter().find(|(name, _)| name == property);
            found.copied().with_context(|| {
                format!(
                    "{property} of {kind} events is neither wired locally nor listed as left out"
                )
            })
        })
        .collect()
}
