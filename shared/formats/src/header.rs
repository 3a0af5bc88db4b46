//! Finds a table's header: exports often have a title, a date or a note above it.

use sluice_csv::{Dialect, FieldReader, Fields, Position, RawRecord, RecordContent, RecordReader};

/// Among how many lines that are not empty the header is looked for.
pub const HEADER_LINES: usize = 10;

/// No sensible header is longer.
const MAX_LINE_BYTES: usize = 256 << 10;

const PIECE_BYTES: usize = 64 << 10;

/// The line that is most like a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderLine {
    /// Where it starts: where [`sluice_csv::Scanner::resume`] goes on.
    pub position: Position,
    /// What it was scored with.
    pub score: usize,
}

/// Finds the line with the highest score among the first [`HEADER_LINES`] of `head`, the start of a
/// CSV file in UTF-8: the first of those with the same one. `None` if no line scores more than 0.
///
/// `score` says how many of a line's fields are names of columns that are known. Lines whose fields
/// are all blank do not count. A line break in quotes ends no line.
pub fn locate_header(
    dialect: Dialect,
    head: &[u8],
    mut score: impl FnMut(Fields<'_>) -> usize,
) -> Option<HeaderLine> {
    let mut records = RecordReader::new(dialect, Position::START, MAX_LINE_BYTES);
    let mut search = Search {
        fields: FieldReader::new(dialect),
        lines: 0,
        best: None,
    };
    for piece in head.chunks(PIECE_BYTES) {
        records.push(piece);
        while let Some(record) = records.next_record() {
            search.consider(record, &mut score);
            if search.lines == HEADER_LINES {
                return search.best;
            }
        }
    }
    // A quote that is open at the end takes in the rest of the file: no header.
    if let Ok(Some(record)) = records.finish() {
        search.consider(record, &mut score);
    }
    search.best
}

struct Search {
    fields: FieldReader,
    lines: usize,
    best: Option<HeaderLine>,
}

impl Search {
    fn consider(&mut self, record: RawRecord<'_>, score: &mut impl FnMut(Fields<'_>) -> usize) {
        let RecordContent::Bytes(bytes) = record.content else {
            self.lines += 1;
            return;
        };
        let fields = self.fields.read(bytes);
        if fields.iter().all(|field| field.trim_ascii().is_empty()) {
            return;
        }
        self.lines += 1;
        let score = score(fields);
        if score > self.best.map_or(0, |best| best.score) {
            self.best = Some(HeaderLine {
                position: record.position,
                score,
            });
        }
    }
}

#[cfg(test)]
mod tests;
