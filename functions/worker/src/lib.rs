//! The worker: reads one chunk's range, checks its rows, writes them in batches or sends them to
//! an endpoint, and commits the chunk once. A chunk may come twice, and a try may end between any
//! two lines: rows know who wrote them, batches are sent under the same key, and counts are added
//! only by the commit.

mod careful;
mod chunk;
mod config;
mod receiver;
mod sink;
mod tally;

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{
    AwsError, ChunkGate, Clients, Committed, ObjectError, Objects, Pace, Queue, StationConfigs,
    TaskStore, WriteError, chain, metered, observe, observe_rows,
};
use sluice_core::books::ChunkReport;
use sluice_core::csv::UnclosedQuote;
use sluice_core::definition::HeaderProblem;
use sluice_core::message::{ChunkMessage, MessageError};
use sluice_core::metric::Metric;
use sluice_lambda::{
    Batch, Deadline, Function, Init, Telemetry, Work, messages, queued_for, receive_count, trace_of,
};

use config::Config;

/// By this name it is known in metrics and traces.
const FUNCTION: &str = "worker";
/// The time kept for committing what was written; a quarter of the time if there is no more than
/// this.
const MARGIN: Duration = Duration::from_secs(10);
/// How long after its worker's end a message that has failed before comes again.
const GRACE: Duration = Duration::from_secs(10);
/// Write requests in flight: at first, and at most.
const REQUESTS_AT_FIRST: usize = 4;
const REQUESTS_AT_MOST: usize = 16;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Worker {
    clients: Clients,
    config: Config,
    tasks: TaskStore,
    configs: StationConfigs,
    objects: Objects,
    queue: Queue,
    /// What this instance has learnt of the table's speed.
    pace: Arc<Pace>,
    telemetry: Telemetry,
}

/// One receive of a chunk's message.
#[derive(Clone, Copy, Debug)]
struct Delivery<'a> {
    /// By when the chunk must be done.
    until: Instant,
    /// When Lambda ends the invocation.
    ends_at: Timestamp,
    /// How often the message was received, this time included.
    receive_count: u32,
    /// Which message it is.
    message_id: &'a str,
    /// With which its message is made to come again.
    receipt_handle: Option<&'a str>,
}

impl<'a> Delivery<'a> {
    fn of(message: &'a SqsMessage, deadline: Deadline) -> Self {
        let left = deadline.left();
        Self {
            until: deadline.less(if left > MARGIN { MARGIN } else { left / 4 }),
            ends_at: Timestamp::now() + left,
            receive_count: receive_count(message),
            message_id: message.message_id.as_deref().unwrap_or_default(),
            receipt_handle: message.receipt_handle.as_deref(),
        }
    }
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

impl Worker {
    async fn work(&self, message: &ChunkMessage, delivery: Delivery<'_>) -> Result<(), WorkError> {
        let began = Instant::now();
        let (task, run) = (&message.plan.task, message.plan.run);
        let chunk = &message.chunk;
        let report = match self.tasks.chunk_gate(&message.plan, chunk.number).await? {
            ChunkGate::Committed | ChunkGate::Closed => return Ok(()),
            ChunkGate::Stopping(reason) => ChunkReport::lost(run, chunk, reason),
            ChunkGate::Open => match self.import_chunk(message, delivery).await {
                Ok(Some(report)) => report,
                Ok(None) => return Ok(()),
                Err(WorkError::Object(ObjectError::Changed)) => {
                    let reason = ObjectError::Changed.to_string();
                    self.tasks.stop(task, &reason).await?;
                    ChunkReport::lost(run, chunk, reason)
                }
                Err(error) => {
                    self.note_failure(message, &error).await;
                    return Err(error);
                }
            },
        };
        let committed = match self.tasks.commit_chunk(task, &report).await {
            Ok(committed) => committed,
            Err(error) => {
                let error = error.into();
                self.note_failure(message, &error).await;
                return Err(error);
            }
        };
        match committed {
            Committed::Now => {
                // Here and nowhere else: a chunk that comes again is not counted again.
                if !message.plan.dry_run {
                    observe_rows(&report.rows);
                }
                if report.lost.is_none() {
                    observe(
                        Metric::ChunkMilliseconds,
                        began.elapsed().as_millis() as f64,
                    );
                }
                tracing::info!(
                    %task,
                    chunk = chunk.number,
                    rows_read = report.rows.read,
                    rows_succeeded = report.rows.succeeded,
                    requests_at_once = self.pace.limit(),
                    "a chunk is committed"
                );
            }
            Committed::Before => self.tasks.end_try(&message.plan, chunk.number).await?,
            Committed::TooLate => {
                self.tasks.end_try(&message.plan, chunk.number).await?;
                tracing::error!(%task, chunk = chunk.number, "a chunk came after its task's end");
            }
        }
        Ok(())
    }
}

impl Worker {
    /// Imports a chunk and reports on it; nothing is counted yet. None if that goes on under
    /// another message.
    async fn import_chunk(
        &self,
        message: &ChunkMessage,
        delivery: Delivery<'_>,
    ) -> Result<Option<ChunkReport>, WorkError> {
        let received = delivery.receive_count;
        let begun = self
            .tasks
            .begin_try(&message.plan, &message.chunk, received);
        let tries = begun.await?;
        if tries.tries > 1 {
            self.come_again_soon(delivery).await;
        }
        if tries.tries > careful::ORDINARY_TRIES {
            self.import_carefully(message, delivery, tries).await
        } else {
            self.import_rows(message, delivery, None).await
        }
    }

