//! A task whose record is stored and cannot be read: it is passed over, told of, and ended, and
//! keeps nothing else from going on.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, STATION, Sluice, TASKS, eventually, id_of, ids, leave_unpolled, members, text,
};

/// A number that no task of today has.
const PLANTED: u64 = 4_096;

fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn key() -> (String, String) {
    (format!("STATION#{STATION}"), format!("TASK#{PLANTED:016}"))
}

fn mark() -> (String, String) {
    ("OPEN".to_owned(), format!("TASK#{STATION}#{PLANTED:016}"))
}

/// Plants a copy of a task with its mark as open, its place in the list and a `user_task_id`, in
/// which one attribute is another.
async fn plant(sluice: &Sluice, task_id: u64, name: &str, value: AttributeValue) {
    let items = sluice.items_of(TASKS).await;
    let copied = (key().0, format!("TASK#{task_id:016}"));
    let mut task: HashMap<String, AttributeValue> = items[&copied].clone();
    task.extend([
        ("sk".to_owned(), s(key().1)),
        ("task_id".to_owned(), AttributeValue::N(PLANTED.to_string())),
        ("modify_time".to_owned(), s("2026-01-01T00:00:00Z")),
    ]);
    task.insert(name.to_owned(), value);
    let open = HashMap::from([
        ("pk".to_owned(), s(mark().0)),
        ("sk".to_owned(), s(mark().1)),
        ("create_time".to_owned(), s("2026-01-01T00:00:00Z")),
    ]);
    let claim = HashMap::from([
        ("pk".to_owned(), s(key().0)),
        ("sk".to_owned(), s("USERTASK#planted")),
        ("task_id".to_owned(), AttributeValue::N(PLANTED.to_string())),
        ("fingerprint".to_owned(), s("x")),
    ]);
    let dynamodb = sluice.clients().await.dynamodb;
    for item in [task, open, claim] {
        let put = dynamodb.put_item().table_name(TASKS);
        let put = put.set_item(Some(item)).send().await;
        put.expect("an item is planted");
    }
}

/// Plants a mark as open.
async fn plant_mark(sluice: &Sluice, sk: &str) {
    let dynamodb = sluice.clients().await.dynamodb;
    let put = dynamodb.put_item().table_name(TASKS);
    let put = put.item("pk", s("OPEN")).item("sk", s(sk));
    let put = put.item("create_time", s("2026-01-01T00:00:00Z")).send();
    put.await.expect("a mark is planted");
}

/// Asserts that whatever names the planted task says that it cannot be read.
async fn assert_told(demo: &Caller) {
    for path in ["get", "explain", "errors"] {
        for name in [
            format!("task_id={PLANTED}"),
            "user_task_id=planted".to_owned(),
        ] {
            let told = demo.get(&format!("/task/{path}?{name}")).await;
            let msg = told.refused(50001);
            assert!(msg.contains("cannot be read"), "{path}: {msg}");
        }
    }
    for verb in ["start", "update", "finish", "cancel", "retry"] {
        let told = demo.verb_with(verb, PLANTED, &json!({})).await;
        if verb == "update" {
            told.refused(40001);
        } else {
            let msg = told.refused(50001);
            assert!(msg.contains("cannot be read"), "{verb}: {msg}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_keeps_no_list_and_no_sweep_from_the_others() {
    for (name, value) in [
        ("input", s("[".repeat(200))),
        ("input", s("{")),
        ("result", s("")),
        ("status", AttributeValue::N("9".to_owned())),
        ("type", s("process")),
        ("station_id", s("other")),
        ("run_count", AttributeValue::Bool(true)),
    ] {
        let sluice = Sluice::with(|options| {
            leave_unpolled(options, "sweeper");
            let patience = ("START_EXPIRES_SECONDS".to_owned(), "0".to_owned());
            options.environment.extend([patience]);
        })
        .await;
        let demo = sluice.demo();
        let first = demo.add(&json!(1)).await;
        plant(&sluice, first, name, value).await;
        plant_mark(&sluice, "TASK#gone#0000000000000007").await;
        let second = demo.add(&json!(2)).await;
        for query in ["", "?status=1", "?type=2", "?business_id=member_tiers"] {
            let list = demo.get(&format!("/task/list{query}")).await.ok();
            assert_eq!(ids(&list), [second, first], "{name}, {query}");
        }
        let named = format!("/task/list?task_ids={first},{PLANTED}&user_task_ids=planted");
        assert_eq!(ids(&demo.get(&named).await.ok()), [first], "{name}");
        assert_told(&demo).await;

        sluice.sweep().await;
        for task_id in [first, second] {
            assert_eq!(
                demo.task(task_id).await.status,
                TaskStatus::Failed,
                "{name}"
            );
        }
        let items = sluice.items_of(TASKS).await;
        assert!(
            !items.contains_key(&mark()),
            "{name}: it is looked at again"
        );
        if name != "status" {
            let planted = &items[&key()];
            assert_eq!(
                planted["status"],
                AttributeValue::N("5".to_owned()),
                "{name}"
            );
            assert!(text(planted, "reason").contains("cannot be read"), "{name}");
        }
        demo.post("/task/clear_show", &json!({ "task_ids": [first] }))
            .await
            .ok();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_changed_a_moment_ago_is_left_alone() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "sweeper")).await;
    let demo = sluice.demo();
    let first = demo.add(&json!(1)).await;
    plant(&sluice, first, "input", s("{")).await;
    let (pk, sk) = key();
    // A function of the next release has written it.
    let now = jiff::Timestamp::now().to_string();
    sluice
        .tamper((&pk, &sk), "SET modify_time = :v", s(now))
        .await;
    sluice.sweep().await;
    assert!(sluice.items_of(TASKS).await.contains_key(&mark()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_record_is_damaged_does_not_keep_another_from_its_end() {
    let sluice = Sluice::with(|options| {
        for function in ["splitter", "sweeper"] {
            leave_unpolled(options, function);
        }
    })
    .await;
    let demo = sluice.demo();
    let begun = demo.begin(100, &json!({})).await;
    let (pk, sk) = (key().0, format!("TASK#{:016}", id_of(&begun)));
    sluice
        .tamper((&pk, &sk), "SET run_count = :v", s("{"))
        .await;
    // Its messages are no messages that fail again and again.
    let task = json!({ "station_id": STATION, "task_id": id_of(&begun) });
    let split = json!({ "version": 1, "split": task }).to_string();
    assert!(sluice.deliver_to("splitter", &split).await);
    // One event announces both.
    let file = members(10, 71);
    let sent = demo.send(&file, &json!({})).await;
    let event = eventually("the file's event", async || {
        sluice.take_all("sluice-uploads").await.pop()
    });
    let mut event: Value = serde_json::from_str(&event.await).expect("an event");
    let mut damaged = event["Records"][0].clone();
    let key = format!("uploads/{STATION}/{}/members.csv", id_of(&begun));
    damaged["s3"]["object"]["key"] = json!(key);
    let records = event["Records"].as_array_mut().expect("records");
    records.insert(0, damaged);
    assert!(sluice.deliver_to("splitter", &event.to_string()).await);
    assert_eq!(demo.ended(sent).await.status, TaskStatus::Finished);
}
