//! Evaluations of members by their scores.

use sluice_basics::object_key;
use sluice_scores::EvaluationInput;
use sluice_task::{Task, TaskStatus};

use super::{EqualWork, ResultFile, Segmented};

/// The handler's name of evaluations. No service may take it.
pub const EVALUATION: &str = "evaluation";

/// The kind of evaluations.
pub static EVALUATIONS: Segmented = Segmented {
    name: EVALUATION,
    words: EqualWork {
        what: "the same evaluation",
        done: "evaluated",
        again: "to evaluate it again, ask with another user_task_id",
    },
    file,
    hide: |_| {},
};

/// The decisions of an evaluation that has ended well.
fn file(task: &Task) -> Option<ResultFile> {
    if task.status != TaskStatus::Finished {
        return None;
    }
    // A service may have run a task of this name before there were evaluations.
    let input: EvaluationInput = serde_json::from_value(task.input.clone()).ok()?;
    Some(ResultFile {
        key: object_key::decisions(&task.reference()),
        name: format!("decisions-{}.ndjson", input.period),
        is_sensitive: false,
    })
}
