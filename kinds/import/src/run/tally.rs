//! What became of the rows of one chunk: the counts, and the rows that go into the report.

use sluice_basics::rows::RowCounts;
use sluice_csv::{Dialect, FieldReader};
use sluice_definition::OnDuplicate;
use sluice_definition::Problem;
use sluice_import::correction::RowsBefore;
use sluice_import::report::PartWriter;
use sluice_undo::RowSet;

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
    /// Left out, as the import says: this row.
    Skipped(u64),
    Duplicate(FailedRow),
    /// Another row of the file wants the same, or may give up what it wants: it is decided when all chunks
    /// are done.
    Deferred(FailedRow),
    Failed(FailedRow),
    /// Failed for a reason that may pass.
    Unavailable(FailedRow),
}

#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) rows: RowCounts,
    /// Of the failed rows, those that failed for a reason that may pass.
    pub(crate) passing: u64,
    /// What the rows of a corrected file were before.
    pub(crate) before: RowsBefore,
    /// The rows that were skipped. No report names them, and whoever undoes the import must know that they
    /// are not its own.
    skipped: Vec<u64>,
    /// Whether rows that others stand in the way of are left out.
    skips: bool,
    fields: FieldReader,
    reported: PartWriter,
    deferred: PartWriter,
}

impl Tally {
    /// A tally of rows in this dialect, in a file whose header has `width` fields.
    pub(crate) fn new(on_duplicate: OnDuplicate, dialect: Dialect, width: usize) -> Self {
        Self {
            rows: RowCounts::default(),
            passing: 0,
            before: RowsBefore::default(),
            skipped: Vec::new(),
            skips: on_duplicate == OnDuplicate::Skip,
            fields: FieldReader::new(dialect),
            reported: PartWriter::new(width),
            deferred: PartWriter::new(width),
        }
    }

    pub(crate) fn settle(&mut self, settled: impl IntoIterator<Item = Settled>) {
        for settled in settled {
            let reported = match settled {
                Settled::Succeeded => {
                    self.rows.succeeded += 1;
                    continue;
                }
                Settled::Skipped(row) => {
                    self.rows.skipped += 1;
                    self.skipped.push(row);
                    continue;
                }
                Settled::Duplicate(row) => {
                    self.rows.duplicate += 1;
                    row
                }
                Settled::Deferred(row) => {
                    let count = if self.skips {
                        &mut self.rows.skipped
                    } else {
                        &mut self.rows.duplicate
                    };
                    *count += 1;
                    add(&mut self.deferred, &mut self.fields, &row);
                    continue;
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
            add(&mut self.reported, &mut self.fields, &reported);
        }
    }

    /// Records that were looked at: rows, and lines that are none.
    pub(crate) fn records(&self) -> u64 {
        self.rows.read + self.rows.ignored
    }

    /// Takes the rows that were skipped.
    pub(crate) fn take_skipped(&mut self) -> RowSet {
        std::mem::take(&mut self.skipped).into_iter().collect()
    }

    /// How many rows are deferred.
    pub(crate) fn deferred_rows(&self) -> u64 {
        self.deferred.len() as u64
    }

    /// The rows for the report and the deferred ones, each in the order of the file, if there are any.
    pub(crate) fn into_parts(self) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let part = |part: PartWriter| (!part.is_empty()).then(|| part.into_bytes());
        (part(self.reported), part(self.deferred))
    }
}

fn add(part: &mut PartWriter, fields: &mut FieldReader, row: &FailedRow) {
    let record = fields.read_as_written(&row.record);
    part.row(row.row, Some(&record), &row.problems);
}
