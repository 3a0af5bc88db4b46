//! Parts: the failed rows of one chunk, on their way from the worker to the report. Each line has
//! the row's number, its problems as JSON, and its fields as they are.

use std::collections::BTreeMap;

use crate::csv::Fields;
use crate::definition::Problem;

/// Collects the failed rows of one chunk.
#[derive(Debug)]
pub struct PartWriter {
    csv: csv::Writer<Vec<u8>>,
    width: usize,
}

/// Why a part cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// Not CSV.
    #[error("a part of the failed rows cannot be read")]
    Csv(#[from] csv::Error),
    /// CSV, and not of a [`PartWriter`].
    #[error("a part of the failed rows has a line without a row and its problems")]
    Line,
}

impl PartWriter {
    /// A part of a report on a file whose header has `width` fields.
    pub fn new(width: usize) -> Self {
        let csv = csv::WriterBuilder::new()
            .flexible(true)
            .from_writer(Vec::new());
        Self { csv, width }
    }

    /// Adds a row. A row with fewer fields than the header is filled up.
    ///
    /// # Panics
    /// Never: texts can be JSON.
    pub fn row(&mut self, row: u64, fields: Option<&Fields<'_>>, problems: &[Problem]) {
        let problems = serde_json::to_string(problems).expect("texts can be JSON");
        self.write(&row.to_string());
        self.write(&problems);
        let given = fields.map_or(0, Fields::len);
        for index in 0..self.width.max(given) {
            let field = fields.and_then(|fields| fields.get(index));
            self.write(&String::from_utf8_lossy(field.unwrap_or_default()));
        }
        self.csv
            .write_record(None::<&[u8]>)
            .expect("a Vec takes every byte");
    }

    /// The part's bytes.
    ///
    /// # Panics
    /// Never: a `Vec` takes every byte.
    pub fn into_bytes(self) -> Vec<u8> {
        self.csv.into_inner().expect("a Vec takes every byte")
    }

    fn write(&mut self, field: &str) {
        self.csv.write_field(field).expect("a Vec takes every byte");
    }
}

/// A part with other lines for some rows, or none, in their places.
pub fn interleave<'a>(
    part: &'a [u8],
    changes: impl IntoIterator<Item = (u64, Option<&'a [u8]>)>,
) -> Result<Vec<u8>, PartError> {
    let mut lines = numbered_lines(part)?;
    for (row, line) in changes {
        match line {
            Some(line) => lines.insert(row, line),
            None => lines.remove(&row),
        };
    }
    Ok(lines.into_values().flatten().copied().collect())
}

/// The lines of a part by row number.
pub fn numbered_lines(part: &[u8]) -> Result<BTreeMap<u64, &[u8]>, PartError> {
    let mut reader = reader(part);
    let mut record = csv::StringRecord::new();
    let mut lines = BTreeMap::new();
    let mut start = 0;
    while reader.read_record(&mut record)? {
        let end = reader.position().byte() as usize;
        lines.insert(row_of(&record)?, &part[start..end]);
        start = end;
    }
    Ok(lines)
}

pub(super) fn reader(part: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(part)
}

pub(super) fn row_of(record: &csv::StringRecord) -> Result<u64, PartError> {
    let row = record.get(0).and_then(|row| row.parse().ok());
    row.ok_or(PartError::Line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_to_their_places_or_away() {
        let part = b"2,[],a\n3,[],c\n7,[],\"b\nb\"\n";
        let x: &[u8] = b"5,[],x\n";
        let changes = [(2, None), (3, Some(&b"3,[],y\n"[..])), (5, Some(x))];
        let merged = interleave(part, changes).expect("a readable part");
        assert_eq!(
            String::from_utf8(merged).expect("UTF-8"),
            "3,[],y\n5,[],x\n7,[],\"b\nb\"\n"
        );
    }
}
