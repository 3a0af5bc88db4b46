//! Chunks: whether one is still to be done, and committing it exactly once.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    KeysAndAttributes, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use jiff::Timestamp;
use sluice_core::books::ChunkReport;
use sluice_core::ids::TaskRef;
use sluice_core::import::ImportPlan;
use sluice_core::task::TaskStatus;

use super::TaskStore;
use super::conflicts::Conflicts;
use super::item::{
    CHUNK_PREFIX, CONDITION_FAILED, Item, cancellation_codes, chunk_sk, chunks_pk, from_item, key,
    n, s, task_key, time, to_item,
};
use super::progress::status_name;
use crate::error::AwsError;

/// Whether a chunk is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkGate {
    /// Yes.
    Open,
    /// It is committed: the message came twice.
    Committed,
    /// The task is stopping: the chunk is to be committed as left out, for this reason.
    Stopping(String),
    /// The task is not running; nothing is to be done.
    Closed,
}

/// Who committed a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// This call.
    Now,
    /// An earlier one; this call changed nothing.
    Before,
    /// Nobody: the task is not running any more.
    TooLate,
}

/// What a worker must know of a task before it begins a chunk.
#[derive(serde::Deserialize)]
struct State {
    status: TaskStatus,
    #[serde(default)]
    stopping: bool,
    #[serde(default)]
    fault: Option<String>,
    #[serde(default)]
    etag: Option<String>,
    run_count: u32,
}

impl TaskStore {
    /// Asks whether a chunk is still to be done: the chunk's marker and the task in one request.
    pub async fn chunk_gate(&self, plan: &ImportPlan, chunk: u32) -> Result<ChunkGate, AwsError> {
        let task = &plan.task;
        let keys = KeysAndAttributes::builder()
            .keys(key(chunks_pk(task), chunk_sk(chunk)))
            .keys(task_key(task))
            .consistent_read(true)
            .projection_expression(
                "sk, #status, stopping, fault, etag, run_count, #chunk, #start, #end, #run, \
                 passing, lost",
            )
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_names("#chunk", "chunk")
            .expression_attribute_names("#start", "start")
            .expression_attribute_names("#end", "end")
            .expression_attribute_names("#run", "run")
            .build()
            .map_err(|error| AwsError::new("BatchGetItem", error))?;
        let answer = self
            .dynamodb
            .batch_get_item()
            .request_items(&self.table, keys)
            .send()
            .await
            .map_err(AwsError::of("BatchGetItem"))?;
        if answer
            .unprocessed_keys()
            .is_some_and(|keys| !keys.is_empty())
        {
            return Err(AwsError::new("BatchGetItem", "keys were left unprocessed"));
        }
        let mut state: Option<State> = None;
        for item in answer
            .responses
            .unwrap_or_default()
            .remove(&self.table)
            .unwrap_or_default()
        {
            if is_chunk(&item) {
                let report: ChunkReport = from_item(item)?;
                if report.counts_in(plan.run) {
                    return Ok(ChunkGate::Committed);
                }
            } else {
                state = Some(from_item(item)?);
            }
        }
        // A message of an earlier run, or about another version of the file than the one being
        // imported.
        let is_current =
            |state: &State| state.run_count == plan.run && state.etag.as_ref() == Some(&plan.etag);
        if !state.as_ref().is_some_and(is_current) {
            return Ok(ChunkGate::Closed);
        }
        Ok(match state {
            Some(State {
                status: TaskStatus::Running,
                stopping: true,
                fault,
                ..
            }) => ChunkGate::Stopping(fault.unwrap_or_else(|| "the task was stopped".to_owned())),
            Some(State {
                status: TaskStatus::Running,
                ..
            }) => ChunkGate::Open,
            _ => ChunkGate::Closed,
        })
    }

    /// Commits a chunk: its marker and its counts in one transaction, so that however often
    /// its message comes it counts once. The marker of an earlier run is replaced if that run's
    /// counts were taken back by the retry.
    pub async fn commit_chunk(
        &self,
        task: &TaskRef,
        report: &ChunkReport,
    ) -> Result<Committed, AwsError> {
        let mut conflicts = Conflicts::default();
        loop {
            let request = self
                .dynamodb
                .transact_write_items()
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .transact_items(self.marker(task, report)?)
                .transact_items(self.counts(task, report)?);
            let error = match request.send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(Committed::Now);
                }
                Err(error) => error,
            };
            let codes = cancellation_codes(&error);
            let failed = |index: usize| codes.get(index).is_some_and(|c| c == CONDITION_FAILED);
            if failed(0) {
                return Ok(Committed::Before);
            }
            if failed(1) {
                return Ok(Committed::TooLate);
            }
            // Other chunks of the task commit at the same moment, or the table throttles.
            if codes.is_empty() || !conflicts.wait().await {
                return Err(AwsError::of("TransactWriteItems")(error));
            }
        }
    }

    /// The reports of all chunks that are committed as far as a run of the task is concerned, by
    /// number.
    pub async fn chunk_reports(
        &self,
        task: &TaskRef,
        run: u32,
    ) -> Result<Vec<ChunkReport>, AwsError> {
        let mut reports = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :pk AND begins_with(sk, :chunk)")
                .expression_attribute_values(":pk", s(chunks_pk(task)))
                .expression_attribute_values(":chunk", s(CHUNK_PREFIX))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            for item in answer.items.unwrap_or_default() {
                let report: ChunkReport = from_item(item)?;
                if report.counts_in(run) {
                    reports.push(report);
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(reports);
            }
        }
    }

    fn marker(&self, task: &TaskRef, report: &ChunkReport) -> Result<TransactWriteItem, AwsError> {
        let mut item = to_item(key(chunks_pk(task), chunk_sk(report.chunk)), report)?;
        item.insert("committed_at".to_owned(), time(Timestamp::now()));
        // The second half is `!ChunkReport::counts_in`.
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression(
                "attribute_not_exists(pk) OR \
                 (#run < :run AND (attribute_exists(lost) OR passing > :none))",
            )
            .expression_attribute_names("#run", "run")
            .expression_attribute_values(":run", n(report.run))
            .expression_attribute_values(":none", n(0))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn counts(&self, task: &TaskRef, report: &ChunkReport) -> Result<TransactWriteItem, AwsError> {
        let rows = &report.rows;
        let added = [
            ("chunks_done", 1),
            ("chunks_lost", u64::from(report.lost.is_some())),
            ("bytes_done", report.bytes()),
            ("rows_read", rows.read),
            ("rows_succeeded", rows.succeeded),
            ("rows_failed", rows.failed),
            ("rows_duplicate", rows.duplicate),
            ("rows_skipped", rows.skipped),
            ("rows_added", report.before.added),
            ("rows_were_duplicate", report.before.were_duplicate),
        ];
        let mut values = HashMap::from([
            (":now".to_owned(), time(Timestamp::now())),
            (":running".to_owned(), n(TaskStatus::Running.number())),
            (":run".to_owned(), n(report.run)),
        ]);
        let mut add = Vec::new();
        for (name, number) in added.into_iter().filter(|(_, number)| *number > 0) {
            add.push(format!("{name} :{name}"));
            values.insert(format!(":{name}"), n(number));
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(task)))
            .update_expression(format!("SET modify_time = :now ADD {}", add.join(", ")))
            .condition_expression("#status = :running AND run_count = :run")
            .set_expression_attribute_names(Some(status_name()))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

fn is_chunk(item: &Item) -> bool {
    item.get("sk")
        .and_then(|sk| sk.as_s().ok())
        .is_some_and(|sk| sk.starts_with(CHUNK_PREFIX))
}
