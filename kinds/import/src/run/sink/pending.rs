//! A row on its way into a table.

use sluice_aws::Row;
use sluice_basics::origin::Origin;
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_definition::OnDuplicate;
use sluice_definition::{Definition, Problem};
use sluice_import::report::taken;

use crate::run::chunk_try::ChunkTry;
use crate::run::row::{GoodRow, too_large};
use crate::run::tally::FailedRow;

/// A field that another row holds, and which row of the same file that is, if it is one.
pub(crate) type Taken = (usize, Option<u64>);

/// A row to be written, with its text in the file for the report.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) row: Row,
    record: Vec<u8>,
}

impl Pending {
    /// A row as it is to be stored. The error is a row that is too large.
    pub(super) fn new(this_try: &ChunkTry<'_>, mut good: GoodRow) -> Result<Self, FailedRow> {
        let (plan, definition) = (&this_try.message.plan, this_try.definition);
        if plan.on_duplicate != OnDuplicate::Overwrite {
            good.checked.kept.clear();
        }
        let origin = Origin {
            task_id: plan.task.task_id,
            row: good.row,
        };
        let pending = Self {
            row: Row::new(&plan.task.station_id, definition, good.checked, origin),
            record: good.record,
        };
        match pending.row.size_bytes() {
            bytes if bytes > MAX_ROW_BYTES => Err(pending.failed(vec![too_large(bytes as u64)])),
            _ => Ok(pending),
        }
    }

    /// The row as one that was not accepted.
    pub(super) fn failed(self, problems: Vec<Problem>) -> FailedRow {
        FailedRow {
            row: self.row.origin.row,
            record: self.record,
            problems,
        }
    }
}

/// What is wrong with a row that wants what others hold.
pub(super) fn problems(definition: &Definition, fields: &[Taken]) -> Vec<Problem> {
    let problem = |&(field, by_row): &Taken| taken(definition, field, by_row);
    fields.iter().map(problem).collect()
}
