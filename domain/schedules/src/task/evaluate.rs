//! An evaluation that a schedule starts, of the month before the one in which it is due.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sluice_kind::EVALUATION;
use sluice_scores::{EvaluationInput, Month, ScoreTables, end_of_period};
use sluice_task::TaskType;

use super::{Circumstances, Moment, NothingToDo, PreparedTask, TaskProblem};

/// An evaluation of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledEvaluation {
    /// Whether it only decides.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// Makes it ready.
pub(super) fn prepare(now: &Circumstances<'_>) -> Result<PreparedTask, TaskProblem> {
    let members = ScoreTables::of(now.catalog)?.members;
    Ok(PreparedTask {
        name: EVALUATION.to_owned(),
        business_id: members.business.to_string(),
        business_name: members.title,
        task_type: TaskType::Process,
        input: Value::Null,
        work: None,
    })
}

/// The input of a run.
pub(super) fn input_at(
    wanted: &ScheduledEvaluation,
    moment: Moment<'_>,
) -> Result<Value, NothingToDo> {
    let (period, dry_run) = (Month::of(moment.day()).plus(-1), wanted.dry_run);
    let ends_at = end_of_period(period, moment.zone, moment.now, dry_run)?;
    Ok(json!(EvaluationInput {
        period,
        dry_run,
        ends_at,
    }))
}
