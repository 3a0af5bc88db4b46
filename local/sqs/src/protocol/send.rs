//! `SendMessage` and `SendMessageBatch`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::batch::{self, BatchAnswer, FailedEntry};
use super::{Context, queue_name, ranged, required};
use crate::content::{self, Attributes, MAX_SIZE_BYTES};
use crate::digest;
use crate::error::SqsError;
use crate::store::NewMessage;

const TRACE_HEADER: &str = "AWSTraceHeader";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessage {
    queue_url: Option<String>,
    #[serde(flatten)]
    draft: Draft,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendMessageBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<BatchEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    id: String,
    #[serde(flatten)]
    draft: Draft,
}

/// A message as its sender describes it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Draft {
    message_body: Option<String>,
    delay_seconds: Option<i64>,
    /// Refused: a message that lost them would be another one.
    message_attributes: Option<BTreeMap<String, Value>>,
    message_system_attributes: Option<Attributes>,
    message_group_id: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    message_id: String,
    #[serde(rename = "MD5OfMessageBody")]
    md5_of_body: String,
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_system_attributes: Option<String>,
}

pub(super) fn one(context: &mut Context<'_>, request: SendMessage) -> Result<Sent, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    let checked = request.draft.check(context.now_ms)?;
    context
        .engine
        .send(&name, &[checked.message], context.now_ms)?;
    Ok(checked.sent)
}

pub(super) fn batch(
    context: &mut Context<'_>,
    request: SendMessageBatch,
) -> Result<BatchAnswer<Sent>, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;

    let mut messages = Vec::with_capacity(request.entries.len());
    let mut batch_bytes = 0;
    let mut answer = BatchAnswer {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    for entry in request.entries {
        batch_bytes += entry.draft.message_body.as_ref().map_or(0, String::len);
        match entry.draft.check(context.now_ms) {
            Ok(checked) => {
                messages.push(checked.message);
                answer.successful.push(Sent {
                    id: Some(entry.id),
                    ..checked.sent
                });
            }
            Err(error) => answer.failed.push(FailedEntry::new(entry.id, &error)),
        }
    }
    if batch_bytes > MAX_SIZE_BYTES {
        let (size_bytes, limit_bytes) = (batch_bytes, MAX_SIZE_BYTES);
        return Err(SqsError::BatchRequestTooLong {
            size_bytes,
            limit_bytes,
        });
    }
    context.engine.send(&name, &messages, context.now_ms)?;
    Ok(answer)
}

/// A message that may be sent, and the answer to its sender.
struct Checked {
    message: NewMessage,
    sent: Sent,
}

impl Draft {
    fn check(self, now_ms: i64) -> Result<Checked, SqsError> {
        let body = required("MessageBody", self.message_body)?;
        content::check(&body)?;
        if self
            .message_attributes
            .is_some_and(|named| !named.is_empty())
        {
            let reason = "message attributes are not supported".to_owned();
            return Err(SqsError::UnsupportedOperation(reason));
        }
        if let Some(group_id) = &self.message_group_id {
            content::check_group_id(group_id)?;
        }
        let delay_s = ranged("DelaySeconds", self.delay_seconds, 0..=900)?;
        let system = self.message_system_attributes.unwrap_or_default();
        if let Some(unknown) = system.keys().find(|name| *name != TRACE_HEADER) {
            let reason = "The only message system attribute that can be sent is AWSTraceHeader.";
            return Err(SqsError::invalid(
                "MessageSystemAttributes",
                unknown,
                reason,
            ));
        }

        let message_id = Uuid::new_v4().to_string();
        let sent = Sent {
            id: None,
            message_id: message_id.clone(),
            md5_of_body: digest::of_body(&body),
            md5_of_system_attributes: digest::of_attributes(&system),
        };
        let message = NewMessage {
            id: message_id,
            body,
            group_id: self.message_group_id,
            trace_header: system
                .get(TRACE_HEADER)
                .map(|value| value.string_value.clone()),
            sent_ms: now_ms,
            visible_ms: now_ms + delay_s.unwrap_or(0) * 1_000,
        };
        Ok(Checked { message, sent })
    }
}
