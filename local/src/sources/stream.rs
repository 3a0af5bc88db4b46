//! A table's stream as an event source. Each function that follows it has its own place, which is kept in the data
//! folder, so that a restart goes on there.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodbstreams::types::{
    AttributeValue, OperationType, Record, ShardIteratorType, StreamViewType,
};
use serde_json::{Map, Value, json};
use sluice_retry::{Backoff, RetryPolicy};

use super::disorder::Disorder;
use crate::data_folder::DataFolder;
use crate::functions::Functions;
use crate::urls::Urls;

/// How long to wait when there is nothing new.
const IDLE: Duration = Duration::from_millis(100);

/// Shows one table's changes to one function.
pub(super) struct Follower {
    pub(super) functions: Arc<Functions>,
    pub(super) binary: String,
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) urls: Urls,
    pub(super) table: String,
    pub(super) batch_size: i32,
    pub(super) retries: u32,
    pub(super) data: DataFolder,
    /// From which seed disorder is made, if the function is to be shown any.
    pub(super) disorder: Option<u64>,
}

/// Follows for ever.
pub(super) async fn follow(follower: Follower) {
    let mut backoff = RetryPolicy::POLLING.backoff();
    let mut disorder = follower.disorder.map(Disorder::new);
    loop {
        if let Err(error) = Box::pin(follower.shards(&mut backoff, &mut disorder)).await {
            tracing::error!(
                error = format!("{error:#}"),
                table = follower.table,
                "the stream broke"
            );
            if backoff.wait().await.is_err() {
                backoff.reset();
            }
        }
    }
}

impl Follower {
    async fn shards(&self, backoff: &mut Backoff, disorder: &mut Option<Disorder>) -> Result<()> {
        let config = self.dynamodb.config();
        let streams = aws_sdk_dynamodbstreams::Client::from_conf(
            aws_sdk_dynamodbstreams::Config::builder()
                .behavior_version_latest()
                .region(config.region().cloned())
                .credentials_provider(SharedCredentialsProvider::new(Credentials::from(
                    &self.urls.keys,
                )))
                .endpoint_url(&self.urls.dynamodb)
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
        let mut request = streams
            .get_shard_iterator()
            .stream_arn(&arn)
            .shard_id(&shard);
        request = match self.checkpoint() {
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
            backoff.reset();
            let records = answer.records.unwrap_or_default();
            if records.is_empty() {
                tokio::time::sleep(IDLE).await;
            } else {
                match disorder {
                    None => self.show(&records).await,
                    Some(disorder) => {
                        for batch in disorder.batches(&records) {
                            self.show(&batch).await;
                        }
                    }
                }
                self.keep_place(&records)?;
            }
            iterator = answer.next_shard_iterator;
        }
        Ok(())
    }

    /// Shows a batch until it is handled or was shown often enough.
    async fn show(&self, records: &[Record]) {
        let event = json!({ "Records": records.iter().map(record).collect::<Vec<_>>() });
        let policy = RetryPolicy::STREAM.with_attempts(self.retries.saturating_add(1));
        let mut backoff = policy.backoff();
        loop {
            match self.functions.invoke(&self.binary, event.clone()).await {
                Ok(answer)
                    if answer["batchItemFailures"]
                        .as_array()
                        .is_none_or(Vec::is_empty) =>
                {
                    return;
                }
                Ok(_) => {}
                Err(error) => tracing::error!(error = format!("{error:#}"), "an invocation failed"),
            }
            if backoff.wait().await.is_err() {
                tracing::error!(
                    function = self.binary,
                    records = records.len(),
                    "changes were given up"
                );
                return;
            }
        }
    }

    fn keep_place(&self, records: &[Record]) -> Result<()> {
        let last = records.last().and_then(|record| record.dynamodb.as_ref());
        if let Some(number) = last.and_then(|change| change.sequence_number.as_ref()) {
            self.data
                .replace(&self.checkpoint_name(), number.as_bytes())?;
        }
        Ok(())
    }

    /// The last record that the function was shown. Earlier releases had one place for each table, whose stream
    /// one function followed.
    fn checkpoint(&self) -> Option<String> {
        let of_table = format!("stream-{}.checkpoint", self.table);
        let read = |name: String| std::fs::read_to_string(self.data.join(name)).ok();
        read(self.checkpoint_name()).or_else(|| read(of_table))
    }

    fn checkpoint_name(&self) -> String {
        format!("stream-{}-{}.checkpoint", self.table, self.binary)
    }
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
