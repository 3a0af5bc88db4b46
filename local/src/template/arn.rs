//! The names of things in this process as ARNs, by which policies and events call them.

use local_sqs::Sqs;

/// The region of everything.
pub(super) const REGION: &str = "us-east-1";
/// The account of everything.
pub(super) const ACCOUNT: &str = "000000000000";

/// A table, or with `/index/<name>` behind it one of its indexes.
pub fn table(name: &str) -> String {
    format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}")
}

/// The stream of a table. AWS names a stream by the time when it was made.
pub fn stream(table_name: &str) -> String {
    format!("{}/stream/2026-01-31T00:00:00.000", table(table_name))
}

/// A queue.
pub fn queue(name: &str) -> String {
    Sqs::queue_arn(name)
}

/// An event bus of EventBridge.
pub fn event_bus(name: &str) -> String {
    format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{name}")
}

/// An identity or a configuration set of SES.
pub fn ses(kind: &str, name: &str) -> String {
    format!("arn:aws:ses:{REGION}:{ACCOUNT}:{kind}/{name}")
}

/// A bucket, or with `/<key>` behind it an object.
pub fn bucket(name: &str) -> String {
    format!("arn:aws:s3:::{name}")
}

/// A role.
pub(super) fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}

/// A group of logs, or with `:log-stream:<name>` behind it one of its logs.
pub fn log_group(name: &str) -> String {
    format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}")
}

/// The name of what an ARN means: of the table, if it is that of a stream.
pub(super) fn name(arn: &str) -> &str {
    let last = arn.splitn(6, ':').last().unwrap_or(arn);
    last.split('/').nth(1).unwrap_or(last)
}
