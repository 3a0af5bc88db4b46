//! A row on its way into a table, with all that it wants there.

use sluice_aws::Row;
use sluice_core::definition::{Definition, Problem};
use sluice_core::import::OnDuplicate;
use sluice_core::origin::Origin;
use sluice_core::report::taken;
use sluice_core::rows::MAX_ROW_BYTES;

use super::GoodRow;
use super::writes::Taken;
use crate::chunk::{ChunkTry, too_large};
use crate::tally::FailedRow;

/// A row to be written, with its text in the file for the report.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) row: Row,
    /// Its claims on values of unique columns; once they are made, those that bear its stamp.
    pub(crate) claims: Vec<Claim>,
    record: Vec<u8>,
}

/// A claim of a row on a value of a unique column.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) field: usize,
    pub(crate) item: Row,
    /// Where it came from.
    pub(crate) source: Source,
}

/// Where a claim that bears the stamp of a row came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// This try has made it.
    Made,
    /// This try has taken it over from another row with the same key.
    TakenOver,
    /// An earlier try has done one or the other.
    Earlier,
}

impl Pending {
    /// A row that wants what `claims` say, its key first. The error is a row that is too large.
    pub(super) fn new(
        this_try: &ChunkTry<'_>,
        mut good: GoodRow,
        claims: &[(usize, String)],
    ) -> Result<Self, FailedRow> {
        let (plan, definition) = (&this_try.message.plan, this_try.definition);
        if plan.on_duplicate != OnDuplicate::Overwrite {
            good.checked.kept.clear();
        }
        let station = &plan.task.station_id;
        let origin = Origin {
            task_id: plan.task.task_id,
            row: good.row,
        };
        let claim = |(field, value): &(usize, String)| {
            let (column, key) = (definition.field_name(*field), &good.checked.key);
            Claim {
                field: *field,
                item: Row::claim(station, &column, value, key, origin),
                source: Source::Made,
            }
        };
        let pending = Self {
            claims: claims[1..].iter().map(claim).collect(),
            row: Row::new(station, definition, good.checked, origin),
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

/// What is wrong with a row that wants what others hold: rows of others, or else these rows of the
/// same file.
pub(super) fn problems(definition: &Definition, fields: &[Taken]) -> Vec<Problem> {
    let is_barred = fields.iter().any(|(_, by_row)| by_row.is_none());
    fields
        .iter()
        .filter(|(_, by_row)| by_row.is_none() == is_barred)
        .map(|&(field, by_row)| taken(definition, field, by_row))
        .collect()
}
