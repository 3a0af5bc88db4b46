//! Imports of files.

use serde_json::Value;
use sluice_basics::ids::TaskId;
use sluice_basics::problem::ProblemCode;
use sluice_import::tolerance::Tolerance;
use sluice_import::{ImportInput, ImportState};
use sluice_mail::mailing_of;
use sluice_task::{CANCELLED, SPLIT_GIVEN_UP, Task, TaskStatus, TaskType};

use super::{EqualWork, FollowUp, InputObject, Kind, MAILING};

/// The handler's name of imports. No service may take it.
pub const IMPORT: &str = "import";

const SAME_FILE: &str = "the same file";

/// The kind of imports.
#[derive(Clone, Copy, Debug)]
pub struct Import;

impl Import {
    /// What only an import has; none of a task of another kind.
    pub fn state(task: &Task) -> Option<&ImportState> {
        Self.has_name(&task.name).then_some(&task.import)
    }
}

impl Kind for Import {
    fn has_name(&self, handler: &str) -> bool {
        handler == IMPORT
    }

    fn has_chunks(&self) -> bool {
        true
    }

    fn bytes(&self, task: &Task) -> u64 {
        let import = &task.import;
        import.file_bytes.saturating_sub(import.header_bytes)
    }

    fn percent(&self, task: &Task) -> u8 {
        task.chunks.percent_of(self.bytes(task))
    }

    fn has_begun(&self, task: &Task) -> bool {
        task.import.etag.is_some()
    }

    fn is_worth_a_retry(&self, task: &Task) -> bool {
        let (import, chunks) = (&task.import, &task.chunks);
        if import.corrected.is_some() || import.is_undone() {
            return false;
        }
        if !self.has_begun(task) {
            // What was wrong with a file that was refused is still wrong with it.
            let reason = task.reason.as_deref().unwrap_or_default();
            return matches!(reason, CANCELLED | SPLIT_GIVEN_UP);
        }
        let is_unbalanced = task.status == TaskStatus::Failed && chunks.rows.succeeded > 0;
        is_unbalanced
            || !chunks.is_whole()
            || chunks.fault.is_some()
            || may_have_passing_problems(task)
    }

    fn stops(&self, task: &Task) -> Option<String> {
        let tolerated = task.input["options"].get("tolerated_failures")?;
        let tolerance: Tolerance = serde_json::from_value(tolerated.clone()).ok()?;
        tolerance.exceeded(&task.chunks.rows)
    }

    fn reads_a_file(&self) -> bool {
        true
    }

    fn object(&self, task: &Task) -> Result<Option<InputObject>, serde_json::Error> {
        let input: ImportInput = serde_json::from_value(task.input.clone())?;
        Ok(Some(InputObject {
            key: input.object_key,
            version_id: input.version_id,
        }))
    }

    fn can_be_corrected(&self, task: &Task) -> bool {
        let result = task.result.as_ref().and_then(Value::as_object);
        let has_failed_rows = result.is_some_and(|result| result.contains_key("failed_rows"));
        let is_dry_run = task.input["options"]["dry_run"] == true;
        let rows = task
            .import
            .corrected
            .map_or(task.chunks.rows, |whole| whole.rows);
        task.status.has_ended()
            && has_failed_rows
            && !is_dry_run
            && !task.import.is_undone()
            && rows.failed + rows.duplicate > 0
    }

    fn undo_refusal(&self, task: &Task) -> Option<String> {
        sluice_undo::refusal(task)
    }

    fn parent(&self, task: &Task) -> Option<TaskId> {
        task.import.continues
    }

    fn follow_up(&self, task: &Task) -> Option<FollowUp> {
        let input: ImportInput = serde_json::from_value(task.input.clone()).ok()?;
        let notify = input.notify.filter(|_| !input.options.dry_run)?;
        let is_fine = matches!(
            task.status,
            TaskStatus::Finished | TaskStatus::PartlySucceeded
        );
        // Who stops an import does not want anybody told of it.
        if !is_fine || task.chunks.fault.is_some() || task.chunks.rows.succeeded == 0 {
            return None;
        }
        let mailing = mailing_of(&notify, task.task_id, &input.business);
        Some(FollowUp {
            name: MAILING,
            task_type: TaskType::Process,
            input: serde_json::to_value(mailing).ok()?,
        })
    }

    fn equal_task(&self, task: &Task) -> Option<TaskId> {
        if task.status != TaskStatus::Failed || self.has_begun(task) {
            return None;
        }
        let said = task.reason.as_ref()?.strip_prefix(SAME_FILE)?;
        let (_, named) = said.split_once(" as task ")?;
        let digits = named.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse().ok()
    }

    fn words_of_equal_work(&self) -> EqualWork {
        EqualWork {
            what: SAME_FILE,
            done: "imported",
            again: "to import it all the same, send it with repeat: true",
        }
    }
}

/// Whether rows failed for a reason that may pass. Without a result nobody knows.
fn may_have_passing_problems(task: &Task) -> bool {
    let Some(Value::Object(result)) = &task.result else {
        return true;
    };
    let counts = result.get("problem_counts").and_then(Value::as_array);
    let passing = ProblemCode::Unavailable.to_string();
    counts.is_some_and(|counts| counts.iter().any(|count| count["code"] == passing.as_str()))
}
