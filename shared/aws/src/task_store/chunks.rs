//! Chunks: whether one is still to be done, and committing it exactly once.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{KeysAndAttributes, Put, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_basics::plan::Plan;
use sluice_basics::trace::Trace;
use sluice_retry::{RetryPolicy, retry};
use sluice_task::TaskStatus;
use sluice_task::books::ChunkReport;

use super::TaskStore;
use super::item::{
    CHUNK_PREFIX, Item, chunk_sk, chunks_pk, from_item, key, n, s, task_key, time, to_item,
};
use super::progress::status_name;
use crate::error::AwsError;

/// Whether a chunk is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChunkGate {
    /// Yes; what its task is by name.
    Open(String),
    /// It is committed.
    Committed {
        /// Whether by a run before this one: a retry does not do it again.
        earlier: bool,
    },
    /// The task is stopping: the chunk is to be committed as left out, for this reason.
    Stopping(String),
    /// The task is paused: nothing is to be done, and who resumes it sends the chunk again.
    Paused,
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
    name: String,
    status: TaskStatus,
    #[serde(default)]
    stopping: bool,
    #[serde(default)]
    paused: bool,
    #[serde(default)]
    trace: Option<Trace>,
    #[serde(default)]
    fault: Option<String>,
    #[serde(default)]
    etag: Option<String>,
    run_count: u32,
}

impl TaskStore {
    /// Asks whether a chunk is still to be done: the chunk's marker and the task in one request. Also returns the
    /// trace of the task, if it has one.
    pub async fn chunk_gate(
        &self,
        plan: &Plan,
        chunk: u32,
    ) -> Result<(ChunkGate, Option<Trace>), AwsError> {
        let task = &plan.task;
        let keys = KeysAndAttributes::builder()
            .keys(key(chunks_pk(task), chunk_sk(chunk)))
            .keys(task_key(task))
            .consistent_read(true)
            .projection_expression(
                "sk, #name, #status, stopping, paused, fault, #trace, etag, run_count, #chunk, #start, #end, \
                 #run, passing, lost",
            )
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_names("#name", "name")
            .expression_attribute_names("#trace", "trace")
            .expression_attribute_names("#chunk", "chunk")
            .expression_attribute_names("#start", "start")
            .expression_attribute_names("#end", "end")
            .expression_attribute_names("#run", "run")
            .build()
            .map_err(|error| AwsError::new("BatchGetItem", error))?;
        let request = self
            .dynamodb
            .batch_get_item()
            .request_items(&self.table, keys);
        let whole = || async {
            let answer = request.clone().send().await;
            let answer = answer.map_err(|error| (AwsError::of("BatchGetItem")(error), false))?;
            let unprocessed = answer.unprocessed_keys();
            if unprocessed.is_some_and(|keys| !keys.is_empty()) {
                let error = AwsError::passing("BatchGetItem", "keys were left unprocessed");
                return Err((error, true));
            }
            Ok(answer)
        };
        // The SDK has made what failed as a whole again.
        let answer = retry(RetryPolicy::REQUEST, whole, |(_, is_partial)| *is_partial).await;
        let answer = answer.map_err(|(error, _)| error)?;
        let mut state: Option<State> = None;
        let mut committed = None;
        for item in answer
            .responses
            .unwrap_or_default()
            .remove(&self.table)
            .unwrap_or_default()
        {
            if is_chunk(&item) {
                let report: ChunkReport = from_item(item)?;
                if report.counts_in(plan.run) {
                    let earlier = report.run < plan.run;
                    committed = Some(ChunkGate::Committed { earlier });
                }
            } else {
                state = Some(from_item(item)?);
            }
        }
        let trace = state.as_mut().and_then(|state| state.trace.take());
        let gate = match committed {
            Some(committed) => committed,
            None => gate_of(plan, state),
        };
        Ok((gate, trace))
    }

    /// Commits a chunk: its marker and its counts in one transaction, so that however often
    /// its message comes it counts once. The marker of an earlier run is replaced if that run's
    /// counts were taken back by the retry.
    pub async fn commit_chunk(
        &self,
        task: &TaskRef,
        report: &ChunkReport,
    ) -> Result<Committed, AwsError> {
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let parts = vec![self.marker(task, report)?, self.counts(task, report)?];
            match self.transact(parts).await {
                Ok(()) => return Ok(Committed::Now),
                Err(cancelled) if cancelled.is_refused(0) => return Ok(Committed::Before),
                Err(cancelled) if cancelled.is_refused(1) => return Ok(Committed::TooLate),
                // Other chunks of the task commit at the same moment, or the table throttles.
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    /// The report of one chunk, whichever run has committed it.
    pub async fn chunk_report(
        &self,
        task: &TaskRef,
        chunk: u32,
    ) -> Result<Option<ChunkReport>, AwsError> {
        let item = self.get_item(key(chunks_pk(task), chunk_sk(chunk))).await?;
        item.map(from_item).transpose()
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
                let marker = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
                // The books tell of a report that is missing: the task can end, as failed.
                let Ok(report) = from_item::<ChunkReport>(item) else {
                    tracing::error!(%task, marker, "a chunk's marker cannot be read");
                    continue;
                };
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
            ("lines_ignored", rows.ignored),
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

/// Whether a chunk that is not committed is to be done.
fn gate_of(plan: &Plan, state: Option<State>) -> ChunkGate {
    // A message of an earlier run, or about another version of the file than the one that
    // is read.
    let is_current = |state: &State| state.run_count == plan.run && state.etag == plan.etag;
    if !state.as_ref().is_some_and(is_current) {
        return ChunkGate::Closed;
    }
    match state {
        Some(State {
            status: TaskStatus::Running,
            stopping: true,
            fault,
            ..
        }) => ChunkGate::Stopping(fault.unwrap_or_else(|| "the task was stopped".to_owned())),
        Some(State {
            status: TaskStatus::Running,
            paused: true,
            ..
        }) => ChunkGate::Paused,
        Some(State {
            status: TaskStatus::Running,
            name,
            ..
        }) => ChunkGate::Open(name),
        _ => ChunkGate::Closed,
    }
}

fn is_chunk(item: &Item) -> bool {
    item.get("sk")
        .and_then(|sk| sk.as_s().ok())
        .is_some_and(|sk| sk.starts_with(CHUNK_PREFIX))
}
