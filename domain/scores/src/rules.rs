//! The rules of evaluations, as `definitions/evaluation/score.toml` has them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sluice_definition::{ColumnType, Definition};

use super::Points;

/// The rules that were compiled in.
const RULES: &str = include_str!("../../../definitions/evaluation/score.toml");
/// What actions of tiers are called where coupons and rewards have their rule.
pub const TIER_RULE: &str = "tier";
const MOST_WINDOW_MONTHS: u32 = 12;
const MOST_GRACE: u32 = 12;
const MOST_RULES: usize = 50;

/// The rules of evaluations.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Months whose points decide, the one that is evaluated included.
    pub window_months: u32,
    /// The column of members with the tier of those that were never evaluated.
    pub starting_tier_column: Option<String>,
    /// The column of members that says who is left as they are.
    pub opt_out_column: Option<String>,
    /// How far a tier falls.
    pub downgrade: Downgrade,
    /// The tier below which none falls.
    pub floor: Option<String>,
    /// For how many evaluations in a row a tier stays that the points no longer reach.
    #[serde(default)]
    pub grace_periods: u32,
    /// The tiers, from the lowest to the highest.
    pub tiers: Vec<Tier>,
    /// What is given with tiers.
    #[serde(default)]
    pub coupons: Vec<Coupon>,
    /// What is given for points.
    #[serde(default)]
    pub rewards: Vec<Reward>,
}

/// How far a tier falls at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Downgrade {
    /// To the next one below.
    OneStep,
    /// To the one that the points reach, but not below the floor.
    Floor,
    /// Not at all.
    None,
}

/// A tier.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its name.
    pub name: String,
    /// The points that it needs. The first tier needs none.
    pub from: Option<Points>,
}

/// A coupon that comes with tiers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coupon {
    /// The rule's name.
    pub rule: String,
    /// What is given.
    pub coupon: String,
    /// When.
    pub on: Occasion,
    /// With which tiers.
    pub tiers: Vec<String>,
}

/// When a coupon is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// To members that rise to a tier.
    Upgrade,
    /// In each period to members that have a tier.
    Holding,
}

/// Points that are given for points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reward {
    /// The rule's name.
    pub rule: String,
    /// Which points count.
    pub of: Span,
    /// How much is given for how many.
    pub bands: Vec<Band>,
}

/// The months whose points count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// The month that is evaluated.
    Period,
    /// The window.
    Window,
}

/// A reward for points from one number to another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The first number.
    pub from: Points,
    /// The first number beyond; the last band may be open.
    pub below: Option<Points>,
    /// What is given.
    pub points: Points,
}

/// What is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("definitions/evaluation/score.toml: {0}")]
pub struct RulesError(String);

impl Rules {
    /// Reads the rules that were compiled in, for members of a definition.
    pub fn load(members: &Definition) -> Result<Self, RulesError> {
        Self::parse(RULES, members)
    }

    /// Reads rules.
    ///
    /// # Errors
    ///
    /// Says what is wrong, and in which rule.
    pub fn parse(text: &str, members: &Definition) -> Result<Self, RulesError> {
        let rules: Self = toml::from_str(text)
            .map_err(|error| RulesError(error.to_string().trim_end().replace('\n', "; ")))?;
        rules.check(members).map_err(RulesError)?;
        Ok(rules)
    }

    /// Returns the place of a tier, from 0.
    pub fn rank(&self, tier: &str) -> Option<usize> {
        self.tiers.iter().position(|one| one.name == tier)
    }

