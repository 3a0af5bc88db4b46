//! What is wrong with one open task, and what sets it going again.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use sluice_aws::{AwsError, Moved, OpenTask, observe, traced};
use sluice_core::books::{self, NO_REPORT, Trouble};
use sluice_core::import::{ImportInput, ImportPlan};
use sluice_core::manifest::Manifest;
use sluice_core::message::{ChunkMessage, SplitMessage};
use sluice_core::metric::Metric;
use sluice_core::object_key;
use sluice_core::task::{Task, TaskStatus};

use crate::Sweeper;

/// How long the finisher may take before it is called again.
const FINISHING: Duration = Duration::from_mins(2);

/// An import that has counted nothing for this long is stuck.
const STILL: Duration = Duration::from_mins(20);
/// As is one that could not be ended when it was shown this often.
const MANY_NUDGES: u32 = 5;

/// How often that is tried before the task ends as it is. The finisher itself leaves the report
/// out sooner: this is for when it cannot do the rest either.
const MOST_NUDGES: u32 = 30;
const NOT_SETTLED: &str = "rows with the same key in several chunks may be counted as succeeded";
/// Chunks that one sweep sends again for one task.
const MOST_CHUNKS: usize = 2_000;

impl Sweeper {
    /// Does what a task needs; says what that was.
    pub(crate) async fn heal(&self, open: &OpenTask) -> Result<Option<&'static str>, AwsError> {
        let Some(task) = self.tasks.get(&open.task).await? else {
            return Ok(None);
        };
        if task.status.has_ended() {
            return Ok(None);
        }
        let still_for = since(task.modify_time);
        if is_stuck(&task, still_for) {
            observe(Metric::TasksStuck, 1.0);
        }
        if !task.is_file_import() {
            return self.heal_handled(&task, still_for).await;
        }
        if task.status == TaskStatus::Submitted {
            return self.heal_submitted(&task, still_for).await;
        }
        if task.import.is_complete() {
            return self.heal_complete(&task, still_for).await;
        }
        // The touch comes first: of two sweepers one goes on, and one that dies here leaves a
        // task that is looked at again.
        if still_for < self.config.stale_after || !self.tasks.nudge(&task).await? {
            return Ok(None);
        }
        if task.import.chunks_total.is_none() {
            self.send_begin(&task).await?;
            return Ok(Some("splitting begun again"));
        }
        self.send_missing_chunks(&task).await?;
        Ok(Some("missing chunks sent again"))
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
        if task.import.nudges < MOST_NUDGES {
            let nudged = self.tasks.nudge(task).await?;
            return Ok(nudged.then_some("completeness shown again"));
        }
        let fault = task.import.fault.clone().map(Trouble::Missing);
        let trouble = Trouble::add(fault, &format!("{NO_REPORT}; {NOT_SETTLED}"));
        let ending = books::ending(&task.import.rows, Some(trouble), false);
        let result = serde_json::Value::Null;
        self.tasks
            .end(task, &ending, Moved::default(), &result)
            .await?;
        Ok(Some("a task without its report ended"))
    }

    async fn send_begin(&self, task: &Task) -> Result<(), AwsError> {
        let message = SplitMessage::begin(task.reference());
        let sent = self
            .uploads
            .send(&task.station_id, std::slice::from_ref(&message));
        traced(task.trace.clone(), sent).await
    }

    /// A task whose file has not come, or whose file's event was lost.
    async fn heal_submitted(
        &self,
        task: &Task,
        still_for: Duration,
    ) -> Result<Option<&'static str>, AwsError> {
        let Ok(input) = serde_json::from_value::<ImportInput>(task.input.clone()) else {
            self.tasks
                .end_early(task, "the task's input cannot be read")
                .await?;
            return Ok(Some("a task without a readable input ended"));
        };
        let expired = since(task.create_time) >= self.config.upload_expires;
        let is_stale = still_for >= self.config.stale_after;
        if !is_stale && !expired {
            return Ok(None);
        }
        if self.objects.head(&input.object_key).await?.is_some() {
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

    /// Sends the chunks that are planned and not committed. Those that are only late come
    /// twice, which does no harm.
    async fn send_missing_chunks(&self, task: &Task) -> Result<(), AwsError> {
        let reference = task.reference();
        let manifests = self
            .objects
            .get_all_json(&object_key::manifests(&reference))
            .await?;
        let Some(manifest) = Manifest::merge(manifests) else {
            return Ok(());
        };
        let reports = self.tasks.chunk_reports(&reference, task.run_count).await?;
        // The manifest may be that of an earlier run.
        let plan = ImportPlan {
            run: task.run_count,
            ..manifest.plan
        };
        let committed: HashSet<u32> = reports.iter().map(|report| report.chunk).collect();
        let messages: Vec<ChunkMessage> = manifest
            .chunks
            .iter()
            .filter(|chunk| !committed.contains(&chunk.number))
            .take(MOST_CHUNKS)
            .map(|chunk| ChunkMessage::new(plan.clone(), *chunk))
            .collect();
        let sent = self.chunks.send(&reference.station_id, &messages);
        traced(task.trace.clone(), sent).await
    }
}

/// Whether an import stands still that runs: it is looked at again and again without an end, or
/// nothing was counted for longer than a chunk and the wait before its next try may take.
fn is_stuck(task: &Task, still_for: Duration) -> bool {
    let runs = task.is_file_import() && task.status == TaskStatus::Running;
    let cannot_end = task.import.is_complete() && task.import.nudges >= MANY_NUDGES;
    runs && (still_for >= STILL || cannot_end)
}

fn since(time: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(time)
        .try_into()
        .unwrap_or_default()
}
