//! A reconciliation of sums that a schedule starts, of the months up to the one in which it is due.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sluice_kind::RECONCILIATION;
use sluice_scores::{MOST_RECONCILED_MONTHS, Month, MonthRange, ReconcileInput, ScoreTables};
use sluice_task::TaskType;

use super::{Circumstances, Moment, PreparedTask, TaskProblem};

/// A reconciliation of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduledReconciliation {
    /// How many months, the last of which is the one in which it is due.
    #[schemars(range(min = 1, max = MOST_RECONCILED_MONTHS))]
    pub months: u32,
}

/// Makes it ready.
pub(super) fn prepare(
    wanted: &ScheduledReconciliation,
    now: &Circumstances<'_>,
) -> Result<PreparedTask, TaskProblem> {
    if !(1..=MOST_RECONCILED_MONTHS).contains(&wanted.months) {
        return Err(TaskProblem::Months);
    }
    let entries = ScoreTables::of(now.catalog)?.entries;
    Ok(PreparedTask {
        name: RECONCILIATION.to_owned(),
        business_id: entries.business.to_string(),
        business_name: entries.title,
        task_type: TaskType::Process,
        input: Value::Null,
        work: None,
    })
}

/// The input of a run.
pub(super) fn input_at(wanted: &ScheduledReconciliation, moment: Moment<'_>) -> Value {
    let to = Month::of(moment.day());
    let from = to.plus(1 - wanted.months as i32);
    json!(ReconcileInput {
        months: MonthRange { from, to }
    })
}
