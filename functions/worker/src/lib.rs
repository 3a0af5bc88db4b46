//! The worker: runs the chunks of tasks.

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use sluice_lambda::{Function, Init};

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Worker(sluice_engine::Worker);

#[async_trait]
impl Function for Worker {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        Ok(Self(sluice_engine::Worker::new(init, &kind_list::all())?))
    }

    /// Handles messages of the chunks queue.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        Ok(self.0.handle(event).await)
    }
}
