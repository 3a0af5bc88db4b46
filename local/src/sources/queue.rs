//! SQS as an event source: one invocation after the other, with partial batch responses.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Result;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Value, json};
use sluice_retry::RetryPolicy;
use tokio_util::task::AbortOnDropHandle as AbortOnDrop;

use crate::functions::Functions;

/// One of the invocations that may run at the same time.
pub(super) struct Poller {
    pub(super) functions: Arc<Functions>,
    pub(super) binary: String,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) queue_url: String,
    pub(super) batch_size: u32,
}

/// Polls for ever.
pub(super) async fn poll(poller: Poller) {
    let mut backoff = RetryPolicy::POLLING.backoff();
    loop {
        let Err(error) = poller.once().await else {
            backoff.reset();
            continue;
        };
        tracing::error!(
            error = format!("{error:#}"),
            function = poller.binary,
            "polling failed"
        );
        if backoff.wait().await.is_err() {
            backoff.reset();
        }
    }
}

impl Poller {
    async fn once(&self) -> Result<()> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(self.batch_size.min(10) as i32)
            .wait_time_seconds(20)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        let records: Vec<Value> = messages.iter().map(record).collect();
        let (functions, binary) = (Arc::clone(&self.functions), self.binary.clone());
        // A task of its own: a function that panics fails its invocation, not the polling.
        let invocation = async move {
            functions
                .invoke(&binary, json!({ "Records": records }))
                .await
        };
        let answer = AbortOnDrop::new(tokio::spawn(invocation)).await??;
        let failed: HashSet<&str> = answer["batchItemFailures"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|failure| failure["itemIdentifier"].as_str())
            .collect();
        let done = messages
            .iter()
            .filter(|message| !failed.contains(message.message_id().unwrap_or_default()));
        let mut entries = Vec::new();
        for (index, message) in done.enumerate() {
            let entry = DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .set_receipt_handle(message.receipt_handle.clone())
                .build()?;
            entries.push(entry);
        }
        if !entries.is_empty() {
            self.sqs
                .delete_message_batch()
                .queue_url(&self.queue_url)
                .set_entries(Some(entries))
                .send()
                .await?;
        }
        Ok(())
    }
}

fn record(message: &Message) -> Value {
    let attributes: serde_json::Map<String, Value> = message
        .attributes
        .iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), Value::from(value.as_str())))
        .collect();
    json!({
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": attributes,
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "awsRegion": "us-east-1",
    })
}
