//! Evaluations: what is decided about a member at the end of a month.

use std::collections::BTreeMap;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Downgrade, Month, MonthRange, Occasion, Points, Rules, Span};

/// An evaluation's `input`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationInput {
    /// The month that is evaluated.
    pub period: Month,
    /// Whether it is only shown what would be done.
    #[serde(default)]
    pub dry_run: bool,
    /// When the month ends where the station is.
    pub ends_at: Timestamp,
}

/// What the chunks of an evaluation share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluationPlan {
    /// What is evaluated.
    #[serde(flatten)]
    pub input: EvaluationInput,
    /// The turn of the evaluation; no two of a station have the same. 0 of a dry run.
    pub turn: u64,
    /// Whether another evaluation of the same month came before.
    pub is_again: bool,
    /// Whether all tiers are written, also those that stay: an evaluation that was not finished may still
    /// be writing.
    pub rewrites: bool,
}

/// Why a month is not evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// It has not begun.
    #[error("period: {0} is in the future")]
    Future(Month),
    /// It has not ended.
    #[error(
        "period: {0} has not ended yet where the station is; until then only a dry run is possible"
    )]
    NotEnded(Month),
}

/// Returns when a month ends in a time zone.
///
/// # Errors
///
/// If it has not ended `now`, or, with a dry run, has not begun.
pub fn end_of_period(
    period: Month,
    zone: &TimeZone,
    now: Timestamp,
    dry_run: bool,
) -> Result<Timestamp, PeriodError> {
    let midnight = |month: Month| -> Option<Timestamp> {
        let begins = month.first_day().to_datetime(Time::midnight());
        let begins: Option<Zoned> = begins.to_zoned(zone.clone()).ok();
        begins.map(|begins| begins.timestamp())
    };
    let begins = midnight(period).unwrap_or(Timestamp::MAX);
    let ends = midnight(period.plus(1)).unwrap_or(Timestamp::MAX);
    if now < begins {
        Err(PeriodError::Future(period))
    } else if now < ends && !dry_run {
        Err(PeriodError::NotEnded(period))
    } else {
        Ok(ends)
    }
}

/// Where a member stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Its tier; none before the first evaluation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// For how many evaluations in a row it has kept a tier that its points no longer reach.
    #[serde(default)]
    pub grace: u32,
}

/// Why a tier is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierRule {
    /// The first evaluation of a member that had no tier.
    First,
    /// The points reach a higher one.
    Upgraded,
    /// The points reach it.
    Kept,
    /// The points no longer reach it, and the time of grace is not over.
    Grace,
    /// The points no longer reach it.
    Downgraded,
    /// The points reach less, and no tier falls further.
    Floor,
    /// The points reach less, and tiers never fall.
    NeverLower,
    /// The member takes no part.
    OptedOut,
}

impl TierRule {
    fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Upgraded => "upgraded",
            Self::Kept => "kept",
            Self::Grace => "grace",
            Self::Downgraded => "downgraded",
            Self::Floor => "floor",
            Self::NeverLower => "never_lower",
            Self::OptedOut => "opted_out",
        }
    }
}

/// What is known of a member when it is decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evaluated {
    /// The member.
    pub member_no: String,
    /// Where it stood before the month was evaluated.
    pub before: Standing,
    /// Where it stands now: the same, or what an earlier evaluation of the same month made of it.
    pub now: Standing,
    /// Whether it takes no part.
    pub has_opted_out: bool,
    /// The points of the window's months that have any.
    pub months: BTreeMap<Month, Points>,
    /// Rules by which an earlier evaluation of the same month gave it something.
    pub given: Vec<String>,
}

/// What an evaluation writes to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierWrite {
    /// Nothing.
    Nothing,
    /// Its turn alone, so that one before writes nothing any more.
    Turn,
    /// Where it stands.
    Standing,
}

/// What is decided about a member: a line of the file of decisions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The member.
    pub member_no: String,
    /// The points of the window's months that have any.
    pub months: BTreeMap<Month, Points>,
    /// The points of the window.
    pub points: Points,
    /// Where the member stood.
    pub before: Standing,
    /// Where it stands from now on.
    pub after: Standing,
    /// Why.
    pub rule: TierRule,
    /// What is written to the member.
    pub writes: TierWrite,
    /// Coupons, with their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<Given>,
    /// Rewards, with their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<Rewarded>,
    /// Rules by which something was given before that would not be given now. It is not taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub no_longer_earned: Vec<String>,
}

