//! What became of the rows of one chunk: the counts, and the rows that go into the report.

use sluice_core::correction::RowsBefore;
use sluice_core::csv::FieldReader;
use sluice_core::definition::Problem;
use sluice_core::report::PartWriter;
use sluice_core::rows::RowCounts;

/// A row that was not accepted: where it is, its text in the file, and what is wrong.
#[derive(Debug)]
pub(crate) struct FailedRow {
    pub(crate) row: u64,
    pub(crate) record: Vec<u8>,
    pub(crate) problems: Vec<Problem>,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Settled {
    Succeeded,
    /// Left out, as the import says.
    Skipped,
    Duplicate(FailedRow),
    Failed(FailedRow),
    /// Failed for a reason that may pass.
    Unavailable(FailedRow),
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: RowCounts,
    /// Of the failed rows, those that failed for a reason that may pass.
    pub(crate) passing: u64,
    /// What the rows of a corrected file were before.
    pub(crate) before: RowsBefore,
    reported: Vec<FailedRow>,
}

impl Tally {
    pub(crate) fn settle(&mut self, settled: impl IntoIterator<Item = Settled>) {
        for settled in settled {
            let reported = match settled {
                Settled::Succeeded => {
                    self.rows.succeeded += 1;
                    continue;
                }
                Settled::Skipped => {
                    self.rows.skipped += 1;
                    continue;
                }
                Settled::Duplicate(row) => {
                    self.rows.duplicate += 1;
                    row
                }
                Settled::Failed(row) => {
                    self.rows.failed += 1;
                    row
                }
                Settled::Unavailable(row) => {
                    self.rows.failed += 1;
                    self.passing += 1;
                    row
                }
            };
            self.reported.push(reported);
        }
    }

    /// The rows for the report in the order of the file, if there are any. `width` is that of
    /// the header.
    pub(crate) fn part(&mut self, width: usize, fields: &mut FieldReader) -> Option<Vec<u8>> {
        if self.reported.is_empty() {
            return None;
        }
        self.reported.sort_unstable_by_key(|failed| failed.row);
        let mut part = PartWriter::new(width);
        for failed in &self.reported {
            let fields = fields.read(&failed.record);
            part.row(failed.row, Some(&fields), &failed.problems);
        }
        Some(part.into_bytes())
    }
}
