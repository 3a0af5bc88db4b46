//! Evaluations: tiers, coupons and rewards are given once for a member and a month, and rest on one look at the points.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use sluice::system::Options;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Fault, FaultyRoad, SCORE_ACTIONS, Sluice, entries, eventually, id_of, leave_unpolled,
};

fn at_once(options: &mut Options) {
    let wait = ("RECONCILE_WAIT_SECONDS".to_owned(), "0".to_owned());
    options.environment.extend([wait]);
}

/// Members with their tiers, and whether they keep them.
async fn have_members(sluice: &Sluice, rows: &[(&str, &str, &str)]) {
    let mut file = "member_no,name,tier,tier_opt_out\n".to_owned();
    for (member, tier, keeps) in rows {
        writeln!(file, "{member},{member},{tier},{keeps}").expect("a line");
    }
    let task = sluice.demo().import(file.as_bytes()).await;
    assert_eq!(task.status, TaskStatus::Finished, "{:?}", task.reason);
}

async fn have_entries(sluice: &Sluice, rows: &[(&str, &str, i64, &str)]) {
    let caller = sluice.demo().of_business("score_import");
    let overwrite = json!({ "on_duplicate": "overwrite" });
    let task = caller.import_with(&entries(rows), &overwrite).await;
    assert_eq!(task.status, TaskStatus::Finished, "{:?}", task.reason);
    sluice.summed().await;
}

async fn begun(caller: &Caller, period: &str, dry_run: bool) -> u64 {
    let wanted = json!({ "period": period, "dry_run": dry_run });
    id_of(&caller.post("/score/evaluate", &wanted).await.ok())
}

/// An evaluation of January whose first action for M1 cannot be written.
async fn begun_that_dies_at_m1(road: &FaultyRoad, caller: &Caller) -> u64 {
    road.set_rule_of_bodies(|operation, body| {
        let is_of_m1 = String::from_utf8_lossy(body).contains("2026-01#M1#");
        match operation {
            "PutItem" if is_of_m1 => Fault::Refused,
            _ => Fault::None,
        }
    });
    let task_id = begun(caller, "2026-01", false).await;
    eventually("a try that dies", async || {
        (road.count("PutItem", Fault::Refused) > 0).then_some(())
    })
    .await;
    task_id
}

async fn evaluated(caller: &Caller, period: &str, dry_run: bool) -> TaskView {
    let task = caller.ended(begun(caller, period, dry_run).await).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    task
}

fn result(task: &TaskView) -> &Value {
    task.result.as_ref().expect("a result")
}

/// The decisions of an evaluation by member.
async fn decisions(caller: &Caller, task: &TaskView) -> BTreeMap<String, Value> {
    let link = result(task)["link"].as_str().expect("a link");
    let file = String::from_utf8(caller.download(link).await).expect("text");
    assert_eq!(result(task)["decisions_bytes"], file.len());
    let lines = file
        .lines()
        .map(|line| -> Value { serde_json::from_str(line).expect("JSON") });
    lines
        .map(|line| {
            (
                line["member_no"].as_str().expect("a member").to_owned(),
                line,
            )
        })
        .collect()
}

/// All pages of actions, each as `M1 welcome` or `M1 silver>gold`, in order.
async fn actions(caller: &Caller, query: &str) -> Vec<String> {
    let actions = whole_actions(caller, query).await;
    let said = actions.iter().map(|action| {
        let text = |name: &str| action[name].as_str().unwrap_or("none").to_owned();
        let what = match text("kind").as_str() {
            "tier" => format!("{}>{}", text("tier_before"), text("tier_after")),
            _ => text("rule"),
        };
        format!("{} {what}", text("member_no"))
    });
    said.collect()
}

