//! The rows of one chunk of an import, read and checked again as it did.

use futures::StreamExt;
use sluice_aws::{ObjectError, Objects};
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_csv::{
    Dialect, FieldReader, Position, RawRecord, RecordContent, RecordReader, UnclosedQuote,
};
use sluice_definition::{CheckedRow, HeaderProblem, OnDuplicate, RowChecker};
use sluice_import::ImportPlan;

use crate::known::Known;

/// A row that the import may have stored.
#[derive(Debug)]
pub(crate) struct ImportedRow {
    pub(crate) number: u64,
    /// None if it is not read as it was.
    pub(crate) checked: Option<CheckedRow>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum RowsError {
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("a chunk ends inside quotes")]
    Quote(#[from] UnclosedQuote),
    #[error("the header of an import is not accepted")]
    Header(#[from] HeaderProblem),
}

/// Reads the rows of a chunk that are stored as far as the import knows; of a chunk that nobody has counted, all
/// that are good.
pub(crate) async fn read(
    objects: &Objects,
    plan: &ImportPlan,
    checker: &RowChecker<'_>,
    known: &Known,
) -> Result<Vec<ImportedRow>, RowsError> {
    let dialect = Dialect::from(plan.delimiter);
    let start = Position {
        offset: known.chunk.start,
        row: known.chunk.first_row,
        record: 0,
    };
    let mut rows = Rows {
        plan,
        checker,
        known,
        fields: FieldReader::new(dialect),
        found: Vec::new(),
    };
    let mut records = RecordReader::new(dialect, start, MAX_ROW_BYTES);
    let file = objects.reader(&plan.object_key, &plan.etag, plan.version_id.as_deref());
    let mut bytes = file.stream(known.chunk.start..known.chunk.end).await?;
    while let Some(piece) = bytes.next().await {
        records.push(&piece?);
        while let Some(record) = records.next_record() {
            rows.record(&record);
        }
    }
    if let Some(record) = records.finish()? {
        rows.record(&record);
    }
    Ok(rows.found)
}

struct Rows<'a> {
    plan: &'a ImportPlan,
    checker: &'a RowChecker<'a>,
    known: &'a Known,
    fields: FieldReader,
    found: Vec<ImportedRow>,
}

impl Rows<'_> {
    fn record(&mut self, record: &RawRecord<'_>) {
        let number = record.position.row;
        let is_counted = self.known.has_counted(number);
        if !is_counted && !self.known.may_be_stored(number) {
            return;
        }
        let checked = match record.content {
            RecordContent::TooLarge { .. } => None,
            RecordContent::Bytes(bytes) => match self.checker.read(&self.fields.read(bytes)) {
                // A line of blanks, or the header once more.
                None => return,
                Some(checked) => checked.ok(),
            },
        };
        if checked.is_none() && !is_counted {
            return;
        }
        let checked = checked.map(|mut checked| {
            if self.plan.on_duplicate != OnDuplicate::Overwrite {
                checked.kept.clear();
            }
            checked
        });
        self.found.push(ImportedRow { number, checked });
    }
}
