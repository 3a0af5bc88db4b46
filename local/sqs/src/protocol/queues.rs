//! `CreateQueue`, `GetQueueUrl`, `GetQueueAttributes` and `SetQueueAttributes`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, queue_name, required};
use crate::error::SqsError;
use crate::name::{self, QueueName};

type Attributes = BTreeMap<String, String>;

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
    let is_known =
        |name: &str| name == "All" || attributes.contains_key(name) || name == "RedrivePolicy";
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
