//! Chunks that several workers had to do with, maybe at the same time: one of them may have stored a row
//! that the other, which committed the chunk, has refused. The journal knows.

use std::collections::HashSet;

use jiff::Timestamp;
use sluice_aws::Tries;
use sluice_import::report::numbered_lines;
use sluice_retry::RetryPolicy;
use sluice_task::books::ChunkReport;

use crate::finish::{FinishError, FinishImport, ImportManifest};

/// A chunk that was tried several times.
pub(super) struct TriedChunk {
    /// Its rows that are stored.
    pub(super) stored: HashSet<u64>,
    /// Those of them that are reported as not accepted.
    pub(super) reported: Vec<u64>,
    /// Rows that are stored beyond those that are counted and those that are reported.
    pub(super) uncounted: u64,
}

impl FinishImport {
    /// The chunks that were tried several times, once none of these tries can go on.
    pub(super) async fn tried_several_times(
        &self,
        manifest: &ImportManifest,
        reports: &[ChunkReport],
    ) -> Result<Vec<TriedChunk>, FinishError> {
        let plan = &manifest.plan;
        let several = self.several_tries(manifest).await?;
        let mut chunks = Vec::new();
        for report in reports {
            if report.lost.is_some() || !several.contains(&report.chunk) {
                continue;
            }
            let journal = self.tasks.journal(&plan.task, Some(report.chunk));
            let stored = self.tasks.journaled(&journal).await?;
            let part = match &report.part {
                Some(part) => self.objects.get(part).await?,
                None => bytes::Bytes::new(),
            };
            let mut reported = Vec::new();
            for line in numbered_lines(&part) {
                let (row, _) = line?;
                if stored.contains(&row) {
                    reported.push(row);
                }
            }
            let counted = report.rows.succeeded + reported.len() as u64;
            chunks.push(TriedChunk {
                uncounted: (stored.len() as u64).saturating_sub(counted),
                stored,
                reported,
            });
        }
        Ok(chunks)
    }

    async fn several_tries(&self, manifest: &ImportManifest) -> Result<HashSet<u32>, FinishError> {
        let plan = &manifest.plan;
        let mut looks = RetryPolicy::RUNNING_TRY.backoff();
        loop {
            let tries = self.tasks.tries(&plan.task, plan.run).await?;
            let now = Timestamp::now();
            let goes_on = |tries: &Tries| tries.may_go_on(now, self.worker_time);
            if !tries.values().any(goes_on) {
                let several = tries.into_values().filter(Tries::are_several);
                return Ok(several.map(|tries| tries.chunk).collect());
            }
            if looks.wait().await.is_err() {
                return Err(FinishError::Busy);
            }
        }
    }
}
