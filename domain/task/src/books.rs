//! Closing the books of an import: whether everything planned was done and every row read has
//! an outcome, and how the task therefore ends.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_basics::plan::Plan;
use sluice_basics::rows::RowCounts;
use sluice_basics::used::Used;
use sluice_csv::Chunk;
use sluice_definition::OnDuplicate;
use sluice_import::correction::RowsBefore;
use sluice_profile::Profile;

use crate::ChunkState;

mod ending;

pub use ending::{Ending, NO_REPORT, Trouble, ending, trouble};

/// What a worker (or whoever gave up on it) committed for one chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkReport {
    /// The chunk's number.
    pub chunk: u32,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
    /// Its rows by outcome.
    #[serde(flatten)]
    pub rows: RowCounts,
    /// The object with its failed rows, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// The object with its rows that wait for the end, if there are any: they are counted as duplicate, or
    /// as skipped, until it is decided which of them are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deferred: Option<String>,
    /// How many these are.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub deferred_rows: u64,
    /// Why its rows were not read, if they were not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
    /// In which run of the task it was committed, from 1.
    pub run: u32,
    /// Rows that failed for a reason that may pass.
    #[serde(default)]
    pub passing: u64,
    /// Of a corrected file: what its rows were before.
    #[serde(flatten)]
    pub before: RowsBefore,
    /// What its kind keeps of it beside the counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_kind: Option<serde_json::Value>,
    /// What the try that was committed had used by then.
    #[serde(flatten)]
    pub used: Used,
    /// Where the time of the try that was committed went, until then.
    #[serde(default, skip_serializing_if = "Profile::is_empty")]
    pub profile: Profile,
    /// When it was committed; null until it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<Timestamp>,
}

impl ChunkReport {
    /// A chunk that was done, with these counts.
    pub fn done(run: u32, chunk: &Chunk, rows: RowCounts) -> Self {
        Self {
            rows,
            lost: None,
            ..Self::lost(run, chunk, "")
        }
    }

    /// A chunk whose rows were not read in a run, and why.
    pub fn lost(run: u32, chunk: &Chunk, why: impl Into<String>) -> Self {
        Self {
            chunk: chunk.number,
            start: chunk.start,
            end: chunk.end,
            rows: RowCounts::default(),
            part: None,
            deferred: None,
            deferred_rows: 0,
            lost: Some(why.into()),
            run,
            passing: 0,
            before: RowsBefore::default(),
            of_kind: None,
            used: Used::default(),
            profile: Profile::default(),
            committed_at: None,
        }
    }

    /// A chunk that failed too often: its rows count as failed. Which of them an earlier try
    /// has stored is not known.
    pub fn given_up(run: u32, chunk: &Chunk) -> Self {
        if chunk.records == 0 {
            let why = format!(
                "chunk {} failed again and again and was given up",
                chunk.number
            );
            return Self::lost(run, chunk, why);
        }
        let why = format!(
            "the {} rows from row {} on failed again and again and were given up; some of them \
             may be stored",
            chunk.records, chunk.first_row
        );
        let rows = RowCounts {
            read: chunk.records,
            failed: chunk.records,
            ..RowCounts::default()
        };
        Self {
            rows,
            ..Self::lost(run, chunk, why)
        }
    }

    /// Returns its rows by outcome, without those that wait for the end.
    pub fn decided_rows(&self, on_duplicate: OnDuplicate) -> RowCounts {
        let mut rows = self.rows;
        let counted = match on_duplicate {
            OnDuplicate::Skip => &mut rows.skipped,
            OnDuplicate::Reject | OnDuplicate::Overwrite => &mut rows.duplicate,
        };
        *counted = counted.saturating_sub(self.deferred_rows);
        rows
    }

    /// Bytes whose rows were read.
    pub fn bytes(&self) -> u64 {
        if self.lost.is_some() {
            0
        } else {
            self.end - self.start
        }
    }

    /// Whether doing the chunk again can better its counts.
    pub fn is_worth_a_retry(&self) -> bool {
        self.lost.is_some() || self.passing > 0
    }

    /// Whether the chunk is done as far as a run of its task is concerned: a retry does those
    /// again that are worth it, and keeps the others.
    pub fn counts_in(&self, run: u32) -> bool {
        self.run >= run || !self.is_worth_a_retry()
    }
}

/// Most chunks have none, and their markers are to be small.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(rows: &u64) -> bool {
    *rows == 0
}

