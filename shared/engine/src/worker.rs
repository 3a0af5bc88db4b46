//! The worker: does one chunk after the other, each committed once. A chunk may come twice, and a try may end
//! between any two lines: counts are added only by the commit.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::LambdaEvent;
use sluice_aws::{
    AwsError, ChunkGate, Committed, Queue, Settings, TaskStore, chain, metered, observe,
    observe_rows,
};
use sluice_basics::metric::Metric;
use sluice_basics::rows::RowCounts;
use sluice_basics::trace::Trace;
use sluice_kind::WorkQueue;
use sluice_lambda::{Batch, Deadline, Init, Telemetry, Work, messages, queued_for, trace_of};
use sluice_profile::{Profiling, Stage, stage};
use sluice_task::books::ChunkReport;
use sluice_task::message::{ChunkMessage, MessageError};

use crate::Dispatch;
use crate::attempt::Delivery;
use crate::kind::{BoxError, ChunkOutcome, KindOfTask, RunChunk, RunError};
use crate::lease::leased;

/// The function's name in metrics and traces.
const FUNCTION: &str = "worker";

/// Runs the chunks of all kinds of tasks.
#[derive(Debug)]
pub struct Worker {
    tasks: TaskStore,
    queue: Queue,
    dispatch: Dispatch,
    lease: Duration,
    kinds: BTreeMap<&'static str, Box<dyn RunChunk>>,
    telemetry: Telemetry,
}

/// Why a message could not be handled now; it comes again.
#[derive(Debug, thiserror::Error)]
enum WorkError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("this release knows no tasks `{0}`")]
    UnknownKind(String),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl WorkError {
    fn for_people(&self) -> String {
        match self {
            Self::Run(error) => error.for_people(),
            _ => RunError::OUR_FAULT.to_owned(),
        }
    }
}

