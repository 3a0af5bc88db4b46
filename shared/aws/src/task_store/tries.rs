//! Tries at chunks: when a worker began with one, what it failed of, and how far the search for
//! the rows that make it fail has come.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use jiff::Timestamp;
use serde::Deserialize;
use sluice_basics::ids::TaskRef;
use sluice_csv::Chunk;
use sluice_import::search::Search;

use super::TaskStore;
use super::item::{Item, chunks_pk, from_item, key, n, s, time};
use crate::error::AwsError;

/// Longer words of an error are cut.
const ERROR_CHARS: usize = 500;

/// What is known of the tries at one chunk in one run of its task.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Tries {
    /// Which chunk.
    pub chunk: u32,
    /// Its first row.
    pub first_row: u64,
    /// Its rows.
    pub records: u64,
    /// How often a worker has begun with it.
    pub tries: u32,
    /// How many of these are known to have ended, but for the one that is committed.
    #[serde(default)]
    pub ended: u32,
    /// How often its message was received; another message counts from the start again.
    pub received: u32,
    /// When a worker last began with it.
    pub begun_at: Timestamp,
    /// When a try last failed.
    #[serde(default)]
    pub failed_at: Option<Timestamp>,
    /// What it failed of.
    #[serde(default)]
    pub last_error: Option<String>,
    /// The search for rows that make it fail, if it has begun.
    #[serde(default)]
    pub search: Option<Search>,
    /// How often that was kept.
    #[serde(default)]
    pub search_steps: u64,
}

impl Tries {
    /// Whether more than one worker had to do with it.
    pub fn are_several(&self) -> bool {
        self.tries > 1
    }

    /// Whether a worker may be busy with the chunk at a time, where one has so long for it.
    pub fn is_under_way(&self, now: Timestamp, worker_time: Duration) -> bool {
        let end = self.begun_at.checked_add(worker_time);
        self.tries > self.ended && end.is_ok_and(|end| now < end)
    }

    /// Whether, of a committed chunk, another try may still be under way at a time, where a worker
    /// has so long for one.
    pub fn may_go_on(&self, now: Timestamp, worker_time: Duration) -> bool {
        let end = self.begun_at.checked_add(worker_time);
        self.tries > self.ended + 1 && end.is_ok_and(|end| now < end)
    }
}

impl TaskStore {
    /// Notes that a worker begins with a chunk, whose message was received for the `received`th
    /// time. What is known of its tries, this one included.
    pub async fn begin_try(
        &self,
        task: &TaskRef,
        run: u32,
        chunk: &Chunk,
        received: u32,
    ) -> Result<Tries, AwsError> {
        let update = self
            .update_tries(task, run, chunk.number)
            .update_expression(
                "SET chunk = :chunk, first_row = :first, records = :records, \
                 received = :received, begun_at = :now ADD tries :one",
            )
            .expression_attribute_values(":now", time(Timestamp::now()))
            .expression_attribute_values(":chunk", n(chunk.number))
            .expression_attribute_values(":first", n(chunk.first_row))
            .expression_attribute_values(":records", n(chunk.records))
            .expression_attribute_values(":received", n(received))
            .expression_attribute_values(":one", n(1))
            .return_values(ReturnValue::AllNew);
        let answer = update.send().await.map_err(AwsError::of("UpdateItem"))?;
        self.meter.add_written(answer.consumed_capacity());
        from_item(answer.attributes.unwrap_or_default())
    }

    /// Returns whether more than one worker has begun with a chunk by now.
    pub async fn has_several_tries(
        &self,
        task: &TaskRef,
        run: u32,
        chunk: u32,
    ) -> Result<bool, AwsError> {
        let tries = self
            .get_item(tries_key(task, run, chunk))
            .await?
            .map(from_item::<Tries>);
        Ok(tries.transpose()?.is_some_and(|tries| tries.are_several()))
    }

    /// Notes that a try failed, if it is known to have begun.
    pub async fn fail_try(
        &self,
        task: &TaskRef,
        run: u32,
        chunk: u32,
        error: &str,
    ) -> Result<(), AwsError> {
        let error: String = error.chars().take(ERROR_CHARS).collect();
        let update = self
            .update_tries(task, run, chunk)
            .update_expression("SET failed_at = :now, last_error = :error ADD ended :one")
            .condition_expression("attribute_exists(begun_at)")
            .expression_attribute_values(":now", time(Timestamp::now()))
            .expression_attribute_values(":error", s(error))
            .expression_attribute_values(":one", n(1));
        self.send_conditional(update).await?;
        Ok(())
    }

    /// Notes that a try ended without a commit of its own: another one was faster.
    pub async fn end_try(&self, task: &TaskRef, run: u32, chunk: u32) -> Result<(), AwsError> {
        let update = self
            .update_tries(task, run, chunk)
            .update_expression("ADD ended :one")
            .condition_expression("attribute_exists(begun_at)")
            .expression_attribute_values(":one", n(1));
        self.send_conditional(update).await?;
        Ok(())
    }

    /// Keeps a search that was read at its `steps`th step. False if another try has kept its own
    /// since: that one goes on, and this one is to end.
    pub async fn keep_search(
        &self,
        task: &TaskRef,
        run: u32,
        chunk: u32,
        search: &Search,
        steps: u64,
    ) -> Result<bool, AwsError> {
        let search = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(search)
            .map_err(|error| AwsError::new("writing an item", error))?;
        let update = self
            .update_tries(task, run, chunk)
            .update_expression("SET #search = :search, search_steps = :next")
            .condition_expression("attribute_not_exists(search_steps) OR search_steps = :steps")
            .expression_attribute_names("#search", "search")
            .expression_attribute_values(":search", search)
            .expression_attribute_values(":steps", n(steps))
            .expression_attribute_values(":next", n(steps + 1));
        self.send_conditional(update).await
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
                .expression_attribute_values(":try", s(try_prefix(run)))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            for item in answer.items.unwrap_or_default() {
                if let Ok(noted) = from_item::<Tries>(item) {
                    tries.insert(noted.chunk, noted);
                } else {
                    tracing::error!(%task, "a note of tries cannot be read");
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(tries);
            }
        }
    }

    fn update_tries(&self, task: &TaskRef, run: u32, chunk: u32) -> UpdateItemFluentBuilder {
        self.dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(tries_key(task, run, chunk)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
    }
}

fn tries_key(task: &TaskRef, run: u32, chunk: u32) -> Item {
    let sk = format!("{}{chunk:08}", try_prefix(run));
    key(chunks_pk(task), sk)
}

/// What the keys of the tries in one run begin with: another run knows nothing of them.
fn try_prefix(run: u32) -> String {
    format!("TRY#{run:08}#")
}
