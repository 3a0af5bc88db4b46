//! `CreateQueue`, `GetQueueUrl`, `ListQueues`, `ListDeadLetterSourceQueues`, `GetQueueAttributes`,
//! `SetQueueAttributes`, `PurgeQueue` and `DeleteQueue`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, queue_name, ranged, required};
use crate::error::SqsError;
use crate::name::{self, QueueName};

/// Attributes that a queue can have and that are all known here, though not all are set.
const READABLE_IF_SET: [&str; 5] = [
    "RedrivePolicy",
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
];

type Attributes = BTreeMap<String, String>;

/// A request about one queue.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueRequest {
    queue_url: Option<String>,
}

/// An answer without content.
#[derive(Serialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: Option<Attributes>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueUrl {
    queue_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueUrl {
    queue_url: String,
}

pub(super) fn create(
    context: &mut Context<'_>,
    request: CreateQueue,
) -> Result<QueueUrl, SqsError> {
    let name: QueueName = required("QueueName", request.queue_name)?.parse()?;
    let queue_url = name::url(context.host, name.as_str());
    let attributes = request.attributes.unwrap_or_default();
    context
        .engine
        .create_queue(name, &attributes, context.now_ms)?;
    Ok(QueueUrl { queue_url })
}

pub(super) fn url(context: &mut Context<'_>, request: GetQueueUrl) -> Result<QueueUrl, SqsError> {
    let name = required("QueueName", request.queue_name)?;
    context.engine.find_queue(&name)?;
    Ok(QueueUrl {
        queue_url: name::url(context.host, &name),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListQueues {
    queue_name_prefix: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueList {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    queue_urls: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// A page of queues. Its token is the last name on it: names are sorted.
pub(super) fn list(context: &mut Context<'_>, request: ListQueues) -> Result<QueueList, SqsError> {
    let max_results = ranged("MaxResults", request.max_results, 1..=1_000)?.unwrap_or(1_000);
    let mut names = context
        .engine
        .queue_names(request.queue_name_prefix.as_deref().unwrap_or(""));
    if let Some(last) = request.next_token {
        names.retain(|name| *name > last);
    }
    let has_more = names.len() > max_results as usize;
    names.truncate(max_results as usize);
    let next_token = if has_more {
        names.last().cloned()
    } else {
        None
    };
    let queue_urls = names
        .iter()
        .map(|name| name::url(context.host, name))
        .collect();
    Ok(QueueList {
        queue_urls,
        next_token,
    })
}

/// AWS spells the list of this operation in lower case.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeadLetterSources {
    queue_urls: Vec<String>,
}

pub(super) fn list_dead_letter_sources(
    context: &mut Context<'_>,
    request: QueueRequest,
) -> Result<DeadLetterSources, SqsError> {
    let names = context
        .engine
        .dead_letter_sources(&queue_name(request.queue_url)?)?;
    let queue_urls = names
        .iter()
        .map(|name| name::url(context.host, name))
        .collect();
    Ok(DeadLetterSources { queue_urls })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetQueueAttributes {
    queue_url: Option<String>,
    #[serde(default)]
    attribute_names: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct QueueAttributes {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: Attributes,
}

pub(super) fn attributes(
    context: &mut Context<'_>,
    request: GetQueueAttributes,
) -> Result<QueueAttributes, SqsError> {
    let name = queue_name(request.queue_url)?;
    let mut attributes = context.engine.queue_attributes(&name, context.now_ms)?;
    let wanted = request.attribute_names.unwrap_or_default();
    let is_known = |name: &str| {
        name == "All" || attributes.contains_key(name) || READABLE_IF_SET.contains(&name)
    };
    if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
        return Err(SqsError::InvalidAttributeName(unknown.clone()));
    }
    if !wanted.iter().any(|name| name == "All") {
        attributes.retain(|name, _| wanted.contains(name));
    }
    Ok(QueueAttributes { attributes })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetQueueAttributes {
    queue_url: Option<String>,
    attributes: Option<Attributes>,
}

pub(super) fn set_attributes(
    context: &mut Context<'_>,
    request: SetQueueAttributes,
) -> Result<Nothing, SqsError> {
    let name = queue_name(request.queue_url)?;
    let attributes = required("Attributes", request.attributes)?;
    context
        .engine
        .set_queue_attributes(&name, &attributes, context.now_ms)?;
    Ok(Nothing {})
}

pub(super) fn purge(context: &mut Context<'_>, request: QueueRequest) -> Result<Nothing, SqsError> {
    context
        .engine
        .purge_queue(&queue_name(request.queue_url)?)?;
    Ok(Nothing {})
}

pub(super) fn delete(
    context: &mut Context<'_>,
    request: QueueRequest,
) -> Result<Nothing, SqsError> {
    context
        .engine
        .delete_queue(&queue_name(request.queue_url)?)?;
    Ok(Nothing {})
}
