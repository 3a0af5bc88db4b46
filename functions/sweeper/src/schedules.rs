//! Schedules that are due: each starts its task, and is set for its next time. The task comes first and is named by
//! the schedule and the time, so that a sweeper that dies between the two starts none twice.

use futures::StreamExt;
use jiff::Timestamp;
use serde_json::Value;
use sluice_aws::{Added, Admission, AwsError, DueSchedule, NewTask, chain, observe};
use sluice_basics::fingerprint;
use sluice_basics::ids::TaskRef;
use sluice_basics::metric::Metric;
use sluice_kind::work;
use sluice_schedules::{ImportedFile, LastRun, Moment, Schedule, StagedFile, Turn};
use sluice_task::{Task, TaskStatus};

use crate::{AT_ONCE, Sweeper};

const LEFT_OUT: &str = "it was missed and left out";
const UNCHANGED: &str = "the file is still the one that the run before imported";

impl Sweeper {
    /// Starts what is due.
    pub(crate) async fn run_schedules(&self) -> Result<(), AwsError> {
        let now = Timestamp::now();
        let mut page = self.schedules.due(now, None).await?;
        loop {
            let runs: Vec<_> = page.due.iter().map(|due| self.run_one(due)).collect();
            futures::stream::iter(runs)
                .buffer_unordered(AT_ONCE)
                .collect::<()>()
                .await;
            if !page.has_more() {
                return Ok(());
            }
            page = self.schedules.due(now, Some(page)).await?;
        }
    }

    async fn run_one(&self, due: &DueSchedule) {
        if let Err(error) = Box::pin(self.run(due)).await {
            observe(Metric::Failures, 1.0);
            let (station, schedule, error) = (&due.station_id, &due.name, chain(&error));
            tracing::error!(%station, %schedule, error, "a schedule could not be run now");
        }
    }

    async fn run(&self, due: &DueSchedule) -> Result<(), AwsError> {
        let schedule = self.schedules.get(&due.station_id, &due.name).await?;
        let is_of_mark = |schedule: &Schedule| schedule.next_at == Some(due.due);
        let Some(schedule) = schedule.filter(is_of_mark) else {
            return self.schedules.forget(due).await;
        };
        let now = Timestamp::now();
        let run = match schedule.turn(due.due, now) {
            Turn::Not => return Ok(()),
            Turn::LeaveOut => Run::without_task(due, LEFT_OUT),
            Turn::Start => match self.start(&schedule, due, now).await? {
                Some(run) => run,
                // There is no room for it now.
                None => return Ok(()),
            },
        };
        let (station, name, task) = (&due.station_id, &due.name, run.last.task_id);
        let problem = run.last.problem.as_deref();
        tracing::info!(%station, schedule = %name, ?task, problem, "a schedule was due");
        let after = Schedule {
            imported: run.imported.or_else(|| schedule.imported.clone()),
            ..schedule.after(run.last, now)
        };
        // If it has changed meanwhile, whoever changed it has set its next time.
        self.schedules.put(&after, Some(&schedule)).await?;
        Ok(())
    }

    async fn start(
        &self,
        schedule: &Schedule,
        due: &DueSchedule,
        now: Timestamp,
    ) -> Result<Option<Run>, AwsError> {
        let prepared = &schedule.prepared;
        let file = match schedule.task.file() {
            None => None,
            Some(key) => self.objects.head_latest(key).await?,
        };
        let file = file.map(|file| StagedFile {
            etag: file.etag,
            version_id: file.version_id,
            size_bytes: file.size_bytes,
        });
        if let Some(file) = &file
            && !schedule.task.may_repeat()
            && self.is_imported(schedule, &file.etag).await?
        {
            return Ok(Some(Run::without_task(due, UNCHANGED)));
        }
        let moment = Moment {
            due: due.due,
            now,
            zone: schedule.time_zone.zone(),
            file: file.as_ref(),
        };
        let input = match schedule.task.input_at(prepared, moment) {
            Ok(input) => input,
            Err(error) => return Ok(Some(Run::without_task(due, error.to_string()))),
        };
        let limits = self.limits.of(&due.station_id).await?;
        let new = NewTask {
            created_by: schedule.created_by.clone(),
            station_id: due.station_id.clone(),
            user_task_id: Some(schedule.user_task_id(due.due)),
            name: prepared.name.clone(),
            business_id: prepared.business_id.clone(),
            business_name: prepared.business_name.clone(),
            task_type: prepared.task_type,
            repeat: schedule.task.may_repeat(),
            work: prepared.work.clone(),
            // A schedule that is changed between two tries of a run has run all the same.
            fingerprint: fingerprint(due.name.to_string().as_bytes()),
            admission: match &file {
                // The version that is there now is imported, and waits for room as one that arrives in the inbox.
                Some(_) => Admission::Waiting(limits.max_open_tasks),
                None if sluice_kind::of(&prepared.name).has_chunks() => {
                    Admission::Below(limits.max_running_imports)
                }
                None => Admission::Below(limits.max_open_tasks),
            },
            start_at: None,
        };
        Ok(match self.starter.start(&new, |_| input.clone()).await? {
            Added::New(task) | Added::Before(task) => Some(Run::of(due, &task)),
            Added::Conflict(task_id) => {
                let problem = format!("its id belongs to task {task_id}, which is another one");
                Some(Run::without_task(due, problem))
            }
            Added::Equal(equal) => Some(Run::without_task(due, work::refusal(&equal))),
            Added::NoRoom | Added::Busy => None,
        })
    }
}

impl Sweeper {
    /// Whether the last task of a schedule imports this content, or has imported it. One that failed or was undone has
    /// not.
    async fn is_imported(&self, schedule: &Schedule, etag: &str) -> Result<bool, AwsError> {
        let imported = schedule.imported.as_ref().filter(|one| one.etag == etag);
        let Some(imported) = imported else {
            return Ok(false);
        };
        let task = TaskRef {
            station_id: schedule.station_id.clone(),
            task_id: imported.task_id,
        };
        let task = self.tasks.get(&task).await?;
        Ok(task.is_some_and(|task| task.status != TaskStatus::Failed && !task.import.is_undone()))
    }
}

/// What became of a run.
struct Run {
    last: LastRun,
    /// The file that its task imports.
    imported: Option<ImportedFile>,
}

impl Run {
    /// The task may have been added by an earlier try, when another file was there.
    fn of(due: &DueSchedule, task: &Task) -> Self {
        let etag = task.input.get("etag").and_then(Value::as_str);
        Self {
            imported: etag.map(|etag| ImportedFile {
                etag: etag.to_owned(),
                task_id: task.task_id,
            }),
            last: LastRun {
                due_at: due.due,
                task_id: Some(task.task_id),
                problem: None,
            },
        }
    }

    fn without_task(due: &DueSchedule, problem: impl Into<String>) -> Self {
        Self {
            imported: None,
            last: LastRun {
                due_at: due.due,
                task_id: None,
                problem: Some(problem.into()),
            },
        }
    }
}
