//! Sums, and what is done with them.

use sluice_api::{
    ActionKind, ActionView, ActionsAnswer, DayView, EvaluateRequest, MonthView, ReconcileRequest,
    RollingView, ScoreTaskAnswer, SumsAnswer,
};

use crate::example::{Example, valid};

pub(super) fn sums() -> Vec<Example> {
    let day = |day, points: &str, entries| DayView {
        day,
        points: valid(points),
        entries,
    };
    vec![Example::answer(
        "sums",
        "A member with three entries in January.",
        SumsAnswer {
            member_no: "M10001".to_owned(),
            months: vec![MonthView {
                month: valid("2026-01"),
                points: valid("112.5"),
                entries: 3,
                days: vec![day(2, "120", 2), day(31, "-7.5", 1)],
            }],
            rolling: RollingView {
                from: valid("2025-11"),
                to: valid("2026-01"),
                points: valid("412.5"),
                entries: 9,
            },
        },
    )]
}

pub(super) fn reconcile() -> Vec<Example> {
    vec![Example::new(
        "month",
        "One month.",
        ReconcileRequest {
            start_at: None,
            from: valid("2026-01"),
            to: valid("2026-01"),
            user_task_id: Some(valid("reconcile-2026-01")),
        },
    )]
}

pub(super) fn task() -> Vec<Example> {
    vec![Example::answer(
        "task",
        "A task compares them.",
        ScoreTaskAnswer {
            task_id: valid("890473042418166"),
            user_task_id: Some(valid("reconcile-2026-01")),
            task_url: "/task/get?task_id=890473042418166".to_owned(),
        },
    )]
}

pub(super) fn evaluate() -> Vec<Example> {
    vec![Example::new(
        "month",
        "A month, to see what would be done.",
        EvaluateRequest {
            start_at: None,
            period: valid("2026-01"),
            dry_run: true,
            user_task_id: Some(valid("evaluate-2026-01")),
        },
    )]
}

pub(super) fn actions() -> Vec<Example> {
    let action = |kind, rule: &str| ActionView {
        period: valid("2026-01"),
        member_no: "M10001".to_owned(),
        kind,
        rule: rule.to_owned(),
        coupon: None,
        points: None,
        tier_before: None,
        tier_after: None,
        window_points: valid("1250"),
        task_id: valid("890473042418166"),
        at: valid("2026-02-01T01:02:03Z"),
    };
    let tier = ActionView {
        tier_before: Some("bronze".to_owned()),
        tier_after: Some("silver".to_owned()),
        ..action(ActionKind::Tier, "tier")
    };
    let coupon = ActionView {
        coupon: Some("TIER-WELCOME".to_owned()),
        ..action(ActionKind::Coupon, "welcome")
    };
    vec![Example::answer(
        "actions",
        "A member that has risen to another tier.",
        ActionsAnswer {
            actions: vec![tier, coupon],
            next_cursor: None,
        },
    )]
}
