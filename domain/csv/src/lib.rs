//! CSV by byte ranges: where records begin and end, how a file is cut into chunks, and how a
//! chunk's records and fields are read.
//!
//! Everything here agrees with the `csv` crate's default reading on every input: `"` quotes and is
//! doubled inside quotes, `\n`, `\r\n` and `\r` end a record, blank lines are no records, records
//! may have any number of fields, and a UTF-8 byte order mark at the file's start is skipped.
//!
//! The way of the bytes: [`Scanner`] finds record boundaries, 64 bytes at a time; [`ChunkPlanner`]
//! cuts a file with it; [`RecordReader`] gives a chunk's records; [`FieldReader`] a record's fields.

#![warn(missing_docs)]

pub mod cell;

mod block;
mod dialect;
mod fields;
mod header;
mod machine;
mod planner;
mod position;
mod records;
mod scanner;
mod signature;
mod state;

#[cfg(test)]
mod reference;
#[cfg(test)]
mod samples;

pub use dialect::{Delimiter, Dialect, InvalidDelimiter};
pub use fields::{FieldReader, Fields};
pub use header::{Header, HeaderError, count_fields, read_header};
pub use planner::{Chunk, ChunkPlanner, Cursor};
pub use position::Position;
pub use records::{RawRecord, RecordContent, RecordReader};
pub use scanner::{Scanner, UnclosedQuote};
pub use signature::FileKind;
