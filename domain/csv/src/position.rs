//! Where in a file a scan or a record stands.

use serde::{Deserialize, Serialize};

/// A place in a file, in the three measures that are wanted of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Bytes from the file's start, a byte order mark included.
    pub offset: u64,
    /// The number that a spreadsheet shows for the row that begins here: 1 for the first line.
    /// Every line break outside quotes begins a row, `\r\n` being one break, so blank lines count
    /// and line breaks in quotes do not.
    pub row: u64,
    /// Records before this place. Blank lines are none; a header is one.
    pub record: u64,
}

impl Position {
    /// The start of a file.
    pub const START: Self = Self {
        offset: 0,
        row: 1,
        record: 0,
    };
}

impl Default for Position {
    fn default() -> Self {
        Self::START
    }
}
