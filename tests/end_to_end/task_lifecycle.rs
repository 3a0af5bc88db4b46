//! A task that a service runs, from add to finish: what each verb does, and what it refuses.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sluice_api::TaskView;

use crate::harness::{Caller, FIELDS, Sluice, id_of, ids, members, process};

/// Asserts fields of a record.
fn assert_fields(task: &Value, expected: &Value) {
    for (field, value) in expected.as_object().expect("an object") {
        assert_eq!(&task[field], value, "{field} of {task}");
    }
}

/// Asserts that a record has the contract's fields in the contract's types.
fn assert_record(task: &Value) {
    let fields = task.as_object().expect("an object").keys();
    let fields: BTreeSet<&str> = fields.map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(FIELDS));
    let typed: TaskView = serde_json::from_value(task.clone()).expect("a record");
    assert!(typed.task_id.get() < 1 << 53, "browsers read doubles");
    for field in ["create_time", "modify_time", "start_time", "end_time"] {
        let time = task[field].as_str();
        assert!(time.is_none_or(|time| time.ends_with('Z')), "{task}");
    }
}

async fn refused_and_unchanged(demo: &Caller, task_id: u64, verb: &str, more: &Value) -> String {
    let before = demo.record(task_id).await;
    let msg = demo.verb_with(verb, task_id, more).await.refused(40901);
    assert_eq!(demo.record(task_id).await, before, "{verb} has changed it");
    msg
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_takes_a_task_of_each_type_from_add_to_finish() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for kind in [0, 1, 2] {
        let user_task_id = format!("job {kind}");
        let request = json!({
            "name": "Tier-report_2.0",
            "business_id": "tiers · 等级",
            "business_name": "Member tiers",
            "type": kind,
            "input": { "month": "2026-10" },
            "user_task_id": user_task_id,
        });
        let added = demo.post("/task/add", &request).await.ok();
        assert_record(&added);
        let submitted = json!({
            "user_task_id": user_task_id, "task_name": "Tier-report_2.0", "station_id": "demo",
            "input": { "month": "2026-10" }, "result": null, "status": 1, "reason": null,
            "progress": 0, "type": kind, "repeat": false, "message_show": true, "run_count": 0,
            "start_time": null, "end_time": null, "business_id": "tiers · 等级",
            "business_name": "Member tiers", "rows": null, "chunks": null,
        });
        assert_fields(&added, &submitted);
        let task_id = id_of(&added);
        assert_eq!(demo.record(task_id).await, added);

        let started = demo.verb("start", task_id).await.ok();
        assert_record(&started);
        let mut expected = submitted.clone();
        expected["status"] = 2.into();
        expected["run_count"] = 1.into();
        expected["start_time"] = started["modify_time"].clone();
        expected["create_time"] = added["create_time"].clone();
        assert_fields(&started, &expected);
        assert!(started["start_time"].is_string(), "{started}");

        let news = json!({ "progress": 45, "result": { "so": "far" }, "reason": "half of it" });
        let updated = demo.verb_with("update", task_id, &news).await.ok();
        assert_record(&updated);
        expected["modify_time"] = updated["modify_time"].clone();
        for field in ["progress", "result", "reason"] {
            expected[field] = news[field].clone();
        }
        assert_fields(&updated, &expected);

        let outcome = json!({ "result": { "changed": 17 } });
        let finished = demo.verb_with("finish", task_id, &outcome).await.ok();
        assert_record(&finished);
        expected["status"] = 3.into();
        expected["progress"] = 100.into();
        expected["result"] = outcome["result"].clone();
        expected["modify_time"] = finished["modify_time"].clone();
        expected["end_time"] = finished["modify_time"].clone();
        assert_fields(&finished, &expected);
        assert_eq!(demo.record(task_id).await, finished);
        let times = ["create_time", "start_time", "end_time"]
            .map(|field| finished[field].as_str().expect("a time"));
        assert!(times.is_sorted(), "{times:?}");

        demo.post("/task/hide", &json!({ "task_ids": [task_id] }))
            .await
            .ok();
        assert_eq!(demo.record(task_id).await["message_show"], json!(false));
    }
    assert_eq!(ids(&demo.get("/task/list").await.ok()), [0; 0]);
    assert_eq!(sluice.assert_consistent().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_starts_once() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    let msg = refused_and_unchanged(&demo, task_id, "start", &json!({})).await;
    assert!(msg.contains("running already"), "{msg}");
    demo.verb("finish", task_id).await.ok();
    let msg = refused_and_unchanged(&demo, task_id, "start", &json!({})).await;
    assert!(msg.contains("has ended (finished)"), "{msg}");

    let never_started = demo.add(&json!(2)).await;
    demo.verb("cancel", never_started).await.ok();
    let msg = refused_and_unchanged(&demo, never_started, "start", &json!({})).await;
    assert!(msg.contains("has ended (failed)"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_running_task_is_updated_and_finished() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.add(&json!(1)).await;
    let news = json!({ "progress": 5, "result": [1], "reason": "r" });
    for (verb, more) in [("update", &news), ("finish", &json!({ "status": 5 }))] {
        let msg = refused_and_unchanged(&demo, task_id, verb, more).await;
        assert!(msg.contains("start it first"), "{verb}: {msg}");
    }
    demo.verb("start", task_id).await.ok();
    demo.verb_with("update", task_id, &news).await.ok();
    demo.verb_with("finish", task_id, &json!({ "status": 4 }))
        .await
        .ok();
    let msg = refused_and_unchanged(&demo, task_id, "update", &news).await;
    assert!(msg.contains("partly succeeded"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_never_lowered_and_reaches_100_only_at_the_end() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    for (news, progress, result) in [
        (json!({ "progress": 60, "result": "a" }), 60, "a"),
        (json!({ "progress": 40, "result": "b" }), 60, "b"),
        (json!({ "progress": 0 }), 60, "b"),
        (json!({ "progress": 60, "result": "c" }), 60, "c"),
        (json!({ "progress": 61 }), 61, "c"),
        (json!({ "result": "d" }), 61, "d"),
        (json!({ "progress": 99 }), 99, "d"),
        (json!({ "progress": 100 }), 99, "d"),
        (json!({ "reason": "nearly" }), 99, "d"),
    ] {
        let updated = demo.verb_with("update", task_id, &news).await.ok();
        let expected = json!({ "progress": progress, "result": result, "status": 2 });
        assert_fields(&updated, &expected);
    }
    let finished = demo.verb("finish", task_id).await.ok();
    let kept = json!({ "progress": 100, "result": "d", "reason": "nearly", "status": 3 });
    assert_fields(&finished, &kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_says_something_and_within_bounds() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    let before = demo.record(task_id).await;
    for (news, named) in [
        (json!({}), "progress, result or reason"),
        (json!({ "progress": 101 }), "progress"),
        (json!({ "progress": 256 }), "progress"),
        (json!({ "progress": -1 }), "progress"),
        (json!({ "progress": 1.5 }), "progress"),
        (json!({ "progress": "50" }), "progress"),
        (json!({ "progress": null }), "progress"),
        (json!({ "reason": null }), "reason"),
        (json!({ "reason": "" }), "reason"),
        (json!({ "reason": "two\nlines" }), "reason"),
        (json!({ "reason": "x".repeat(1_001) }), "reason"),
    ] {
        let answer = demo.verb_with("update", task_id, &news).await;
        let msg = answer.refused(40001);
        assert!(msg.contains(named), "{news}: {msg}");
    }
    assert_eq!(demo.record(task_id).await, before);
    // A null is a result like any other.
    for result in [json!({ "a": 1 }), Value::Null] {
        let news = json!({ "result": result });
        let updated = demo.verb_with("update", task_id, &news).await.ok();
        assert_eq!(updated["result"], result);
    }
    let longest = json!({ "reason": "理".repeat(1_000) });
    let updated = demo.verb_with("update", task_id, &longest).await.ok();
    assert_fields(&updated, &longest);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_finishes_once_and_the_same_end_again_is_fine() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (number, outcome, status) in [
        (1, json!({}), 3),
        (2, json!({ "status": 3, "result": { "n": 1 } }), 3),
        (3, json!({ "status": 4, "reason": "two of three" }), 4),
        (
            4,
            json!({ "status": 5, "reason": "no access", "result": [] }),
            5,
        ),
    ] {
        let task_id = demo.run(&json!(number)).await;
        let finished = demo.verb_with("finish", task_id, &outcome).await.ok();
        assert_fields(&finished, &outcome);
        assert_eq!(finished["status"], status);
        let again = demo.verb_with("finish", task_id, &outcome).await.ok();
        assert_eq!(again, finished);
        // What it leaves open may be anything.
        let less = json!({ "status": status });
        let again = demo.verb_with("finish", task_id, &less).await.ok();
        assert_eq!(again, finished);

        for (field, other) in [
            ("status", json!(if status == 3 { 4 } else { 3 })),
            ("result", json!("another")),
            ("reason", json!("another")),
        ] {
            let mut otherwise = outcome.clone();
            otherwise[field] = other;
            let msg = refused_and_unchanged(&demo, task_id, "finish", &otherwise).await;
            assert!(msg.contains("has ended already"), "{msg}");
        }
    }
    for status in [
        json!(0),
        json!(1),
        json!(2),
        json!(6),
        json!("3"),
        Value::Null,
    ] {
        let task_id = demo.run(&json!({ "refused": status })).await;
        let wrong = json!({ "status": status });
        let msg = demo
            .verb_with("finish", task_id, &wrong)
            .await
            .refused(40001);
        assert!(msg.contains("status"), "{msg}");
        assert_eq!(demo.record(task_id).await["status"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_import_of_a_file_is_not_for_services() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut request = process(&json!({}));
    request["name"] = "import".into();
    let msg = demo.post("/task/add", &request).await.refused(40001);
    assert!(msg.contains("name") && msg.contains("/upload"), "{msg}");

    let submitted = id_of(&demo.begin(10, &json!({})).await);
    let ended = demo.import(&members(10, 201)).await.task_id.get();
    for task_id in [submitted, ended] {
        for (verb, more) in [
            ("start", json!({})),
            ("update", json!({ "progress": 1 })),
            ("finish", json!({ "status": 3 })),
        ] {
            let msg = refused_and_unchanged(&demo, task_id, verb, &more).await;
            assert!(msg.contains("Sluice runs itself"), "{verb}: {msg}");
        }
    }
}
