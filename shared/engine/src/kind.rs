//! What a kind of task supplies.

use std::error::Error;
use std::fmt::Debug;
use std::time::Instant;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::{Map, Value};
use sluice_aws::{AwsError, Moved, used_so_far};
use sluice_basics::rows::RowCounts;
use sluice_kind::Kind;
use sluice_lambda::{Deadline, Init};
use sluice_task::Task;
use sluice_task::books::{ChunkReport, Ending, Trouble};
use sluice_task::estimate::Estimate;
use sluice_task::manifest::Manifest;
use sluice_task::message::{ChunkMessage, SplitResume};

use crate::Attempt;

/// An error of any kind of task.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A kind of task, as the functions are built with it. Each function has the settings and the rights for
/// its own part alone.
#[derive(Clone, Copy, Debug)]
pub struct KindOfTask {
    /// The handler's name of its tasks.
    pub name: &'static str,
    /// Builds what plans its tasks.
    pub plan: fn(&Init<'_>) -> Result<Box<dyn PlanTask>, BoxError>,
    /// Builds what runs its chunks.
    pub run: fn(&Init<'_>) -> Result<Box<dyn RunChunk>, BoxError>,
    /// Builds what finishes its tasks.
    pub finish: fn(&Init<'_>) -> Result<Box<dyn FinishTask>, BoxError>,
}

impl KindOfTask {
    /// What is decided about its tasks.
    pub fn about(&self) -> &'static dyn Kind {
        sluice_kind::of(self.name)
    }
}

/// Plans the tasks of one kind.
#[async_trait]
pub trait PlanTask: Debug + Send + Sync {
    /// Begins with a task that has not ended and whose chunks have not all been planned, or goes on with it.
    /// A repeated call plans the same chunks.
    async fn begin(&self, task: Task, begin: Begin, deadline: Deadline) -> Result<(), BoxError>;
}

/// Why a task is begun with.
#[derive(Debug)]
pub enum Begin {
    /// Somebody asked for it: a client, a retry, or the sweeper.
    Asked,
    /// It was paused, and is to go on.
    GoOn,
    /// The object with this key arrived.
    Arrived(String),
    /// An invocation ran out of time while it read the task's file, and this is the rest.
    Rest(Box<SplitResume>),
}

/// Runs the chunks of one kind's tasks.
#[async_trait]
pub trait RunChunk: Debug + Send + Sync {
    /// Does one chunk and reports on it. Nothing is counted yet: the engine commits the report once,
    /// however often the chunk is run.
    async fn run_chunk(
        &self,
        chunk: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError>;
}

/// What came of one try at a chunk.
#[derive(Debug)]
pub enum ChunkOutcome {
    /// It is done.
    Done {
        /// What is committed.
        report: Box<ChunkReport>,
        /// The rows that metrics count now.
        counted: RowCounts,
    },
    /// It goes on under another message.
    HandedOn,
}

impl ChunkOutcome {
    /// A chunk that is done, and what its kind keeps of it beside the counts. Metrics count nothing: theirs are
    /// the rows of imports.
    ///
    /// # Errors
    ///
    /// If what the kind keeps cannot be written.
    pub fn done(
        message: &ChunkMessage,
        rows: RowCounts,
        of_kind: &impl Serialize,
    ) -> Result<Self, RunError> {
        let report = ChunkReport::done(message.plan.run, &message.chunk, rows);
        Ok(Self::Done {
            report: Box::new(ChunkReport {
                of_kind: Some(serde_json::to_value(of_kind).map_err(RunError::ours)?),
                used: used_so_far(),
                ..report
            }),
            counted: RowCounts::default(),
        })
    }
}

/// Why a chunk could not be done now. Its message comes again.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Another try at it is under way.
    #[error("another try at the chunk is under way")]
    Busy,
    /// No try can do it: what the task works on is not what it was. The task stops, for this reason.
    #[error("{0}")]
    Stop(String),
    /// It failed.
    #[error("a chunk could not be done")]
    Failed {
        /// What the task's owner is told.
        words: String,
        /// What the log says.
        source: BoxError,
    },
    /// A service failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

impl RunError {
    /// What the owner of a task is told of a fault that is none of theirs.
    pub const OUR_FAULT: &str = "a fault on our side, which is in the log";

    /// A failure of which the task's owner is told nothing but that.
    pub fn ours(source: impl Into<BoxError>) -> Self {
        Self::Failed {
            words: Self::OUR_FAULT.to_owned(),
            source: source.into(),
        }
    }

    /// Returns what the task's owner is told. The log has the rest.
    pub fn for_people(&self) -> String {
        match self {
            Self::Failed { words, .. } => words.clone(),
            Self::Busy | Self::Stop(_) => self.to_string(),
            Self::Aws(_) => Self::OUR_FAULT.to_owned(),
        }
    }
}

/// Finishes the tasks of one kind.
#[async_trait]
pub trait FinishTask: Debug + Send + Sync {
    /// Makes the result of a task whose chunks are all committed, and decides how it ends. It may be called
    /// several times for one task, also at the same time.
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError>;
}

/// A task whose chunks are all committed.
#[derive(Clone, Copy, Debug)]
pub struct CompleteTask<'a> {
    /// The task.
    pub task: &'a Task,
    /// Its plan; none if it is lost.
    pub manifest: Option<&'a Manifest>,
    /// What was committed, by number of the chunk.
    pub reports: &'a [ChunkReport],
    /// What is known to be wrong: lost chunks, or books that do not balance.
    pub trouble: Option<&'a Trouble>,
    /// By when it must be finished.
    pub until: Instant,
    /// Whether it was tried so often that it has to end now, with what can be had.
    pub is_last_try: bool,
}

/// How a task ends.
#[derive(Debug)]
pub struct Finished {
    /// Its end.
    pub ending: Ending,
    /// Rows that count otherwise from now on.
    pub moved: Moved,
    /// The rows that metrics count now.
    pub counted: RowCounts,
    /// Its result, to which the engine adds the timeline.
    pub result: Map<String, Value>,
    /// What it was expected to take, if that is known.
    pub estimate: Option<Estimate>,
}

impl Finished {
    /// An end with this result, of a task whose rows count as its chunks counted them.
    pub fn new(ending: Ending, result: Map<String, Value>) -> Self {
        Self {
            ending,
            moved: Moved::default(),
            counted: RowCounts::default(),
            result,
            estimate: None,
        }
    }
}
