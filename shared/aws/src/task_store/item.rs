//! Keys and attribute values of the tasks table.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sluice_core::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_core::task::Task;

use crate::error::AwsError;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// The partition of all open tasks.
pub(super) const OPEN: &str = "OPEN";
pub(super) const TASK_PREFIX: &str = "TASK#";
pub(super) const CHUNK_PREFIX: &str = "CHUNK#";
/// What the marks of file imports have.
pub(super) const IMPORT: &str = "import";
/// The index of tasks that lists show, and its partition key: a hidden task has none.
pub(super) const LISTED: &str = "listed";

pub(crate) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
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
    if task.is_file_import() {
        item.insert(IMPORT.to_owned(), AttributeValue::Bool(true));
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

/// The record that an item holds.
pub(crate) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, AwsError> {
    serde_dynamo::aws_sdk_dynamodb_1::from_item(item)
        .map_err(|error| AwsError::new("reading an item", error))
}

/// The task that a stream record's image holds; none if the item is not a task.
pub fn task_of_image(image: serde_dynamo::Item) -> Option<Task> {
    let is_task = |name: &str, prefix: &str| matches!(image.get(name), Some(serde_dynamo::AttributeValue::S(key)) if key.starts_with(prefix));
    if is_task("pk", "STATION#") && is_task("sk", TASK_PREFIX) {
        serde_dynamo::from_item(image).ok()
    } else {
        None
    }
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

/// What a failed condition is called in a cancelled transaction.
pub(crate) const CONDITION_FAILED: &str = "ConditionalCheckFailed";
