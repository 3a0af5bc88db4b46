//! How a task ends, once its books are closed.

use sluice_basics::rows::RowCounts;

use super::{ChunkReport, check_tiling, differences};
use crate::manifest::Manifest;
use crate::{ChunkState, TaskStatus};

/// What a task is told whose report was tried for long enough.
pub const NO_REPORT: &str =
    "the report on the failed rows could not be made; see the log of the finisher";

/// How a task ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// One of the three ends.
    pub status: TaskStatus,
    /// Why it is not [`TaskStatus::Finished`], or a remark if it is.
    pub reason: Option<String>,
}

/// What keeps a task from finishing well, beside rows that were not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something was not done, and why. What was done is counted right.
    Missing(String),
    /// The books do not balance, and by what: no count can be relied on.
    Unbalanced(String),
}

impl Trouble {
    /// More trouble, of which some may be known already.
    pub fn add(known: Option<Self>, more: &str) -> Self {
        match known {
            None => Self::Missing(more.to_owned()),
            Some(Self::Missing(words)) => Self::Missing(format!("{words}; {more}")),
            Some(Self::Unbalanced(words)) => Self::Unbalanced(format!("{words}; {more}")),
        }
    }
}

/// Checks the books of a task whose chunks are all counted: a fault of its own, lost chunks, and
/// whether counters, reports and plan agree. `bytes` is how many its chunks have together, and `done` what is
/// done with them: "imported".
pub fn trouble(
    state: &ChunkState,
    bytes: u64,
    done: &str,
    manifest: Option<&Manifest>,
    reports: &[ChunkReport],
) -> Option<Trouble> {
    let mut differences = differences(state, bytes, reports);
    match manifest {
        // The plan of a task with a fault may end before its file does.
        _ if state.fault.is_some() => {}
        Some(manifest) => {
            let tiling = check_tiling(&manifest.plan, &manifest.chunks);
            differences.extend(tiling.err().map(|error| error.to_string()));
        }
        None => differences.push("the plan is missing".to_owned()),
    }
    let missing = state.fault.clone().or_else(|| lost(reports, done));
    if differences.is_empty() {
        return missing.map(Trouble::Missing);
    }
    let unbalanced = format!("the books do not balance: {}", differences.join("; "));
    Some(Trouble::Unbalanced(match missing {
        Some(missing) => format!("{unbalanced}; {missing}"),
        None => unbalanced,
    }))
}

fn lost(reports: &[ChunkReport], done: &str) -> Option<String> {
    let mut lost = reports.iter().filter_map(|report| report.lost.as_ref());
    let first = lost.next()?;
    let count = 1 + lost.count();
    let all = reports.len();
    let were = if count == 1 { "was" } else { "were" };
    Some(format!(
        "{count} of {all} chunks {were} not {done}: {first}"
    ))
}

/// How a task with these final counts ends. Trouble, or a row that was not accepted, keeps it
/// from being finished; books that do not balance make it fail whatever was stored.
pub fn ending(rows: &RowCounts, trouble: Option<Trouble>, dry_run: bool) -> Ending {
    let refused = rows.failed + rows.duplicate;
    let (reason, is_balanced) = match trouble {
        Some(Trouble::Missing(words)) => (Some(words), true),
        Some(Trouble::Unbalanced(words)) => (Some(words), false),
        None if refused > 0 => {
            let reason = format!(
                "{refused} of {} rows {} imported ({} failed, {} duplicate): \
                 see the failed-rows file",
                rows.read,
                match (dry_run, refused) {
                    (true, _) => "would not be",
                    (false, 1) => "was not",
                    (false, _) => "were not",
                },
                rows.failed,
                rows.duplicate
            );
            (Some(reason), true)
        }
        None => (None, true),
    };
    let status = match &reason {
        None => TaskStatus::Finished,
        Some(_) if is_balanced && rows.succeeded > 0 => TaskStatus::PartlySucceeded,
        Some(_) => TaskStatus::Failed,
    };
    Ending { status, reason }
}
