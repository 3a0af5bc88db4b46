//! Beginning with a task whose file is there: whether it is to be split now, and what comes before
//! the first chunk.

use sluice_aws::{ObjectError, Started, charge, cost_of_adding};
use sluice_csv::Cursor;
use sluice_import::ImportInput;
use sluice_kind::work;
use sluice_lambda::{Deadline, Work};
use sluice_task::message::SplitResume;
use sluice_task::{Task, TaskStatus};

use crate::plan::correct::{NotContinued, in_station_of};
use crate::plan::open::Refused;
use crate::plan::{FUNCTION, PlanImport, SplitError};

impl PlanImport {
    /// Starts a task's import, or goes on with one whose splitting was cut off.
    /// `arrived` is the object that set it off, if one did.
    pub(crate) async fn begin(
        &self,
        task: Task,
        arrived: Option<&str>,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let input: ImportInput =
            serde_json::from_value(task.input.clone()).map_err(SplitError::Input)?;
        if arrived.is_some_and(|key| key != input.object_key) {
            tracing::warn!(task = %task.reference(), "another object than the task's file arrived");
            return Ok(());
        }
        if self.waits_for_room(&task, &input).await? {
            return Ok(());
        }
        let work = Work::of_task(FUNCTION, task.reference(), task.trace.clone());
        let started = Box::pin(self.start(&task, input, deadline));
        self.telemetry.watch(work, started, Result::is_err).await
    }

    /// Opens the file, starts the task if it waits, and splits the file.
    async fn start(
        &self,
        task: &Task,
        input: ImportInput,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let opened = match self.open(task, input).await? {
            Ok(opened) => opened,
            Err(refused) => return self.refuse(task, &refused).await,
        };
        if task.status == TaskStatus::Submitted {
            let (plan, detected, columns) = (&opened.plan, &opened.detected, &opened.columns);
            // A dry run stands in nobody's way.
            let work = match self.work(&plan.business, &opened.original).await {
                Ok(work) => (!plan.dry_run).then_some(work),
                Err(ObjectError::Changed) => return self.refuse(task, &Refused::Gone).await,
                Err(error) => return Err(error.into()),
            };
            if let Some(root) = plan.continues
                && !plan.dry_run
                && !self
                    .tasks
                    .continue_import(&in_station_of(task, root), task.task_id)
                    .await?
            {
                let refused = NotContinued::NotEnded(root).into();
                return self.refuse(task, &refused).await;
            }
            let started = self
                .tasks
                .start_import(task, plan, work.as_deref(), detected, columns);
            match started.await? {
                Started::Now => charge(cost_of_adding(task)?),
                Started::Not => {
                    // Another delivery of the same event was faster, or the task has ended.
                    let now = self.tasks.get(&plan.task).await?;
                    let is_same = |now: &Task| {
                        now.status == TaskStatus::Running
                            && now.run_count == plan.run
                            && now.import.etag.as_ref() == Some(&plan.etag)
                    };
                    if !now.as_ref().is_some_and(is_same) {
                        return Ok(());
                    }
                }
                Started::Equal(equal) => {
                    return self
                        .refuse(task, &Refused::Equal(work::refusal(&equal)))
                        .await;
                }
            }
        }
        let cursor = Cursor {
            position: opened.data,
            next_chunk: 0,
        };
        let from = SplitResume {
            plan: opened.plan,
            cursor,
            searched_to: 0,
        };
        self.split(from, opened.read, deadline).await
    }
}
