//! Giving up on splitting a file whose import has begun.

use sluice_basics::object_key;
use sluice_task::Task;
use sluice_task::manifest::Manifest;

use super::TaskStore;
use crate::error::AwsError;
use crate::objects::Objects;

impl TaskStore {
    /// Stops a task and sets its total to what was planned so far, so that it ends with the
    /// chunks that are there.
    pub async fn close_plan(
        &self,
        objects: &Objects,
        task: &Task,
        reason: &str,
    ) -> Result<(), AwsError> {
        let reference = task.reference();
        self.stop(&reference, reason).await?;
        let manifests: Vec<Manifest> = objects
            .get_all_json(&object_key::manifests(&reference))
            .await?;
        // Of a file that was not read to its end, no chunk was sent.
        let sent = Manifest::merge(manifests).filter(|manifest| manifest.is_sent);
        let planned = sent.map_or(0, |manifest| manifest.chunks.len());
        let committed = self.chunk_reports(&reference, task.run_count).await?.len();
        let total = planned.max(committed) as u32;
        self.set_chunks_total(&reference, task.run_count, total, Some(reason))
            .await?;
        Ok(())
    }
}
