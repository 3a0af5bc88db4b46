//! Tasks whose work is cut at once into segments of equal rank: one chunk each.

use sluice_kind::OfKind;
use std::collections::HashSet;
use std::fmt::Debug;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Map, Value};
use sluice_aws::{AwsError, ObjectError, Settings, TaskStore};
use sluice_basics::ids::TaskRef;
use sluice_basics::plan::Plan;
use sluice_csv::Chunk;
use sluice_kind::WorkQueue;
use sluice_lambda::{Deadline, Init, Telemetry, Work};
use sluice_task::{Task, TaskStatus};

use crate::Dispatch;
use crate::kind::{Begin, BoxError, PlanTask};

/// The function's name in metrics and traces.
const FUNCTION: &str = "splitter";

/// Says how the work of a task is cut.
#[async_trait]
pub trait CutTask: Debug + Send + Sync {
    /// Cuts a task's work. It may be called again for the same task, and then says the same.
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError>;
}

/// How the work of a task is cut.
#[derive(Debug)]
pub enum Cut {
    /// Into segments.
    Into(Segments),
    /// It is not done, for this reason.
    Refused(String),
}

/// Segments, at least one; each is a chunk.
#[derive(Debug)]
pub struct Segments {
    chunks: Vec<Chunk>,
    of_kind: Map<String, Value>,
}

impl Segments {
    /// Returns segments that have nothing but their number. `of_kind` is what the kind's chunks share.
    ///
    /// # Errors
    ///
    /// If `of_kind` is no JSON object.
    pub fn numbered(count: u32, of_kind: &impl Serialize) -> Result<Self, serde_json::Error> {
        Self::of(
            (0..count).map(segment).collect(),
            serde_json::to_value(of_kind)?,
        )
    }

    /// Returns segments in the kind's own measure, in which each begins where the one before ends.
    ///
    /// # Errors
    ///
    /// If `of_kind` is no JSON object.
    pub fn of(chunks: Vec<Chunk>, of_kind: impl Serialize) -> Result<Self, serde_json::Error> {
        let of_kind = serde_json::from_value(serde_json::to_value(of_kind)?)?;
        Ok(Self { chunks, of_kind })
    }
}

/// Plans tasks that `K` cuts into segments.
#[derive(Debug)]
pub struct InSegments<K> {
    kind: K,
    tasks: TaskStore,
    dispatch: Dispatch,
    telemetry: Telemetry,
}

#[derive(Debug, thiserror::Error)]
enum SegmentsError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("a plan cannot be written")]
    Plan(#[from] serde_json::Error),
    #[error("the work of a task could not be cut")]
    Kind(#[source] BoxError),
}

impl<K: CutTask> InSegments<K> {
    /// A planner. Needs `TASKS_TABLE`, and what [`Dispatch`] needs.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>, kind: K) -> Result<Self, BoxError> {
        Self::through(init, kind, WorkQueue::CHUNKS)
    }

    /// As [`Self::new`], with the chunks in another queue.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn through(init: &Init<'_>, kind: K, queue: WorkQueue) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            kind,
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            dispatch: Dispatch::through(init, queue)?,
            telemetry: init.telemetry.clone(),
        })
    }

    async fn plan(&self, task: &Task) -> Result<(), SegmentsError> {
        let reference = task.reference();
        let mut run = task.run_count;
        // A retry keeps the plan of the run before: what was committed stays.
        let (mut plan, chunks) = match self.dispatch.kept(&reference).await? {
            Some(kept) => (kept.plan, kept.chunks),
            None => match self.kind.cut(task).await.map_err(SegmentsError::Kind)? {
                Cut::Into(segments) => {
                    let chunks = segments.chunks;
                    let start = chunks.first().map_or(0, |chunk| chunk.start);
                    let end = chunks.last().map_or(0, |chunk| chunk.end);
                    let plan = Plan::new(reference.clone(), run, start..end, &segments.of_kind)?;
                    (plan, chunks)
                }
                Cut::Refused(reason) if task.status == TaskStatus::Submitted => {
                    self.tasks.end_early(task, &reason).await?;
                    return Ok(());
                }
                Cut::Refused(reason) => {
                    let total = self
                        .tasks
                        .set_chunks_total(&reference, run, 0, Some(&reason));
                    total.await?;
                    return Ok(());
                }
            },
        };
        if task.status == TaskStatus::Submitted {
            run += 1;
            // Another delivery of the same message may have been faster: both plan the same. Of a task that
            // was cancelled meanwhile no plan is kept, so that its retry is cut anew.
            if !self.tasks.start_run(&reference, run).await? && self.has_ended(&reference).await? {
                return Ok(());
            }
        }
        plan.run = run;
        let mut done = HashSet::new();
        if run > 1 {
            let reports = self.tasks.chunk_reports(&reference, run).await?;
            done.extend(reports.iter().map(|report| report.chunk));
        }
        let total = chunks.len() as u32;
        // The plan is kept before anyone can find the task complete.
        self.dispatch.keep(&plan, 0, &chunks, true).await?;
        self.dispatch.send(&plan, &[&chunks], &done).await?;
        let planned = self.tasks.set_chunks_total(&reference, run, total, None);
        planned.await?;
        Ok(())
    }

    async fn has_ended(&self, task: &TaskRef) -> Result<bool, AwsError> {
        let task = self.tasks.get(task).await?;
        Ok(task.is_none_or(|task| task.status.has_ended()))
    }
}

#[async_trait]
impl<K: CutTask> PlanTask for InSegments<K> {
    async fn begin(&self, task: Task, begin: Begin, _deadline: Deadline) -> Result<(), BoxError> {
        if let Begin::Arrived(key) = begin
            && task
                .kind()
                .object(&task)?
                .is_none_or(|object| object.key != key)
        {
            tracing::warn!(task = %task.reference(), "another object than the task's own arrived");
            return Ok(());
        }
        let work = Work::of_task(FUNCTION, task.reference(), task.trace.clone());
        let planned = Box::pin(self.plan(&task));
        Ok(self.telemetry.watch(work, planned, Result::is_err).await?)
    }
}

/// The chunk of a segment.
fn segment(number: u32) -> Chunk {
    Chunk {
        number,
        start: u64::from(number),
        end: u64::from(number) + 1,
        first_row: 0,
        records: 0,
    }
}
