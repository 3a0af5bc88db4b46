//! Finding a file's header: which line it is, and what separates its fields.

use sluice_basics::characters::is_unseen;
use sluice_basics::rows::MAX_ROW_BYTES;
use sluice_csv::cell;
use sluice_csv::{
    Delimiter, Dialect, FieldReader, Fields, HeaderError, Position, RecordContent, RecordReader,
    count_fields, read_header,
};
use sluice_definition::reported::ReportColumns;
use sluice_definition::{
    Definition, HeaderMap, HeaderProblem, Naming, UnknownHeader, detect_delimiter,
};
use sluice_import::{FileFormat, ImportOptions};
use thiserror::Error;

use crate::header::locate_header;

use around::Around;

mod around;

/// What stands between fields, unless the client says it.
const DELIMITERS: [Delimiter; 4] = [
    Delimiter::COMMA,
    Delimiter::SEMICOLON,
    Delimiter::TAB,
    Delimiter::PIPE,
];

/// Bounds what a report of short rows can grow to.
pub const MAX_COLUMNS: usize = 256;

/// A file's first bytes, as UTF-8 CSV.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The form of the file that they were read from.
    pub format: FileFormat,
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are all of it.
    pub at_end: bool,
}

/// A file's header, where it is, and where the rows begin.
#[derive(Clone, Debug)]
pub struct FoundHeader {
    /// How the file is written.
    pub dialect: Dialect,
    /// Its row; none where names were made for a file without one.
    pub row: Option<u64>,
    /// The names of the fields.
    pub names: Vec<String>,
    /// How many blank names were at its end.
    pub blank_names: usize,
    /// Where the rows begin.
    pub data: Position,
}

/// How many of the first rows must end in as many blank fields for that to be the file's way.
const LIKE_ROWS: usize = 2;
/// How many are looked at.
const FIRST_ROWS: usize = 100;

impl FoundHeader {
    /// How many blank fields all first rows have beyond those of the header; as many as the header
    /// has if they have none. A sheet's cells are where they are, however long a row is.
    pub fn blank_fields(&self, head: &Head<'_>) -> u32 {
        if head.format == FileFormat::Xlsx {
            return u32::MAX;
        }
        let is_blank_field = |field: &[u8]| str::from_utf8(field).is_ok_and(is_blank);
        let mut surplus = Vec::new();
        self.each_row(head, |fields| {
            if !fields.iter().all(is_blank_field) {
                let beyond: Vec<&[u8]> = fields.iter().skip(self.names.len()).collect();
                let is_blank = beyond.iter().all(|field| is_blank_field(field));
                surplus.push(is_blank.then_some(beyond.len()));
            }
            surplus.len() < FIRST_ROWS
        });
        let first = surplus.first().copied().flatten().unwrap_or_default();
        let is_way = surplus.len() >= LIKE_ROWS && surplus.iter().all(|one| *one == Some(first));
        let blank = if is_way && first > 0 {
            first
        } else {
            self.blank_names
        };
        u32::try_from(blank).unwrap_or_default()
    }

    /// The names of a header that the definition does not know, in a file that is said to have none; none
    /// if there is no clear one. Only the head is looked at.
    pub fn unknown_header(
        &self,
        definition: &Definition,
        naming: &Naming,
        head: &Head<'_>,
    ) -> Vec<String> {
        let map = naming.map(definition, &self.names).ok();
        let Some(map) = map.filter(|_| naming.headerless && self.row.is_none()) else {
            return Vec::new();
        };
        let mut header = UnknownHeader::default();
        self.each_row(head, |fields| {
            let texts = fields.iter().map(|field| cell::shown(field).into_owned());
            let line: Vec<String> = texts.collect();
            if !line.iter().all(|text| is_blank(text)) {
                header.add(&line);
            }
            true
        });
        let key = definition.key.iter();
        let key = key.filter_map(|name| map.field(definition.column_index(name)?));
        header.found(&key.collect::<Vec<usize>>())
    }

