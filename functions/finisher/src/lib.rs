//! The finisher: ends tasks whose chunks are all committed.

use async_trait::async_trait;
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use lambda_runtime::{Error, LambdaEvent};
use sluice_lambda::{Function, Init};

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Finisher(sluice_engine::Finisher);

#[async_trait]
impl Function for Finisher {
    type Event = Event;
    type Answer = DynamoDbEventResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        Ok(Self(sluice_engine::Finisher::new(init, &kind_list::all())?))
    }

    /// Handles changes of the tasks table.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        Ok(self.0.handle(event).await)
    }
}
