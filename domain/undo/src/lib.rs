//! Undoing an import: whether it can be undone, which rows it stored, and what becomes of each of them.

#![warn(missing_docs)]

mod decide;
mod kept;
mod row_set;

use std::ops::AddAssign;
use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sluice_basics::fingerprint;
use sluice_basics::ids::{BusinessId, TaskId};
use sluice_definition::{Catalog, Definition, OnDuplicate, Target};
use sluice_import::{ImportInput, ImportPlan};
use sluice_task::estimate::Estimate;
use sluice_task::{MOST_CHILDREN, Task};

pub use decide::{Held, Kept, RowState, Stamped, Verdict, decide, expected};
pub use kept::{KeptRows, kept_rows_beginning};
pub use row_set::{RowSet, RowSetError};

/// What an undo cannot take back, told wherever it is told of one.
pub const NOT_TAKEN_BACK: &str = "e-mails that were sent because of the import are not taken back";

/// An undo task's `input`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoInput {
    /// The import that is undone.
    pub task_id: TaskId,
    /// Whose rows it imported.
    pub business: BusinessId,
    /// The name of its file.
    pub file_name: String,
    /// How many rows it has stored, as its books say.
    pub rows: u64,
    /// Whether rows are only counted.
    pub dry_run: bool,
    /// What undoing it takes.
    pub estimate: Estimate,
    /// What is not taken back.
    pub note: String,
}

/// What the chunks of an undo share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPlan {
    /// How the import read its file.
    pub import: ImportPlan,
    /// Whether rows are only counted.
    pub counts_only: bool,
    /// How many objects say at least what rows have replaced that waited for the end.
    #[serde(default)]
    pub deferred_images: u64,
}

/// The name, in the result of an undoable import, of how many objects say what its rows have replaced that waited
/// for the end.
pub const DEFERRED_IMAGES: &str = "deferred_images";

/// What became of rows of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoCounts {
    /// They are deleted.
    #[serde(default)]
    pub deleted: u64,
    /// They are again what they were before the import.
    #[serde(default)]
    pub restored: u64,
    /// They were changed since, and stay as they are.
    #[serde(default)]
    pub kept: u64,
    /// They were deleted since.
    #[serde(default)]
    pub gone: u64,
    /// How many of these the import has stored without counting them: rows of chunks that were given up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub uncounted: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl UndoCounts {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.deleted + self.restored + self.kept + self.gone
    }

    /// The rows that the import has counted as stored.
    pub fn counted(&self) -> u64 {
        self.rows().saturating_sub(self.uncounted)
    }
}

impl AddAssign for UndoCounts {
    fn add_assign(&mut self, other: Self) {
        self.deleted += other.deleted;
        self.restored += other.restored;
        self.kept += other.kept;
        self.gone += other.gone;
        self.uncounted += other.uncounted;
    }
}

/// What a chunk of an undo keeps in its marker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoneChunk {
    /// What became of its rows.
    #[serde(flatten)]
    pub counts: UndoCounts,
    /// The object with the lines of its kept rows, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_rows: Option<String>,
}

/// What a chunk of an import keeps in its marker beside its counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedChunk {
    /// The object that names the rows that were skipped, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// How many objects say at least what its rows have replaced. With fewer of them it is not known any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub images: u64,
}

static CATALOG: LazyLock<Option<Catalog>> = LazyLock::new(|| Catalog::load().ok());

/// The definition of an import's rows.
fn definition_of(task: &Task) -> Option<&'static Definition> {
    let business = task.business_id.parse().ok()?;
    CATALOG.as_ref()?.get(&business)
}

