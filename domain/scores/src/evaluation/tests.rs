use proptest::prelude::*;
use sluice_definition::Catalog;

use super::*;
use crate::ScoreTables;

fn rules(change: impl FnOnce(&mut Rules)) -> Rules {
    let catalog = Catalog::load().expect("the definitions");
    let members = ScoreTables::of(&catalog).expect("scores").members;
    let mut rules = Rules::load(&members).expect("rules");
    change(&mut rules);
    rules
}

fn month(text: &str) -> Month {
    text.parse().expect("a month")
}

fn plan() -> EvaluationPlan {
    EvaluationPlan {
        input: EvaluationInput {
            period: month("2026-03"),
            dry_run: false,
            ends_at: Timestamp::UNIX_EPOCH,
        },
        turn: 1,
        is_again: false,
        rewrites: false,
    }
}

fn standing(tier: &str, grace: u32) -> Standing {
    Standing {
        tier: (!tier.is_empty()).then(|| tier.to_owned()),
        grace,
    }
}

fn member(before: Standing, points: &[(&str, i64)]) -> Evaluated {
    let points = points.iter();
    Evaluated {
        member_no: "M1".to_owned(),
        now: before.clone(),
        before,
        months: points
            .map(|(name, points)| (month(name), Points::from(*points)))
            .collect(),
        ..Evaluated::default()
    }
}

fn decided(rules: &Rules, before: (&str, u32), points: i64) -> (String, u32, TierRule) {
    let before = standing(before.0, before.1);
    let decision = rules.decide(member(before, &[("2026-02", points)]), &plan());
    let tier = decision.after.tier.expect("a tier");
    (tier, decision.after.grace, decision.rule)
}

#[test]
fn a_tier_rises_at_once_and_falls_one_step_after_its_grace() {
    let rules = rules(|_| {});
    for (before, points, tier, grace, rule) in [
        (("", 0), -5, "bronze", 0, TierRule::First),
        (("", 0), 5_000, "gold", 0, TierRule::First),
        (("no such tier", 0), 999, "bronze", 0, TierRule::First),
        (("bronze", 0), 999, "bronze", 0, TierRule::Kept),
        (("bronze", 0), 1_000, "silver", 0, TierRule::Upgraded),
        (("silver", 1), 20_000, "platinum", 0, TierRule::Upgraded),
        (("gold", 1), 5_000, "gold", 0, TierRule::Kept),
        (("gold", 0), 4_999, "gold", 1, TierRule::Grace),
        (("gold", 1), 0, "silver", 0, TierRule::Downgraded),
        (("silver", 1), 0, "bronze", 0, TierRule::Downgraded),
    ] {
        let expected = (tier.to_owned(), grace, rule);
        assert_eq!(
            decided(&rules, before, points),
            expected,
            "{before:?} {points}"
        );
    }
}

#[test]
fn a_floor_holds_tiers_and_lifts_none() {
    let to_floor = |floor: &'static str| {
        rules(move |rules| {
            rules.downgrade = Downgrade::Floor;
            rules.floor = Some(floor.to_owned());
            rules.grace_periods = 0;
        })
    };
    let silver = to_floor("silver");
    let down = (TierRule::Downgraded, TierRule::Floor);
    assert_eq!(
        decided(&silver, ("platinum", 0), 0),
        ("silver".to_owned(), 0, down.0)
    );
    assert_eq!(
        decided(&silver, ("platinum", 0), 5_000),
        ("gold".to_owned(), 0, down.0)
    );
    assert_eq!(
        decided(&silver, ("silver", 0), 0),
        ("silver".to_owned(), 0, down.1)
    );
    let gold = to_floor("gold");
    assert_eq!(
        decided(&gold, ("silver", 0), 0),
        ("silver".to_owned(), 0, down.1)
    );
    let never = rules(|rules| rules.downgrade = Downgrade::None);
    let kept = ("gold".to_owned(), 0, TierRule::NeverLower);
    assert_eq!(decided(&never, ("gold", 0), 0), kept);
}

#[test]
fn coupons_come_with_tiers_and_rewards_with_points() {
    let rules = rules(|_| {});
    let given = |before: &str, points: &[(&str, i64)]| {
        let decision = rules.decide(member(standing(before, 0), points), &plan());
        let coupons = decision.coupons.into_iter().map(|given| given.rule);
        let rewards = decision.rewards.into_iter();
        let rewards = rewards.map(|given| format!("{} {}", given.rule, given.points));
        coupons.chain(rewards).collect::<Vec<String>>()
    };
    assert_eq!(given("bronze", &[("2026-03", 500)]), ["active 20"]);
    // The reward is for the month alone, the tier for the window.
    let over_months = [("2026-01", 3_000), ("2026-02", 1_000), ("2026-03", 1_000)];
    assert_eq!(
        given("silver", &over_months),
        ["welcome", "gold_month", "active 20"]
    );
    assert_eq!(given("gold", &over_months), ["gold_month", "active 20"]);
    assert_eq!(given("", &[]), [""; 0]);
    assert_eq!(given("", &[("2026-02", 1_000)]), ["welcome"]);
}

