//! The finisher: sees in the tasks table's stream that all chunks of a task are committed, checks the counts,
//! has its kind make the result, and ends the task. It may run twice for one task: the ending is a
//! conditional write.

use sluice_kind::OfKind;
use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use jiff::Timestamp;
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};
use sluice_aws::{
    Added, Admission, AwsError, Closing, NewTask, ObjectError, Objects, Queue, Settings, TaskStore,
    chain, cost_of_ending, metered, notice_of_image, observe, observe_rows, task_of_image,
    used_so_far,
};
use sluice_basics::fingerprint;
use sluice_basics::ids::{StationId, TaskRef};
use sluice_basics::metric::Metric;
use sluice_basics::object_key;
use sluice_basics::trace::Trace;
use sluice_basics::used::Used;
use sluice_kind::FollowUp;
use sluice_lambda::{Deadline, Init, Telemetry, Work};
use sluice_task::books::{self, ChunkReport};
use sluice_task::costs::Costs;
use sluice_task::estimate::Estimate;
use sluice_task::manifest::Manifest;
use sluice_task::timeline::timeline;
use sluice_task::{Task, TaskStatus};
use sluice_webhooks::{Notice, NoticeMessage};

use crate::kind::{BoxError, CompleteTask, FinishTask, Finished, KindOfTask};
use crate::starter::Starter;

/// The function's name in metrics and traces.
const FUNCTION: &str = "finisher";
/// The time kept for ending a task whose result is made.
const MARGIN: Duration = Duration::from_mins(1);
/// How often the sweeper shows a task again before it ends with what can be had. The sweeper's own
/// patience is longer.
const PATIENCE: u32 = 20;

/// Finishes the tasks of all kinds.
#[derive(Debug)]
pub struct Finisher {
    tasks: TaskStore,
    objects: Objects,
    notices: Queue,
    starter: Starter,
    kinds: BTreeMap<&'static str, Box<dyn FinishTask>>,
    telemetry: Telemetry,
}

/// Where a task is seen to be complete for the first time.
struct Complete {
    sequence_number: Option<String>,
    trace: Option<Trace>,
}

/// Why a task could not be ended now.
#[derive(Debug, thiserror::Error)]
enum EndError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("this release knows no tasks `{0}`")]
    UnknownKind(String),
    #[error("the result of a task could not be made")]
    Kind(#[source] BoxError),
}

