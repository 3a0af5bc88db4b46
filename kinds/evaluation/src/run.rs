//! Running a chunk of an evaluation: decide, keep the decisions, do what they say.

use std::time::Instant;

use async_trait::async_trait;
use futures::StreamExt as _;
use futures::TryStreamExt as _;
use kind_reconciliation::{MergeError, Reconciler};
use sluice_aws::{Evaluations, Objects, ScoreActions, Settings};
use sluice_basics::object_key;
use sluice_basics::rows::RowCounts;
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_lambda::Init;
use sluice_scores::{Decision, EvaluatedSegment, EvaluationPlan, Rules, misplaced_words};
use sluice_task::message::ChunkMessage;

use crate::decide::{DecideError, Decider, Decisions};

/// Members to whom something is done at the same time.
const AT_ONCE: usize = 32;
/// Decisions that are taken in hand together.
const BATCH: usize = 1_000;
const NDJSON: &str = "application/x-ndjson";

/// Runs chunks of evaluations.
#[derive(Debug)]
pub(crate) struct RunEvaluation {
    rules: Rules,
    reconciler: Reconciler,
    actions: ScoreActions,
    evaluations: Evaluations,
    objects: Objects,
}

#[derive(Debug, thiserror::Error)]
#[error("there was no time to do all that was decided")]
struct OutOfTime;

#[derive(Debug, thiserror::Error)]
#[error("the decisions of a segment cannot be read")]
struct Unreadable(#[source] serde_json::Error);

impl RunEvaluation {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let reconciler = Reconciler::new(init)?;
        let members = settings.required("TABLE_MEMBERS")?;
        let actions = settings.required("SCORE_ACTIONS_TABLE")?;
        Ok(Self {
            rules: Rules::load(&reconciler.tables().members)?,
            actions: ScoreActions::new(init.clients, members, actions),
            evaluations: Evaluations::new(init.clients, settings.required("TASKS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            reconciler,
        })
    }

    async fn evaluate(
        &self,
        message: &ChunkMessage,
        until: Instant,
    ) -> Result<EvaluatedSegment, RunError> {
        let plan: EvaluationPlan = message.plan.read().map_err(RunError::ours)?;
        let task = &message.plan.task;
        if !plan.input.dry_run && !self.evaluations.has(&task.station_id, &plan).await? {
            return Err(RunError::Stop(
                "another evaluation has begun since: evaluate the month again".to_owned(),
            ));
        }
        let key = object_key::decisions_of_segment(task, message.chunk.number);
        let stored = match self.objects.head(&key).await? {
            Some(_) => self.objects.get(&key).await?,
            None => self.freeze(message, &plan, &key, until).await?,
        };
        let read = Decisions::read(&stored);
        let (segment, decisions) = read.map_err(|error| RunError::ours(Unreadable(error)))?;
        if !plan.input.dry_run {
            self.apply(message, &plan, &decisions, until).await?;
        }
        Ok(segment)
    }

    /// Decides, and stores what was decided. If another try was faster, what it has decided counts.
    async fn freeze(
        &self,
        message: &ChunkMessage,
        plan: &EvaluationPlan,
        key: &str,
        until: Instant,
    ) -> Result<bytes::Bytes, RunError> {
        let station = &message.plan.task.station_id;
        let partition = message.chunk.number;
        let differences = self.reconcile(message, plan, until).await?;
        let decider = Decider {
            rules: &self.rules,
            actions: &self.actions,
            sums: self.reconciler.sums(),
            station,
            plan,
            until,
        };
        let decisions = Box::pin(decider.decide(partition, differences)).await;
        let decisions = decisions.map_err(run_error)?;
        let bytes = bytes::Bytes::from(decisions.lines);
        if self.objects.put_new(key, NDJSON, bytes.clone()).await? {
            Ok(bytes)
        } else {
            Ok(self.objects.get(key).await?)
        }
    }

    /// Makes the sums of all months that decide what the entries are. Returns how many were not.
    async fn reconcile(
        &self,
        message: &ChunkMessage,
        plan: &EvaluationPlan,
        until: Instant,
    ) -> Result<u64, RunError> {
        let window = self.rules.window(plan.input.period);
        let station = &message.plan.task.station_id;
        let reconciled =
            Box::pin(
                self.reconciler
                    .reconcile(station, message.chunk.number, window, until),
            );
        let found = reconciled
            .await
            .map_err(kind_reconciliation::ReconcileError::into_run_error)?;
        if found.misplaced > 0 {
            return Err(RunError::Stop(misplaced_words(found.misplaced)));
        }
        Ok(found.differences)
    }

    async fn apply(
        &self,
        message: &ChunkMessage,
        plan: &EvaluationPlan,
        decisions: &[Decision],
        until: Instant,
    ) -> Result<(), RunError> {
        for batch in decisions.chunks(BATCH) {
            let apply: Vec<_> = batch
                .iter()
                .map(|decision| Box::pin(self.apply_one(message, plan, decision, until)))
                .collect();
            futures::stream::iter(apply)
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
        }
        Ok(())
    }

    async fn apply_one(
        &self,
        message: &ChunkMessage,
        plan: &EvaluationPlan,
        decision: &Decision,
        until: Instant,
    ) -> Result<(), RunError> {
        if Instant::now() >= until {
            return Err(RunError::Failed {
                words: OutOfTime.to_string(),
                source: OutOfTime.into(),
            });
        }
        let task = &message.plan.task;
        let applied = self
            .actions
            .apply(&task.station_id, decision, plan, task.task_id);
        Ok(applied.await?)
    }
}

fn run_error(error: DecideError) -> RunError {
    match error {
        DecideError::Aws(error) => error.into(),
        DecideError::Merge(MergeError::Order) | DecideError::TooLarge => {
            RunError::Stop(error.to_string())
        }
        DecideError::OutOfTime => RunError::Failed {
            words: error.to_string(),
            source: error.into(),
        },
        error => RunError::ours(error),
    }
}

#[async_trait]
impl RunChunk for RunEvaluation {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let segment = Box::pin(self.evaluate(message, attempt.until)).await?;
        let rows = RowCounts {
            read: segment.members,
            succeeded: segment.members,
            ..RowCounts::default()
        };
        ChunkOutcome::done(message, rows, &segment)
    }
}
