//! What is wrong with one open task, and what sets it going again.

use sluice_kind::OfKind;
use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use sluice_aws::{AwsError, OpenTask, observe, traced};
use sluice_basics::metric::Metric;
use sluice_basics::object_key;
use sluice_basics::plan::Plan;
use sluice_task::books::{self, Ending, NO_REPORT, Trouble};
use sluice_task::manifest::Manifest;
use sluice_task::message::SplitMessage;
use sluice_task::{Task, TaskStatus};

use crate::Sweeper;
use crate::patience::{Backlogs, Patience};

/// How long the finisher may take before it is called again.
const FINISHING: Duration = Duration::from_mins(2);

/// A record that cannot be read is left alone for so long: while a release is rolled out, functions
/// of the one before it meet records that the next one reads.
const UNREADABLE: Duration = Duration::from_mins(15);

/// How long after its time a task begins that waited for it: the clocks of two functions may differ by so much.
const ON_TIME: Duration = Duration::from_secs(1);

const NOT_THERE: &str = "its record cannot be read: add it again";

/// An import that has counted nothing for this long is stuck.
const STILL: Duration = Duration::from_mins(20);
/// As is one that could not be ended when it was shown this often.
const MANY_NUDGES: u32 = 5;

/// How often that is tried before the task ends as it is. The finisher itself leaves the report
/// out sooner: this is for when it cannot do the rest either.
const MOST_NUDGES: u32 = 30;
/// What a task without a file is told whose result was tried for long enough.
const NO_RESULT: &str =
    "the result could not be made, again and again; see the log of the finisher";
const NOT_SETTLED: &str = "rows with the same key in several chunks may be counted as succeeded";

