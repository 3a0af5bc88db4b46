//! What the summer is invoked with: changes of entries by the stream of their table, or sums to repair by a queue.

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::DynamoDbEventResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_lambda::Answer;

/// An event of one of the two sources.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Value")]
pub enum SummerEvent {
    /// Entries have changed.
    Changes(StreamEvent),
    /// Sums are to be repaired.
    Repairs(SqsEvent),
}

/// The answer in the form that its source wants.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum SummerAnswer {
    /// To the stream.
    Changes(DynamoDbEventResponse),
    /// To the queue.
    Repairs(SqsBatchResponse),
}

impl Answer for SummerAnswer {}

impl TryFrom<Value> for SummerEvent {
    type Error = serde_json::Error;

    fn try_from(event: Value) -> Result<Self, serde_json::Error> {
        if event["Records"][0]["eventSource"] == "aws:sqs" {
            Ok(Self::Repairs(serde_json::from_value(event)?))
        } else {
            Ok(Self::Changes(serde_json::from_value(event)?))
        }
    }
}