/// What a retry keeps of the runs before: the counts of the chunks that it does not do again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Chunks.
    pub chunks: u32,
    /// Bytes whose rows were read.
    pub bytes: u64,
    /// Their rows by outcome.
    pub rows: RowCounts,
    /// What their rows were before, in a corrected file.
    pub before: RowsBefore,
}

impl Kept {
    /// Adds up what stays when a task is tried again.
    pub fn of(reports: &[ChunkReport]) -> Self {
        let mut kept = Self::default();
        for report in reports.iter().filter(|report| !report.is_worth_a_retry()) {
            kept.chunks += 1;
            kept.bytes += report.bytes();
            kept.rows += report.rows;
            kept.before += report.before;
        }
        kept
    }
}

/// Why chunks do not tile the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TilingError {
    /// Chunk numbers do not run from 0 without a gap.
    #[error("chunk {expected} is missing, {found} stands in its place")]
    Number {
        /// The number that should come.
        expected: u32,
        /// The number that came.
        found: u32,
    },
    /// A chunk does not start where the one before ended.
    #[error("chunk {chunk} starts at byte {found}, the chunk before ends at {expected}")]
    Gap {
        /// The chunk.
        chunk: u32,
        /// Where it should start.
        expected: u64,
        /// Where it starts.
        found: u64,
    },
    /// The last chunk does not end at the end of the file.
    #[error("the last chunk ends at byte {found} of {expected}")]
    End {
        /// The size of the file.
        expected: u64,
        /// Where the last chunk ends.
        found: u64,
    },
}

/// Checks that chunks, in order, cover the plan's span without gap or overlap.
pub fn check_tiling(plan: &Plan, chunks: &[Chunk]) -> Result<(), TilingError> {
    let mut expected_start = plan.start;
    for (expected, chunk) in (0u32..).zip(chunks) {
        if chunk.number != expected {
            return Err(TilingError::Number {
                expected,
                found: chunk.number,
            });
        }
        if chunk.start != expected_start {
            return Err(TilingError::Gap {
                chunk: expected,
                expected: expected_start,
                found: chunk.start,
            });
        }
        expected_start = chunk.end;
    }
    if !chunks.is_empty() && expected_start != plan.end {
        return Err(TilingError::End {
            expected: plan.end,
            found: expected_start,
        });
    }
    Ok(())
}

/// Compares the task's counters with the reports they were added up from, and both with the
/// bytes that its chunks have together. Returns every difference, in words; empty when the books balance.
pub fn differences(state: &ChunkState, bytes: u64, reports: &[ChunkReport]) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, left: u64, right: u64| {
        if left != right {
            differences.push(format!("{what}: {left} against {right}"));
        }
    };
    let mut rows = RowCounts::default();
    let mut bytes_reported = 0;
    for report in reports {
        rows += report.rows;
        bytes_reported += report.bytes();
    }
    compare(
        "rows read against rows accounted for",
        state.rows.read,
        state.rows.accounted(),
    );
    compare(
        "rows read by the task against its chunks",
        state.rows.read,
        rows.read,
    );
    compare(
        "rows succeeded by the task against its chunks",
        state.rows.succeeded,
        rows.succeeded,
    );
    compare(
        "rows failed by the task against its chunks",
        state.rows.failed,
        rows.failed,
    );
    compare(
        "rows duplicate by the task against its chunks",
        state.rows.duplicate,
        rows.duplicate,
    );
    compare(
        "rows skipped by the task against its chunks",
        state.rows.skipped,
        rows.skipped,
    );
    compare(
        "lines ignored by the task against its chunks",
        state.rows.ignored,
        rows.ignored,
    );
    let planned = u64::from(state.total.unwrap_or_default());
    // The plan of a task that was stopped may lack chunks that were sent.
    if state.fault.is_none() {
        compare(
            "chunks planned against chunks counted",
            planned,
            u64::from(state.done),
        );
        compare(
            "chunks planned against chunks reported",
            planned,
            reports.len() as u64,
        );
    }
    compare(
        "bytes counted against bytes reported",
        state.bytes_done,
        bytes_reported,
    );
    if state.fault.is_none() && state.lost == 0 && planned > 0 {
        compare(
            "bytes of the file against bytes committed",
            bytes,
            state.bytes_done,
        );
    }
    differences
}

#[cfg(test)]
mod tests;
