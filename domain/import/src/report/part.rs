//! Parts: the failed rows of one chunk, on their way from the worker to the report. Each line has
//! the row's number, its problems as JSON, and its fields as they are.

use sluice_csv::Fields;
use sluice_csv::cell;
use sluice_definition::Problem;

/// The buffer of a line. Longer lines pass through it in several steps.
const LINE_BYTES: usize = 512;

/// Collects the failed rows of one chunk, as the bytes that are stored.
#[derive(Debug)]
pub struct PartWriter {
    bytes: Vec<u8>,
    /// The rows so far, and where the line of each begins.
    lines: Vec<(u64, usize)>,
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
        Self {
            bytes: Vec::new(),
            lines: Vec::new(),
            width,
        }
    }

    /// Adds a row. A row with fewer fields than the header is filled up. Rows may come in any order.
    ///
    /// # Panics
    /// Never: texts can be JSON, and a `Vec` takes every byte.
    pub fn row(&mut self, row: u64, fields: Option<&Fields<'_>>, problems: &[Problem]) {
        const TAKEN: &str = "a Vec takes every byte";
        self.lines.push((row, self.bytes.len()));
        let mut csv = csv::WriterBuilder::new()
            .flexible(true)
            .buffer_capacity(LINE_BYTES)
            .from_writer(&mut self.bytes);
        let problems = serde_json::to_string(problems).expect("texts can be JSON");
        csv.write_field(row.to_string()).expect(TAKEN);
        csv.write_field(problems).expect(TAKEN);
        let given = fields.map_or(0, Fields::len);
        for index in 0..self.width.max(given) {
            let field = fields.and_then(|fields| fields.get(index));
            let field = cell::reported(field.unwrap_or_default());
            csv.write_field(&*field).expect(TAKEN);
        }
        csv.write_record(None::<&[u8]>).expect(TAKEN);
        csv.flush().expect(TAKEN);
    }

    /// Adds the line of a row, as another part has it.
    pub fn line(&mut self, row: u64, line: &[u8]) {
        self.lines.push((row, self.bytes.len()));
        self.bytes.extend_from_slice(line);
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the part's bytes, with the rows in the order of their numbers.
    pub fn into_bytes(self) -> Vec<u8> {
        if self.lines.is_sorted() {
            return self.bytes;
        }
        let ends = self.lines.iter().skip(1).map(|(_, start)| *start);
        let ends = ends.chain([self.bytes.len()]);
        let mut lines: Vec<_> = self.lines.iter().zip(ends).collect();
        lines.sort_unstable();
        let mut sorted = Vec::with_capacity(self.bytes.len());
        for ((_, start), end) in lines {
            sorted.extend_from_slice(&self.bytes[*start..end]);
        }
        sorted
    }
}

/// Returns the lines of a part with their row numbers, in the order of the part.
pub fn numbered_lines(part: &[u8]) -> impl Iterator<Item = Result<(u64, &[u8]), PartError>> {
    let mut reader = reader(part);
    let mut record = csv::StringRecord::new();
    let mut start = 0;
    std::iter::from_fn(move || {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => return Some(Err(error.into())),
        }
        let end = reader.position().byte() as usize;
        let line = &part[start..end];
        start = end;
        Some(row_of(&record).map(|row| (row, line)))
    })
}

/// Returns the records of a part whose rows have no problems, as CSV with commas, with their row numbers.
pub fn numbered_records(part: &[u8]) -> impl Iterator<Item = Result<(u64, &[u8]), PartError>> {
    numbered_lines(part).map(|line| {
        let (row, line) = line?;
        let beginning = format!("{row},[],");
        let record = line.strip_prefix(beginning.as_bytes());
        let record = record.and_then(|record| record.strip_suffix(b"\n"));
        Ok((row, record.ok_or(PartError::Line)?))
    })
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
    use sluice_csv::{Dialect, FieldReader};

    #[test]
    fn records_without_problems_are_given_back() {
        let mut fields = FieldReader::new(Dialect::default());
        let mut part = PartWriter::new(2);
        part.row(4, Some(&fields.read(b"\"a\nb\",c")), &[]);
        part.row(9, Some(&fields.read(b"d,")), &[]);
        let part = part.into_bytes();
        let records: Result<Vec<_>, _> = numbered_records(&part).collect();
        assert_eq!(
            records.expect("a readable part"),
            [(4, &b"\"a\nb\",c"[..]), (9, b"d,")]
        );
        let mut records = numbered_records(b"2,\"[{}]\",x\n");
        assert!(records.next().expect("a record").is_err());
    }

    #[test]
    fn rows_are_put_in_order() {
        let mut fields = FieldReader::new(Dialect::default());
        let long = "x".repeat(3 * LINE_BYTES);
        let mut part = PartWriter::new(1);
        part.row(7, Some(&fields.read(b"\"b\nb\"")), &[]);
        part.row(2, Some(&fields.read(long.as_bytes())), &[]);
        part.line(5, b"5,[],y\n");
        assert_eq!(part.len(), 3);
        assert_eq!(
            String::from_utf8(part.into_bytes()).expect("UTF-8"),
            format!("2,[],{long}\n5,[],y\n7,[],\"b\nb\"\n")
        );
    }
}
