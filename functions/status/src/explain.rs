//! `GET /task/explain`

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_aws::Tries;
use sluice_core::api::{ChunkState, ChunkView, Explanation, Refusal, Waiting};
use sluice_core::csv::Chunk;
use sluice_core::import::ImportInput;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::task::{Task, TaskStatus};
use sluice_lambda::http::internal;

use crate::Status;

/// How many chunks an answer names.
const MOST_CHUNKS: usize = 100;

impl Status {
    /// Why a task is not done.
    pub(crate) async fn explain(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<Explanation, Refusal> {
        let task = self.named_task(request).await?;
        let waiting_for = self.waiting_for(&task).await?;
        let chunks = if waiting_for == Waiting::Chunks {
            self.open_chunks(&task).await?
        } else {
            Vec::new()
        };
        let chunks_open = match waiting_for {
            Waiting::Splitting => None,
            _ => Some(chunks.len() as u32),
        };
        Ok(Explanation {
            task_id: task.task_id,
            status: task.status,
            waiting_for,
            explanation: in_words(&task, waiting_for, &chunks),
            chunks_open,
            chunks: chunks.into_iter().take(MOST_CHUNKS).collect(),
        })
    }

    async fn waiting_for(&self, task: &Task) -> Result<Waiting, Refusal> {
        Ok(if task.status.has_ended() {
            Waiting::Nothing
        } else if !task.is_file_import() {
            Waiting::Handler
        } else if task.status == TaskStatus::Submitted {
            let input: ImportInput =
                serde_json::from_value(task.input.clone()).map_err(internal)?;
            let file = self.objects.head(&input.object_key).await;
            match file.map_err(internal)? {
                Some(_) if self.has_no_room(task, &input).await? => Waiting::Room,
                Some(_) => Waiting::Splitter,
                None => Waiting::File,
            }
        } else if task.import.chunks_total.is_none() {
            Waiting::Splitting
        } else if task.import.is_complete() {
            Waiting::Finisher
        } else {
            Waiting::Chunks
        })
    }

    /// Whether a file of the inbox waits until fewer imports of its station run.
    async fn has_no_room(&self, task: &Task, input: &ImportInput) -> Result<bool, Refusal> {
        if !input.is_from_inbox() {
            return Ok(false);
        }
        let limits = self.limits.of(&task.station_id).await.map_err(internal)?;
        let most = limits.max_running_imports;
        let older = self
            .tasks
            .open_imports(&task.station_id, Some(task.task_id), most)
            .await;
        Ok(older.map_err(internal)? >= most)
    }

    /// The chunks that are planned and not committed, with what is known of their tries.
    async fn open_chunks(&self, task: &Task) -> Result<Vec<ChunkView>, Refusal> {
        let reference = task.reference();
        let prefix = object_key::manifests(&reference);
        let manifests = self.objects.get_all_json(&prefix).await;
        let manifest = Manifest::merge(manifests.map_err(internal)?);
        let reports = self.tasks.chunk_reports(&reference, task.run_count);
        let committed: HashSet<u32> = reports
            .await
            .map_err(internal)?
            .iter()
            .map(|report| report.chunk)
            .collect();
        let tries = self.tasks.tries(&reference, task.run_count);
        let tries = tries.await.map_err(internal)?;
        let planned = manifest.map(|manifest| manifest.chunks).unwrap_or_default();
        Ok(planned
            .iter()
            .filter(|chunk| !committed.contains(&chunk.number))
            .map(|chunk| self.chunk(chunk, &tries))
            .collect())
    }

    fn chunk(&self, chunk: &Chunk, tries: &BTreeMap<u32, Tries>) -> ChunkView {
        let noted = tries.get(&chunk.number);
        let mut last_error = noted.and_then(|tries| tries.last_error.clone());
        let state = match noted {
            None => ChunkState::Queued,
            Some(tries) => {
                let has_failed = tries.failed_at.is_some_and(|at| at >= tries.begun_at);
                let busy_for = since(tries.begun_at);
                let was_cut_off = !has_failed && busy_for > self.worker_time;
                if was_cut_off {
                    last_error = Some("the worker ended in the middle of it".to_owned());
                }
                if !has_failed && !was_cut_off {
                    ChunkState::Running
                } else if tries.received >= self.chunk_receives {
                    ChunkState::DeadLettered
                } else {
                    ChunkState::Waiting
                }
            }
        };
        ChunkView {
            chunk: chunk.number,
            first_row: chunk.first_row,
            rows: chunk.records,
            state,
            tries: noted.map_or(0, |tries| tries.received),
            begun_at: noted.map(|tries| tries.begun_at),
            last_error,
        }
    }
}

fn since(time: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(time)
        .try_into()
        .unwrap_or_default()
}

fn in_words(task: &Task, waiting_for: Waiting, chunks: &[ChunkView]) -> String {
    match waiting_for {
        Waiting::Nothing => format!("the task has ended ({}): it waits for nothing", task.status),
        Waiting::File => "the file has not arrived: send it as the answer of POST /upload says; \
                          the task ends by itself when it does not come"
            .to_owned(),
        Waiting::Splitter => "the file has arrived and waits for its turn to be read".to_owned(),
        Waiting::Room => "as many imports of the station as may run at a time came before it and \
                          have not ended: it begins by itself when there is room; cancel those \
                          that are not needed"
            .to_owned(),
        Waiting::Splitting => "the file is being cut into chunks; the first of them are imported \
                               meanwhile"
            .to_owned(),
        Waiting::Finisher => "all rows are done; the report on them is being made".to_owned(),
        Waiting::Handler if task.status == TaskStatus::Submitted => {
            format!("the service behind `{}` has not started it", task.name)
        }
        Waiting::Handler => format!(
            "the service behind `{}` is running it and was last heard of at {:.0}",
            task.name, task.modify_time
        ),
        Waiting::Chunks => {
            let count = |state| chunks.iter().filter(|chunk| chunk.state == state).count();
            format!(
                "{} chunks are not done: {} running, {} queued, {} waiting to be tried again, {} \
                 given up and about to be counted",
                chunks.len(),
                count(ChunkState::Running),
                count(ChunkState::Queued),
                count(ChunkState::Waiting),
                count(ChunkState::DeadLettered),
            )
        }
    }
}
