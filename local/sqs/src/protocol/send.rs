//! `SendMessage` and `SendMessageBatch`.

use serde::{Deserialize, Serialize};
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
    message_attributes: Option<Attributes>,
    message_system_attributes: Option<Attributes>,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
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
        rename = "MD5OfMessageAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_attributes: Option<String>,
    #[serde(
        rename = "MD5OfMessageSystemAttributes",
        skip_serializing_if = "Option::is_none"
    )]
    md5_of_system_attributes: Option<String>,
}

/// What a queue allows and adds.
#[derive(Clone, Copy)]
struct Limits {
    delay_s: i64,
    max_bytes: usize,
    now_ms: i64,
}

pub(super) fn one(context: &mut Context<'_>, request: SendMessage) -> Result<Sent, SqsError> {
    let name = queue_name(request.queue_url)?;
    let limits = limits(context, &name)?;
    let checked = request.draft.check(limits)?;
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
    let limits = limits(context, &name)?;
    batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;

    let mut messages = Vec::with_capacity(request.entries.len());
    let mut batch_bytes = 0;
    let mut answer = BatchAnswer {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    for entry in request.entries {
        batch_bytes += entry.draft.size_bytes();
        match entry.draft.check(limits) {
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

fn limits(context: &Context<'_>, name: &str) -> Result<Limits, SqsError> {
    let (delay_s, max_bytes) = context.engine.sending_limits(name)?;
    Ok(Limits {
        delay_s,
        max_bytes,
        now_ms: context.now_ms,
    })
}

/// A message that may be sent, and the answer to its sender.
struct Checked {
    message: NewMessage,
    sent: Sent,
}

impl Draft {
    /// What counts towards the size of a batch, valid or not.
    fn size_bytes(&self) -> usize {
        let body = self.message_body.as_deref().unwrap_or_default();
        let none = Attributes::new();
        content::size_bytes(body, self.message_attributes.as_ref().unwrap_or(&none))
    }

    fn check(self, limits: Limits) -> Result<Checked, SqsError> {
        let body = required("MessageBody", self.message_body)?;
        let attributes = self.message_attributes.unwrap_or_default();
        content::check(&body, &attributes, limits.max_bytes)?;
        if let Some(group_id) = &self.message_group_id {
            content::check_group_id(group_id)?;
        }
        if let Some(id) = self.message_deduplication_id {
            let reason = "The request includes a parameter that is not valid for this queue type.";
            return Err(SqsError::invalid("MessageDeduplicationId", &id, reason));
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
            md5_of_attributes: digest::of_attributes(&attributes),
            md5_of_system_attributes: digest::of_attributes(&system),
        };
        let message = NewMessage {
            id: message_id,
            body,
            attributes,
            group_id: self.message_group_id,
            trace_header: system
                .get(TRACE_HEADER)
                .and_then(|value| value.string_value.clone()),
            sent_ms: limits.now_ms,
            visible_ms: limits.now_ms + delay_s.unwrap_or(limits.delay_s) * 1_000,
        };
        Ok(Checked { message, sent })
    }
}