    /// Sees to it that the message comes again soon after the worker's time, should this try be
    /// cut off like one before: the queue's own timeout is long.
    async fn come_again_soon(&self, delivery: Delivery<'_>) {
        let Some(handle) = delivery.receipt_handle else {
            return;
        };
        let left = delivery.ends_at.duration_since(Timestamp::now());
        let wait = Duration::try_from(left).unwrap_or_default() + GRACE;
        if let Err(error) = self.queue.deliver_again_in(handle, wait).await {
            tracing::warn!(
                error = chain(&error),
                "the message keeps its visibility timeout"
            );
        }
    }

    /// Lets people see what a try failed of. That this fails, too, changes nothing.
    async fn note_failure(&self, message: &ChunkMessage, error: &WorkError) {
        if matches!(error, WorkError::Busy) {
            return;
        }
        let (task, chunk) = (&message.plan.task, message.chunk.number);
        let words = error.for_people();
        if let Err(error) = self.tasks.fail_try(&message.plan, chunk, &words).await {
            tracing::warn!(%task, chunk, error = chain(&error), "a failure was not noted");
        }
    }
}

impl WorkError {
    /// What a task's owner is told. The log has the rest.
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
            _ => "a fault on our side, which is in the log".to_owned(),
        }
    }
}

#[async_trait]
impl Function for Worker {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            clients: clients.clone(),
            telemetry: init.telemetry.clone(),
            tasks: TaskStore::new(clients, config.tasks_table.clone()),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            objects: Objects::new(clients, config.files_bucket.clone()),
            queue: Queue::new(clients, config.chunks_queue_url.clone()),
            pace: Arc::new(Pace::new(REQUESTS_AT_FIRST, REQUESTS_AT_MOST)),
            config,
        })
    }

    /// Handles messages of the chunks queue.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let deadline = Deadline::of(&event.context);
        let mut batch = Batch::of(&self.queue);
        for (body, message) in messages(event.payload) {
            let parsed = ChunkMessage::parse(&body);
            let work = match &parsed {
                Ok(chunk) => Work::of_task(FUNCTION, chunk.plan.task.clone(), trace_of(&message))
                    .of_chunk(chunk.chunk.number),
                Err(_) => Work::invocation(FUNCTION, &event.context),
            };
            let handled = async {
                if let Some(waited) = queued_for(&message) {
                    observe(Metric::QueueMilliseconds, waited.as_millis() as f64);
                }
                let outcome = match parsed {
                    Ok(chunk) => {
                        let delivery = Delivery::of(&message, deadline);
                        metered(Box::pin(self.work(&chunk, delivery))).await
                    }
                    Err(error) => Err(error.into()),
                };
                let has_failed = outcome.is_err();
                batch.settle(message, outcome).await;
                has_failed
            };
            let watched = self.telemetry.watch(work, handled, |failed| *failed);
            Box::pin(watched).await;
        }
        Ok(batch.into_response())
    }
}
