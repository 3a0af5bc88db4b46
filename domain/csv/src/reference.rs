//! What the tests hold the module against: `csv-core`, asked after each single byte, and counting
//! that is too simple to be wrong. It shares no code with the scanner.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::{Dialect, Position, UnclosedQuote};

/// A file as `csv-core` sees it.
pub(super) struct Reference {
    pub(super) records: Vec<Span>,
    pub(super) end: Result<Position, UnclosedQuote>,
}

/// A record: where it starts, and the offset of its end (of its line break, or of the file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) position: Position,
    pub(super) end: u64,
}

impl Reference {
    pub(super) fn of(dialect: Dialect, bytes: &[u8]) -> Self {
        let text_start = if bytes.starts_with(b"\xEF\xBB\xBF") {
            3
        } else {
            0
        };
        let mut parser = parser(dialect);
        let mut records: Vec<Span> = Vec::new();
        let mut open = None;
        let mut field_start = text_start;
        for index in text_start..bytes.len() {
            if open.is_none() && !matches!(bytes[index], b'\r' | b'\n') {
                open = Some(index);
                field_start = index;
            }
            let (result, _, _, fields) =
                parser.read_record(&bytes[index..=index], &mut [0; 2], &mut [0; 2]);
            if result == ReadRecordResult::Record {
                let start = open.take().expect("a record that ends has started");
                records.push(span(bytes, &records, start, index));
            } else if fields > 0 {
                field_start = index + 1;
            }
        }

        let in_quotes = open.is_some() && !ends_record(&mut parser, b"\n");
        if let Some(start) = open {
            records.push(span(bytes, &records, start, bytes.len()));
        }
        let record = records.len() as u64;
        let row = match records.last() {
            Some(last) => last.position.row + line_breaks(&bytes[last.end as usize..]),
            None => 1 + line_breaks(bytes),
        };
        let offset = bytes.len() as u64;
        let end = if in_quotes {
            let offset = field_start as u64;
            Err(UnclosedQuote { row, offset })
        } else {
            Ok(Position {
                offset,
                row,
                record,
            })
        };
        Self { records, end }
    }
}

/// All fields of all records, as the `csv` crate reads a whole file.
pub(super) fn all_fields(dialect: Dialect, bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    csv::ReaderBuilder::new()
        .delimiter(dialect.delimiter.as_byte())
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
        .byte_records()
        .map(|record| record.unwrap().iter().map(<[u8]>::to_vec).collect())
        .collect()
}

fn parser(dialect: Dialect) -> Reader {
    let mut parser = ReaderBuilder::new()
        .delimiter(dialect.delimiter.as_byte())
        .build();
    // A first byte read, so that no later one is taken for a byte order mark's.
    parser.read_record(b"\n", &mut [0; 2], &mut [0; 2]);
    parser
}

fn ends_record(parser: &mut Reader, bytes: &[u8]) -> bool {
    let (result, ..) = parser.read_record(bytes, &mut [0; 2], &mut [0; 2]);
    result == ReadRecordResult::Record
}

/// Between records there are line breaks only, and within one the row stays the same.
fn span(bytes: &[u8], before: &[Span], start: usize, end: usize) -> Span {
    let (row, from) = match before.last() {
        Some(last) => (last.position.row, last.end as usize),
        None => (1, 0),
    };
    let position = Position {
        offset: start as u64,
        row: row + line_breaks(&bytes[from..start]),
        record: before.len() as u64,
    };
    Span {
        position,
        end: end as u64,
    }
}

fn line_breaks(bytes: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    text.chars().filter(|c| matches!(c, '\r' | '\n')).count() as u64
}
