//! Score entries, and the sums that are kept of them: points by member, month and day.
//!
//! Sums are recomputed, never added to: whoever hears that an entry of a day has changed reads the day's entries
//! and stores what they are together. To hear it twice, late or out of order only repeats that work.

#![warn(missing_docs)]

mod entry;
mod evaluation;
mod month;
mod points;
mod reconciliation;
mod recount;
mod rules;
mod sums;

pub use entry::{ENTRIES, EntryKey, MEMBERS, ScoreError, ScoreTables, is_in_its_place};
pub use evaluation::{
    Decision, Evaluated, EvaluatedSegment, EvaluationInput, EvaluationPlan, Given, PeriodError,
    RewardTotal, Rewarded, Standing, TierRule, TierWrite, end_of_period,
};
pub use month::{Month, MonthError, MonthRange, ROLLING_MONTHS};
pub use points::{Points, PointsError};
pub use reconciliation::{
    Difference, MOST_RECONCILED_MONTHS, ReconcileInput, ReconciledSegment, misplaced_words,
    reconciled,
};
pub use recount::{Days, MemberMonth, SumStore, recount};
pub use rules::{
    Band, Coupon, Downgrade, Occasion, Reward, Rules, RulesError, Span, TIER_RULE, Tier,
};
pub use sums::{DaySum, MonthSums};
