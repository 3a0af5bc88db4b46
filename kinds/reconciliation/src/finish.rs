//! Finishing a reconciliation: the segments together.

use async_trait::async_trait;
use serde_json::Map;
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_scores::{ReconcileInput, ReconciledSegment, misplaced_words, reconciled};
use sluice_task::TaskStatus;
use sluice_task::books::{ChunkReport, Ending, Trouble};

/// Finishes reconciliations.
#[derive(Debug)]
pub(crate) struct FinishReconciliation;

#[async_trait]
impl FinishTask for FinishReconciliation {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let ending = |status, reason| Ending { status, reason };
        if let Some(Trouble::Missing(words) | Trouble::Unbalanced(words)) = complete.trouble {
            let ending = ending(TaskStatus::Failed, Some(words.clone()));
            return Ok(Finished::new(ending, Map::new()));
        }
        let input: ReconcileInput = serde_json::from_value(complete.task.input.clone())?;
        let segments = segments(complete.reports)?;
        let misplaced: u64 = segments.iter().map(|(_, segment)| segment.misplaced).sum();
        let ending = if misplaced == 0 {
            ending(TaskStatus::Finished, None)
        } else {
            ending(
                TaskStatus::PartlySucceeded,
                Some(misplaced_words(misplaced)),
            )
        };
        Ok(Finished::new(ending, reconciled(input.months, &segments)))
    }
}

fn segments(reports: &[ChunkReport]) -> Result<Vec<(u32, ReconciledSegment)>, serde_json::Error> {
    let segment = |report: &ChunkReport| {
        let found = report.of_kind.clone().unwrap_or_default();
        Ok((report.chunk, serde_json::from_value(found)?))
    };
    reports.iter().map(segment).collect()
}