    fn check(&self, members: &Definition) -> Result<(), String> {
        if !(1..=MOST_WINDOW_MONTHS).contains(&self.window_months) {
            return Err(format!(
                "window_months: must be 1 to {MOST_WINDOW_MONTHS}, and is {}",
                self.window_months
            ));
        }
        if self.grace_periods > MOST_GRACE {
            return Err(format!(
                "grace_periods: must be at most {MOST_GRACE}, and is {}",
                self.grace_periods
            ));
        }
        self.check_columns(members)?;
        self.check_tiers()?;
        self.check_names()?;
        for coupon in &self.coupons {
            let unknown = coupon.tiers.iter().find(|tier| self.rank(tier).is_none());
            if let Some(tier) = unknown {
                return Err(format!(
                    "coupons.{}.tiers: there is no tier `{tier}`",
                    coupon.rule
                ));
            }
            if coupon.tiers.is_empty() || coupon.coupon.is_empty() {
                return Err(format!("coupons.{}: name a coupon and tiers", coupon.rule));
            }
        }
        self.rewards.iter().try_for_each(Reward::check)
    }

    fn check_columns(&self, members: &Definition) -> Result<(), String> {
        let kind = |name: &String| {
            let place = members.column_index(name);
            place.map(|place| &members.columns[place].kind)
        };
        if let Some(name) = &self.opt_out_column
            && !matches!(kind(name), Some(ColumnType::Boolean))
        {
            return Err(format!(
                "opt_out_column: members have no column `{name}` of the type boolean"
            ));
        }
        if let Some(name) = &self.starting_tier_column
            && !matches!(kind(name), Some(ColumnType::Text(_) | ColumnType::List(_)))
        {
            return Err(format!(
                "starting_tier_column: members have no column `{name}` of the type text"
            ));
        }
        Ok(())
    }

