//! Rows that lost their key to an earlier row of the same file after they were stored.

use serde::{Deserialize, Serialize};

/// A row that is a duplicate, because an earlier row of its file has the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Displaced {
    /// The row that lost.
    pub row: u64,
    /// The earlier row.
    pub by_row: u64,
}
