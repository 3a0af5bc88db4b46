//! What a settlement changes about what chunks have told: counts, and lines of the failed-rows file.

use std::collections::BTreeMap;

use sluice_aws::Moved;
use sluice_core::contest::Verdict;
use sluice_core::csv::FieldReader;
use sluice_core::import::OnDuplicate;
use sluice_core::report::{PartWriter, taken};

use super::Settling;
use super::claimants::Claimant;

/// What the contests of a file change about its task.
#[derive(Debug, Default)]
pub(crate) struct Settlement {
    /// How many rows are counted otherwise than their chunks did.
    pub(crate) moved: Moved,
    /// By chunk and row, the line in the failed-rows file that a row has instead of the one of its
    /// chunk, if it has any.
    pub(crate) lines: BTreeMap<u32, BTreeMap<u64, Option<Vec<u8>>>>,
    /// Why it could not be made.
    pub(crate) fault: Option<String>,
}

impl Settling<'_> {
    /// What a verdict changes about what the row's chunk has told.
    pub(super) fn tell(&self, claimant: &Claimant, verdict: &Verdict, settlement: &mut Settlement) {
        let plan = &self.manifest.plan;
        let row = claimant.row.origin.row;
        let is_skipped = plan.on_duplicate == OnDuplicate::Skip;
        // A row that its chunk reported, and that did not meet another, is no claimant. Rows that are
        // skipped are not reported: one that others bar is taken to have been skipped.
        let is_barred = matches!(verdict, Verdict::Barred(_));
        let is_unreported = is_skipped || self.without_parts;
        let was_counted_out = self.noted.contains(&row) || (is_barred && is_unreported);
        let is_out = *verdict != Verdict::Wins;
        let change = i64::from(is_out) - i64::from(was_counted_out);
        let moved = &mut settlement.moved;
        *(if is_skipped {
            &mut moved.to_skipped
        } else {
            &mut moved.to_duplicate
        }) += change;
        if is_skipped || (!is_out && !was_counted_out) {
            return;
        }
        let problem = |field: usize, by_row| taken(self.definition, field, by_row);
        let problems: Vec<_> = match verdict {
            Verdict::Wins => Vec::new(),
            Verdict::Barred(fields) => fields.iter().map(|&field| problem(field, None)).collect(),
            Verdict::Loses(fields) => {
                let fields = fields.iter();
                fields
                    .map(|&(field, by)| problem(field, Some(by)))
                    .collect()
            }
        };
        let line = is_out.then(|| {
            let mut part = PartWriter::new(plan.header.len());
            let mut reader = FieldReader::new(plan.delimiter.into());
            part.row(row, Some(&reader.read(&claimant.record)), &problems);
            part.into_bytes()
        });
        let lines = settlement.lines.entry(claimant.chunk).or_default();
        lines.insert(row, line);
    }
}
