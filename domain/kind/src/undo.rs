//! Undoing imports.

use sluice_basics::ids::TaskId;
use sluice_task::books::Ending;
use sluice_task::estimate::Basis;
use sluice_task::{Task, TaskStatus};
use sluice_undo::UndoInput;

use super::{EqualWork, Kind, Segmented, Undoes};

/// The handler's name of undos. No service may take it.
pub const UNDO: &str = "undo";

/// What an undo has in common with other tasks that are cut into segments: one for each chunk of the import.
static SEGMENTED: Segmented = Segmented {
    name: UNDO,
    words: EqualWork {
        what: "the undo of the same import",
        done: "done",
        again: "an import is undone once",
    },
    file: |_| None,
    hide: |_| {},
};

/// The kind of undos.
#[derive(Clone, Copy, Debug)]
pub struct Undo;

fn input_of(task: &Task) -> Option<UndoInput> {
    serde_json::from_value(task.input.clone()).ok()
}

impl Kind for Undo {
    fn has_name(&self, handler: &str) -> bool {
        SEGMENTED.has_name(handler)
    }

    fn has_chunks(&self) -> bool {
        SEGMENTED.has_chunks()
    }

    fn bytes(&self, task: &Task) -> u64 {
        SEGMENTED.bytes(task)
    }

    fn percent(&self, task: &Task) -> u8 {
        SEGMENTED.percent(task)
    }

    fn has_begun(&self, task: &Task) -> bool {
        SEGMENTED.has_begun(task)
    }

    fn is_worth_a_retry(&self, task: &Task) -> bool {
        self.has_begun(task) && SEGMENTED.is_worth_a_retry(task)
    }

    fn parent(&self, task: &Task) -> Option<TaskId> {
        input_of(task).map(|input| input.task_id)
    }

    /// An undo of which something is left holds on to its import: its retry goes on.
    fn undoes(&self, task: &Task, ending: &Ending) -> Option<Undoes> {
        let input = input_of(task).filter(|input| !input.dry_run)?;
        let chunks = &task.chunks;
        let is_whole = chunks.is_whole() && chunks.fault.is_none();
        let has_done = chunks.rows.succeeded > 0;
        if is_whole && ending.status != TaskStatus::Failed {
            return Some(Undoes::Whole(input.task_id));
        }
        let has_begun = task.status == TaskStatus::Running;
        let has_done_nothing = !has_begun || (is_whole && !has_done);
        has_done_nothing.then_some(Undoes::Nothing(input.task_id))
    }

    fn estimates_from(&self) -> Basis {
        Basis::Rows
    }

    fn words_of_equal_work(&self) -> EqualWork {
        SEGMENTED.words_of_equal_work()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn undo(status: TaskStatus, done: u32, succeeded: u64) -> Task {
        let mut task: Task = serde_json::from_value(json!({
            "task_id": 8, "name": "undo", "station_id": "demo",
            "business_id": "member_import", "business_name": "Members", "type": 2,
            "input": "{}", "status": status.number(), "repeat": false, "message_show": true,
            "run_count": u32::from(status != TaskStatus::Submitted),
            "create_time": "2026-11-21T05:04:05Z", "modify_time": "2026-11-21T05:04:05Z",
            "chunks_total": 2, "chunks_done": done, "rows_succeeded": succeeded,
        }))
        .expect("a task");
        task.input = json!({
            "task_id": 7, "business": "member_import", "file_name": "m.csv", "rows": 3,
            "dry_run": false, "note": "",
            "estimate": { "basis": "rows", "rows": 3, "seconds": 1, "write_units": 3, "dollars": 0.1 },
        });
        task
    }

    fn ending(status: TaskStatus) -> Ending {
        Ending {
            status,
            reason: None,
        }
    }

    #[test]
    fn an_import_is_undone_when_every_row_is_decided_on() {
        use TaskStatus::{Failed, Finished, PartlySucceeded, Running, Submitted};
        let import: TaskId = 7.try_into().expect("an id");
        let means = |task: &Task, status| Undo.undoes(task, &ending(status));
        let whole = Some(Undoes::Whole(import));
        assert_eq!(means(&undo(Running, 2, 3), Finished), whole);
        assert_eq!(means(&undo(Running, 2, 1), PartlySucceeded), whole);
        let nothing = Some(Undoes::Nothing(import));
        assert_eq!(means(&undo(Submitted, 0, 0), Failed), nothing);
        assert_eq!(means(&undo(Running, 2, 0), Failed), nothing, "all are kept");
        // It goes on, or its books say nothing.
        assert_eq!(means(&undo(Running, 1, 1), PartlySucceeded), None);
        assert_eq!(means(&undo(Running, 2, 1), Failed), None);
        let mut dry = undo(Running, 2, 3);
        dry.input["dry_run"] = true.into();
        assert_eq!(means(&dry, Finished), None);
        assert_eq!(Undo.parent(&dry), Some(import));
        let words = Undo.undo_refusal(&dry).expect("a refusal");
        assert!(words.contains("only imports"), "{words}");
    }
}
