//! What is wrong with a workbook.

use std::io;

use crate::FormatError;
use crate::limits::Excess;

pub(super) fn damaged(part: &str, problem: &str) -> FormatError {
    let short = |text: &str| text.chars().take(80).collect();
    FormatError::WorkbookDamaged {
        part: short(part),
        problem: short(problem),
    }
}

/// Tells what is wrong with the data from what is wrong with reading it.
pub(super) fn read_error(part: &str, error: &io::Error) -> FormatError {
    let source = error.get_ref();
    if let Some(excess) = source.and_then(|source| source.downcast_ref::<Excess>()) {
        return (*excess).into();
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            damaged(part, "does not unpack")
        }
        io::ErrorKind::UnexpectedEof => damaged(part, "is cut off"),
        kind => FormatError::Io(io::Error::new(kind, error.to_string())),
    }
}
