//! `GET /task/get` and `GET /task/list`: the record field by field, pages and filters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Caller, Sluice, members};

/// The fields of a task, as the contract lists them, and the counters of an import.
const FIELDS: [&str; 21] = [
    "task_id",
    "user_task_id",
    "task_name",
    "station_id",
    "input",
    "result",
    "status",
    "repeat",
    "message_show",
    "run_count",
    "create_time",
    "modify_time",
    "start_time",
    "end_time",
    "business_id",
    "business_name",
    "type",
    "progress",
    "reason",
    "rows",
    "chunks",
];

async fn begin(demo: &Caller, user_task_id: &str, size_bytes: usize) -> Value {
    let body = json!({
        "business": "member_import",
        "file_name": "x.csv",
        "size_bytes": size_bytes,
        "user_task_id": user_task_id,
    });
    demo.post("/upload", &body).await.ok()
}

fn ids(list: &Value) -> Vec<u64> {
    let tasks = list["tasks"].as_array().expect("tasks");
    tasks
        .iter()
        .filter_map(|task| task["task_id"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_found_by_both_ids_and_has_every_field_of_the_contract() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(60, 101);
    let begun = begin(&demo, "mine & only/mine", file.len()).await;
    let task_id = begun["task_id"].as_u64().expect("a task id");
    assert!(task_id < 1 << 53, "browsers read numbers as doubles");
    let submitted = demo.get(&format!("/task/get?task_id={task_id}")).await.ok();
    assert_eq!(
        (&submitted["status"], &submitted["progress"]),
        (&json!(1), &json!(0))
    );
    for field in ["start_time", "end_time", "reason", "result"] {
        assert_eq!(submitted[field], Value::Null, "{field}");
    }
    demo.put(begun["upload"]["url"].as_str().expect("a URL"), file)
        .await;
    demo.ended(task_id).await;

    let task = demo.get(&format!("/task/get?task_id={task_id}")).await.ok();
    let by_user_id = demo
        .get("/task/get?user_task_id=mine%20%26%20only%2Fmine")
        .await
        .ok();
    assert_eq!(by_user_id, task);
    let fields: BTreeSet<&str> = task
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(fields, BTreeSet::from(FIELDS));
    for (field, value) in [
        ("station_id", json!("demo")),
        ("user_task_id", json!("mine & only/mine")),
        ("status", json!(3)),
        ("type", json!(0)),
        ("progress", json!(100)),
        ("run_count", json!(1)),
        ("business_id", json!("member_import")),
        ("business_name", json!("Members")),
        ("message_show", json!(true)),
        ("reason", Value::Null),
        (
            "rows",
            json!({ "read": 60, "succeeded": 60, "failed": 0, "duplicate": 0, "skipped": 0 }),
        ),
        ("chunks", json!({ "total": 1, "done": 1 })),
    ] {
        assert_eq!(task[field], value, "{field}");
    }
    let times = ["create_time", "start_time", "end_time"]
        .map(|field| task[field].as_str().expect("a time"));
    assert!(times.is_sorted(), "{times:?}");
    assert!(times.iter().all(|time| time.ends_with('Z')), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_not_there_or_not_named_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for query in ["task_id=12345", "user_task_id=nobody"] {
        let answer = demo.get(&format!("/task/get?{query}")).await;
        assert_eq!(answer.refused(40401), "no such task");
    }
    for (query, named) in [
        ("", "task_id"),
        ("task_id=1&user_task_id=2", "either"),
        ("task_id=abc", "task_id"),
        ("task_id=0", "task_id"),
        ("task_id=9007199254740992", "task_id"),
    ] {
        let msg = demo.get(&format!("/task/get?{query}")).await.refused(40001);
        assert!(msg.contains(named), "{query}: {msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_listed_newest_first_page_by_page() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut newest_first = Vec::new();
    for number in 0..7 {
        let begun = begin(&demo, &format!("task {number}"), 10).await;
        newest_first.insert(0, begun["task_id"].as_u64().expect("a task id"));
        // Ids grow with the milliseconds in which tasks are made.
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    begin(&sluice.caller("other"), "task 1", 10).await;
    let all = demo.get("/task/list").await.ok();
    assert_eq!(ids(&all), newest_first);
    assert_eq!(
        (&all["finish"], &all["next_cursor"]),
        (&json!(false), &Value::Null)
    );

    for limit in [1, 2, 3, 6, 7, 100] {
        let mut pages = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = demo
                .get(&format!("/task/list?limit={limit}&cursor={cursor}"))
                .await
                .ok();
            assert!(ids(&page).len() <= limit);
            pages.extend(ids(&page));
            let Some(next) = page["next_cursor"].as_str() else {
                break;
            };
            next.clone_into(&mut cursor);
        }
        assert_eq!(pages, newest_first, "pages of {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_filtered_and_say_when_all_is_finished() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let good = demo.import(&members(20, 102)).await.task_id.get();
    let bad = demo.import(b"nothing,here\n").await.task_id.get();
    let finished = demo.get("/task/list").await.ok();
    assert_eq!(
        (ids(&finished), &finished["finish"]),
        (vec![bad, good], &json!(true))
    );
    let open = begin(&demo, "open", 10).await["task_id"]
        .as_u64()
        .expect("a task id");
    for (query, expected, finish) in [
        ("", vec![open, bad, good], false),
        ("?status=1", vec![open], false),
        ("?status=3", vec![good], true),
        ("?status=5", vec![bad], true),
        ("?status=4", vec![], true),
        ("?type=0", vec![open, bad, good], false),
        ("?type=1", vec![], true),
        ("?business_id=member_import&status=5", vec![bad], true),
        ("?business_id=score_entries", vec![], true),
        ("?user_task_ids=open", vec![open], false),
        ("?user_task_ids=open,nobody", vec![open], false),
        (
            &format!("?task_ids={good},{bad},{good},1"),
            vec![bad, good],
            true,
        ),
        (
            &format!("?task_ids={good}&user_task_ids=open"),
            vec![open, good],
            false,
        ),
        (
            &format!("?task_ids={good},{bad}&status=3"),
            vec![good],
            true,
        ),
    ] {
        let list = demo.get(&format!("/task/list{query}")).await.ok();
        assert_eq!(ids(&list), expected, "{query}");
        assert_eq!(list["finish"], json!(finish), "{query}");
    }
    for (query, named) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=many", "limit"),
        ("status=9", "status"),
        ("type=x", "type"),
        ("cursor=x", "cursor"),
        ("task_ids=1,x", "task_ids"),
    ] {
        let msg = demo
            .get(&format!("/task/list?{query}"))
            .await
            .refused(40001);
        assert!(msg.contains(named), "{query}: {msg}");
    }
}
