//! A queue: messages sent in batches, and messages that are to come again.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::types::{
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, SendMessageBatchRequestEntry,
};
use serde::Serialize;
use sluice_core::ids::StationId;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::traced::current_trace;

/// Entries a batch takes.
const BATCH: usize = 10;
/// How often entries that were refused are sent again.
const ATTEMPTS: usize = 5;

/// One queue.
#[derive(Clone, Debug)]
pub struct Queue {
    sqs: aws_sdk_sqs::Client,
    meter: Meter,
    url: String,
}

/// A message that was received.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it says.
    pub body: String,
    /// By what SQS knows it.
    pub message_id: String,
    /// With which it is deleted.
    pub receipt_handle: String,
}

impl Queue {
    /// The queue at `url`.
    pub fn new(clients: &Clients, url: String) -> Self {
        Self {
            sqs: clients.sqs.clone(),
            meter: clients.meter.clone(),
            url,
        }
    }

    /// Sends messages of one station. The station is the message group: SQS then delivers the
    /// messages of quiet stations before those of a busy one.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html>
    pub async fn send<M: Serialize>(
        &self,
        station: &StationId,
        messages: &[M],
    ) -> Result<(), AwsError> {
        let trace = trace_attribute()?;
        for batch in messages.chunks(BATCH) {
            let mut entries = Vec::with_capacity(batch.len());
            for (index, message) in batch.iter().enumerate() {
                let body = serde_json::to_string(message)
                    .map_err(|error| AwsError::new("SendMessageBatch", error))?;
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(index.to_string())
                    .message_body(body)
                    .message_group_id(station.as_str())
                    .set_message_system_attributes(trace.clone())
                    .build()
                    .map_err(|error| AwsError::new("SendMessageBatch", error))?;
                entries.push(entry);
            }
            self.send_batch(entries).await?;
        }
        Ok(())
    }

    /// Sends a message of one station that is shown after `wait`, at most 15 minutes.
    pub async fn send_later<M: Serialize>(
        &self,
        station: &StationId,
        message: &M,
        wait: Duration,
    ) -> Result<(), AwsError> {
        let body = serde_json::to_string(message);
        self.sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body.map_err(|error| AwsError::new("SendMessage", error))?)
            .message_group_id(station.as_str())
            .delay_seconds(wait.as_secs() as i32)
            .set_message_system_attributes(trace_attribute()?)
            .send()
            .await
            .map_err(AwsError::of("SendMessage"))?;
        self.meter.add_messages_sent(1);
        Ok(())
    }

    /// Sends a message as it was received from elsewhere.
    pub async fn send_again(&self, body: &str) -> Result<(), AwsError> {
        self.sqs
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .send()
            .await
            .map_err(AwsError::of("SendMessage"))?;
        self.meter.add_messages_sent(1);
        Ok(())
    }

    /// At most ten messages, without waiting for more.
    pub async fn receive(&self) -> Result<Vec<Received>, AwsError> {
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(BATCH as i32)
            .send()
            .await
            .map_err(AwsError::of("ReceiveMessage"))?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        Ok(messages
            .map(|message| Received {
                body: message.body.unwrap_or_default(),
                message_id: message.message_id.unwrap_or_default(),
                receipt_handle: message.receipt_handle.unwrap_or_default(),
            })
            .collect())
    }

    /// Deletes a message that was received.
    pub async fn delete(&self, receipt_handle: &str) -> Result<(), AwsError> {
        self.sqs
            .delete_message()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .send()
            .await
            .map_err(AwsError::of("DeleteMessage"))?;
        Ok(())
    }

    /// Makes a message that was received visible again after `wait`.
    pub async fn deliver_again_in(
        &self,
        receipt_handle: &str,
        wait: Duration,
    ) -> Result<(), AwsError> {
        self.sqs
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(wait.as_secs() as i32)
            .send()
            .await
            .map_err(AwsError::of("ChangeMessageVisibility"))?;
        Ok(())
    }

    /// A batch can succeed in part: what was refused is sent again, never dropped.
    async fn send_batch(
        &self,
        mut entries: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<(), AwsError> {
        let mut refusal = String::new();
        for _ in 0..ATTEMPTS {
            let answer = self
                .sqs
                .send_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries.clone()))
                .send()
                .await
                .map_err(AwsError::of("SendMessageBatch"))?;
            self.meter.add_messages_sent(answer.successful().len());
            let Some(first) = answer.failed().first() else {
                return Ok(());
            };
            refusal = format!("{}: {}", first.code(), first.message().unwrap_or_default());
            entries.retain(|entry| {
                answer
                    .failed()
                    .iter()
                    .any(|failed| failed.id() == entry.id())
            });
        }
        Err(AwsError::new("SendMessageBatch", refusal))
    }
}

/// The trace of the work that sends, which the messages carry on.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html>
fn trace_attribute() -> Result<Option<TraceAttribute>, AwsError> {
    let Some(trace) = current_trace() else {
        return Ok(None);
    };
    let value = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(trace.to_string())
        .build()
        .map_err(|error| AwsError::new("SendMessageBatch", error))?;
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    Ok(Some(HashMap::from([(name, value)])))
}

type TraceAttribute = HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue>;
