//! Ending a task whose chunks are all committed.

use std::time::Instant;

use serde_json::json;
use sluice_aws::{Closing, chain};
use sluice_core::books::{self, NO_REPORT, Trouble};
use sluice_core::ids::TaskRef;
use sluice_core::manifest::Manifest;
use sluice_core::object_key;
use sluice_core::task::TaskStatus;
use sluice_core::timeline::timeline;

use crate::settle::Settlement;
use crate::{FinishError, Finisher};

/// How often the sweeper shows a task again before it ends without its report. The sweeper's own
/// patience is longer.
const PATIENCE: u32 = 20;

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
            Some(manifest) => {
                let without_parts = task.import.nudges >= PATIENCE;
                self.settle(manifest, &reports, until, without_parts)
                    .await?
            }
            None => Settlement::default(),
        };
        let mut trouble = books::trouble(&task.import, manifest.as_ref(), &reports);
        let mut result = serde_json::Map::new();
        if let Some(start) = task.start_time {
            result.insert("timeline".to_owned(), json!(timeline(start, &reports)));
        }
        if let Some(manifest) = &manifest {
            result.insert("delimiter".to_owned(), json!(manifest.plan.delimiter));
            result.insert("on_duplicate".to_owned(), json!(manifest.plan.on_duplicate));
            if manifest.plan.dry_run {
                result.insert("dry_run".to_owned(), json!(true));
            }
            if let Some(root) = manifest.plan.continues {
                result.insert("parent".to_owned(), json!(root));
            }
            let merged = self.merge_failed_rows(manifest, &reports, &settlement);
            match merged.await {
                Ok(None) => {}
                Ok(Some(findings)) => {
                    let key = object_key::failed_rows(reference);
                    result.insert("failed_rows".to_owned(), json!(key));
                    result.insert("problems".to_owned(), json!(findings.problems()));
                    result.insert("problem_counts".to_owned(), json!(findings.counts()));
                }
                Err(error) if task.import.nudges < PATIENCE => return Err(error),
                Err(error) => {
                    tracing::error!(task = %reference, error = chain(&error), "a report is left out");
                    trouble = Some(Trouble::add(trouble, NO_REPORT));
                }
            }
        }
        let moved = settlement.moved;
        if let Some(fault) = &settlement.fault {
            trouble = Some(Trouble::add(trouble, fault));
        }
        let rows = moved.settled(task.import.rows);
        let dry_run = manifest.as_ref().is_some_and(|one| one.plan.dry_run);
        let ending = books::ending(&rows, trouble, dry_run);
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
