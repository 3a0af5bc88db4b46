//! Scores: sums, and what is done with them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_scores::{Month, Points};

/// The answer to `GET /score/sums`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SumsAnswer {
    /// The member.
    pub member_no: String,
    /// The months that were asked for, the first one first; also those without entries.
    pub months: Vec<MonthView>,
    /// The last of them with the two months before it.
    pub rolling: RollingView,
}

/// A member's month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MonthView {
    /// The month.
    pub month: Month,
    /// The points of its entries together.
    pub points: Points,
    /// How many entries it has.
    pub entries: u64,
    /// The days that have entries, in their order.
    pub days: Vec<DayView>,
}

/// A day that has entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayView {
    /// The day of the month.
    #[schemars(range(min = 1, max = 31))]
    pub day: u8,
    /// The points of its entries together.
    pub points: Points,
    /// How many entries it has.
    pub entries: u64,
}

/// Several months together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RollingView {
    /// The first of the months.
    pub from: Month,
    /// The last.
    pub to: Month,
    /// The points of all entries together.
    pub points: Points,
    /// How many entries there are.
    pub entries: u64,
}

/// `POST /score/reconcile`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReconcileRequest {
    /// The first month.
    pub from: Month,
    /// The last month: at most 36 months in all.
    pub to: Month,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once: at most 90 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// `POST /score/evaluate`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateRequest {
    /// The month. It must have ended where the station is when the task begins, unless it is a dry run.
    pub period: Month,
    /// Whether it is only shown what would be done.
    #[serde(default)]
    pub dry_run: bool,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once: at most 90 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// The answer to `GET /score/actions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionsAnswer {
    /// What was done.
    pub actions: Vec<ActionView>,
    /// Where the next page begins, if there may be one. A page may be short and have one all the same.
    pub next_cursor: Option<String>,
}

/// Something that an evaluation has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActionView {
    /// The month that was evaluated.
    pub period: Month,
    /// The member.
    pub member_no: String,
    /// What kind of action it is.
    pub kind: ActionKind,
    /// By which rule; `tier` of a change of the tier.
    pub rule: String,
    /// The coupon that was given.
    pub coupon: Option<String>,
    /// The points that were given.
    pub points: Option<Points>,
    /// The tier before.
    pub tier_before: Option<String>,
    /// The tier from then on.
    pub tier_after: Option<String>,
    /// The points that decided about the tier.
    pub window_points: Points,
    /// The task that did it.
    pub task_id: TaskId,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
}

/// Kinds of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A member has another tier.
    Tier,
    /// A coupon was given.
    Coupon,
    /// Points were given.
    Reward,
}

/// A task that does what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreTaskAnswer {
    /// The task.
    pub task_id: TaskId,
    /// The caller's own id, if one was given.
    pub user_task_id: Option<UserTaskId>,
    /// Where the task is asked for, on this API.
    pub task_url: String,
}
