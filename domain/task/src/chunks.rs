//! How far Sluice is with a task that it does itself, chunk by chunk.

use std::ops::Not;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_basics::rows::RowCounts;

use crate::costs::Costs;

/// The chunks of a task. What is counted is added by the transaction that commits a chunk, and by
/// nothing else; all is zero for tasks that services run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkState {
    /// How many chunks there are. Known only when all of the work is planned.
    #[serde(
        default,
        rename = "chunks_total",
        skip_serializing_if = "Option::is_none"
    )]
    pub total: Option<u32>,
    /// Chunks committed.
    #[serde(default, rename = "chunks_done")]
    pub done: u32,
    /// Of these, chunks that were given up or not begun because the task was stopping.
    #[serde(default, rename = "chunks_lost", skip_serializing_if = "is_zero")]
    pub lost: u32,
    /// Bytes of the chunks whose rows were read.
    #[serde(default)]
    pub bytes_done: u64,
    /// Rows by outcome.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// What keeps the task from finishing well, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// How often the sweeper has set it going again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nudges: u32,
    /// What it was expected to take and what it took; only of one that ended by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// Whether no further chunk is to begin until somebody says so.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub paused: bool,
    /// When a paused task goes on by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_at: Option<Timestamp>,
    /// Whether chunks that have not begun are to be left out.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub stopping: bool,
}

impl ChunkState {
    /// Whether every chunk is committed, so that the books can be closed.
    pub fn is_complete(&self) -> bool {
        self.total.is_some_and(|total| self.done >= total)
    }

    /// Whether every chunk is committed and none was given up or left out.
    pub fn is_whole(&self) -> bool {
        self.is_complete() && self.lost == 0
    }

    /// Bytes done of the bytes to do, in whole percent.
    pub fn percent_of(&self, bytes: u64) -> u8 {
        let done = u128::from(self.bytes_done) * 100;
        done.checked_div(u128::from(bytes))
            .map_or(0, |percent| percent.min(100) as u8)
    }
}

/// Counters that are still zero are left out of records, which are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
