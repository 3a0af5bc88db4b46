//! Keys and attribute values of the tasks table.

use sluice_kind::OfKind;
use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_basics::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_basics::json;
use sluice_basics::quote::shortened;
use sluice_task::Task;

use crate::error::AwsError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The longest reason of a task, in characters.
const REASON_CHARS: usize = 4_000;

/// The partition of all open tasks.
pub(super) const OPEN: &str = "OPEN";
pub(super) const TASK_PREFIX: &str = "TASK#";
pub(super) const CHUNK_PREFIX: &str = "CHUNK#";
/// What the marks of tasks have that Sluice does itself. The first of them were imports.
pub(super) const HAS_CHUNKS: &str = "import";
/// What the marks of tasks have that are not admitted yet.
pub(super) const WAITS: &str = "waits";
/// The index of tasks that lists show, and its partition key: a hidden task has none.
pub(super) const LISTED: &str = "listed";

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// The set of one task's id.
pub(super) fn one_id(id: TaskId) -> AttributeValue {
    AttributeValue::Ns(vec![id.to_string()])
}

pub(super) fn time(at: Timestamp) -> AttributeValue {
    s(at.to_string())
}

pub(crate) fn station_pk(station: &StationId) -> String {
    format!("STATION#{station}")
}

pub(super) fn task_sk(task: TaskId) -> String {
    format!("{TASK_PREFIX}{:016}", task.get())
}

pub(super) fn chunks_pk(task: &TaskRef) -> String {
    format!("TASK#{}#{}", task.station_id, task.task_id)
}

/// What the keys of all open tasks of a station begin with.
pub(super) fn open_prefix(station: &StationId) -> String {
    format!("TASK#{station}#")
}

pub(super) fn open_sk(station: &StationId, task: TaskId) -> String {
    format!("{}{:016}", open_prefix(station), task.get())
}

pub(super) fn chunk_sk(chunk: u32) -> String {
    format!("{CHUNK_PREFIX}{chunk:08}")
}

pub(crate) fn key(pk: String, sk: String) -> Item {
    HashMap::from([("pk".to_owned(), s(pk)), ("sk".to_owned(), s(sk))])
}

pub(super) fn task_key(task: &TaskRef) -> Item {
    key(station_pk(&task.station_id), task_sk(task.task_id))
}

pub(super) fn claim_key(station: &StationId, user_task_id: &UserTaskId) -> Item {
    key(station_pk(station), format!("USERTASK#{user_task_id}"))
}

pub(super) fn open_key(task: &TaskRef) -> Item {
    key(OPEN.to_owned(), open_sk(&task.station_id, task.task_id))
}

/// The mark of a task that has not ended.
pub(super) fn open_item(task: &Task) -> Item {
    let mut item = open_key(&task.reference());
    item.insert("create_time".to_owned(), time(task.create_time));
    if task.kind().has_chunks() {
        item.insert(HAS_CHUNKS.to_owned(), AttributeValue::Bool(true));
    }
    item
}

/// A record as an item under a key.
pub(crate) fn to_item(key: Item, record: &impl Serialize) -> Result<Item, AwsError> {
    let mut item: Item = serde_dynamo::aws_sdk_dynamodb_1::to_item(record)
        .map_err(|error| AwsError::new("writing an item", error))?;
    item.extend(key);
    Ok(item)
}

/// A reason as the text that is stored: it may quote what is in a file.
pub(super) fn reason_text(reason: &str) -> AttributeValue {
    s(shortened(reason, REASON_CHARS))
}

/// JSON of a caller as the text that is stored. What could not be read back is an error: stored, it
/// would make the record unreadable.
pub(super) fn json_text(value: &serde_json::Value) -> Result<AttributeValue, AwsError> {
    let text = value.to_string();
    match json::read(&text) {
        Ok(read) if read == *value => Ok(s(text)),
        _ => Err(AwsError::new(
            "writing an item",
            "the JSON would not be read as it is written",
        )),
    }
}

/// The record that an item holds.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, AwsError> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item)
        .map_err(|error| AwsError::new("reading an item", error))
}

/// The task that an item holds, which was read by the task's key.
pub(super) fn task_of_item(reference: &TaskRef, item: Item) -> Result<Task, AwsError> {
    let task: Option<Task> = from_item(item).ok();
    task.filter(|task| task.task_id == reference.task_id && task.station_id == reference.station_id)
        .ok_or_else(|| AwsError::unreadable(reference))
}

/// As [`task_of_item`], of one item among others: none if it cannot be read, which the log tells.
pub(super) fn task_if_readable(station: &StationId, item: Item) -> Option<Task> {
    let sk = item.get("sk").and_then(|sk| sk.as_s().ok());
    let task_id = sk.and_then(|sk| sk.strip_prefix(TASK_PREFIX)?.parse().ok())?;
    let reference = TaskRef {
        station_id: station.clone(),
        task_id,
    };
    let task = task_of_item(&reference, item);
    task.inspect_err(|_| passed_over(&reference)).ok()
}

/// Tells the log of a record that cannot be read. Without why: that may quote the record.
pub(super) fn passed_over(task: &TaskRef) {
    tracing::error!(%task, "a task's record cannot be read and is passed over");
}

/// The task that a stream record's image holds; none if the item is not a task, or cannot be read.
pub fn task_of_image(image: serde_dynamo::Item) -> Option<Task> {
    let text = |name: &str| match image.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    let station: StationId = text("pk")?.strip_prefix("STATION#")?.parse().ok()?;
    let task_id: TaskId = text("sk")?.strip_prefix(TASK_PREFIX)?.parse().ok()?;
    let reference = TaskRef {
        station_id: station,
        task_id,
    };
    let task: Option<Task> = serde_dynamo::from_item(image).ok();
    let task = task.filter(|task| task.reference() == reference);
    if task.is_none() {
        passed_over(&reference);
    }
    task
}

/// The code of each action of a cancelled transaction; empty when it failed otherwise.
pub(crate) fn cancellation_codes<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<String> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether the same transaction may succeed later: each action that kept it from succeeding met
/// another writer or a throttle.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(crate) fn may_pass(codes: &[String]) -> bool {
    let mut reasons = codes.iter().filter(|code| *code != "None").peekable();
    reasons.peek().is_some() && reasons.all(|code| PASSING.contains(&code.as_str()))
}

const PASSING: [&str; 3] = [
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
];

/// What a failed condition is called in a cancelled transaction.
pub(crate) const CONDITION_FAILED: &str = "ConditionalCheckFailed";

#[cfg(test)]
mod tests {
    #[test]
    fn a_transaction_is_tried_again_only_where_all_that_kept_it_may_pass() {
        let may_pass = |codes: &[&str]| {
            super::may_pass(&codes.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert!(may_pass(&["None", "TransactionConflict"]));
        assert!(may_pass(&[
            "ThrottlingError",
            "ProvisionedThroughputExceeded"
        ]));
        for codes in [
            &[][..],
            &["None"],
            &["TransactionConflict", "ConditionalCheckFailed"],
            &["ValidationError", "None"],
        ] {
            assert!(!may_pass(codes), "{codes:?}");
        }
    }
}
