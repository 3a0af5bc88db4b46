//! The planner: begins with tasks that are asked for, each by its kind.

use sluice_kind::OfKind;
use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use sluice_aws::{AwsError, ObjectError, Settings, TaskStore, chain, metered, traced};
use sluice_basics::ids::TaskRef;
use sluice_basics::plan::Plan;
use sluice_lambda::{Deadline, Init};
use sluice_task::Task;

use crate::Dispatches;
use crate::kind::{Begin, BoxError, KindOfTask, PlanTask};

/// Plans the tasks of all kinds.
#[derive(Debug)]
pub struct Planner {
    tasks: TaskStore,
    dispatches: Dispatches,
    worker_time: Duration,
    kinds: BTreeMap<&'static str, Box<dyn PlanTask>>,
}

/// Why a task could not be planned now; its message comes again.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Its kind could not.
    #[error("a task could not be planned")]
    Kind(#[source] BoxError),
    /// Another release knows it.
    #[error("this release knows no tasks `{0}`")]
    UnknownKind(String),
    /// A service failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// Its plan could not be read.
    #[error(transparent)]
    Object(#[from] ObjectError),
}

impl Planner {
    /// A planner for tasks of these kinds. Needs `TASKS_TABLE`, `WORKER_SECONDS` (how long a worker
    /// may be busy with one chunk), and what [`Dispatches`] need.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>, kinds: &[KindOfTask]) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let mut planners = BTreeMap::new();
        for kind in kinds {
            planners.insert(kind.name, (kind.plan)(init)?);
        }
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            dispatches: Dispatches::new(init, kinds)?,
            worker_time: Duration::from_secs(settings.parsed("WORKER_SECONDS")?),
            kinds: planners,
        })
    }

    /// Begins with a task, or goes on with it. A task whose record cannot be read is left alone: the sweeper
    /// ends it, and another try would not help.
    pub async fn begin(
        &self,
        task: &TaskRef,
        begin: Begin,
        deadline: Deadline,
    ) -> Result<(), PlanError> {
        metered(Box::pin(self.begin_metered(task, begin, deadline))).await
    }

    async fn begin_metered(
        &self,
        task: &TaskRef,
        begin: Begin,
        deadline: Deadline,
    ) -> Result<(), PlanError> {
        let found = match self.tasks.get(task).await {
            Err(error) if error.is_unreadable() => {
                tracing::error!(error = chain(&error), "a task is left alone");
                return Ok(());
            }
            found => found?,
        };
        let Some(found) = found else {
            tracing::warn!(%task, "a task that does not exist cannot begin");
            return Ok(());
        };
        // Who resumes it sends another message.
        if found.status.has_ended() || found.chunks.paused {
            return Ok(());
        }
        // The sweeper sends another message at its time.
        if found.waits_until(Timestamp::now()).is_some() {
            return Ok(());
        }
        if found.chunks.total.is_some() {
            return match begin {
                Begin::GoOn => self.go_on(&found).await,
                _ => Ok(()),
            };
        }
        let planner = self.kinds.get(found.name.as_str());
        let planner = planner.ok_or_else(|| PlanError::UnknownKind(found.name.clone()))?;
        let outcome = planner.begin(found, begin, deadline).await;
        outcome.map_err(PlanError::Kind)
    }

    /// Sends the next chunks of a task that was planned to its end.
    async fn go_on(&self, task: &Task) -> Result<(), PlanError> {
        let reference = task.reference();
        let unknown = || PlanError::UnknownKind(task.name.clone());
        let dispatch = self.dispatches.of(task.kind()).ok_or_else(unknown)?;
        let Some(manifest) = dispatch.kept(&reference).await? else {
            return Ok(());
        };
        let reports = self.tasks.chunk_reports(&reference, task.run_count).await?;
        let plan = Plan {
            run: task.run_count,
            ..manifest.plan
        };
        let done = reports.iter().map(|report| report.chunk).collect();
        // Those that a worker is busy with come again by themselves when its lease ends.
        let tries = self.tasks.tries(&reference, task.run_count).await?;
        let now = Timestamp::now();
        let under_way = tries
            .values()
            .filter(|one| one.is_under_way(now, self.worker_time))
            .map(|one| one.chunk)
            .collect();
        let sent = dispatch.send_again(&plan, &manifest.chunks, &done, &under_way);
        Ok(Box::pin(traced(task.trace.clone(), sent)).await?)
    }
}