/// A coupon that is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// By which rule.
    pub rule: String,
    /// What.
    pub coupon: String,
}

/// A reward that is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewarded {
    /// By which rule.
    pub rule: String,
    /// How much.
    pub points: Points,
}

impl Decision {
    /// Whether the tier is another one.
    pub fn changes_tier(&self) -> bool {
        self.before.tier != self.after.tier
    }
}

impl Rules {
    /// Returns the months whose points decide when a month is evaluated.
    pub fn window(&self, period: Month) -> MonthRange {
        MonthRange {
            from: period.plus(1 - self.window_months as i32),
            to: period,
        }
    }

    /// Decides about a member when a month is evaluated.
    pub fn decide(&self, member: Evaluated, plan: &EvaluationPlan) -> Decision {
        let mut points = Points::default();
        for of_month in member.months.values() {
            points += of_month;
        }
        let (after, rule) = if member.has_opted_out {
            // An earlier evaluation of the month may have moved it when it took part.
            let mut stands = [&member.now, &member.before].into_iter();
            let stands = stands.find(|standing| standing.tier.is_some());
            (stands.cloned().unwrap_or_default(), TierRule::OptedOut)
        } else {
            self.next(&member.before, &points)
        };
        // Who takes no part and was never evaluated has no tier by evaluation, and gets none.
        let is_left_alone = member.has_opted_out && member.now.tier.is_none();
        let writes = match (is_left_alone, plan.rewrites) {
            (true, true) => TierWrite::Turn,
            (false, true) => TierWrite::Standing,
            (false, false) if after != member.now => TierWrite::Standing,
            _ => TierWrite::Nothing,
        };
        let mut decision = Decision {
            writes,
            points,
            months: member.months,
            before: member.before,
            after,
            rule,
            coupons: Vec::new(),
            rewards: Vec::new(),
            no_longer_earned: Vec::new(),
            member_no: member.member_no,
        };
        if !member.has_opted_out {
            self.give(&mut decision, plan.input.period);
        }
        let coupons = decision.coupons.iter().map(|given| &given.rule);
        let rewards = decision.rewards.iter().map(|given| &given.rule);
        let now: Vec<&String> = coupons.chain(rewards).collect();
        let lost = member.given.into_iter().filter(|rule| !now.contains(&rule));
        decision.no_longer_earned = lost.collect();
        decision
    }

    /// The tier that comes after another one.
    fn next(&self, before: &Standing, points: &Points) -> (Standing, TierRule) {
        let is_in_reach = |tier: &super::Tier| tier.from.as_ref().is_none_or(|from| points >= from);
        let reached = self.tiers.iter().rposition(is_in_reach).unwrap_or_default();
        let standing = |rank: usize, grace| Standing {
            tier: Some(self.tiers[rank].name.clone()),
            grace,
        };
        // A tier that the rules do not have any more counts as none.
        let held = before.tier.as_deref().and_then(|tier| self.rank(tier));
        let Some(held) = held else {
            return (standing(reached, 0), TierRule::First);
        };
        if reached > held {
            return (standing(reached, 0), TierRule::Upgraded);
        }
        if reached == held {
            return (standing(held, 0), TierRule::Kept);
        }
        let floor = self.floor.as_deref().and_then(|floor| self.rank(floor));
        let floor = floor.unwrap_or_default().min(held);
        let lower = match self.downgrade {
            Downgrade::None => return (standing(held, 0), TierRule::NeverLower),
            Downgrade::OneStep => held - 1,
            Downgrade::Floor => reached,
        };
        let lower = lower.max(floor);
        if lower == held {
            (standing(held, 0), TierRule::Floor)
        } else if before.grace < self.grace_periods {
            (standing(held, before.grace + 1), TierRule::Grace)
        } else {
            (standing(lower, 0), TierRule::Downgraded)
        }
    }

