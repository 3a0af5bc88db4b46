//! SQS as an event source: one invocation after the other, with partial batch responses.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use serde_json::{Value, json};
use sluice_retry::RetryPolicy;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle as AbortOnDrop;

use crate::functions::Functions;

/// Messages of one request of SQS.
pub(super) const MOST_OF_A_REQUEST: usize = 10;

/// The longest that messages are gathered here. On AWS an invocation costs something, and here people and tests wait.
const LONGEST_WINDOW: Duration = Duration::from_millis(500);

/// One of the invocations that may run at the same time.
pub(super) struct Poller {
    pub(super) functions: Arc<Functions>,
    pub(super) binary: String,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) queue_url: String,
    pub(super) batch_size: usize,
    pub(super) window: Duration,
    /// Held by the one of the queue's pollers that gathers messages. If all did, each would get a few of them.
    pub(super) turn: Arc<Mutex<()>>,
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
        let messages = if self.window.is_zero() {
            self.receive(self.batch_size, 20).await?
        } else {
            let _turn = self.turn.lock().await;
            self.gather().await?
        };
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
        for entries in entries.chunks(MOST_OF_A_REQUEST) {
            self.sqs
                .delete_message_batch()
                .queue_url(&self.queue_url)
                .set_entries(Some(entries.to_vec()))
                .send()
                .await?;
        }
        Ok(())
    }

    /// Waits for a message, and then for the end of the window. Returns what has come by then.
    async fn gather(&self) -> Result<Vec<Message>> {
        let mut messages = self.receive(self.batch_size, 20).await?;
        if messages.is_empty() {
            return Ok(messages);
        }
        tokio::time::sleep(self.window.min(LONGEST_WINDOW)).await;
        while messages.len() < self.batch_size {
            let room = self.batch_size - messages.len();
            let more = match self.receive(room, 0).await {
                Ok(more) => more,
                Err(error) => {
                    // What has been received is handled all the same; the next turn meets the error again.
                    tracing::warn!(error = format!("{error:#}"), "a batch is not full");
                    break;
                }
            };
            let was_last = more.len() < room.min(MOST_OF_A_REQUEST);
            messages.extend(more);
            if was_last {
                break;
            }
        }
        Ok(messages)
    }

    async fn receive(&self, max: usize, wait_seconds: i32) -> Result<Vec<Message>> {
        let received = self
            .sqs
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(max.min(MOST_OF_A_REQUEST) as i32)
            .wait_time_seconds(wait_seconds)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await?;
        Ok(received.messages.unwrap_or_default())
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
