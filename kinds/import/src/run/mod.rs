//! Running a chunk of an import: reads the chunk's range, checks its rows, writes them in batches or sends
//! them to an endpoint, and reports on them. A chunk may come twice, and a try may end between any two lines:
//! rows know who wrote them, and batches are sent under the same key.

mod careful;
mod chunk;
mod chunk_try;
mod config;
mod conflicts;
mod receiver;
mod row;
mod sink;
mod tally;

use std::sync::Arc;

use async_trait::async_trait;
use sluice_aws::{
    AwsError, Clients, ObjectError, Objects, Pace, Queue, StationConfigs, TaskStore, WriteError,
};
use sluice_csv::UnclosedQuote;
use sluice_definition::HeaderProblem;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_import::ImportPlan;
use sluice_lambda::Init;
use sluice_task::message::ChunkMessage;

use config::Config;
use conflicts::ConflictLists;

/// Write requests in flight: at first, and at most.
const REQUESTS_AT_FIRST: usize = 4;
const REQUESTS_AT_MOST: usize = 16;

/// A chunk of an import.
pub(crate) type ImportChunk = ChunkMessage<ImportPlan>;

/// Runs chunks of imports.
#[derive(Debug)]
pub struct RunImport {
    clients: Clients,
    config: Config,
    tasks: TaskStore,
    configs: StationConfigs,
    objects: Objects,
    queue: Queue,
    /// What this instance has learnt of the table's speed.
    pace: Arc<Pace>,
    conflicts: ConflictLists,
}

/// Why a chunk could not be imported now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkError {
    #[error("the plan of an import cannot be read")]
    OtherPlan(#[source] serde_json::Error),
    #[error("there is no definition of `{0}` in this release")]
    UnknownBusiness(String),
    #[error("the header of a running import is not accepted")]
    Header(#[from] HeaderProblem),
    #[error("the plan and the file differ: {0}")]
    Plan(String),
    #[error("a chunk ends inside quotes")]
    Quote(#[from] UnclosedQuote),
    #[error("the {title} could not be reached: {why}")]
    Endpoint { title: String, why: String },
    #[error("another try at the chunk is under way")]
    Busy,
    #[error("a batch cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl RunImport {
    /// Builds what runs chunks of imports; an error names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let (clients, config) = (
            init.clients,
            Config::from_lookup(init.lookup, init.clients)?,
        );
        Ok(Self {
            clients: clients.clone(),
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            queue: Queue::new(clients, config.chunks_queue_url.clone()),
            pace: Arc::new(Pace::new(REQUESTS_AT_FIRST, REQUESTS_AT_MOST)),
            conflicts: ConflictLists::default(),
            config,
        })
    }

    async fn import_chunk(
        &self,
        chunk: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, WorkError> {
        let message = ImportChunk {
            version: chunk.version,
            plan: chunk.plan.read().map_err(WorkError::OtherPlan)?,
            chunk: chunk.chunk,
            window: chunk.window,
        };
        let report = if attempt.tries.tries > careful::ORDINARY_TRIES {
            self.import_carefully(&message, attempt).await?
        } else {
            Box::pin(self.import_rows(&message, attempt, None)).await?
        };
        tracing::info!(
            task = %message.plan.task,
            chunk = message.chunk.number,
            requests_at_once = self.pace.limit(),
            "the rows of a chunk were worked on"
        );
        Ok(match report {
            Some(report) => ChunkOutcome::Done {
                counted: report.decided_rows(message.plan.on_duplicate),
                report: Box::new(report),
            },
            None => ChunkOutcome::HandedOn,
        })
    }
}

#[async_trait]
impl RunChunk for RunImport {
    async fn run_chunk(
        &self,
        chunk: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let outcome = Box::pin(self.import_chunk(chunk, attempt)).await;
        outcome.map_err(|error| match error {
            WorkError::Busy => RunError::Busy,
            WorkError::Object(ObjectError::Changed) => {
                RunError::Stop(ObjectError::Changed.to_string())
            }
            error => RunError::Failed {
                words: error.for_people(),
                source: error.into(),
            },
        })
    }
}

impl WorkError {
    /// Returns what a task's owner is told. The log has the rest.
    fn for_people(&self) -> String {
        match self {
            Self::Endpoint { .. } | Self::Quote(_) => self.to_string(),
            Self::Write(WriteError::OutOfTime(_)) => {
                "the table took the rows too slowly for one try; what was written stays".to_owned()
            }
            Self::Write(WriteError::Aws(error)) if error.is_of_the_content() => {
                format!(
                    "the table refuses it ({})",
                    error.code().unwrap_or_default()
                )
            }
            Self::UnknownBusiness(_) | Self::Header(_) => {
                "the definition has changed since the import began".to_owned()
            }
            _ => RunError::OUR_FAULT.to_owned(),
        }
    }
}
