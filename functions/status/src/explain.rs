//! `GET /task/explain`

use sluice_kind::OfKind;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use jiff::Timestamp;
use sluice_api::{ChunkState, ChunkView, Explanation, Refusal, SearchView, Waiting};
use sluice_aws::Tries;
use sluice_basics::object_key;
use sluice_csv::Chunk;
use sluice_import::ImportInput;
use sluice_import::search::Search;
use sluice_lambda::http::internal;
use sluice_task::manifest::Manifest;
use sluice_task::{Task, TaskStatus};

use crate::Status;

mod words;

use words::in_words;

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
        let chunks = match waiting_for {
            Waiting::Splitting | Waiting::Chunks | Waiting::Resume => {
                self.open_chunks(&task).await?
            }
            _ => Vec::new(),
        };
        let chunks_open = match waiting_for {
            Waiting::File
            | Waiting::Time
            | Waiting::Splitter
            | Waiting::Room
            | Waiting::Splitting => None,
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
        let waits = task.waits_until(Timestamp::now()).is_some();
        Ok(if task.status.has_ended() {
            Waiting::Nothing
        } else if waits && !task.kind().reads_a_file() {
            Waiting::Time
        } else if !task.kind().has_chunks() {
            Waiting::Handler
        } else if task.chunks.paused && !task.chunks.is_complete() {
            Waiting::Resume
        } else if task.status == TaskStatus::Submitted {
            let Some(object) = task.kind().object(task).map_err(internal)? else {
                return Ok(Waiting::Splitter);
            };
            let version_id = object.version_id.as_deref();
            let file = self.objects.head_version(&object.key, version_id).await;
            match file.map_err(internal)? {
                Some(_) if waits => Waiting::Time,
                Some(_) if self.has_no_room(task).await? => Waiting::Room,
                Some(_) => Waiting::Splitter,
                None => Waiting::File,
            }
        } else if task.chunks.total.is_none() {
            Waiting::Splitting
        } else if task.chunks.is_complete() {
            Waiting::Finisher
        } else {
            Waiting::Chunks
        })
    }

    /// Whether a file of the inbox waits until fewer imports of its station run.
    async fn has_no_room(&self, task: &Task) -> Result<bool, Refusal> {
        let input: ImportInput = serde_json::from_value(task.input.clone()).map_err(internal)?;
        if !input.is_from_inbox() {
            return Ok(false);
        }
        let limits = self.limits.of(&task.station_id).await.map_err(internal)?;
        let most = limits.max_running_imports;
        let waits = self.tasks.waits_for_room(task, most).await;
        waits.map_err(internal)
    }

    /// The chunks that are planned and not committed, with what is known of their tries.
    async fn open_chunks(&self, task: &Task) -> Result<Vec<ChunkView>, Refusal> {
        let reference = task.reference();
        let prefix = object_key::manifests(&reference);
        let manifests = self.objects.get_all_json::<Manifest>(&prefix).await;
        let manifests = manifests.map_err(internal)?;
        let reports = self.tasks.chunk_reports(&reference, task.run_count);
        let committed: BTreeSet<u32> = reports
            .await
            .map_err(internal)?
            .iter()
            .map(|report| report.chunk)
            .collect();
        let tries = self.tasks.tries(&reference, task.run_count);
        let tries = tries.await.map_err(internal)?;
        let manifest = Manifest::merge(manifests);
        // Chunks are sent when the whole file has been read, and while a task is paused none is.
        let are_sent = task.chunks.total.is_some() && !task.chunks.paused;
        let on_their_way = manifest.as_ref().filter(|_| are_sent);
        let on_their_way =
            on_their_way.map_or_else(BTreeSet::new, |manifest| manifest.on_their_way(&committed));
        let is_sent = |chunk: &Chunk| on_their_way.contains(&chunk.number);
        let planned = manifest.map(|manifest| manifest.chunks);
        let mut open: BTreeMap<u32, ChunkView> = BTreeMap::new();
        // A worker may be faster than the splitter, whose plan of a chunk is not stored yet.
        for tries in tries.values() {
            let rows = tries.first_row..tries.first_row + tries.records;
            open.insert(
                tries.chunk,
                self.chunk(tries.chunk, rows, true, Some(tries)),
            );
        }
        for chunk in planned.unwrap_or_default() {
            let rows = chunk.first_row..chunk.first_row + chunk.records;
            let view = self.chunk(
                chunk.number,
                rows,
                is_sent(&chunk),
                tries.get(&chunk.number),
            );
            open.insert(chunk.number, view);
        }
        open.retain(|chunk, _| !committed.contains(chunk));
        Ok(open.into_values().collect())
    }

    fn chunk(
        &self,
        chunk: u32,
        rows: Range<u64>,
        is_sent: bool,
        noted: Option<&Tries>,
    ) -> ChunkView {
        let mut last_error = noted.and_then(|tries| tries.last_error.clone());
        let state = match noted {
            None if is_sent => ChunkState::Queued,
            None => ChunkState::NotSent,
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
            chunk,
            first_row: rows.start,
            rows: rows.end - rows.start,
            state,
            tries: noted.map_or(0, |tries| tries.tries),
            begun_at: noted.map(|tries| tries.begun_at),
            last_error,
            search: noted
                .and_then(|tries| tries.search.as_ref())
                .and_then(searched),
        }
    }
}

/// A search as people see it, once there is something to look for.
fn searched(search: &Search) -> Option<SearchView> {
    let step = search.step();
    search.has_narrowed().then(|| SearchView {
        first_row: step.start,
        last_row: step.end.saturating_sub(1),
        found: search.found().iter().map(|found| found.row).collect(),
    })
}

fn since(time: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(time)
        .try_into()
        .unwrap_or_default()
}
