//! What became of rows: the one sum that must always come out even.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// The largest item of DynamoDB. A larger record is an error of its row.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>
pub const MAX_ROW_BYTES: usize = 400 * 1024;

/// Rows by outcome. Balanced when `read` is the sum of the other four.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows found in the file.
    #[serde(rename = "rows_read", default)]
    pub read: u64,
    /// Rows stored.
    #[serde(rename = "rows_succeeded", default)]
    pub succeeded: u64,
    /// Rows that were wrong.
    #[serde(rename = "rows_failed", default, skip_serializing_if = "is_zero")]
    pub failed: u64,
    /// Rows whose key was taken.
    #[serde(rename = "rows_duplicate", default, skip_serializing_if = "is_zero")]
    pub duplicate: u64,
    /// Rows whose key was taken, where the import said to skip those.
    #[serde(rename = "rows_skipped", default, skip_serializing_if = "is_zero")]
    pub skipped: u64,
    /// Lines that are no rows, and are counted nowhere else: blank ones that have delimiters, and
    /// headers that stand in the file once more.
    #[serde(rename = "lines_ignored", default, skip_serializing_if = "is_zero")]
    pub ignored: u64,
}

/// Counters that are still zero are left out of records, which are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl RowCounts {
    /// Rows whose outcome is known.
    pub fn accounted(&self) -> u64 {
        self.succeeded + self.failed + self.duplicate + self.skipped
    }

    /// Whether every row read has exactly one outcome.
    pub fn is_balanced(&self) -> bool {
        self.read == self.accounted()
    }
}

impl AddAssign for RowCounts {
    fn add_assign(&mut self, other: Self) {
        self.read += other.read;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.duplicate += other.duplicate;
        self.skipped += other.skipped;
        self.ignored += other.ignored;
    }
}