impl Finisher {
    /// A finisher for tasks of these kinds. Needs `TASKS_TABLE`, `FILES_BUCKET`, `NOTICES_QUEUE_URL` and what
    /// [`Starter`] needs.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>, kinds: &[KindOfTask]) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let mut finishers = BTreeMap::new();
        for kind in kinds {
            finishers.insert(kind.name, (kind.finish)(init)?);
        }
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            notices: Queue::new(init.clients, settings.required("NOTICES_QUEUE_URL")?),
            starter: Starter::new(init)?,
            kinds: finishers,
            telemetry: init.telemetry.clone(),
        })
    }

    /// Handles changes of the tasks table. A task that cannot be ended now is answered as a
    /// failure, so that the stream shows it again.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> DynamoDbEventResponse {
        // A busy task changes often: only the first sight of completeness matters.
        let until = Deadline::of(&event.context).less(MARGIN);
        let mut complete: HashMap<TaskRef, Complete> = HashMap::new();
        let mut stopping: HashMap<TaskRef, String> = HashMap::new();
        let mut followed: HashMap<TaskRef, (Option<String>, Task)> = HashMap::new();
        let mut notices = Vec::new();
        for record in event.payload.records {
            let sequence_number = record.change.sequence_number;
            if let Some(notice) = notice_of_image(&record.change.new_image) {
                notices.push(notice);
                continue;
            }
            let Some(task) = task_of_image(record.change.new_image) else {
                continue;
            };
            if task.follow_up && task.status.has_ended() {
                let seen = followed.entry(task.reference());
                seen.or_insert((sequence_number, task));
                continue;
            }
            if task.status != TaskStatus::Running {
                continue;
            }
            if !task.chunks.is_complete()
                && !task.chunks.stopping
                && let Some(reason) = task.kind().stops(&task)
            {
                stopping.insert(task.reference(), reason);
            }
            if task.chunks.is_complete() {
                let reference = task.reference();
                complete.entry(reference).or_insert(Complete {
                    sequence_number,
                    trace: task.trace,
                });
            }
        }
        self.announce(&notices).await;
        for (task, reason) in stopping {
            // The next change of the task shows it again.
            if let Err(error) = self.tasks.stop(&task, &reason).await {
                tracing::warn!(%task, error = chain(&error), "a task was not stopped");
            }
        }
        let mut response = DynamoDbEventResponse::default();
        for (task, (sequence_number, image)) in followed {
            if let Err(error) = Box::pin(self.follow(&image)).await {
                observe(Metric::Failures, 1.0);
                tracing::error!(%task, error = chain(&error), "what follows a task could not be added");
                response.batch_item_failures.push(failure(sequence_number));
            }
        }
        let left = || until.saturating_duration_since(Instant::now());
        let time = left();
        for (place, (task, seen)) in complete.into_iter().enumerate() {
            // The tasks before have taken the time that this one may need, and without time it would fail for good.
            if is_late(place, time, left()) {
                tracing::info!(%task, "a task is left to the next invocation");
                response
                    .batch_item_failures
                    .push(failure(seen.sequence_number));
                continue;
            }
            let work = Work::of_task(FUNCTION, task.clone(), seen.trace);
            let outcome = async {
                let outcome = metered(Box::pin(self.finish(&task, until))).await;
                outcome.inspect_err(|_| observe(Metric::Failures, 1.0))
            };
            let telemetry = &self.telemetry;
            if let Err(error) = telemetry.watch(work, outcome, Result::is_err).await {
                tracing::error!(%task, error = chain(&error), "a task could not be ended");
                response
                    .batch_item_failures
                    .push(failure(seen.sequence_number));
            }
        }
        response
    }

    /// Adds the task that follows one that has ended. Adding it twice is adding it once.
    async fn follow(&self, task: &Task) -> Result<(), AwsError> {
        let Some(follow_up) = task.kind().follow_up(task) else {
            return Ok(());
        };
        let new = NewTask {
            station_id: task.station_id.clone(),
            user_task_id: Some(FollowUp::user_task_id(
                follow_up.name,
                task.task_id,
                task.run_count,
            )),
            name: follow_up.name.to_owned(),
            business_id: task.business_id.clone(),
            business_name: task.business_name.clone(),
            task_type: follow_up.task_type,
            repeat: true,
            work: None,
            fingerprint: fingerprint(follow_up.input.to_string().as_bytes()),
            created_by: task.created_by.clone(),
            // Its task had room, and there is one for each at most.
            admission: Admission::Below(u32::MAX),
            start_at: None,
        };
        match self
            .starter
            .start(&new, |_| follow_up.input.clone())
            .await?
        {
            Added::New(child) | Added::Before(child) => {
                self.tasks.has_followed(task, child.task_id).await
            }
            // Somebody has taken its id.
            Added::Conflict(other) | Added::Equal(Task { task_id: other, .. }) => {
                tracing::error!(task = %task.reference(), %other, "nothing follows a task: its id is taken");
                Ok(())
            }
            Added::NoRoom | Added::Busy => Err(AwsError::passing(
                "TransactWriteItems",
                "too many tasks are added now",
            )),
        }
    }

    /// Has webhooks told of what has just happened. What cannot be announced now is announced by the sweeper.
    async fn announce(&self, notices: &[Notice]) {
        let mut stations: BTreeMap<&StationId, Vec<NoticeMessage>> = BTreeMap::new();
        for notice in notices {
            let messages = stations.entry(&notice.station_id).or_default();
            messages.push(notice.message());
        }
        for (station, messages) in stations {
            if let Err(error) = self.notices.send(station, &messages).await {
                observe(Metric::Failures, 1.0);
                tracing::warn!(%station, error = chain(&error), "webhooks are told later");
            }
        }
    }

    /// Ends a task if all its chunks are committed.
    async fn finish(&self, reference: &TaskRef, until: Instant) -> Result<(), EndError> {
        let task = match self.tasks.get(reference).await {
            // The sweeper ends it; to be shown it again would not help.
            Err(error) if error.is_unreadable() => {
                tracing::error!(error = chain(&error), "a task cannot be ended");
                return Ok(());
            }
            task => task?,
        };
        let Some(task) = task else {
            return Ok(());
        };
        if task.status != TaskStatus::Running || !task.chunks.is_complete() {
            return Ok(());
        }
        let kind = self.kinds.get(task.name.as_str());
        let kind = kind.ok_or_else(|| EndError::UnknownKind(task.name.clone()))?;
        let reports = self.tasks.chunk_reports(reference, task.run_count).await?;
        let manifests: Vec<Manifest> = self
            .objects
            .get_all_json(&object_key::manifests(reference))
            .await?;
        let manifest = Manifest::merge(manifests);
        let (about, bytes) = (task.kind(), task.kind().bytes(&task));
        let done = about.words_of_equal_work().done;
        let trouble = books::trouble(&task.chunks, bytes, done, manifest.as_ref(), &reports);
        let finished = kind.finish(CompleteTask {
            task: &task,
            manifest: manifest.as_ref(),
            reports: &reports,
            trouble: trouble.as_ref(),
            until,
            is_last_try: task.chunks.nudges >= PATIENCE,
        });
        let mut finished = finished.await.map_err(EndError::Kind)?;
        if let Some(start) = task.start_time {
            let timeline = json!(timeline(start, &reports));
            finished.result.insert("timeline".to_owned(), timeline);
        }
        self.end(&task, manifest.as_ref(), &reports, finished).await
    }

    async fn end(
        &self,
        task: &Task,
        manifest: Option<&Manifest>,
        reports: &[ChunkReport],
        finished: Finished,
    ) -> Result<(), EndError> {
        let result = Value::Object(finished.result);
        let mut closing = Closing {
            at: Timestamp::now(),
            ending: &finished.ending,
            moved: finished.moved,
            result: &result,
            costs: None,
            has_follow_up: false,
        };
        let ended = closing.ended(task);
        closing.has_follow_up = task.kind().follow_up(&ended).is_some();
        let costs = match manifest {
            Some(manifest) => {
                let mut used = manifest.used;
                for report in reports {
                    used += report.used;
                }
                used += used_so_far();
                Some(costs_of(task, &closing, finished.estimate, used)?)
            }
            None => None,
        };
        closing.costs = costs.as_ref();
        if self.tasks.end_with(task, &closing).await? {
            if !manifest.is_some_and(|manifest| manifest.plan.dry_run) {
                observe_rows(&finished.counted);
            }
            let rows = ended.chunks.rows;
            tracing::info!(
                task = %task.reference(),
                status = closing.ending.status.number(),
                rows_read = rows.read,
                rows_succeeded = rows.succeeded,
                reason = closing.ending.reason,
                "a task has ended"
            );
        }
        Ok(())
    }
}