/// Returns why a task, which is an import, cannot be undone, as its record is now; none if it can be.
pub fn refusal(task: &Task) -> Option<String> {
    let task_id = task.task_id;
    let Ok(input) = serde_json::from_value::<ImportInput>(task.input.clone()) else {
        return Some(format!("the input of task {task_id} cannot be read"));
    };
    if let Some(by) = task.import.undone_by {
        return Some(format!("task {task_id} is undone, by task {by}"));
    }
    if input.options.dry_run {
        return Some(format!(
            "task {task_id} was a dry run: it stored nothing, and there is nothing to undo"
        ));
    }
    if !task.status.has_ended() {
        return Some(format!(
            "task {task_id} is {}: cancel it, or wait until it has ended",
            task.status
        ));
    }
    let Some(definition) = definition_of(task) else {
        return Some(format!(
            "there is no definition of `{}` in this release",
            task.business_id
        ));
    };
    if let Target::Endpoint(endpoint) = &definition.target {
        return Some(format!(
            "the rows of task {task_id} were sent to the {}, which alone can take them back",
            endpoint.title()
        ));
    }
    if task.chunks.rows.succeeded == 0 && task.chunks.lost == 0 {
        return Some(format!(
            "task {task_id} stored no rows: there is nothing to undo"
        ));
    }
    // A corrected file is undoable if its import is.
    let said = task.result.as_ref().map(|result| &result["undoable"]);
    let is_undoable = input.options.undoable || said.is_some_and(|said| *said == true);
    if rule_of(task, &input, definition) == OnDuplicate::Overwrite && !is_undoable {
        return Some(no_copies(task_id));
    }
    None
}

/// What an import did with keys that were taken.
fn rule_of(task: &Task, input: &ImportInput, definition: &Definition) -> OnDuplicate {
    let said = task
        .result
        .as_ref()
        .and_then(|result| result.get("on_duplicate").cloned());
    said.and_then(|said| serde_json::from_value(said).ok())
        .or(input.options.on_duplicate)
        .unwrap_or(definition.on_duplicate)
}

/// The digest of undoing an import: two that undo the same one are equal work.
pub fn work_of(import: TaskId) -> String {
    fingerprint(format!("undo\n{import}").as_bytes())
}

/// Why an import is not undone that replaced rows and did not keep them.
pub fn no_copies(import: TaskId) -> String {
    format!(
        "task {import} replaced stored rows and kept no copies of them: an import that overwrites can be \
         undone if it was sent with the option `undoable`"
    )
}

/// Why an import is not undone whose file is gone.
pub fn file_expired(import: TaskId) -> String {
    format!(
        "the file of task {import} is not there any more, and nobody knows what it stored: files are kept \
         for a limited time"
    )
}

/// Why an import is not undone whose plan is gone.
pub fn plan_expired(import: TaskId) -> String {
    format!(
        "the plan of task {import} is not there any more, and nobody knows what it stored: plans are kept \
         for a limited time"
    )
}

/// Returns which corrected files have to be undone before the import that they continue, in words; none if
/// there are no such files. `corrections` are all that are known; an import whose counts say that there are
/// others is not undone.
pub fn corrections_first(import: &Task, corrections: &[Task]) -> Option<String> {
    let stands = |task: &&Task| {
        let rows = task.chunks.rows.succeeded > 0 || task.chunks.lost > 0;
        task.import.undone_by.is_none() && (!task.status.has_ended() || rows)
    };
    let ids: Vec<String> = corrections
        .iter()
        .filter(stands)
        .map(|task| task.task_id.to_string())
        .collect();
    let noun = if ids.len() == 1 { "task" } else { "tasks" };
    let task_id = import.task_id;
    if !ids.is_empty() {
        return Some(format!(
            "corrected files continue task {task_id}: undo {noun} {} first",
            ids.join(", ")
        ));
    }
    let whole = import.import.corrected.map(|whole| whole.rows.succeeded);
    let has_unknown = whole.is_some_and(|rows| rows > import.chunks.rows.succeeded);
    (has_unknown || import.children.len() >= MOST_CHILDREN).then(|| {
        format!(
            "corrected files continue task {task_id} of which its record does not say which they are: \
             it cannot be undone"
        )
    })
}

/// Why an import is not undone yet that ended while one of its workers was busy.
pub fn still_busy(import: TaskId, worker_time: Duration) -> String {
    format!(
        "a worker may still be busy with task {import}: ask again in {} seconds",
        worker_time.as_secs()
    )
}

/// Why an import is not undone that is not as it was when that was asked for.
pub fn changed_since(import: TaskId) -> String {
    format!("task {import} has changed since it was to be undone: look at it, and undo it again")
}

/// Returns why a task keeps an import from being undone, which undoes it or has undone it in part.
pub fn undone_already(import: TaskId, undo: &Task) -> String {
    let by = undo.task_id;
    if undo.status.has_ended() {
        format!("task {by} has undone task {import} in part: retry that one")
    } else {
        format!("task {import} is being undone, by task {by}")
    }
}

#[cfg(test)]
mod tests;
