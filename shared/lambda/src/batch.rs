//! SQS batches: every message is handled by itself, and only those that failed come back.

use std::error::Error;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use sluice_aws::{Queue, chain, observe};
use sluice_basics::metric::Metric;
use sluice_basics::trace::Trace;
use sluice_retry::RetryPolicy;

/// The answer to a batch, message by message. A message whose handling fails is answered as a
/// failure, so that SQS delivers it again: soon, and later each time, instead of after the
/// queue's long visibility timeout.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[derive(Debug)]
pub struct Batch<'a> {
    queue: &'a Queue,
    response: SqsBatchResponse,
}

impl<'a> Batch<'a> {
    /// The answer to messages of `queue`.
    pub fn of(queue: &'a Queue) -> Self {
        Self {
            queue,
            response: SqsBatchResponse::default(),
        }
    }

    /// Takes note of what came of one message; a failure counts as one of the work that this is
    /// part of.
    pub async fn settle<E: Error + Sync + 'static>(
        &mut self,
        message: SqsMessage,
        outcome: Result<(), E>,
    ) {
        let Err(error) = outcome else { return };
        observe(Metric::Failures, 1.0);
        let received = receive_count(&message);
        tracing::error!(
            message_id = message.message_id,
            receive_count = received,
            error = chain(&error),
            "a message failed"
        );
        if let Some(handle) = &message.receipt_handle {
            let wait = RetryPolicy::MESSAGE.wait_after(received);
            if let Err(error) = self.queue.deliver_again_in(handle, wait).await {
                tracing::warn!(
                    error = chain(&error),
                    "the message keeps its visibility timeout"
                );
            }
        }
        self.response
            .add_failure(message.message_id.unwrap_or_default());
    }

    /// Ends a message that can never be read: it would fail as often as it came. What is left of it
    /// is this line in the log.
    pub fn drop_unreadable<E: Error + 'static>(&self, message: &SqsMessage, body: &str, error: &E) {
        observe(Metric::Failures, 1.0);
        tracing::error!(
            message_id = message.message_id,
            body_bytes = body.len(),
            error = chain(error),
            "a message cannot be read and is dropped"
        );
    }

    /// What Lambda is told.
    pub fn into_response(self) -> SqsBatchResponse {
        self.response
    }
}

/// The messages of a batch with their bodies.
pub fn messages(event: SqsEvent) -> impl Iterator<Item = (String, SqsMessage)> {
    event
        .records
        .into_iter()
        .map(|mut message| (message.body.take().unwrap_or_default(), message))
}

/// How often SQS has shown a message, this time included.
pub fn receive_count(message: &SqsMessage) -> u32 {
    message
        .attributes
        .get("ApproximateReceiveCount")
        .and_then(|count| count.parse().ok())
        .unwrap_or(1)
}

/// The trace that a message carries on.
pub fn trace_of(message: &SqsMessage) -> Option<Trace> {
    message.attributes.get("AWSTraceHeader")?.parse().ok()
}

/// How long a message has waited since it was sent. None if it was received before: then it waited
/// for the retry.
pub fn queued_for(message: &SqsMessage) -> Option<Duration> {
    if receive_count(message) > 1 {
        return None;
    }
    let sent = message.attributes.get("SentTimestamp")?.parse().ok()?;
    let sent = UNIX_EPOCH + Duration::from_millis(sent);
    // The clocks of SQS and Lambda may differ by a little.
    Some(SystemTime::now().duration_since(sent).unwrap_or_default())
}