/// The same with all that is known of each: by which task and when.
async fn whole_actions(caller: &Caller, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = caller
            .get(&format!("/score/actions?{query}{cursor}"))
            .await
            .ok();
        found.extend(page["actions"].as_array().expect("actions").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// The tiers of members that have one by evaluation.
async fn tiers(sluice: &Sluice) -> BTreeMap<String, String> {
    let members = sluice.items().await.into_iter();
    let tiers = members.filter_map(|((_, member), item)| {
        let tier = item.get("_tier")?.as_s().ok()?.clone();
        Some((member, tier))
    });
    tiers.collect()
}

fn tier_list(tiers: &[(&str, &str)]) -> BTreeMap<String, String> {
    let tiers = tiers.iter();
    tiers
        .map(|(member, tier)| ((*member).to_owned(), (*tier).to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tiers_coupons_and_rewards_follow_the_points_month_by_month() {
    let sluice = Sluice::with(at_once).await;
    let demo = sluice.demo();
    have_members(
        &sluice,
        &[
            ("M1", "bronze", ""),
            ("M2", "gold", ""),
            ("M3", "gold", "yes"),
            ("M4", "", ""),
        ],
    )
    .await;
    have_entries(
        &sluice,
        &[
            ("M1", "2025-11-30", 600, ""),
            ("M1", "2026-01-31", 600, ""),
            // Before the window.
            ("M2", "2025-10-31", 90_000, ""),
            ("M3", "2026-01-01", 90_000, ""),
            ("nobody", "2026-01-01", 5, ""),
        ],
    )
    .await;
    let dry = evaluated(&demo, "2026-01", true).await;
    let expected = json!({ "first": 1, "grace": 1, "opted_out": 1, "upgraded": 1 });
    assert_eq!(result(&dry)["rules"], expected);
    assert_eq!(
        result(&dry)["changes"],
        json!({ "bronze>silver": 1, "none>bronze": 1 })
    );
    assert_eq!(
        result(&dry)["coupons"],
        json!({ "gold_month": 1, "welcome": 1 })
    );
    assert_eq!(
        result(&dry)["rewards"],
        json!({ "active": { "members": 1, "points": "20" } })
    );
    assert_eq!(result(&dry)["without_member"], 1);
    assert_eq!(result(&dry)["members"], 4);
    assert!(
        actions(&demo, "period=2026-01").await.is_empty(),
        "it is a dry run"
    );
    assert!(tiers(&sluice).await.is_empty(), "it is a dry run");

    let first = evaluated(&demo, "2026-01", false).await;
    for field in ["rules", "changes", "coupons", "rewards", "tiers", "members"] {
        assert_eq!(result(&first)[field], result(&dry)[field], "{field}");
    }
    let decided = decisions(&demo, &first).await;
    assert_eq!(decided.len(), 4);
    assert_eq!(decided["M1"]["points"], "1200");
    assert_eq!(
        decided["M1"]["months"],
        json!({ "2025-11": "600", "2026-01": "600" })
    );
    assert_eq!(
        decided["M2"]["after"],
        json!({ "tier": "gold", "grace": 1 })
    );
    let mut done = actions(&demo, "period=2026-01").await;
    done.sort_unstable();
    // Gold is kept in its time of grace, and gold has a coupon each month.
    assert_eq!(
        done,
        [
            "M1 active",
            "M1 bronze>silver",
            "M1 welcome",
            "M2 gold_month",
            "M4 none>bronze"
        ]
    );
    let expected = [("M1", "silver"), ("M2", "gold"), ("M4", "bronze")];
    assert_eq!(tiers(&sluice).await, tier_list(&expected));

    // The next month M2's grace is over, and that of M1 begins.
    let next = evaluated(&demo, "2026-02", false).await;
    assert_eq!(
        result(&next)["changes"],
        json!({ "gold>silver": 1 }),
        "{next:?}"
    );
    let expected = [("M1", "silver"), ("M2", "silver"), ("M4", "bronze")];
    assert_eq!(tiers(&sluice).await, tier_list(&expected));
    let of_m2 = actions(&demo, "member_no=M2").await;
    assert_eq!(of_m2, ["M2 gold>silver", "M2 gold_month"]);
    let wanted = json!({ "period": "2026-01" });
    let msg = demo.post("/score/evaluate", &wanted).await.refused(40901);
    assert!(msg.contains("2026-02 was evaluated since"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_evaluation_of_a_month_gives_what_is_missing_and_takes_nothing_back() {
    let sluice = Sluice::with(at_once).await;
    let demo = sluice.demo();
    have_members(&sluice, &[("M1", "bronze", ""), ("M2", "bronze", "")]).await;
    have_entries(
        &sluice,
        &[
            ("M1", "2026-01-31", 1_500, ""),
            ("M2", "2026-01-31", 7_000, ""),
        ],
    )
    .await;
    evaluated(&demo, "2026-01", false).await;
    let done = whole_actions(&demo, "period=2026-01").await;
    let same = evaluated(&demo, "2026-01", false).await;
    assert_eq!(
        (&result(&same)["again"], &result(&same)["no_longer_earned"]),
        (&json!(true), &json!({}))
    );
    assert_eq!(
        whole_actions(&demo, "period=2026-01").await,
        done,
        "nothing is done twice"
    );

    have_entries(
        &sluice,
        &[
            ("M1", "2026-01-31", 5_000, ""),
            ("M2", "2026-01-31", 1_000, ""),
        ],
    )
    .await;
    let again = evaluated(&demo, "2026-01", false).await;
    assert_eq!(
        result(&again)["no_longer_earned"],
        json!({ "gold_month": 1 })
    );
    assert_eq!(
        tiers(&sluice).await,
        tier_list(&[("M1", "gold"), ("M2", "silver")])
    );
    let sorted = |mut actions: Vec<String>| {
        actions.sort_unstable();
        actions
    };
    assert_eq!(
        sorted(actions(&demo, "period=2026-01").await),
        [
            "M1 active",
            "M1 bronze>gold",
            "M1 gold_month",
            "M1 welcome",
            "M2 active",
            "M2 bronze>silver",
            "M2 gold_month",
            "M2 welcome",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_after_late_entries_does_what_the_first_try_has_decided() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, at_once).await;
    let demo = sluice.demo();
    have_members(&sluice, &[("M1", "bronze", "")]).await;
    have_entries(&sluice, &[("M1", "2026-01-31", 5_000, "")]).await;
    // The welcome is given, and then the chunk dies, again and again.
    road.set_rule_of_bodies(|operation, body| {
        let is_coupon = String::from_utf8_lossy(body).contains("M1#gold_month");
        match operation {
            "PutItem" if is_coupon => Fault::Refused,
            _ => Fault::None,
        }
    });
    let task_id = begun(&demo, "2026-01", false).await;
    eventually("a try that dies", async || {
        (road.count("PutItem", Fault::Refused) > 0).then_some(())
    })
    .await;
    assert!(tiers(&sluice).await.is_empty(), "its tier comes last");
    have_entries(&sluice, &[("M1", "2026-01-31", 10, "")]).await;
    road.set_rule(|_| Fault::None);
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(decisions(&demo, &task).await["M1"]["points"], "5000");
    assert_eq!(tiers(&sluice).await, tier_list(&[("M1", "gold")]));
    let done = actions(&demo, "member_no=M1").await;
    assert_eq!(
        done,
        ["M1 active", "M1 gold_month", "M1 bronze>gold", "M1 welcome"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_every_kind_do_nothing_twice_and_leave_nothing_out() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, at_once).await;
    let demo = sluice.demo();
    let names: Vec<String> = (0..30).map(|member| format!("M{member:02}")).collect();
    let rows: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "bronze", ""))
        .collect();
    have_members(&sluice, &rows).await;
    let rows: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "2026-01-31", 5_000, ""))
        .collect();
    have_entries(&sluice, &rows).await;
    let count = AtomicUsize::new(0);
    road.set_rule_of_bodies(move |operation, body| {
        let body = String::from_utf8_lossy(body);
        let is_ours = match operation {
            "PutItem" => body.contains(SCORE_ACTIONS),
            "UpdateItem" => body.contains("sluice-members"),
            _ => false,
        };
        match count.fetch_add(usize::from(is_ours), Ordering::Relaxed) % 11 {
            2 if is_ours => Fault::Throttled,
            5 if is_ours => Fault::AnswerLost,
            8 if is_ours => Fault::Internal,
            _ => Fault::None,
        }
    });
    evaluated(&demo, "2026-01", false).await;
    for fault in [Fault::Throttled, Fault::AnswerLost, Fault::Internal] {
        assert!(road.count("PutItem", fault) > 0, "{fault:?} never happened");
    }
    let done = actions(&demo, "period=2026-01").await;
    let distinct: BTreeSet<&String> = done.iter().collect();
    assert_eq!((done.len(), distinct.len()), (4 * 30, 4 * 30));
    let tiers = tiers(&sluice).await;
    assert!(
        tiers.len() == 30 && tiers.values().all(|tier| tier == "gold"),
        "{tiers:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_reconciled_before_anything_is_decided() {
    let sluice = Sluice::with(|options| {
        at_once(options);
        leave_unpolled(options, "summer");
    })
    .await;
    let demo = sluice.demo();
    have_members(&sluice, &[("M1", "bronze", "")]).await;
    let caller = demo.of_business("score_import");
    caller
        .import(&entries(&[("M1", "2026-01-31", 1_000, "")]))
        .await;
    assert!(sluice.kept().await.is_empty(), "no sums follow the entries");
    let task = evaluated(&demo, "2026-01", false).await;
    assert_eq!(result(&task)["differences"], 1);
    assert_eq!(tiers(&sluice).await, tier_list(&[("M1", "silver")]));

    // All months that decide are made right, also those before the one that is evaluated and that somebody has
    // reconciled.
    let wanted = json!({ "from": "2026-02", "to": "2026-02" });
    let task_id = id_of(&demo.post("/score/reconcile", &wanted).await.ok());
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
    let late = [("M1", "2026-01-30", 4_000, "late")];
    caller.import(&entries(&late)).await;
    let task = evaluated(&demo, "2026-02", false).await;
    assert_eq!(result(&task)["differences"], 1);
    assert_eq!(tiers(&sluice).await, tier_list(&[("M1", "gold")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_evaluation_of_a_station_runs_at_a_time_and_one_that_was_cancelled_is_made_good() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, at_once).await;
    let demo = sluice.demo();
    have_members(&sluice, &[("M1", "bronze", ""), ("M2", "bronze", "")]).await;
    have_entries(&sluice, &[("M1", "2026-01-31", 1_000, "")]).await;
    let task_id = begun_that_dies_at_m1(&road, &demo).await;
    for dry_run in [false, true] {
        let wanted = json!({ "period": "2026-01", "dry_run": dry_run });
        let msg = demo.post("/score/evaluate", &wanted).await.refused(40901);
        assert!(
            msg.contains(&format!("is running as task {task_id}")),
            "{msg}"
        );
    }
    // Another station's evaluation is no hindrance.
    evaluated(&sluice.caller("other"), "2026-01", false).await;
    demo.post("/task/cancel", &json!({ "task_id": task_id }))
        .await
        .ok();
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Failed);
    road.set_rule(|_| Fault::None);
    let again = evaluated(&demo, "2026-01", false).await;
    assert_eq!(result(&again)["again"], true);
    assert_eq!(
        tiers(&sluice).await,
        tier_list(&[("M1", "silver"), ("M2", "bronze")])
    );
    // What the cancelled one may still write anywhere is of an older turn than what all members have now.
    for ((_, member), item) in sluice.items().await {
        let turn = item["_tier_turn"].as_n().expect("a turn");
        assert_eq!(turn, "2", "{member}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_evaluated_or_asked_is_refused_with_a_reason() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let now = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date();
    let month = |date: jiff::civil::Date| date.strftime("%Y-%m").to_string();
    let future = month(
        now.first_of_month()
            .saturating_add(jiff::Span::new().months(2)),
    );
    for (body, words) in [
        (json!({ "period": future }), "is in the future"),
        (
            json!({ "period": future, "dry_run": true }),
            "is in the future",
        ),
        (json!({ "period": month(now) }), "has not ended yet"),
        (json!({ "period": "2026-13" }), "must be a month"),
        (json!({}), "missing field `period`"),
        (json!({ "period": "2026-01", "x": 1 }), "unknown field"),
    ] {
        let msg = demo.post("/score/evaluate", &body).await.refused(40001);
        assert!(msg.contains(words), "{body}: {msg}");
    }
    let dry = evaluated(&demo, &month(now), true).await;
    assert_eq!(result(&dry)["members"], 0);
    let msg = demo
        .get("/score/actions?member_no=nobody")
        .await
        .refused(40401);
    assert!(msg.contains("no such member"), "{msg}");
    for query in [
        "",
        "?member_no=M1&period=2026-01",
        "?period=x",
        "?period=2026-01&cursor=x",
    ] {
        demo.get(&format!("/score/actions{query}"))
            .await
            .refused(40001);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_come_in_pages_and_each_station_has_its_own() {
    let sluice = Sluice::with(at_once).await;
    let demo = sluice.demo();
    let names: Vec<String> = (0..230).map(|member| format!("M{member:03}")).collect();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), "", "")).collect();
    have_members(&sluice, &rows).await;
    evaluated(&demo, "2026-01", false).await;
    let done = actions(&demo, "period=2026-01").await;
    let distinct: BTreeSet<&String> = done.iter().collect();
    assert_eq!((done.len(), distinct.len()), (230, 230));
    assert_eq!(actions(&demo, "member_no=M007").await, ["M007 none>bronze"]);
    let other = sluice.caller("other");
    assert!(actions(&other, "period=2026-01").await.is_empty());
    other
        .get("/score/actions?member_no=M007")
        .await
        .refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_month_waits_until_the_one_before_is_finished() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, at_once).await;
    let demo = sluice.demo();
    have_members(&sluice, &[("M1", "bronze", "")]).await;
    have_entries(&sluice, &[("M1", "2026-01-31", 5_000, "")]).await;
    let task_id = begun_that_dies_at_m1(&road, &demo).await;
    demo.post("/task/cancel", &json!({ "task_id": task_id }))
        .await
        .ok();
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    road.set_rule(|_| Fault::None);
    let wanted = json!({ "period": "2026-02" });
    let msg = demo.post("/score/evaluate", &wanted).await.refused(40901);
    assert!(
        msg.starts_with("the evaluation of 2026-01 is not finished"),
        "{msg}"
    );
    assert!(msg.contains(&format!("retry task {task_id}")), "{msg}");
    // Either way of finishing it opens the next month.
    evaluated(&demo, "2026-01", false).await;
    evaluated(&demo, "2026-02", false).await;
    let done = actions(&demo, "period=2026-01").await;
    assert!(done.contains(&"M1 gold_month".to_owned()), "{done:?}");
}
