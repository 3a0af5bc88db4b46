//! What can be done with a task as it is now, so that front ends offer nothing that is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_task::{Task, TaskStatus};

use crate::OfKind;

/// What can be done with a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskAction {
    /// `POST /task/cancel`.
    Cancel,
    /// `POST /task/pause`.
    Pause,
    /// `POST /task/resume`.
    Resume,
    /// `POST /task/retry`.
    Retry,
    /// `POST /task/retry` with `repeat: true`: the file is the same as another task's.
    Repeat,
    /// Uploading the corrected failed rows.
    Correct,
    /// `POST /task/undo`.
    Undo,
    /// `POST /task/clear_show`.
    Hide,
    /// `POST /task/show`.
    Show,
}

/// What can be done with a task now.
pub(super) fn of(task: &Task) -> Vec<TaskAction> {
    let ended = task.status.has_ended();
    let is_equal = task.kind().equal_task(task).is_some();
    [
        (TaskAction::Cancel, can_be_cancelled(task)),
        (TaskAction::Pause, can_be_paused(task)),
        (TaskAction::Resume, !ended && task.chunks.paused),
        (TaskAction::Retry, !is_equal && is_worth_a_retry(task)),
        (TaskAction::Repeat, is_equal),
        (TaskAction::Correct, task.kind().can_be_corrected(task)),
        (TaskAction::Undo, can_be_undone(task)),
        (TaskAction::Hide, ended && task.message_show),
        (TaskAction::Show, ended && !task.message_show),
    ]
    .into_iter()
    .filter_map(|(action, can_be_done)| can_be_done.then_some(action))
    .collect()
}

fn can_be_cancelled(task: &Task) -> bool {
    let chunks = &task.chunks;
    !task.status.has_ended() && !chunks.stopping && !chunks.is_complete()
}

fn can_be_paused(task: &Task) -> bool {
    task.kind().has_chunks() && can_be_cancelled(task) && !task.chunks.paused
}

/// An import that is being undone has an action again when that has ended.
fn can_be_undone(task: &Task) -> bool {
    task.import.undoing.is_none() && task.kind().undo_refusal(task).is_none()
}

fn is_worth_a_retry(task: &Task) -> bool {
    task.status.may_become(TaskStatus::Submitted) && task.kind().is_worth_a_retry(task)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::work;
    use sluice_basics::rows::RowCounts;
    use sluice_import::ImportState;
    use sluice_import::correction::Corrected;
    use sluice_task::{CANCELLED, ChunkState, SPLIT_GIVEN_UP};

    fn import(status: TaskStatus) -> Task {
        Task {
            status,
            run_count: 1,
            ..sluice_task::example()
        }
    }

    /// An import all of whose rows were tried, and two of three failed with this code.
    fn partly(code: &str) -> Task {
        Task {
            result: Some(json!({
                "failed_rows": "results/demo/7/failed_rows.csv",
                "problem_counts": [{ "column": "", "code": code, "rows": 2 }],
            })),
            chunks: ChunkState {
                total: Some(1),
                done: 1,
                rows: RowCounts {
                    read: 3,
                    succeeded: 1,
                    failed: 2,
                    ..RowCounts::default()
                },
                ..ChunkState::default()
            },
            import: ImportState {
                etag: Some("x".to_owned()),
                ..ImportState::default()
            },
            ..import(TaskStatus::PartlySucceeded)
        }
    }

    use TaskAction::{Cancel, Correct, Hide, Pause, Repeat, Resume, Retry, Show};

    #[test]
    fn what_is_under_way_can_be_cancelled_once() {
        assert_eq!(import(TaskStatus::Submitted).actions(), [Cancel, Pause]);
        let mut running = import(TaskStatus::Running);
        assert_eq!(running.actions(), [Cancel, Pause]);
        running.chunks.paused = true;
        assert_eq!(running.actions(), [Cancel, Resume]);
        running.chunks.paused = false;
        running.chunks.stopping = true;
        assert_eq!(running.actions(), []);
    }

    #[test]
    fn rows_that_are_wrong_as_they_are_can_be_corrected_and_not_retried() {
        assert_eq!(partly("pattern").actions(), [Correct, Hide]);
        assert_eq!(partly("unavailable").actions(), [Retry, Correct, Hide]);
        let mut lost = partly("pattern");
        lost.chunks.lost = 1;
        assert_eq!(lost.actions(), [Retry, Correct, Hide]);
    }

    #[test]
    fn a_corrected_import_cannot_be_retried_and_is_done_when_nothing_is_left() {
        let mut task = partly("unavailable");
        let mut rows = task.chunks.rows;
        task.import.corrected = Some(Corrected { endings: 1, rows });
        assert_eq!(task.actions(), [Correct, Hide]);
        (rows.succeeded, rows.failed) = (3, 0);
        task.import.corrected = Some(Corrected { endings: 2, rows });
        assert_eq!(task.actions(), [Hide]);
    }

    #[test]
    fn a_dry_run_has_nothing_to_correct() {
        let mut task = partly("pattern");
        task.input["options"]["dry_run"] = true.into();
        assert_eq!(task.actions(), [Hide]);
    }

    #[test]
    fn a_refused_file_is_not_retried_and_one_that_was_cancelled_is() {
        let mut task = import(TaskStatus::Failed);
        for (reason, actions) in [
            ("the header lacks the required column `name`", vec![Hide]),
            (CANCELLED, vec![Retry, Hide]),
            (SPLIT_GIVEN_UP, vec![Retry, Hide]),
        ] {
            task.reason = Some(reason.to_owned());
            assert_eq!(task.actions(), actions, "{reason}");
        }
        task.reason = Some(work::refusal(&import(TaskStatus::Finished)));
        assert_eq!(task.actions(), [Repeat, Hide]);
    }

    #[test]
    fn a_hidden_task_can_be_shown_and_a_service_is_asked_again() {
        let mut task = import(TaskStatus::Failed);
        "tiers".clone_into(&mut task.name);
        task.message_show = false;
        assert_eq!(task.actions(), [Retry, Show]);
        task.status = TaskStatus::Finished;
        assert_eq!(task.actions(), [Show]);
    }
}