    /// Gives the rows that are whole in the head, as long as more are wanted.
    fn each_row(&self, head: &Head<'_>, mut wants_more: impl FnMut(&Fields<'_>) -> bool) {
        self.each_record(head, |_, fields| wants_more(fields));
    }

    /// The same, each with its row in the file.
    fn each_record(&self, head: &Head<'_>, mut wants_more: impl FnMut(u64, &Fields<'_>) -> bool) {
        let mut records = RecordReader::new(self.dialect, self.data, MAX_ROW_BYTES);
        let mut reader = FieldReader::new(self.dialect);
        records.push(&head.bytes[self.data.offset as usize..]);
        loop {
            let mut record = records.next_record();
            if record.is_none() && head.at_end {
                record = records.finish().ok().flatten();
            }
            let Some(record) = record else {
                return;
            };
            if let RecordContent::Bytes(bytes) = record.content
                && !wants_more(record.position.row, &reader.read(bytes))
            {
                return;
            }
        }
    }
}

/// Why no header is found.
#[derive(Debug, Error)]
pub enum FindError {
    /// A file without a header that has no row.
    #[error("the file has no rows: there is nothing to import")]
    NoRows,
    /// The first line cannot be read.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// Fields of a file without a header are not named right.
    #[error(transparent)]
    Columns(#[from] HeaderProblem),
    /// Names of columns stand in two rows, which are no header together.
    #[error(
        "{problem}. Rows {first} and {second} both have names of columns: write the names of all \
         columns into one row"
    )]
    TwoHeaders {
        /// What is wrong with the better of both.
        problem: HeaderProblem,
        /// The upper row.
        first: u64,
        /// The lower one.
        second: u64,
        /// The better of both, for showing the file.
        header: Box<FoundHeader>,
    },
    /// A row stands above the header, where only titles may stand: nobody would import it.
    #[error(
        "row {row} stands above the header in row {header_row} and reads as a row of the table: move the \
         header to the top, or delete what is above it"
    )]
    RowAbove {
        /// The row.
        row: u64,
        /// The header's.
        header_row: u64,
        /// The header, for showing the file, and for a task that has begun with it.
        header: Box<FoundHeader>,
    },
}

/// What a line that can be the header is scored with beside its names.
const ACCEPTABLE: usize = 1_000;

/// Finds the header in the first bytes of a file: the first line that has all required columns, or
/// else the one of the first ten with most names of columns, under the delimiter that gives most.
/// That of a failed-rows file is found in a file without a header, too.
pub fn find_header(
    definition: &Definition,
    options: &ImportOptions,
    head: &Head<'_>,
) -> Result<FoundHeader, FindError> {
    let naming = options.naming();
    let given = given_delimiter(options, head.format);
    let candidates = candidates(given);
    if naming.headerless {
        let of_report = candidates
            .iter()
            .find_map(|&delimiter| report_header(delimiter.into(), head));
        return match of_report {
            Some(header) => Ok(header),
            None => name_fields(definition, options, head),
        };
    }
    let mut best: Option<(usize, Dialect, Position)> = None;
    for dialect in candidates.into_iter().map(Dialect::from) {
        let mut is_found = false;
        let score = |fields: Fields<'_>| {
            let names: Vec<String> = fields
                .iter()
                .map(|field| cell::shown(field).into_owned())
                .collect();
            // Rows stand below it, whatever comes later: maybe the header of another export.
            if is_found {
                return 0;
            }
            let of_report = ReportColumns::find(&names);
            is_found = of_report.is_some() || naming.map(definition, &names).is_ok();
            HeaderMap::recognized(definition, &naming.mapping, &names)
                + of_report.map_or(0, |columns| columns.count())
                + if is_found { ACCEPTABLE } else { 0 }
        };
        let found = locate_header(dialect, head.bytes, score);
        if let Some(line) = found.filter(|line| best.is_none_or(|(most, ..)| line.score > most)) {
            best = Some((line.score, dialect, line.position));
        }
    }
    // Where no name is known, the first line is the header, so that the message can quote it.
    let (dialect, start) = if let Some((_, dialect, start)) = best {
        (dialect, start)
    } else {
        let detect = || detect_delimiter(definition, first_line(head.bytes));
        (given.unwrap_or_else(detect).into(), Position::START)
    };
    let header = line_at(dialect, head, start)?;
    let is_accepted = best.is_some_and(|(score, ..)| score >= ACCEPTABLE);
    let around = Around {
        definition,
        naming: &naming,
        dialect,
        head,
    };
    if is_accepted {
        let above = around.row_above(&header);
        let header = around.with_second(header);
        if let Some((row, header_row)) = above {
            return Err(FindError::RowAbove {
                row,
                header_row,
                header: Box::new(header),
            });
        }
        return Ok(header);
    }
    around.joined(header)
}