impl Sweeper {
    /// Does what a task needs; says what that was.
    pub(crate) async fn heal(
        &self,
        open: &OpenTask,
        backlogs: &Backlogs<'_>,
    ) -> Result<Option<&'static str>, AwsError> {
        let task = match self.tasks.get(&open.task).await {
            Err(error) if error.is_unreadable() => return self.end_unreadable(open).await,
            task => task?,
        };
        let Some(task) = task else {
            let now = Timestamp::now();
            self.tasks
                .end_unreadable(&open.task, now, NOT_THERE)
                .await?;
            return Ok(Some("the mark of a task that is not there was taken away"));
        };
        if task.status.has_ended() {
            return Ok(None);
        }
        let still_for = since(task.still_since());
        if is_stuck(&task, still_for) && !self.waits_its_turn(&task, backlogs).await {
            observe(Metric::TasksStuck, 1.0);
        }
        if !task.kind().has_chunks() {
            return self.heal_handled(&task, still_for).await;
        }
        if task.status == TaskStatus::Submitted {
            return self.heal_submitted(&task, still_for, backlogs).await;
        }
        if task.chunks.is_complete() {
            return self.heal_complete(&task, still_for).await;
        }
        if task.chunks.paused {
            return self.heal_parked(&task).await;
        }
        // The touch comes first: of two sweepers one goes on, and one that dies here leaves a
        // task that is looked at again.
        if !self.is_late(&task, still_for, backlogs).await || !self.tasks.nudge(&task).await? {
            return Ok(None);
        }
        if task.chunks.total.is_none() {
            self.send_begin(&task).await?;
            return Ok(Some("splitting begun again"));
        }
        self.send_missing_chunks(&task).await?;
        Ok(Some("missing chunks sent again"))
    }

    /// Whether a running task has stood still for longer than its messages may wait.
    async fn is_late(&self, task: &Task, still_for: Duration, backlogs: &Backlogs<'_>) -> bool {
        if task.chunks.total.is_none() && task.kind().reads_a_file() {
            return still_for >= self.config.stale_after;
        }
        let patience = Patience::new(self.config.resend_after, task.chunks.nudges);
        if still_for < patience.own() {
            return false;
        }
        let backlog = if task.chunks.total.is_none() {
            Some(backlogs.of_uploads().await)
        } else {
            backlogs.of_chunks(task.kind().queue()).await
        };
        backlog.is_none_or(|backlog| still_for >= patience.with(backlog))
    }

    /// Whether the chunks of a running task may merely wait behind others in a long queue.
    async fn waits_its_turn(&self, task: &Task, backlogs: &Backlogs<'_>) -> bool {
        if task.chunks.total.is_none() || task.chunks.is_complete() {
            return false;
        }
        let patience = Patience::new(self.config.resend_after, task.chunks.nudges);
        let backlog = backlogs.of_chunks(task.kind().queue()).await;
        backlog.is_some_and(|backlog| backlog.may_hold_for(patience.own()))
    }

    /// A task whose record cannot be read. Nothing that it needs can be known, so it ends.
    async fn end_unreadable(&self, open: &OpenTask) -> Result<Option<&'static str>, AwsError> {
        let patience = UNREADABLE.min(self.config.stale_after);
        let before = Timestamp::now()
            .checked_sub(patience)
            .map_err(|error| AwsError::new("ending an unreadable task", error))?;
        if self
            .tasks
            .end_unreadable(&open.task, before, NOT_THERE)
            .await?
        {
            return Ok(Some("a task with an unreadable record ended"));
        }
        tracing::error!(task = %open.task, "a task's record cannot be read");
        observe(Metric::Failures, 1.0);
        Ok(None)
    }

    /// A paused task: one that was parked goes on when its time has come, others wait for whoever paused them.
    async fn heal_parked(&self, task: &Task) -> Result<Option<&'static str>, AwsError> {
        let is_due = |at| at <= Timestamp::now();
        if !task.chunks.resume_at.is_some_and(is_due) || !self.tasks.resume(task, None).await? {
            return Ok(None);
        }
        // Should this not arrive, the task has made no progress for three minutes, and its chunks are sent again.
        let message = SplitMessage::go_on(task.reference());
        let sent = self
            .uploads
            .send(&task.station_id, std::slice::from_ref(&message));
        traced(task.trace.clone(), sent).await?;
        Ok(Some("a parked task goes on"))
    }

    /// A task that a service runs: it ends when nothing is heard of it for too long.
    async fn heal_handled(
        &self,
        task: &Task,
        still_for: Duration,
    ) -> Result<Option<&'static str>, AwsError> {
        let (patience, reason) = if task.status == TaskStatus::Submitted {
            let reason = "no service started it in time: see whether its handler runs, then retry";
            (self.config.start_expires, reason)
        } else {
            let reason = "its service was not heard of for too long: see whether its handler \
                          runs, then retry";
            (self.config.silent_expires, reason)
        };
        if still_for < patience || !self.tasks.end_early(task, reason).await? {
            return Ok(None);
        }
        Ok(Some("a task without its service ended"))
    }

    /// A task that the finisher has not seen complete, or could not end.
    async fn heal_complete(
        &self,
        task: &Task,
        still_for: Duration,
    ) -> Result<Option<&'static str>, AwsError> {
        if still_for < FINISHING {
            return Ok(None);
        }
        if task.chunks.nudges < MOST_NUDGES {
            let nudged = self.tasks.nudge(task).await?;
            return Ok(nudged.then_some("completeness shown again"));
        }
        let ending = if task.kind().reads_a_file() {
            let fault = task.chunks.fault.clone().map(Trouble::Missing);
            let trouble = Trouble::add(fault, &format!("{NO_REPORT}; {NOT_SETTLED}"));
            books::ending(&task.chunks.rows, Some(trouble), false)
        } else {
            Ending {
                status: TaskStatus::Failed,
                reason: Some(NO_RESULT.to_owned()),
            }
        };
        let result = serde_json::Value::Null;
        self.tasks.end(task, &ending, &result, None).await?;
        Ok(Some("a task without its report ended"))
    }

    async fn send_begin(&self, task: &Task) -> Result<(), AwsError> {
        let message = SplitMessage::begin(task.reference());
        let sent = self
            .uploads
            .send(&task.station_id, std::slice::from_ref(&message));
        traced(task.trace.clone(), sent).await
    }

    /// Whether a task that has not begun has waited for longer than its message may wait.
    async fn is_overdue(&self, task: &Task, still_for: Duration, backlogs: &Backlogs<'_>) -> bool {
        // A file of the inbox waits for room, and says so now and then.
        let waits_for_room = task.input.get("etag").is_some();
        if waits_for_room {
            return still_for >= self.config.stale_after;
        }
        // Nothing has been sent for it so far.
        if task.start_at.is_some() && task.chunks.nudges == 0 {
            return still_for >= ON_TIME;
        }
        let patience = Patience::new(self.config.begin_after, task.chunks.nudges);
        still_for >= patience.own() && still_for >= patience.with(backlogs.of_uploads().await)
    }

    /// A task that has not begun: its message was lost, or its file has not come.
    async fn heal_submitted(
        &self,
        task: &Task,
        still_for: Duration,
        backlogs: &Backlogs<'_>,
    ) -> Result<Option<&'static str>, AwsError> {
        let Ok(object) = task.kind().object(task) else {
            self.tasks
                .end_early(task, "the task's input cannot be read")
                .await?;
            return Ok(Some("a task without a readable input ended"));
        };
        let is_stale = !task.chunks.paused && self.is_overdue(task, still_for, backlogs).await;
        let Some(object) = object else {
            if !is_stale || !self.tasks.nudge(task).await? {
                return Ok(None);
            }
            self.send_begin(task).await?;
            return Ok(Some("begun again"));
        };
        let expired = since(task.create_time) >= self.config.upload_expires;
        if !is_stale && !expired {
            return Ok(None);
        }
        if self
            .objects
            .head_version(&object.key, object.version_id.as_deref())
            .await?
            .is_some()
        {
            if !is_stale || !self.tasks.nudge(task).await? {
                return Ok(None);
            }
            self.send_begin(task).await?;
            return Ok(Some("the file's arrival announced again"));
        }
        if !expired {
            return Ok(None);
        }
        let reason = "the file never came: ask for a new upload and send it";
        self.tasks.end_early(task, reason).await?;
        Ok(Some("an upload that never came ended"))
    }

    /// Sends the next chunks that are planned and not committed. Those that are only late come twice, which does
    /// no harm.
    async fn send_missing_chunks(&self, task: &Task) -> Result<(), AwsError> {
        let reference = task.reference();
        let manifests: Vec<Manifest> = self
            .objects
            .get_all_json(&object_key::manifests(&reference))
            .await?;
        let Some(manifest) = Manifest::merge(manifests) else {
            return Ok(());
        };
        let reports = self.tasks.chunk_reports(&reference, task.run_count).await?;
        // The manifest may be that of an earlier run.
        let plan = Plan {
            run: task.run_count,
            ..manifest.plan
        };
        let committed: HashSet<u32> = reports.iter().map(|report| report.chunk).collect();
        // A chunk that a worker has begun with comes again by itself when its lease ends.
        let tries = self.tasks.tries(&reference, task.run_count).await?;
        let now = Timestamp::now();
        let worker_time = self.config.worker_time;
        let under_way = tries
            .values()
            .filter(|one| one.is_under_way(now, worker_time));
        let under_way: HashSet<u32> = under_way.map(|one| one.chunk).collect();
        let Some(dispatch) = self.dispatches.of(task.kind()) else {
            return Ok(());
        };
        let sent = dispatch.send_again(&plan, &manifest.chunks, &committed, &under_way);
        Box::pin(traced(task.trace.clone(), sent)).await
    }
}

/// Whether an import stands still that runs: it is looked at again and again without an end, or
/// nothing was counted for longer than a chunk and the wait before its next try may take.
fn is_stuck(task: &Task, still_for: Duration) -> bool {
    let is_paused = task.chunks.paused && !task.chunks.is_complete();
    let runs = task.kind().has_chunks() && task.status == TaskStatus::Running && !is_paused;
    let cannot_end = task.chunks.is_complete() && task.chunks.nudges >= MANY_NUDGES;
    runs && (still_for >= STILL || cannot_end)
}

fn since(time: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(time)
        .try_into()
        .unwrap_or_default()
}
