//! The mailer: sends the chunks of mailings, at the pace of SES. It is a worker with a queue of its own, so that
//! imports and mailings do not wait for each other.

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use sluice_kind::WorkQueue;
use sluice_lambda::{Function, Init};

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Mailer(sluice_engine::Worker);

#[async_trait]
impl Function for Mailer {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let kinds = kind_list::all();
        let worker = sluice_engine::Worker::of_queue(init, &kinds, WorkQueue::MAILINGS)?;
        Ok(Self(worker))
    }

    /// Handles messages of the queue of mailings.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        Ok(self.0.handle(event).await)
    }
}
