//! Tries at chunks: when a worker began with one, and what it failed of. For people who ask why a
//! task is not done; nothing else depends on it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use serde::Deserialize;
use sluice_core::ids::TaskRef;

use super::TaskStore;
use super::item::{Item, chunks_pk, from_item, key, n, s, time};
use crate::error::AwsError;

const TRY_PREFIX: &str = "TRY#";
/// Longer words of an error are cut.
const ERROR_CHARS: usize = 500;

/// What is known of the tries at one chunk.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tries {
    /// Which chunk.
    pub chunk: u32,
    /// In which run of the task.
    pub run: u32,
    /// How often its message was received.
    pub received: u32,
    /// When a worker last began with it.
    pub begun_at: Timestamp,
    /// When a try last failed.
    #[serde(default)]
    pub failed_at: Option<Timestamp>,
    /// What it failed of.
    #[serde(default)]
    pub last_error: Option<String>,
}

impl TaskStore {
    /// Notes that a worker begins with a chunk, whose message was received for the `received`th
    /// time.
    pub async fn begin_try(
        &self,
        task: &TaskRef,
        run: u32,
        chunk: u32,
        received: u32,
    ) -> Result<(), AwsError> {
        self.note_try(
            task,
            chunk,
            "SET chunk = :chunk, #run = :run, received = :received, begun_at = :now",
            [
                (":run", n(run)),
                (":received", n(received)),
                (":chunk", n(chunk)),
            ],
        )
        .await
    }

    /// Notes that a try failed.
    pub async fn fail_try(&self, task: &TaskRef, chunk: u32, error: &str) -> Result<(), AwsError> {
        let error: String = error.chars().take(ERROR_CHARS).collect();
        self.note_try(
            task,
            chunk,
            "SET failed_at = :now, last_error = :error",
            [(":error", s(error))],
        )
        .await
    }

    /// The tries at the chunks of one run of a task, by chunk.
    pub async fn tries(&self, task: &TaskRef, run: u32) -> Result<BTreeMap<u32, Tries>, AwsError> {
        let mut tries = BTreeMap::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :try)")
                .expression_attribute_values(":pk", s(chunks_pk(task)))
                .expression_attribute_values(":try", s(TRY_PREFIX))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            for item in answer.items.unwrap_or_default() {
                let noted: Tries = from_item(item)?;
                if noted.run == run {
                    tries.insert(noted.chunk, noted);
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(tries);
            }
        }
    }

    async fn note_try<const N: usize>(
        &self,
        task: &TaskRef,
        chunk: u32,
        expression: &str,
        values: [(&str, AttributeValue); N],
    ) -> Result<(), AwsError> {
        let mut update = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(
                chunks_pk(task),
                format!("{TRY_PREFIX}{chunk:08}"),
            )))
            .update_expression(expression)
            .expression_attribute_values(":now", time(Timestamp::now()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        if expression.contains("#run") {
            update = update.expression_attribute_names("#run", "run");
        }
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        let answer = update.send().await.map_err(AwsError::of("UpdateItem"))?;
        self.meter.add_written(answer.consumed_capacity());
        Ok(())
    }
}