#[test]
fn who_takes_no_part_stays_as_they_are_and_is_given_nothing() {
    let rules = rules(|_| {});
    let opted_out = Evaluated {
        has_opted_out: true,
        ..member(standing("silver", 0), &[("2026-03", 90_000)])
    };
    let decision = rules.decide(opted_out, &plan());
    assert_eq!(
        (decision.rule, decision.after.clone()),
        (TierRule::OptedOut, standing("silver", 0))
    );
    assert!(decision.coupons.is_empty() && decision.rewards.is_empty());
    assert_eq!(decision.writes, TierWrite::Nothing);
    let lifted_before = Evaluated {
        has_opted_out: true,
        now: standing("gold", 0),
        ..member(standing("bronze", 0), &[])
    };
    let decision = rules.decide(lifted_before, &plan());
    assert_eq!(
        (decision.after, decision.writes),
        (standing("gold", 0), TierWrite::Nothing)
    );
    let never_evaluated = Evaluated {
        has_opted_out: true,
        now: Standing::default(),
        ..member(standing("silver", 0), &[])
    };
    let decision = rules.decide(never_evaluated.clone(), &plan());
    assert_eq!(decision.writes, TierWrite::Nothing);
    // One that was not finished may still be writing: the member's turn keeps it from that, and nothing else.
    let rewrites = EvaluationPlan {
        rewrites: true,
        ..plan()
    };
    let decision = rules.decide(never_evaluated, &rewrites);
    assert_eq!(decision.writes, TierWrite::Turn);
}

#[test]
fn another_evaluation_begins_where_the_first_began_and_takes_nothing_back() {
    let rules = rules(|_| {});
    let again = Evaluated {
        // The first one found more points.
        now: standing("gold", 0),
        given: vec!["welcome".to_owned(), "gold_month".to_owned()],
        ..member(standing("bronze", 0), &[("2026-03", 1_000)])
    };
    let decision = rules.decide(again, &plan());
    assert_eq!(decision.after, standing("silver", 0));
    assert_eq!(decision.writes, TierWrite::Standing);
    assert_eq!(decision.no_longer_earned, ["gold_month"]);
    let same = member(standing("silver", 0), &[("2026-03", 1_000)]);
    assert_eq!(
        rules.decide(same.clone(), &plan()).writes,
        TierWrite::Nothing
    );
    let rewrites = EvaluationPlan {
        rewrites: true,
        ..plan()
    };
    assert_eq!(rules.decide(same, &rewrites).writes, TierWrite::Standing);
}

#[test]
fn a_month_ends_at_midnight_where_the_station_is() {
    let zone = |name: &str| TimeZone::get(name).expect("a zone");
    let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
    let ends = |zone: &TimeZone, now: &str, dry_run| {
        end_of_period(month("2026-03"), zone, at(now), dry_run)
    };
    let shanghai = zone("Asia/Shanghai");
    let end = "2026-03-31T16:00:00Z";
    assert_eq!(ends(&shanghai, end, false), Ok(at(end)));
    let before = "2026-03-31T15:59:59Z";
    let period = month("2026-03");
    assert_eq!(
        ends(&shanghai, before, false),
        Err(PeriodError::NotEnded(period))
    );
    assert_eq!(ends(&shanghai, before, true), Ok(at(end)));
    assert_eq!(
        ends(&zone("America/New_York"), "2026-03-31T23:00:00Z", false),
        Err(PeriodError::NotEnded(period))
    );
    let early = "2026-02-28T15:59:59Z";
    assert_eq!(
        ends(&shanghai, early, true),
        Err(PeriodError::Future(period))
    );
}

proptest! {
    /// More points never give a lower tier, a tier falls at most one step, and the numbers add up.
    #[test]
    fn more_points_never_mean_less(
        held in 0_usize..4, grace in 0_u32..3, points in -100_i64..30_000, more in 0_i64..30_000,
    ) {
        let rules = rules(|_| {});
        let before = standing(&rules.tiers[held].name, grace);
        let after = |points: i64| {
            let decision = rules.decide(member(before.clone(), &[("2026-03", points)]), &plan());
            rules.rank(decision.after.tier.as_deref().expect("a tier")).expect("a rank")
        };
        prop_assert!(after(points) <= after(points + more));
        prop_assert!(after(points) + 1 >= held);
        let decision = rules.decide(member(before.clone(), &[("2026-03", points)]), &plan());
        let mut segment = EvaluatedSegment::default();
        segment.take(&decision);
        let mut whole = segment.clone();
        whole.add(&segment);
        prop_assert_eq!(whole.members, 2);
        prop_assert_eq!(whole.rules.values().sum::<u64>(), 2);
        prop_assert_eq!(whole.tiers.values().sum::<u64>(), 2);
        let line = serde_json::to_string(&decision).expect("a line");
        prop_assert_eq!(serde_json::from_str::<Decision>(&line).expect("a decision"), decision);
    }
}
