//! The worker: reads one chunk's range, checks its rows, writes them in batches, and commits
//! the chunk once. A chunk may come twice, and a try may end between any two lines: rows know
//! who wrote them, and counts are added only by the commit.

mod chunk;
mod config;
mod displace;
mod writes;

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use sluice_aws::{
    AwsError, ChunkGate, Clients, Committed, ObjectError, Objects, Pace, Queue, RowWriter,
    TaskStore, WriteError,
};
use sluice_core::books::ChunkReport;
use sluice_core::csv::UnclosedQuote;
use sluice_core::definition::HeaderProblem;
use sluice_core::message::{ChunkMessage, MessageError};
use sluice_lambda::{Batch, Deadline, messages};

pub use config::{Config, ConfigError};

/// The time kept for committing what was written.
const MARGIN: Duration = Duration::from_secs(10);
/// Write requests in flight: at first, and at most.
const REQUESTS_AT_FIRST: usize = 4;
const REQUESTS_AT_MOST: usize = 16;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Worker {
    clients: Clients,
    config: Config,
    tasks: TaskStore,
    objects: Objects,
    queue: Queue,
    /// What this instance has learnt of the table's speed.
    pace: Arc<Pace>,
}

/// Why a chunk could not be done now; its message will come again.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("there is no definition of `{0}` in this release")]
    UnknownBusiness(String),
    #[error("the header of a running import is not accepted")]
    Header(#[from] HeaderProblem),
    #[error("the plan and the file differ: {0}")]
    Plan(String),
    #[error("a chunk ends inside quotes")]
    Quote(#[from] UnclosedQuote),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl Worker {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Self {
        Self {
            clients: clients.clone(),
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            queue: Queue::new(clients, config.chunks_queue_url.clone()),
            pace: Arc::new(Pace::new(REQUESTS_AT_FIRST, REQUESTS_AT_MOST)),
            config,
        }
    }

    async fn work(&self, body: &str, deadline: Deadline) -> Result<(), WorkError> {
        let message = ChunkMessage::parse(body)?;
        let task = &message.plan.task;
        let chunk = &message.chunk;
        let report = match self.tasks.chunk_gate(&message.plan, chunk.number).await? {
            ChunkGate::Committed | ChunkGate::Closed => return Ok(()),
            ChunkGate::Stopping(reason) => ChunkReport::lost(chunk, reason),
            ChunkGate::Open => {
                let writer =
                    RowWriter::new(&self.clients, Arc::clone(&self.pace), deadline.less(MARGIN));
                match self.import_chunk(&message, writer).await {
                    Err(WorkError::Object(ObjectError::Changed)) => {
                        let reason = ObjectError::Changed.to_string();
                        self.tasks.stop(task, &reason).await?;
                        ChunkReport::lost(chunk, reason)
                    }
                    other => other?,
                }
            }
        };
        let committed = self.tasks.commit_chunk(task, &report).await?;
        match committed {
            Committed::Now => {
                tracing::info!(
                    %task,
                    chunk = chunk.number,
                    rows_read = report.rows.read,
                    rows_succeeded = report.rows.succeeded,
                    requests_at_once = self.pace.limit(),
                    "a chunk is committed"
                );
            }
            Committed::Before => {}
            Committed::TooLate => {
                tracing::error!(%task, chunk = chunk.number, "a chunk came after its task's end");
            }
        }
        Ok(())
    }
}

/// Handles messages of the chunks queue.
pub async fn handle(worker: &Worker, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
    let deadline = Deadline::of(&event.context);
    let mut batch = Batch::of(&worker.queue);
    for (body, message) in messages(event.payload) {
        let outcome = worker.work(&body, deadline).await;
        batch.settle(message, outcome).await;
    }
    batch.into_response()
}