impl Worker {
    /// A worker for those of the kinds whose chunks go through the queue of most kinds. Needs `TASKS_TABLE`,
    /// `LEASE_SECONDS`, which is how long a message stays invisible when its worker dies, and what [`Dispatch`] needs.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>, kinds: &[KindOfTask]) -> Result<Self, BoxError> {
        Self::of_queue(init, kinds, WorkQueue::CHUNKS)
    }

    /// A worker for those of the kinds whose chunks go through a queue.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn of_queue(
        init: &Init<'_>,
        kinds: &[KindOfTask],
        queue: WorkQueue,
    ) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let mut runners = BTreeMap::new();
        for kind in kinds.iter().filter(|kind| kind.about().queue() == queue) {
            runners.insert(kind.name, (kind.run)(init)?);
        }
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            queue: Queue::new(init.clients, settings.required(queue.url)?),
            dispatch: Dispatch::through(init, queue)?,
            lease: Duration::from_secs(settings.parsed("LEASE_SECONDS")?),
            kinds: runners,
            telemetry: init.telemetry.clone(),
        })
    }

    /// Handles messages of the chunks queue.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> SqsBatchResponse {
        let deadline = Deadline::of(&event.context);
        let mut batch = Batch::of(&self.queue);
        for (body, message) in messages(event.payload) {
            let parsed = <ChunkMessage>::parse(&body);
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
                    Err(error) if !error.is_passing() => {
                        batch.drop_unreadable(&message, &body, &error);
                        return true;
                    }
                    Ok(chunk) => {
                        let delivery = Delivery {
                            message: &message,
                            deadline,
                        };
                        let work = Box::pin(self.work(&chunk, delivery));
                        let handle = message.receipt_handle.as_deref();
                        metered(leased(&self.queue, handle, self.lease, work)).await
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
        batch.into_response()
    }

    async fn work(&self, message: &ChunkMessage, delivery: Delivery<'_>) -> Result<(), WorkError> {
        let began = Instant::now();
        let profiling = Profiling::begin(Stage::Chunk);
        if let Some(waited) = queued_for(delivery.message) {
            profiling.add(Stage::QueueWait, waited);
        }
        let plan = &message.plan;
        let (task, number) = (&plan.task, message.chunk.number);
        let asked = stage(Stage::Gate, self.tasks.chunk_gate(plan, number));
        let (gate, of_task) = profiling.of(asked).await?;
        // The message may be one that the trace has no room for; the next may be shown again.
        let trace = trace_of(delivery.message).map(|trace| match of_task {
            Some(of_task) if of_task.is_sampled() => trace.sampled(),
            _ => trace,
        });
        let (mut report, counted) = match gate {
            // A retry keeps it, or the worker that committed it may have died before it sent the next one.
            ChunkGate::Committed { earlier } if earlier || delivery.receive_count() > 1 => {
                return self.send_next(message, trace).await;
            }
            ChunkGate::Committed { .. } | ChunkGate::Paused | ChunkGate::Closed => {
                return Ok(());
            }
            ChunkGate::Stopping(reason) => left_out(message, reason),
            ChunkGate::Open(kind) => match profiling
                .of(Box::pin(self.run(&kind, message, delivery)))
                .await
            {
                Ok(ChunkOutcome::Done { report, counted }) => (*report, counted),
                // Nobody is busy with it until its message comes again.
                Ok(ChunkOutcome::HandedOn) => {
                    return Ok(self.tasks.end_try(task, plan.run, number).await?);
                }
                Err(WorkError::Run(RunError::Stop(reason))) => {
                    self.tasks.stop(task, &reason).await?;
                    left_out(message, reason)
                }
                Err(error) => {
                    self.note_failure(message, &error).await;
                    return Err(error);
                }
            },
        };
        // The commit itself cannot be in what it stores.
        report.profile = profiling.end();
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
                if !plan.dry_run {
                    observe_rows(&counted);
                }
                if report.lost.is_none() {
                    observe(
                        Metric::ChunkMilliseconds,
                        began.elapsed().as_millis() as f64,
                    );
                }
                tracing::info!(
                    %task,
                    chunk = number,
                    rows_read = report.rows.read,
                    rows_succeeded = report.rows.succeeded,
                    "a chunk is committed"
                );
                return self.send_next(message, trace).await;
            }
            Committed::Before => {
                self.tasks.end_try(task, plan.run, number).await?;
                // Who committed it may have died before it sent the next one.
                if delivery.receive_count() > 1 {
                    return self.send_next(message, trace).await;
                }
            }
            Committed::TooLate => {
                self.tasks.end_try(task, plan.run, number).await?;
                tracing::error!(%task, chunk = number, "a chunk came after its task's end");
            }
        }
        Ok(())
    }

    /// Sends the chunk that comes after this one. If that fails, the message comes again.
    async fn send_next(
        &self,
        message: &ChunkMessage,
        trace: Option<Trace>,
    ) -> Result<(), WorkError> {
        Ok(Box::pin(self.dispatch.send_next(message, trace)).await?)
    }

    async fn run(
        &self,
        kind: &str,
        message: &ChunkMessage,
        delivery: Delivery<'_>,
    ) -> Result<ChunkOutcome, WorkError> {
        let unknown = || WorkError::UnknownKind(kind.to_owned());
        let runner = self.kinds.get(kind).ok_or_else(unknown)?;
        let (plan, chunk) = (&message.plan, &message.chunk);
        let received = delivery.receive_count();
        let begun = self.tasks.begin_try(&plan.task, plan.run, chunk, received);
        let tries = stage(Stage::Gate, begun).await?;
        let attempt = delivery.attempt(&tries);
        Ok(runner.run_chunk(message, attempt).await?)
    }

    /// Notes for people why a try failed. If that fails, too, nothing changes.
    async fn note_failure(&self, message: &ChunkMessage, error: &WorkError) {
        if matches!(error, WorkError::Run(RunError::Busy)) {
            return;
        }
        let (plan, chunk) = (&message.plan, message.chunk.number);
        let words = error.for_people();
        let noted = self.tasks.fail_try(&plan.task, plan.run, chunk, &words);
        if let Err(error) = noted.await {
            tracing::warn!(task = %plan.task, chunk, error = chain(&error), "a failure was not noted");
        }
    }
}

/// The report on a chunk that is not done because its task stops.
fn left_out(message: &ChunkMessage, reason: String) -> (ChunkReport, RowCounts) {
    let report = ChunkReport::lost(message.plan.run, &message.chunk, reason);
    (report, RowCounts::default())
}
