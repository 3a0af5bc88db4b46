//! Ending a task whose chunks are all committed.

use std::time::Instant;

use serde_json::json;
use sluice_aws::Closing;
use sluice_core::books::{self, ChunkReport};
use sluice_core::ids::TaskRef;
use sluice_core::import::ImportState;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::task::TaskStatus;

use crate::settle::Settlement;
use crate::{FinishError, Finisher};

impl Finisher {
    /// Ends a task if all its chunks are committed.
    pub(crate) async fn finish(
        &self,
        reference: &TaskRef,
        until: Instant,
    ) -> Result<(), FinishError> {
        let Some(task) = self.tasks.get(reference).await? else {
            return Ok(());
        };
        if task.status != TaskStatus::Running || !task.import.is_complete() {
            return Ok(());
        }
        let reports = self.tasks.chunk_reports(reference, task.run_count).await?;
        let manifests = self
            .objects
            .get_all_json(&object_key::manifests(reference))
            .await?;
        let manifest = Manifest::merge(manifests);
        let settlement = match &manifest {
            Some(manifest) => self.settle(manifest, &reports, until).await?,
            None => Settlement::default(),
        };
        let mut result = serde_json::Map::new();
        if let Some(manifest) = &manifest {
            result.insert("delimiter".to_owned(), json!(manifest.plan.delimiter));
            result.insert("on_duplicate".to_owned(), json!(manifest.plan.on_duplicate));
            if let Some(root) = manifest.plan.continues {
                result.insert("parent".to_owned(), json!(root));
            }
            let merged = self.merge_failed_rows(manifest, &reports, &settlement);
            if let Some(findings) = merged.await? {
                let key = object_key::failed_rows(reference);
                result.insert("failed_rows".to_owned(), json!(key));
                result.insert("problems".to_owned(), json!(findings.problems()));
                result.insert("problem_counts".to_owned(), json!(findings.counts()));
            }
        }
        let moved = settlement.moved;
        let rows = moved.settled(task.import.rows);
        let trouble = trouble(&task.import, manifest.as_ref(), &reports);
        let ending = books::ending(&rows, trouble.or(settlement.fault));
        let result = result.into();
        let costs = self.costs(&task, manifest.as_ref(), &reports, &ending, &result)?;
        let closing = Closing {
            ending: &ending,
            moved,
            result: &result,
            costs: costs.as_ref(),
        };
        let ended = self.tasks.end_with(&task, &closing).await?;
        if ended {
            tracing::info!(
                task = %reference,
                status = ending.status.number(),
                rows_read = rows.read,
                rows_succeeded = rows.succeeded,
                reason = ending.reason,
                "a task has ended"
            );
        }
        Ok(())
    }
}

/// What keeps a task from finishing well: its own fault, a lost chunk, or books that do not
/// balance.
fn trouble(
    state: &ImportState,
    manifest: Option<&Manifest>,
    reports: &[ChunkReport],
) -> Option<String> {
    if let Some(fault) = &state.fault {
        return Some(fault.clone());
    }
    if let Some(lost) = reports.iter().find_map(|report| report.lost.as_ref()) {
        let count = reports
            .iter()
            .filter(|report| report.lost.is_some())
            .count();
        return Some(format!(
            "{count} of {} chunks were not imported: {lost}",
            reports.len()
        ));
    }
    let mut differences = books::differences(state, reports);
    match manifest {
        Some(manifest) => {
            if let Err(error) = books::check_tiling(&manifest.plan, &manifest.chunks) {
                differences.push(error.to_string());
            }
        }
        None => differences.push("the plan is missing".to_owned()),
    }
    (!differences.is_empty())
        .then(|| format!("the books do not balance: {}", differences.join("; ")))
}