/// What a task took that used so much before it is ended as `closing` says. The record that ends it
/// has its costs, whose size is part of what they are: the first pass is for the size.
fn costs_of(
    task: &Task,
    closing: &Closing<'_>,
    estimate: Option<Estimate>,
    used: Used,
) -> Result<Costs, AwsError> {
    let since = task.start_time.unwrap_or(task.create_time);
    let milliseconds = closing.at.duration_since(since).as_millis().max(0) as u64;
    let mut costs = Costs::new(estimate, milliseconds, &used);
    for _ in 0..2 {
        let sized = Closing {
            costs: Some(&costs),
            ..*closing
        };
        let mut all = used;
        all += cost_of_ending(task, &sized.ended(task))?;
        costs = Costs::new(estimate, milliseconds, &all);
    }
    Ok(costs)
}

/// Asks the stream to show a record again.
fn failure(sequence_number: Option<String>) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence_number;
    failure
}

/// Whether a task is left to another invocation: those before it have taken more than half of the time. The first one
/// never is, so that each invocation ends a task.
fn is_late(place: usize, time: Duration, left: Duration) -> bool {
    place > 0 && left < time / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_others_have_left_no_time_comes_again_and_the_first_one_never_does() {
        let [all, half, little] = [10, 5, 4].map(Duration::from_mins);
        assert!(!is_late(1, all, half));
        assert!(is_late(1, all, little));
        assert!(is_late(7, all, Duration::ZERO));
        assert!(!is_late(0, all, Duration::ZERO));
        assert!(!is_late(0, Duration::ZERO, Duration::ZERO));
    }
}
