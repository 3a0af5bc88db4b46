//! What is wrong with one open task, and what sets it going again.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use sluice_aws::{AwsError, OpenTask};
use sluice_core::import::ImportInput;
use sluice_core::manifest::Manifest;
use sluice_core::message::{ChunkMessage, SplitMessage};
use sluice_core::object_key;
use sluice_core::task::{Task, TaskStatus, TaskType};

use crate::Sweeper;

/// How long the finisher may take before it is called again.
const FINISHING: Duration = Duration::from_mins(2);

impl Sweeper {
    /// Does what a task needs; says what that was.
    pub(crate) async fn heal(&self, open: &OpenTask) -> Result<Option<&'static str>, AwsError> {
        let Some(task) = self.tasks.get(&open.task).await? else {
            return Ok(None);
        };
        if task.kind != TaskType::Import || task.status.has_ended() {
            return Ok(None);
        }
        let still_for = since(task.modify_time);
        if task.status == TaskStatus::Submitted {
            return self.heal_submitted(&task, still_for).await;
        }
        if task.import.is_complete() {
            if still_for < FINISHING {
                return Ok(None);
            }
            // The finisher has not seen it, or could not end it then.
            self.tasks.nudge(&open.task).await?;
            return Ok(Some("completeness shown again"));
        }
        if still_for < self.config.stale_after {
            return Ok(None);
        }
        if task.import.chunks_total.is_none() {
            self.uploads
                .send(
                    &open.task.station_id,
                    &[SplitMessage::begin(open.task.clone())],
                )
                .await?;
            self.tasks.nudge(&open.task).await?;
            return Ok(Some("splitting begun again"));
        }
        self.send_missing_chunks(&task).await?;
        self.tasks.nudge(&open.task).await?;
        Ok(Some("missing chunks sent again"))
    }

    /// A task whose file has not come, or whose file's event was lost.
    async fn heal_submitted(
        &self,
        task: &Task,
        still_for: Duration,
    ) -> Result<Option<&'static str>, AwsError> {
        let reference = task.reference();
        if still_for < self.config.stale_after.min(self.config.upload_expires) {
            return Ok(None);
        }
        let input: Option<ImportInput> = serde_json::from_value(task.input.clone()).ok();
        let key = input.map(|input| input.object_key).unwrap_or_default();
        if self.objects.head(&key).await?.is_some() {
            let message = SplitMessage::begin(reference.clone());
            self.uploads.send(&reference.station_id, &[message]).await?;
            return Ok(Some("the file's arrival announced again"));
        }
        if still_for < self.config.upload_expires {
            return Ok(None);
        }
        self.tasks
            .fail(
                task,
                "the file never came: ask for a new upload and send it",
            )
            .await?;
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
        let reports = self.tasks.chunk_reports(&reference).await?;
        let committed: HashSet<u32> = reports.iter().map(|report| report.chunk).collect();
        let messages: Vec<ChunkMessage> = manifest
            .chunks
            .iter()
            .filter(|chunk| !committed.contains(&chunk.number))
            .map(|chunk| ChunkMessage::new(manifest.plan.clone(), *chunk))
            .collect();
        self.chunks.send(&reference.station_id, &messages).await
    }
}

fn since(time: Timestamp) -> Duration {
    Timestamp::now()
        .duration_since(time)
        .try_into()
        .unwrap_or_default()
}