    fn give(&self, decision: &mut Decision, period: Month) {
        let tier = decision.after.tier.as_ref();
        let has_risen = match decision.rule {
            TierRule::Upgraded => true,
            TierRule::First => tier.and_then(|tier| self.rank(tier)) > Some(0),
            _ => false,
        };
        for coupon in &self.coupons {
            let is_now = coupon.on == Occasion::Holding || has_risen;
            if is_now && tier.is_some_and(|tier| coupon.tiers.contains(tier)) {
                decision.coupons.push(Given {
                    rule: coupon.rule.clone(),
                    coupon: coupon.coupon.clone(),
                });
            }
        }
        let none = Points::default();
        for reward in &self.rewards {
            let counted = match reward.of {
                Span::Period => decision.months.get(&period).unwrap_or(&none),
                Span::Window => &decision.points,
            };
            if let Some(points) = reward.of_points(counted) {
                decision.rewards.push(Rewarded {
                    rule: reward.rule.clone(),
                    points: points.clone(),
                });
            }
        }
    }
}

/// What a segment has decided, in numbers: kept in its chunk's marker.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedSegment {
    /// Members.
    pub members: u64,
    /// Numbers of members that have points and no record.
    pub without_member: u64,
    /// Members by the reason for their tier.
    pub rules: BTreeMap<String, u64>,
    /// Members by the tier that they have now.
    pub tiers: BTreeMap<String, u64>,
    /// Changes from one tier to another: `silver>gold`.
    pub changes: BTreeMap<String, u64>,
    /// Coupons by rule.
    pub coupons: BTreeMap<String, u64>,
    /// Rewards by rule.
    pub rewards: BTreeMap<String, RewardTotal>,
    /// What was given before and would not be given now.
    pub no_longer_earned: BTreeMap<String, u64>,
    /// Bytes of the file of decisions.
    pub bytes: u64,
    /// Sums that were not what the entries are, and were made anew first.
    pub differences: u64,
}

/// What a reward comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardTotal {
    /// How many members have it.
    pub members: u64,
    /// How many points that is.
    pub points: Points,
}

impl EvaluatedSegment {
    /// Takes note of a decision.
    pub fn take(&mut self, decision: &Decision) {
        let one = |counts: &mut BTreeMap<String, u64>, name: &str| {
            *counts.entry(name.to_owned()).or_default() += 1;
        };
        let tier = |standing: &Standing| standing.tier.clone().unwrap_or_else(|| "none".to_owned());
        self.members += 1;
        one(&mut self.rules, decision.rule.name());
        one(&mut self.tiers, &tier(&decision.after));
        if decision.changes_tier() {
            let (from, to) = (tier(&decision.before), tier(&decision.after));
            one(&mut self.changes, &format!("{from}>{to}"));
        }
        for coupon in &decision.coupons {
            one(&mut self.coupons, &coupon.rule);
        }
        for reward in &decision.rewards {
            let total = self.rewards.entry(reward.rule.clone()).or_default();
            total.members += 1;
            total.points += &reward.points;
        }
        for rule in &decision.no_longer_earned {
            one(&mut self.no_longer_earned, rule);
        }
    }

    /// Adds what another segment has decided.
    pub fn add(&mut self, other: &Self) {
        let add = |counts: &mut BTreeMap<String, u64>, others: &BTreeMap<String, u64>| {
            for (name, count) in others {
                *counts.entry(name.clone()).or_default() += count;
            }
        };
        self.members += other.members;
        self.without_member += other.without_member;
        self.bytes += other.bytes;
        self.differences += other.differences;
        add(&mut self.rules, &other.rules);
        add(&mut self.tiers, &other.tiers);
        add(&mut self.changes, &other.changes);
        add(&mut self.coupons, &other.coupons);
        add(&mut self.no_longer_earned, &other.no_longer_earned);
        for (rule, others) in &other.rewards {
            let total = self.rewards.entry(rule.clone()).or_default();
            total.members += others.members;
            total.points += &others.points;
        }
    }

    /// Returns the result of an evaluation whose segments this is together.
    pub fn result(&self, plan: &EvaluationPlan, window: MonthRange) -> Map<String, Value> {
        let result = json!({
            "period": plan.input.period,
            "from": window.from,
            "dry_run": plan.input.dry_run,
            "again": plan.is_again,
            "differences": self.differences,
            "members": self.members,
            "without_member": self.without_member,
            "rules": self.rules,
            "tiers": self.tiers,
            "changes": self.changes,
            "coupons": self.coupons,
            "rewards": self.rewards,
            "no_longer_earned": self.no_longer_earned,
            "decisions_bytes": self.bytes,
        });
        match result {
            Value::Object(result) => result,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests;
