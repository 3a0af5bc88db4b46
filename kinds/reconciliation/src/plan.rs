//! Planning a reconciliation: one segment for each partition of the station's entries.

use async_trait::async_trait;
use sluice_aws::RowReader;
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_scores::ReconcileInput;
use sluice_task::Task;

/// Plans reconciliations.
#[derive(Debug)]
pub(crate) struct PlanReconciliation;

#[async_trait]
impl CutTask for PlanReconciliation {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let input: ReconcileInput = serde_json::from_value(task.input.clone())?;
        let segments = Segments::numbered(RowReader::PARTITIONS, &input)?;
        Ok(Cut::Into(segments))
    }
}
