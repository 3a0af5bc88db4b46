//! Sums of score entries: they follow the entries, and a reconciliation proves it.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice::system::Options;
use sluice_api::TaskView;
use sluice_aws::Sums;
use sluice_definition::{Catalog, shard_of};
use sluice_scores::{Days, MemberMonth, ScoreTables};
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Fault, FaultyRoad, SCORES, SUMS, Sluice, entries, eventually, id_of, leave_unpolled,
    members,
};

fn wait_seconds(options: &mut Options, seconds: u32) {
    options
        .environment
        .insert("RECONCILE_WAIT_SECONDS".to_owned(), seconds.to_string());
}

async fn reconciled(caller: &Caller, from: &str, to: &str) -> TaskView {
    let wanted = json!({ "from": from, "to": to });
    let begun = caller.post("/score/reconcile", &wanted).await.ok();
    let task_id = id_of(&begun);
    assert_eq!(begun["task_url"], format!("/task/get?task_id={task_id}"));
    caller.ended(task_id).await
}

fn result(task: &TaskView) -> &Value {
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    task.result.as_ref().expect("a result")
}

async fn delete(sluice: &Sluice, table: &str, member: &str, sk: &str) {
    let pk = format!("demo#{:02x}", shard_of(member));
    let delete = sluice.clients().await.dynamodb.delete_item();
    let deleted = delete
        .table_name(table)
        .key("pk", AttributeValue::S(pk))
        .key("sk", AttributeValue::S(sk.to_owned()))
        .return_values("ALL_OLD".into())
        .send()
        .await;
    let deleted = deleted.expect("an item is deleted");
    assert!(deleted.attributes.is_some(), "{sk} was not there");
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_follow_entries_that_are_imported_overwritten_and_deleted() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo().of_business("score_import");
    let first = entries(&[
        ("M1", "2026-01-02", 100, "a"),
        ("M1", "2026-01-02", 20, "b"),
        ("M1", "2026-01-31", -7, ""),
        ("M1", "2026-03-01", 5, ""),
        ("M10", "2026-01-02", 1, ""),
    ]);
    assert_eq!(demo.import(&first).await.status, TaskStatus::Finished);
    let other = sluice.caller("other").of_business("score_import");
    other
        .import(&entries(&[("M1", "2026-01-02", 9_999, "a")]))
        .await;
    sluice.summed().await;
    let sums = demo.sums("M1", "2026-01", "2026-03").await;
    let day =
        |day, points: &str, entries| json!({ "day": day, "points": points, "entries": entries });
    assert_eq!(
        sums["months"],
        json!([
            { "month": "2026-01", "points": "113", "entries": 3,
              "days": [day(2, "120", 2), day(31, "-7", 1)] },
            { "month": "2026-02", "points": "0", "entries": 0, "days": [] },
            { "month": "2026-03", "points": "5", "entries": 1, "days": [day(1, "5", 1)] },
        ])
    );
    let rolling = json!({ "from": "2026-01", "to": "2026-03", "points": "118", "entries": 4 });
    assert_eq!(sums["rolling"], rolling);
    // The rolling total reaches back beyond what is asked for.
    let february = demo.sums("M1", "2026-02", "2026-02").await;
    assert_eq!(february["months"].as_array().map(Vec::len), Some(1));
    assert_eq!(february["rolling"]["points"], "113");

    let again = entries(&[("M1", "2026-01-02", 50, "a"), ("M1", "2026-01-03", 1, "")]);
    let overwrite = json!({ "on_duplicate": "overwrite" });
    demo.import_with(&again, &overwrite).await;
    delete(&sluice, SCORES, "M1", "M1#2026-01-31#").await;
    delete(&sluice, SCORES, "M1", "M1#2026-01-02#b").await;
    sluice.summed().await;
    let january = &demo.sums("M1", "2026-01", "2026-01").await["months"][0];
    assert_eq!(january["days"], json!([day(2, "50", 1), day(3, "1", 1)]));
    delete(&sluice, SCORES, "M10", "M10#2026-01-02#").await;
    sluice.summed().await;
    let nothing = &demo.sums("M10", "2026-01", "2026-01").await["months"][0];
    assert_eq!(nothing["days"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_of_sums_is_refused_with_a_reason() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(&members(1, 2_001)).await;
    let (_, member) = sluice.rows_of("demo").await.pop_first().expect("a member");
    let sums = demo.sums(&member["member_no"], "2026-01", "2026-02").await;
    assert_eq!(sums["months"][1]["entries"], 0, "a member without entries");
    let path = "/score/sums?from=2026-01&to=2026-01&member_no=nobody";
    let msg = demo.get(path).await.refused(40401);
    assert!(msg.contains("no such member"), "{msg}");
    for (query, words) in [
        ("from=2026-01&to=2026-01", "member_no: is missing"),
        ("member_no=M1&to=2026-01", "from: is missing"),
        (
            "member_no=M1&from=2026-13&to=2026-12",
            "from: must be a month",
        ),
        (
            "member_no=M1&from=2026-02&to=2026-01",
            "to: 2026-01 comes before",
        ),
        (
            "member_no=M1&from=2020-01&to=2026-01",
            "more than 36 months",
        ),
    ] {
        let msg = demo
            .get(&format!("/score/sums?{query}"))
            .await
            .refused(40001);
        assert!(msg.contains(words), "{query}: {msg}");
    }
    for (body, words) in [
        (json!({ "from": "2026-01" }), "missing field `to`"),
        (
            json!({ "from": "2026-02", "to": "2026-01" }),
            "comes before",
        ),
        (
            json!({ "from": "2026-1", "to": "2026-01" }),
            "must be a month",
        ),
        (
            json!({ "from": "2026-01", "to": "2026-01", "x": 1 }),
            "unknown field",
        ),
    ] {
        let msg = demo.post("/score/reconcile", &body).await.refused(40001);
        assert!(msg.contains(words), "{body}: {msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_imported_and_overwritten_reconciles_without_a_difference() {
    let sluice = Sluice::with(|options| wait_seconds(options, 0)).await;
    let demo = sluice.demo().of_business("score_import");
    let names: Vec<String> = (0..200).map(|member| format!("M{member}")).collect();
    let day = |factor: i64| {
        let rows = names.iter().zip(1..);
        let rows: Vec<_> = rows
            .map(|(name, points)| (name.as_str(), "2026-01-31", points * factor, ""))
            .collect();
        entries(&rows)
    };
    demo.import(&day(1)).await;
    demo.import_with(&day(3), &json!({ "on_duplicate": "overwrite" }))
        .await;
    sluice.summed().await;
    let task = reconciled(&demo, "2025-12", "2026-01").await;
    let found = result(&task);
    assert_eq!(
        (&found["differences"], &found["misplaced"]),
        (&json!(0), &json!(0))
    );
    for side in ["entries_read", "entries_counted"] {
        assert_eq!(found[side], 200, "{side}");
    }
    for side in ["points_of_entries", "points_of_sums"] {
        assert_eq!(found[side], (3 * 200 * 201 / 2).to_string(), "{side}");
    }
    assert_eq!(task.rows.expect("rows").succeeded, 200);
    // Entries of other months are not part of it.
    let other = reconciled(&demo, "2026-02", "2026-02").await;
    assert_eq!(result(&other)["entries_read"], 0);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn wrong_and_lost_sums_are_found_and_made_anew() {
    let sluice = Sluice::with(|options| wait_seconds(options, 0)).await;
    let demo = sluice.demo().of_business("score_import");
    demo.import(&entries(&[
        ("M1", "2026-01-02", 100, "a"),
        ("M2", "2026-01-02", 1, ""),
        ("M3", "2026-01-02", 1, ""),
    ]))
    .await;
    let before = sluice.summed().await;
    // One sum is wrong, one is lost, and one has no entry.
    for (member, points) in [("M1", "101"), ("M4", "7")] {
        let update = sluice.clients().await.dynamodb.update_item();
        let pk = format!("demo#{:02x}", shard_of(member));
        let wrong = update
            .table_name(SUMS)
            .key("pk", AttributeValue::S(pk))
            .key("sk", AttributeValue::S(format!("2026-01#{member}")))
            .update_expression("SET d02 = :points, n02 = :entries ADD rev :entries")
            .expression_attribute_values(":points", AttributeValue::N(points.to_owned()))
            .expression_attribute_values(":entries", AttributeValue::N("1".to_owned()))
            .send();
        wrong.await.expect("a wrong sum");
    }
    delete(&sluice, SUMS, "M2", "2026-01#M2").await;
    let task = reconciled(&demo, "2026-01", "2026-01").await;
    let found = result(&task);
    assert_eq!(found["differences"], 3, "{found}");
    assert_eq!(
        (&found["entries_read"], &found["entries_counted"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(
        (&found["points_of_entries"], &found["points_of_sums"]),
        (&json!("102"), &json!("109"))
    );
    let examples = found["examples"].as_array().expect("examples");
    let of_m1 = examples.iter().find(|example| example["member_no"] == "M1");
    assert_eq!(of_m1.expect("M1")["points_of_sums"], "101", "{found}");
    assert!(sluice.kept().await == before, "all of them are right again");
    let again = reconciled(&demo, "2026-01", "2026-01").await;
    assert_eq!(result(&again)["differences"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_stream_a_reconciliation_makes_all_sums() {
    let sluice = Sluice::with(|options| {
        wait_seconds(options, 0);
        leave_unpolled(options, "summer");
    })
    .await;
    let demo = sluice.demo().of_business("score_import");
    let names: Vec<String> = (0..100).map(|member| format!("M{member}")).collect();
    let rows: Vec<_> = names
        .iter()
        .map(|name| (name.as_str(), "2026-01-31", 5, ""))
        .collect();
    demo.import(&entries(&rows)).await;
    assert!(sluice.kept().await.is_empty());
    let task = reconciled(&demo, "2026-01", "2026-01").await;
    let found = result(&task);
    assert_eq!(found["differences"], 100);
    assert_eq!(found["examples"].as_array().map(Vec::len), Some(20));
    assert!(sluice.kept().await == sluice.folded().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_that_catch_up_within_the_wait_are_no_difference() {
    const WAIT: u32 = 1;
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        wait_seconds(options, WAIT);
        leave_unpolled(options, "summer");
    })
    .await;
    let demo = sluice.demo().of_business("score_import");
    demo.import(&entries(&[
        ("M1", "2026-01-31", 5, ""),
        ("M1", "2026-01-30", 5, ""),
    ]))
    .await;
    // The sums are looked at again only when they have caught up.
    road.set_rule_of_bodies(|operation, body| {
        let is_of_sums = String::from_utf8_lossy(body).contains(SUMS);
        match operation {
            "BatchGetItem" if is_of_sums => Fault::Late,
            _ => Fault::None,
        }
    });
    let began = Instant::now();
    let wanted = json!({ "from": "2026-01", "to": "2026-01" });
    let task_id = id_of(&demo.post("/score/reconcile", &wanted).await.ok());
    eventually("a second look", async || {
        (road.count("BatchGetItem", Fault::Late) > 0).then_some(())
    })
    .await;
    assert!(
        began.elapsed() >= Duration::from_secs(WAIT.into()),
        "it was looked at again without waiting"
    );
    let tables = ScoreTables::of(&Catalog::load().expect("the definitions")).expect("scores");
    let names = [SCORES, SUMS].map(str::to_owned);
    let [scores, sums] = names;
    let sums = Sums::new(&sluice.clients().await, &tables, scores, sums);
    let of = MemberMonth {
        member_no: "M1".to_owned(),
        month: "2026-01".parse().expect("a month"),
    };
    let station = "demo".parse().expect("a station");
    let recounted = sums.recount(&station, &of, &Days::All).await;
    recounted.expect("sums");
    road.set_rule(|_| Fault::None);
    road.let_go();
    let task = demo.ended(task_id).await;
    let found = result(&task);
    assert_eq!(
        (&found["differences"], &found["entries_counted"]),
        (&json!(0), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_where_an_earlier_release_stored_them_are_told() {
    let sluice = Sluice::with(|options| wait_seconds(options, 0)).await;
    let demo = sluice.demo().of_business("score_import");
    demo.import(&entries(&[("M1", "2026-01-31", 5, "")])).await;
    let item = |partition: u32, sk: &str| {
        let put = [
            ("pk", AttributeValue::S(format!("demo#{partition:02x}"))),
            ("sk", AttributeValue::S(sk.to_owned())),
            ("member_no", AttributeValue::S("M1".to_owned())),
            ("points", AttributeValue::N("7".to_owned())),
        ];
        put.map(|(name, value)| (name.to_owned(), value)).into()
    };
    let elsewhere = (shard_of("M1") + 1) % 64;
    for old in [
        item(elsewhere, "M1#2026-01-30#"),
        item(shard_of("M1"), "M1#2026-01-30"),
    ] {
        let put = sluice.clients().await.dynamodb.put_item();
        let put = put.table_name(SCORES).set_item(Some(old)).send();
        put.await.expect("an old entry");
    }
    let task = reconciled(&demo, "2026-01", "2026-01").await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let reason = task.reason.expect("a reason");
    assert!(
        reason.starts_with("2 entries lie where an earlier release"),
        "{reason}"
    );
    let found = task.result.expect("a result");
    assert_eq!(
        (&found["misplaced"], &found["entries_read"]),
        (&json!(2), &json!(1))
    );
    // Nor are they counted.
    let sums = demo
        .get("/score/sums?member_no=M1&from=2026-01&to=2026-01")
        .await
        .ok();
    assert_eq!(sums["rolling"]["points"], "5", "{sums}");
}
