//! Schedules that are due: each starts its task, and is set for its next time. The task comes first and is named by
//! the schedule and the time, so that a sweeper that dies between the two starts none twice.

use futures::StreamExt;
use jiff::Timestamp;
use sluice_aws::{Added, Admission, AwsError, DueSchedule, NewTask, chain, observe};
use sluice_core::metric::Metric;
use sluice_core::schedule::{LastRun, Moment, Schedule, Turn};
use sluice_core::{fingerprint, kind, work};

use crate::{AT_ONCE, Sweeper};

const LEFT_OUT: &str = "it was missed and left out";

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
        let last = match schedule.turn(due.due, now) {
            Turn::Not => return Ok(()),
            Turn::LeaveOut => without_task(due, LEFT_OUT.to_owned()),
            Turn::Start => match self.start(&schedule, due, now).await? {
                Some(last) => last,
                // There is no room for it now.
                None => return Ok(()),
            },
        };
        let (station, name, task) = (&due.station_id, &due.name, last.task_id);
        tracing::info!(%station, schedule = %name, ?task, problem = last.problem, "a schedule was due");
        // If it has changed meanwhile, whoever changed it has set its next time.
        self.schedules
            .put(&schedule.after(last, now), Some(&schedule))
            .await?;
        Ok(())
    }

    async fn start(
        &self,
        schedule: &Schedule,
        due: &DueSchedule,
        now: Timestamp,
    ) -> Result<Option<LastRun>, AwsError> {
        let prepared = &schedule.prepared;
        let limits = self.limits.of(&due.station_id).await?;
        let most = if kind::of(&prepared.name).has_chunks() {
            limits.max_running_imports
        } else {
            limits.max_open_tasks
        };
        let new = NewTask {
            created_by: schedule.created_by.clone(),
            station_id: due.station_id.clone(),
            user_task_id: Some(schedule.user_task_id(due.due)),
            name: prepared.name.clone(),
            business_id: prepared.business_id.clone(),
            business_name: prepared.business_name.clone(),
            task_type: prepared.task_type,
            repeat: true,
            work: prepared.work.clone(),
            // A schedule that is changed between two tries of a run has run all the same.
            fingerprint: fingerprint(due.name.to_string().as_bytes()),
            admission: Admission::Below(most),
            start_at: None,
        };
        let moment = Moment {
            due: due.due,
            now,
            zone: schedule.time_zone.zone(),
        };
        let input = match schedule.task.input_at(prepared, moment) {
            Ok(input) => input,
            Err(error) => return Ok(Some(without_task(due, error.to_string()))),
        };
        Ok(match self.starter.start(&new, |_| input.clone()).await? {
            Added::New(task) | Added::Before(task) => Some(LastRun {
                due_at: due.due,
                task_id: Some(task.task_id),
                problem: None,
            }),
            Added::Conflict(task_id) => {
                let problem = format!("its id belongs to task {task_id}, which is another one");
                Some(without_task(due, problem))
            }
            Added::Equal(equal) => Some(without_task(due, work::refusal(&equal))),
            Added::NoRoom | Added::Busy => None,
        })
    }
}

fn without_task(due: &DueSchedule, problem: String) -> LastRun {
    LastRun {
        due_at: due.due,
        task_id: None,
        problem: Some(problem),
    }
}
