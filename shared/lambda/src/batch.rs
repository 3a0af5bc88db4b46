//! SQS batches: every message is handled by itself, and only those that failed come back.

use std::error::Error;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use sluice_aws::{Queue, chain};

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

    /// Takes note of what came of one message.
    pub async fn settle<E: Error + Sync + 'static>(
        &mut self,
        message: SqsMessage,
        outcome: Result<(), E>,
    ) {
        let Err(error) = outcome else { return };
        let received = receive_count(&message);
        tracing::error!(
            message_id = message.message_id,
            receive_count = received,
            error = chain(&error),
            "a message failed"
        );
        if let Some(handle) = &message.receipt_handle {
            let wait = Duration::from_secs((5 << received.saturating_sub(1).min(10)).min(900));
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