    fn check_tiers(&self) -> Result<(), String> {
        let Some(first) = self.tiers.first() else {
            return Err("tiers: there must be at least one".to_owned());
        };
        if self.tiers.len() > MOST_RULES {
            return Err(format!("tiers: at most {MOST_RULES} are taken"));
        }
        if first.from.is_some() {
            return Err(format!(
                "tiers.{}: the first tier is for everybody, so leave out `from`",
                first.name
            ));
        }
        let mut names = BTreeSet::new();
        let mut below: Option<&Tier> = None;
        for tier in &self.tiers {
            if tier.name.trim().is_empty() || !names.insert(&tier.name) {
                return Err(format!(
                    "tiers.{}: each tier needs a name of its own",
                    tier.name
                ));
            }
            if let Some(below) = below {
                let Some(from) = &tier.from else {
                    return Err(format!("tiers.{}: `from` is missing", tier.name));
                };
                if below.from.as_ref().is_some_and(|last| from <= last) {
                    return Err(format!(
                        "tiers.{}: begins at {from} and overlaps `{}`, which begins at {}: thresholds \
                         must rise",
                        tier.name,
                        below.name,
                        below.from.clone().unwrap_or_default()
                    ));
                }
            }
            below = Some(tier);
        }
        match &self.floor {
            Some(floor) if self.rank(floor).is_none() => {
                Err(format!("floor: there is no tier `{floor}`"))
            }
            None if self.downgrade == Downgrade::Floor => {
                Err("floor: name the tier below which none falls".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_names(&self) -> Result<(), String> {
        let coupons = self.coupons.iter().map(|coupon| &coupon.rule);
        let rewards = self.rewards.iter().map(|reward| &reward.rule);
        let mut names = BTreeSet::new();
        for rule in coupons.chain(rewards) {
            let is_name = rule.starts_with(|c: char| c.is_ascii_lowercase())
                && rule
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !is_name || rule == TIER_RULE {
                return Err(format!(
                    "`{rule}` cannot name a rule: take lower-case letters, digits and `_`, and not `{TIER_RULE}`"
                ));
            }
            if !names.insert(rule) {
                return Err(format!("the rule `{rule}` is there twice"));
            }
        }
        if names.len() > MOST_RULES {
            return Err(format!(
                "at most {MOST_RULES} coupons and rewards are taken"
            ));
        }
        Ok(())
    }
}

impl Reward {
    /// Returns what is given for so many points, if anything is.
    pub fn of_points(&self, points: &Points) -> Option<&Points> {
        let band = self.bands.iter().find(|band| band.contains(points));
        band.map(|band| &band.points)
    }

    fn check(&self) -> Result<(), String> {
        let rule = &self.rule;
        if self.bands.is_empty() {
            return Err(format!("rewards.{rule}: there must be at least one band"));
        }
        for band in &self.bands {
            if band.below.as_ref().is_some_and(|below| *below <= band.from) {
                return Err(format!(
                    "rewards.{rule}: the band from {} ends before it begins",
                    band.from
                ));
            }
        }
        for (index, band) in self.bands.iter().enumerate() {
            let others = self.bands.iter().skip(index + 1);
            for other in others {
                if band.contains(&other.from) || other.contains(&band.from) {
                    return Err(format!(
                        "rewards.{rule}: the bands from {} and from {} overlap",
                        band.from, other.from
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Band {
    fn contains(&self, points: &Points) -> bool {
        *points >= self.from && self.below.as_ref().is_none_or(|below| points < below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ScoreTables;
    use sluice_definition::Catalog;

    fn parse(text: &str) -> Result<Rules, String> {
        let catalog = Catalog::load().expect("the definitions");
        let members = ScoreTables::of(&catalog).expect("scores").members;
        Rules::parse(text, &members).map_err(|error| error.to_string())
    }

    #[test]
    fn the_rules_that_are_shipped_are_right() {
        let rules = parse(RULES).expect("rules");
        assert_eq!(rules.rank("gold"), Some(2));
        let reward = &rules.rewards[0];
        let of = |points: i64| {
            reward
                .of_points(&Points::from(points))
                .map(ToString::to_string)
        };
        assert_eq!(of(499), None);
        assert_eq!(of(500).as_deref(), Some("20"));
        assert_eq!(of(1_999).as_deref(), Some("20"));
        assert_eq!(of(2_000).as_deref(), Some("100"));
    }

    #[test]
    fn a_mistake_is_named_with_its_rule() {
        for (right, wrong, words) in [
            (
                "\"5000\"",
                "\"1000\"",
                "tiers.gold: begins at 1000 and overlaps `silver`",
            ),
            (
                "below = \"2000\", ",
                "",
                "rewards.active: the bands from 500 and from 2000 overlap",
            ),
            (
                "below = \"2000\"",
                "below = \"500\"",
                "rewards.active: the band from 500 ends",
            ),
            (
                "floor = \"bronze\"",
                "floor = \"tin\"",
                "floor: there is no tier `tin`",
            ),
            (
                "name = \"bronze\"",
                "name = \"bronze\"\nfrom = \"0\"",
                "leave out `from`",
            ),
            ("name = \"gold\"", "name = \"silver\"", "a name of its own"),
            (
                "rule = \"active\"",
                "rule = \"welcome\"",
                "`welcome` is there twice",
            ),
            ("rule = \"active\"", "rule = \"tier\"", "cannot name a rule"),
            ("rule = \"active\"", "rule = \"a#b\"", "cannot name a rule"),
            (
                "tiers = [\"gold\", ",
                "tiers = [\"lead\", ",
                "there is no tier `lead`",
            ),
            (
                "\"tier_opt_out\"",
                "\"name\"",
                "no column `name` of the type boolean",
            ),
            (
                "\"tier\"",
                "\"points\"",
                "no column `points` of the type text",
            ),
            (
                "window_months = 3",
                "window_months = 0",
                "window_months: must be 1 to 12",
            ),
            ("window_months = 3", "window = 3", "unknown field `window`"),
            (
                "\"one_step\"",
                "\"two_steps\"",
                "unknown variant `two_steps`",
            ),
            (
                "from = \"1000\"",
                "from = \"many\"",
                "must be a decimal number",
            ),
        ] {
            let text = RULES.replacen(right, wrong, 1);
            assert_ne!(text, RULES, "{right}");
            let error = parse(&text).expect_err(words);
            assert!(error.contains(words), "{error}");
        }
    }
}
