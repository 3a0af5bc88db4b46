//! Why a file cannot be turned into CSV, in words that its sender can act on.

use std::io;

use thiserror::Error;

use crate::{Encoding, ForeignFile};

/// Why a file is not converted. Only [`Io`](Self::Io) is worth a retry; all else is for the sender.
#[derive(Debug, Error)]
pub enum FormatError {
    /// Not a table at all, or one of a program that is not read.
    #[error("{0}")]
    Foreign(ForeignFile),
    /// Text in an encoding that is not read.
    #[error(
        "this text seems to be {encoding}, which is not read: save the file as \"CSV UTF-8\", or \
         name its encoding if it is one of {names}",
        names = Encoding::names()
    )]
    UnreadEncoding {
        /// The encoding that it seems to be.
        encoding: &'static str,
    },

    /// Text whose encoding does not show.
    #[error(
        "the encoding of this text is not clear: it may be {candidates}. Save the file as \
         \"CSV UTF-8\" and upload it again, or name its encoding (`encoding`) if it is one of \
         {names}",
        names = Encoding::names()
    )]
    UnclearEncoding {
        /// The encodings that it may be in.
        candidates: String,
    },

    /// A gzip file ends too soon.
    #[error("the gzip file was cut off: upload it again, or make it anew")]
    GzipCutOff,
    /// A gzip file does not unpack, or to something else than was packed.
    #[error("the gzip file is damaged: make it anew and upload it again")]
    GzipDamaged,
    /// Something else follows the gzip data.
    #[error(
        "other data follows the gzip data in the file: make the gzip file anew and upload it again"
    )]
    GzipTrailingData,
    /// A compressed file in a gzip file.
    #[error("the gzip file has {content} in it: unpack it and upload that")]
    Nested {
        /// What is in it.
        content: &'static str,
    },

    /// More comes out of the file than is allowed.
    #[error("the file unpacks to more than {}: split it into several files", size(*.limit_bytes))]
    TooMuchOutput {
        /// What is allowed.
        limit_bytes: u64,
    },
    /// Far more comes out of the file than out of any real table: a zip bomb.
    #[error(
        "the file unpacks to more than {ratio} times its size, as a zip bomb does: upload the \
         table as plain CSV"
    )]
    Bomb {
        /// The ratio that is allowed.
        ratio: u64,
    },

    /// A workbook of too many bytes.
    #[error(
        "the workbook has {}, at most {} are read: save the sheet as \"CSV UTF-8\" and upload that",
        size(*.size_bytes),
        size(*.limit_bytes)
    )]
    WorkbookTooLarge {
        /// What it has.
        size_bytes: u64,
        /// What is allowed.
        limit_bytes: u64,
    },
    /// A workbook that needs a password.
    #[error("the workbook has a password: save it without one and upload it again")]
    Encrypted,
    /// A workbook that cannot be read.
    #[error(
        "the workbook is damaged ({part}: {problem}): open it in Excel, save it as .xlsx or as \
         \"CSV UTF-8\", and upload that"
    )]
    WorkbookDamaged {
        /// The part of the workbook, such as `xl/workbook.xml`.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A workbook with no sheet of cells.
    #[error("the workbook has no sheet with a table")]
    NoSheet,
    /// A workbook whose first sheet is empty and that has others: which of them is meant is for people to say.
    #[error(
        "the first sheet, `{first}`, is empty: name the one that has the table; there are {found}"
    )]
    FirstSheetEmpty {
        /// The first sheet that is not hidden.
        first: String,
        /// The names that there are.
        found: String,
    },
    /// A workbook with one table in several sheets, of which one would be imported.
    #[error(
        "the sheet `{first}` has the same columns as {others}, and one sheet is imported: name the one to \
         import, or put the rows of all into one"
    )]
    SheetsAlike {
        /// The first sheet that is not hidden.
        first: String,
        /// The names of the others.
        others: String,
    },
    /// A workbook without the sheet that was asked for.
    #[error("the workbook has no sheet `{asked}`: it has {found}")]
    SheetNotFound {
        /// The name that was asked for.
        asked: String,
        /// The names that there are.
        found: String,
    },
    /// A workbook with more text than is kept in memory.
    #[error(
        "the workbook has more than {} of different texts: save the sheet as \"CSV UTF-8\" and \
         upload that",
        size(*.limit_bytes)
    )]
    TooMuchText {
        /// What is allowed.
        limit_bytes: u64,
    },
    /// A row of a sheet with more text than any row of a table.
    #[error("row {row} of the sheet has more than {} of text", size(*.limit_bytes))]
    RowTooLarge {
        /// The row's number in the sheet.
        row: u32,
        /// What is allowed.
        limit_bytes: u64,
    },

    /// Reading the stored file or writing the CSV failed; nothing is wrong with the file.
    #[error("the file could not be read or written")]
    Io(#[from] io::Error),
}

impl FormatError {
    /// Whether trying again can help.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// A size in the largest unit in which it is at least one.
fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (unit_bytes, unit) in UNITS {
        if bytes >= unit_bytes {
            // Rounded up: a limit that is passed by a little is not shown as its own size.
            let tenths = bytes.saturating_mul(10).div_ceil(unit_bytes);
            return match tenths % 10 {
                0 => format!("{} {unit}", tenths / 10),
                rest => format!("{}.{rest} {unit}", tenths / 10),
            };
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_people_tell_them() {
        assert_eq!(size(999), "999 bytes");
        assert_eq!(size(100 << 20), "100 MiB");
        assert_eq!(size((100 << 20) + 1), "100.1 MiB");
        assert_eq!(size(20 << 30), "20 GiB");
    }

    #[test]
    fn only_storage_is_tried_again() {
        assert!(FormatError::Io(io::Error::other("disk")).is_retryable());
        assert!(!FormatError::GzipCutOff.is_retryable());
    }
}
