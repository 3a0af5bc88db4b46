//! Requests to SQS: the queue is in the body, and a batch needs the right of one message.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html>

use std::borrow::Cow;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::Need;
use crate::template::arn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfQueue<'a> {
    #[serde(borrow)]
    queue_url: Cow<'a, str>,
}

/// The rights that an operation with this body needs.
pub(super) fn needs(operation: &str, body: &[u8]) -> Result<Vec<Need>> {
    let action = match operation {
        "SendMessage" | "SendMessageBatch" => "sqs:SendMessage",
        "ReceiveMessage" => "sqs:ReceiveMessage",
        "DeleteMessage" | "DeleteMessageBatch" => "sqs:DeleteMessage",
        "GetQueueAttributes" => "sqs:GetQueueAttributes",
        "ChangeMessageVisibility" | "ChangeMessageVisibilityBatch" => "sqs:ChangeMessageVisibility",
        _ => bail!("the rights that {operation} needs are not known"),
    };
    let request: OfQueue = serde_json::from_slice(body)?;
    let name = request.queue_url.rsplit('/').next().unwrap_or_default();
    Ok(vec![Need {
        action,
        resource: arn::queue(name),
    }])
}
