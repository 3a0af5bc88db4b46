//! What an import took, added up from what its parts counted, beside what it was expected to take.

use jiff::Timestamp;
use serde_json::Value;
use sluice_aws::{cost_of_ending, used_so_far};
use sluice_core::books::{ChunkReport, Ending};
use sluice_core::costs::Costs;
use sluice_core::estimate::{CountedFile, Estimate};
use sluice_core::import::ImportInput;
use sluice_core::manifest::Manifest;
use sluice_core::task::Task;

use crate::{FinishError, Finisher};

impl Finisher {
    /// The costs of an import that is about to end so. Asks nothing of anybody. None if there is
    /// no plan or no definition to estimate with.
    pub(crate) fn costs(
        &self,
        task: &Task,
        manifest: Option<&Manifest>,
        reports: &[ChunkReport],
        ending: &Ending,
        result: &Value,
    ) -> Result<Option<Costs>, FinishError> {
        let input: Option<ImportInput> = serde_json::from_value(task.input.clone()).ok();
        let (Some(manifest), Some(input)) = (manifest, input) else {
            return Ok(None);
        };
        let Some(definition) = self.catalog.get(&input.business) else {
            return Ok(None);
        };
        let capacity = &self.capacity;
        let guess = || Estimate::of_file(definition, &input.file_name, input.size_bytes, capacity);
        let counted = self.estimate(manifest, reports);
        let estimate = counted
            .filter(|_| manifest.plan.dry_run)
            .unwrap_or_else(guess);
        let now = Timestamp::now();
        let since = task.start_time.unwrap_or(task.create_time);
        let milliseconds = now.duration_since(since).as_millis().max(0) as u64;
        let mut used = manifest.used;
        for report in reports {
            used += report.used;
        }
        used += used_so_far();
        let mut ended = task.clone();
        ended.end_time = Some(now);
        ended.reason.clone_from(&ending.reason);
        ended.result = Some(result.clone());
        ended.import.costs = Some(Costs::new(estimate, milliseconds, &used));
        used += cost_of_ending(task, &ended)?;
        Ok(Some(Costs::new(estimate, milliseconds, &used)))
    }

    /// What importing a file takes whose rows were counted and not written.
    fn estimate(&self, manifest: &Manifest, reports: &[ChunkReport]) -> Option<Estimate> {
        let plan = &manifest.plan;
        let definition = self.catalog.get(&plan.business)?;
        let file = CountedFile {
            rows: reports.iter().map(|report| report.rows.read).sum(),
            bytes: plan.file_bytes.saturating_sub(plan.data_start),
            chunks: manifest.chunks.len() as u64,
        };
        Some(Estimate::of_rows(definition, &file, &self.capacity))
    }
}
