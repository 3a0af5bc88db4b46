//! A table's stream as an event source. Where it was is kept in the data folder, so that a
//! restart goes on there.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodbstreams::types::{
    AttributeValue, OperationType, Record, ShardIteratorType, StreamViewType,
};
use serde_json::{Map, Value, json};

use crate::system::{DataFolder, Functions};

/// How long to wait when there is nothing new.
const IDLE: Duration = Duration::from_millis(100);

/// Shows one table's changes to one function.
pub(super) struct Follower {
    pub(super) functions: Arc<Functions>,
    pub(super) binary: String,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) url: String,
    pub(super) table: String,
    pub(super) batch_size: i32,
    pub(super) retries: u32,
    pub(super) data: DataFolder,
}

/// Follows for ever.
pub(super) async fn follow(follower: Follower) {
    loop {
        if let Err(error) = Box::pin(follower.shards()).await {
            tracing::error!(
                error = format!("{error:#}"),
                table = follower.table,
                "the stream broke"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

impl Follower {
    async fn shards(&self) -> Result<()> {
        let config = self.dynamodb.config();
        let streams = aws_sdk_dynamodbstreams::Client::from_conf(
            aws_sdk_dynamodbstreams::Config::builder()
                .behavior_version_latest()
                .region(config.region().cloned())
                .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(
                    credentials(),
                ))
                .endpoint_url(&self.url)
                .build(),
        );
        let described = self
            .dynamodb
            .describe_table()
            .table_name(&self.table)
            .send()
            .await?;
        let arn = described.table.and_then(|table| table.latest_stream_arn);
        let arn = arn.with_context(|| format!("the table {} has no stream", self.table))?;
        let stream = streams.describe_stream().stream_arn(&arn).send().await?;
        let shards = stream.stream_description.and_then(|stream| stream.shards);
        let shard = shards
            .unwrap_or_default()
            .pop()
            .and_then(|shard| shard.shard_id);
        let shard = shard.context("the stream has no shard")?;
        let checkpoint = std::fs::read_to_string(self.data.join(self.checkpoint_name())).ok();
        let mut request = streams
            .get_shard_iterator()
            .stream_arn(&arn)
            .shard_id(&shard);
        request = match checkpoint {
            Some(sequence_number) => request
                .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
                .sequence_number(sequence_number),
            None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
        };
        let mut iterator = request.send().await?.shard_iterator;
        while let Some(at) = iterator {
            let answer = streams
                .get_records()
                .shard_iterator(at)
                .limit(self.batch_size)
                .send()
                .await?;
            let records = answer.records.unwrap_or_default();
            if records.is_empty() {
                tokio::time::sleep(IDLE).await;
            } else {
                self.show(&records).await?;
            }
            iterator = answer.next_shard_iterator;
        }
        Ok(())
    }

    /// Shows a batch until it is handled or was shown often enough.
    async fn show(&self, records: &[Record]) -> Result<()> {
        let event = json!({ "Records": records.iter().map(record).collect::<Vec<_>>() });
        for attempt in 0..=self.retries {
            match self.functions.invoke(&self.binary, event.clone()).await {
                Ok(answer)
                    if answer["batchItemFailures"]
                        .as_array()
                        .is_none_or(Vec::is_empty) =>
                {
                    break;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(error = format!("{error:#}"), "an invocation failed"),
            }
            tokio::time::sleep(Duration::from_millis(200 << attempt.min(5))).await;
        }
        let last = records.last().and_then(|record| record.dynamodb.as_ref());
        if let Some(number) = last.and_then(|change| change.sequence_number.as_ref()) {
            self.data
                .replace(&self.checkpoint_name(), number.as_bytes())?;
        }
        Ok(())
    }

    fn checkpoint_name(&self) -> String {
        format!("stream-{}.checkpoint", self.table)
    }
}

fn credentials() -> aws_sdk_dynamodb::config::Credentials {
    use crate::system::{ACCESS_KEY, SECRET_KEY};
    aws_sdk_dynamodb::config::Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "local")
}

fn record(record: &Record) -> Value {
    let change = record.dynamodb.as_ref();
    let image = |image: Option<&std::collections::HashMap<String, AttributeValue>>| {
        let attributes = image.into_iter().flatten();
        Value::Object(
            attributes
                .map(|(name, value)| (name.clone(), attribute(value)))
                .collect(),
        )
    };
    json!({
        "eventID": record.event_id.clone().unwrap_or_default(),
        "eventName": record.event_name.as_ref().map(OperationType::as_str).unwrap_or_default(),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": change
                .and_then(|change| change.approximate_creation_date_time)
                .map_or(0.0, |time| time.as_secs_f64()),
            "Keys": image(change.and_then(|change| change.keys.as_ref())),
            "NewImage": image(change.and_then(|change| change.new_image.as_ref())),
            "SequenceNumber": change.and_then(|change| change.sequence_number.clone()),
            "SizeBytes": change.and_then(|change| change.size_bytes).unwrap_or_default(),
            "StreamViewType": change
                .and_then(|change| change.stream_view_type.as_ref())
                .map(StreamViewType::as_str),
        },
    })
}

/// An attribute in DynamoDB's JSON.
fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::Bool(yes) => json!({ "BOOL": yes }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::L(values) => {
            json!({ "L": values.iter().map(attribute).collect::<Vec<_>>() })
        }
        AttributeValue::M(values) => {
            let object: Map<String, Value> = values
                .iter()
                .map(|(name, value)| (name.clone(), attribute(value)))
                .collect();
            json!({ "M": object })
        }
        _ => json!({ "NULL": true }),
    }
}
