//! Reads a file's header, its first record, and says in the user's words what is wrong with a file
//! that has none.

use thiserror::Error;

use super::dialect::Dialect;
use super::fields::FieldReader;
use super::position::Position;
use super::scanner::{Scanner, UnclosedQuote};
use super::signature::FileKind;
use crate::cell::{self, Cell};

/// Enough to tell text from other data, and too little to reach far into the records when a header
/// does not end.
const PROBE_BYTES: usize = 1024;

/// A file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The names of the columns as they are written, quotes resolved. There is at least one.
    pub fields: Vec<String>,
    /// Where the records begin, for a [`ChunkPlanner`](super::ChunkPlanner) to start: the first
    /// record after the header, or the file's end if there is none. Where the head ends before
    /// either is seen, it is the end of the head, or before a last `\r` in it since that may be half
    /// a line break; planning from there numbers rows and records just the same.
    pub data: Position,
}

/// Why a file's header cannot be read. All of it is for the user to mend; a retry does not help.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// No record at all: no bytes, or blank lines only.
    #[error("the file is empty; it needs a first line with the names of its columns")]
    Empty,
    /// Not a CSV file at all.
    #[error("{0}")]
    NotCsv(FileKind),
    /// Text in another encoding.
    #[error(
        "the name of column {column} is not UTF-8 text; save the file as \"CSV UTF-8\" and upload \
         it again"
    )]
    NotUtf8 {
        /// The column's number, from 1.
        column: usize,
    },
    /// The header goes on to the end of the bytes looked at, and the file does too.
    #[error(
        "the first line does not end within the first {bytes} bytes; check its line breaks, and \
         that each quote in it is closed"
    )]
    Incomplete {
        /// How many bytes were looked at.
        bytes: usize,
    },
    /// A quote in the header takes in the rest of the file.
    #[error(transparent)]
    UnclosedQuote(#[from] UnclosedQuote),
}

/// Reads the header from the first bytes of a file.
///
/// `at_end_of_file` tells whether `head` is all of the file. 64 KiB are enough for any sensible
/// header.
pub fn read_header(
    dialect: Dialect,
    head: &[u8],
    at_end_of_file: bool,
) -> Result<Header, HeaderError> {
    let (header, data) = first_record(dialect, head, at_end_of_file)?;
    let fields = read_names(dialect, header)?;
    Ok(Header { fields, data })
}

/// How many fields the first record of a file without a header has. `head` and `at_end_of_file`
/// are as for [`read_header`], and so is what is wrong with other files.
pub fn count_fields(
    dialect: Dialect,
    head: &[u8],
    at_end_of_file: bool,
) -> Result<usize, HeaderError> {
    let (record, _) = first_record(dialect, head, at_end_of_file)?;
    Ok(FieldReader::new(dialect).read(record).len())
}

/// The bytes up to the end of the first record, without a byte order mark, and where the next one starts.
fn first_record(
    dialect: Dialect,
    head: &[u8],
    at_end_of_file: bool,
) -> Result<(&[u8], Position), HeaderError> {
    if let Some(kind) = FileKind::of(head) {
        return Err(HeaderError::NotCsv(kind));
    }
    let data = find_data(dialect, head, at_end_of_file);
    let looked_at = match &data {
        Ok(data) => data.offset as usize,
        Err(_) => head.len().min(PROBE_BYTES),
    };
    let record = &head[..looked_at];
    if !is_text(dialect, record) {
        return Err(HeaderError::NotCsv(FileKind::Unknown));
    }
    let record = record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record);
    Ok((record, data?))
}

/// Where the first record after the header starts.
fn find_data(dialect: Dialect, head: &[u8], at_end_of_file: bool) -> Result<Position, HeaderError> {
    let mut scanner = Scanner::new(dialect);
    let mut rest = head;
    // The first start found is the header's own when blank lines or a byte order mark precede it.
    while let Some(consumed) = scanner.feed_until(rest, scanner.position().offset + 1) {
        rest = &rest[consumed..];
        if scanner.position().record > 0 {
            return Ok(scanner.position());
        }
    }

    if at_end_of_file {
        let end = scanner.finish()?;
        return match end.record {
            0 => Err(HeaderError::Empty),
            _ => Ok(end),
        };
    }
    let mut position = scanner.position();
    if position.record == 0 || !scanner.is_between_records() {
        return Err(HeaderError::Incomplete { bytes: head.len() });
    }
    if head.ends_with(b"\r") {
        position.offset -= 1;
        position.row -= 1;
    }
    Ok(position)
}

/// Whether no byte is a control character, other than those that text files have.
fn is_text(dialect: Dialect, bytes: &[u8]) -> bool {
    let delimiter = dialect.delimiter.as_byte();
    bytes.iter().all(|&byte| {
        !byte.is_ascii_control() || matches!(byte, b'\t' | b'\n' | b'\r') || byte == delimiter
    })
}

fn read_names(dialect: Dialect, header: &[u8]) -> Result<Vec<String>, HeaderError> {
    let mut reader = FieldReader::new(dialect);
    let mut names = Vec::new();
    for (index, field) in reader.read(header).iter().enumerate() {
        if Cell::read(field).is_none() && str::from_utf8(field).is_err() {
            return Err(HeaderError::NotUtf8 { column: index + 1 });
        }
        names.push(cell::shown(field).into_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