fn given_delimiter(options: &ImportOptions, format: FileFormat) -> Option<Delimiter> {
    match format {
        FileFormat::Xlsx => Some(Delimiter::COMMA),
        FileFormat::Csv | FileFormat::Gzip => options.delimiter,
    }
}

fn candidates(given: Option<Delimiter>) -> Vec<Delimiter> {
    given.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter])
}

/// The first line, if it is the header of a failed-rows file.
fn report_header(dialect: Dialect, head: &Head<'_>) -> Option<FoundHeader> {
    let header = line_at(dialect, head, Position::START).ok()?;
    ReportColumns::find(&header.names).map(|_| header)
}

/// The line that starts at a place as the header. Names that are blank at its end name nothing.
fn line_at(dialect: Dialect, head: &Head<'_>, start: Position) -> Result<FoundHeader, HeaderError> {
    let rest = &head.bytes[start.offset as usize..];
    let header = read_header(dialect, rest, head.at_end)?;
    let mut names = header.fields;
    let width = names.len();
    while names.len() > 1 && names.last().is_some_and(|name| is_blank(name)) {
        names.pop();
    }
    Ok(FoundHeader {
        dialect,
        row: Some(start.row),
        blank_names: width - names.len(),
        names,
        data: Position {
            offset: start.offset + header.data.offset,
            row: start.row - 1 + header.data.row,
            record: header.data.record,
        },
    })
}

fn is_blank(name: &str) -> bool {
    name.chars().all(is_unseen)
}

/// How a file without a header is written: the dialect in which its first lines are most like a
/// table.
pub(crate) fn headerless_dialect(options: &ImportOptions, head: &Head<'_>) -> Dialect {
    let mut best = ((false, 0), Dialect::default());
    let candidates = candidates(given_delimiter(options, head.format));
    for (place, &delimiter) in candidates.iter().enumerate() {
        let dialect = Dialect::from(delimiter);
        let likeness = likeness(dialect, head.bytes);
        if place == 0 || likeness > best.0 {
            best = (likeness, dialect);
        }
    }
    best.1
}

/// Makes names for the fields of a file that begins with its first row.
pub fn name_fields(
    definition: &Definition,
    options: &ImportOptions,
    head: &Head<'_>,
) -> Result<FoundHeader, FindError> {
    let dialect = headerless_dialect(options, head);
    let width = count_fields(dialect, head.bytes, head.at_end).map_err(|error| match error {
        HeaderError::Empty => FindError::NoRows,
        other => other.into(),
    })?;
    Ok(FoundHeader {
        dialect,
        row: None,
        blank_names: 0,
        names: options.naming().made_names(definition, width)?,
        data: Position::START,
    })
}

/// How much a file's first lines are a table: whether they have the same number of fields, more
/// than one, and how many the shortest has.
fn likeness(dialect: Dialect, head: &[u8]) -> (bool, usize) {
    let (mut fewest, mut most) = (usize::MAX, 0);
    locate_header(dialect, head, |fields| {
        fewest = fewest.min(fields.len());
        most = most.max(fields.len());
        0
    });
    (fewest == most && most > 1, fewest.min(most))
}

/// The first line that is not blank: enough to tell one delimiter from another.
fn first_line(head: &[u8]) -> &[u8] {
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let start = head
        .iter()
        .position(|byte| !is_break(byte))
        .unwrap_or(head.len());
    head[start..].split(is_break).next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
