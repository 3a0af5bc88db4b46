//! Files as people send them, turned into UTF-8 CSV in bounded memory: text in the encodings that
//! exports come in, gzip around it, and Excel workbooks (`.xlsx`).
//!
//! The way of a file: [`detect`] says from its first bytes what it is; [`Converter`] turns text and
//! gzip into CSV as the bytes come; [`Workbook`] writes a sheet as CSV; [`locate_header`] finds the
//! header among a table's first lines.
#![warn(missing_docs)]

mod converter;
mod detect;
mod encoding;
mod error;
mod find;
mod foreign;
mod guess;
mod gzip;
mod header;
mod limits;
mod preview;
mod sample;
mod text;
mod workbook;

pub use converter::{Converted, Converter};
pub use detect::{CONTEXT_BYTES, Detected, HEAD_BYTES, detect, detect_later};
pub use error::FormatError;
pub use find::{FindError, FoundHeader, Head, MAX_COLUMNS, find_header, name_fields};
pub use foreign::ForeignFile;
pub use header::{HEADER_LINES, HeaderLine, locate_header};
pub use limits::Limits;
pub use preview::{Source, preview};
pub use sample::{Sample, sample};
pub use sluice_import::encoding::{Encoding, UnknownEncoding};
pub use workbook::{SheetSummary, Workbook, WorkbookLimits};
