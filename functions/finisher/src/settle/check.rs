//! Which rows of a dry run want the same: found by the hashes that the chunks left, in as many passes
//! as memory asks for.

use sluice_core::books::ChunkReport;
use sluice_core::contest::{Contest, Want, met};

use crate::{FinishError, Finisher};

/// Hashes that are compared in one pass.
const WANTS_AT_ONCE: u64 = 2_000_000;
/// A row wants at least its key; more passes than needed do no harm.
const WANTS_OF_A_ROW: u64 = 2;

impl Finisher {
    /// The contests that an import would have had.
    pub(super) async fn would_meet(
        &self,
        reports: &[ChunkReport],
    ) -> Result<Vec<Contest>, FinishError> {
        let rows: u64 = reports.iter().map(|report| report.rows.succeeded).sum();
        let passes = 1 + rows * WANTS_OF_A_ROW / WANTS_AT_ONCE;
        let mut contests = Vec::new();
        for pass in 0..passes {
            let mut wants = Vec::new();
            for key in reports.iter().filter_map(|report| report.contests.as_ref()) {
                let of_chunk: Vec<Want> = self.objects.get_json(key).await?;
                let of_pass = of_chunk
                    .into_iter()
                    .filter(|want| want.hash % passes == pass);
                wants.extend(of_pass);
            }
            contests.extend(met(wants));
        }
        Ok(contests)
    }
}
