//! `GET /task/get`: the record of an import, field by field.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Caller, FIELDS, Sluice, members};

async fn begin(demo: &Caller, user_task_id: &str, size_bytes: usize) -> Value {
    let body = json!({
        "business": "member_import",
        "file_name": "x.csv",
        "size_bytes": size_bytes,
        "user_task_id": user_task_id,
    });
    demo.post("/upload", &body).await.ok()
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
