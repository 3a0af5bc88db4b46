//! `ReceiveMessage`, with its long poll.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::{queue_name, ranged};
use crate::engine::Receiving;
use crate::error::SqsError;
use crate::receipt::Receipt;
use crate::store::StoredMessage;
use crate::{Sqs, digest, now_ms};

/// All senders are the owner of the queue.
const SENDER_ID: &str = "000000000000";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    message_system_attribute_names: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ReceivedMessages {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    messages: Vec<ReceivedMessage>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ReceivedMessage {
    message_id: String,
    receipt_handle: String,
    body: String,
    #[serde(rename = "MD5OfBody")]
    md5_of_body: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<&'static str, String>,
}

/// Answers as soon as there is a message, at the latest when the waiting time is over.
///
/// A client that goes away while its answer is made leaves the messages in flight until their
/// visibility ends, as on AWS.
pub(super) async fn receive(
    sqs: &Sqs,
    request: ReceiveMessage,
) -> Result<ReceivedMessages, SqsError> {
    let name = queue_name(request.queue_url.clone())?;
    let max_messages = ranged(
        "MaxNumberOfMessages",
        request.max_number_of_messages,
        1..=10,
    )?;
    let visibility_s = ranged("VisibilityTimeout", request.visibility_timeout, 0..=43_200)?;
    let wait_s = ranged("WaitTimeSeconds", request.wait_time_seconds, 0..=20)?.unwrap_or(0);

    let queue = name.clone();
    let arrivals = sqs
        .with_engine(move |engine, _| engine.arrivals(&queue))
        .await?;
    let deadline = Instant::now() + Duration::from_secs(wait_s as u64);
    let receiving = Receiving {
        max_messages: max_messages.unwrap_or(1) as usize,
        visibility_s,
        waits: wait_s > 0,
    };
    loop {
        // Listen before looking: what arrives in between must not be missed.
        let mut arrival = pin!(arrivals.notified());
        arrival.as_mut().enable();
        let queue = name.clone();
        let look = sqs.with_engine(move |engine, now_ms| engine.receive(&queue, receiving, now_ms));
        let received = look.await?;
        if !received.messages.is_empty() || Instant::now() >= deadline {
            let messages = received
                .messages
                .into_iter()
                .map(|message| request.show(message));
            return Ok(ReceivedMessages {
                messages: messages.collect(),
            });
        }
        let look_again = received.next_due_ms.map_or(deadline, |due_ms| {
            let until_due = Duration::from_millis((due_ms - now_ms()).max(1) as u64);
            deadline.min(Instant::now() + until_due)
        });
        tokio::select! {
            () = arrival => {}
            () = sleep_until(look_again) => {}
        }
    }
}

impl ReceiveMessage {
    /// The message with the attributes that were asked for.
    fn show(&self, message: StoredMessage) -> ReceivedMessage {
        let receipt = Receipt {
            seq: message.seq,
            receive_count: message.receive_count,
        };
        let attributes = self.system_attributes(&message);
        ReceivedMessage {
            message_id: message.id,
            receipt_handle: receipt.to_string(),
            md5_of_body: digest::of_body(&message.body),
            body: message.body,
            attributes,
        }
    }

    fn system_attributes(&self, message: &StoredMessage) -> BTreeMap<&'static str, String> {
        let is_wanted = |name: &str| {
            let mut names = self.message_system_attribute_names.iter().flatten();
            names.any(|wanted| wanted == "All" || wanted == name)
        };
        let all = [
            ("SenderId", Some(SENDER_ID.to_owned())),
            ("SentTimestamp", Some(message.sent_ms.to_string())),
            (
                "ApproximateReceiveCount",
                Some(message.receive_count.to_string()),
            ),
            (
                "ApproximateFirstReceiveTimestamp",
                Some(message.first_received_ms.to_string()),
            ),
            ("MessageGroupId", message.group_id.clone()),
            ("AWSTraceHeader", message.trace_header.clone()),
            (
                "DeadLetterQueueSourceArn",
                message.dead_letter_source.clone(),
            ),
        ];
        let present = all
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        present.filter(|(name, _)| is_wanted(name)).collect()
    }
}
