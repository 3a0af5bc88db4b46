//! Work that may not repeat: what counts as equal work, when it is refused, and what goes through
//! all the same.

use serde_json::{Value, json};

use crate::harness::{Sluice, id_of, ids, process};

/// Asserts that a request is refused because of an equal task.
fn assert_refused(msg: &str, task_id: u64, how: &str) {
    assert!(msg.contains("the same work"), "{msg}");
    assert!(msg.contains(&format!("task {task_id}")), "{task_id}: {msg}");
    assert!(msg.contains(how), "{how}: {msg}");
    assert!(msg.contains("repeat: true"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_work_is_refused_while_it_waits_or_runs_and_once_something_has_succeeded() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (end, how) in [(3, "was done on"), (4, "was done in part on")] {
        let request = process(&json!({ "ends": end }));
        let task_id = id_of(&demo.post("/task/add", &request).await.ok());
        let added = demo.record(task_id).await;
        let msg = demo.post("/task/add", &request).await.refused(40901);
        assert_refused(&msg, task_id, "has been waiting");
        let second = |time: &Value| time.as_str().expect("a time")[..19].to_owned();
        assert!(msg.contains(&second(&added["create_time"])), "{msg}");

        let started = demo.verb("start", task_id).await.ok();
        let msg = demo.post("/task/add", &request).await.refused(40901);
        assert_refused(&msg, task_id, "has been running");
        assert!(msg.contains(&second(&started["start_time"])), "{msg}");

        let outcome = json!({ "status": end });
        let ended = demo.verb_with("finish", task_id, &outcome).await.ok();
        let msg = demo.post("/task/add", &request).await.refused(40901);
        assert_refused(&msg, task_id, how);
        assert!(msg.contains(&second(&ended["end_time"])), "{msg}");
        // It stays so when the task is hidden.
        let named = json!({ "task_ids": [task_id] });
        demo.post("/task/hide", &named).await.ok();
        let msg = demo.post("/task/add", &request).await.refused(40901);
        assert_refused(&msg, task_id, how);
    }
    assert_eq!(sluice.assert_consistent().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_work_may_come_again_after_it_failed() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let request = process(&json!(1));
    let mut tasks = Vec::new();
    for round in 0..3 {
        let task_id = id_of(&demo.post("/task/add", &request).await.ok());
        let msg = demo.post("/task/add", &request).await.refused(40901);
        assert_refused(&msg, task_id, "has been waiting");
        if round > 0 {
            demo.verb("start", task_id).await.ok();
            let failed = json!({ "status": 5, "reason": "no" });
            demo.verb_with("finish", task_id, &failed).await.ok();
        } else {
            demo.verb("cancel", task_id).await.ok();
        }
        tasks.insert(0, task_id);
    }
    assert_eq!(ids(&demo.get("/task/list").await.ok()), tasks);
    assert_eq!(sluice.assert_consistent().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_failed_task_is_not_retried_when_its_work_was_done_meanwhile() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let failed = demo.run(&json!(1)).await;
    demo.verb_with("finish", failed, &json!({ "status": 5 }))
        .await
        .ok();
    let second = demo.run(&json!(1)).await;
    let before = demo.record(failed).await;
    let msg = demo.verb("retry", failed).await.refused(40901);
    assert_refused(&msg, second, "has been running");
    demo.verb("finish", second).await.ok();
    let msg = demo.verb("retry", failed).await.refused(40901);
    assert_refused(&msg, second, "was done on");
    assert_eq!(demo.record(failed).await, before);

    // And the other way round: what is retried stands in the way again.
    let failed = demo.run(&json!(2)).await;
    demo.verb_with("finish", failed, &json!({ "status": 5 }))
        .await
        .ok();
    demo.verb("retry", failed).await.ok();
    let again = process(&json!(2));
    let msg = demo.post("/task/add", &again).await.refused(40901);
    assert_refused(&msg, failed, "has been waiting");
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_is_equal_by_name_business_type_and_input_whatever_the_order_of_fields() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let request = process(&json!({ "a": [1, 2.5, { "x": null }], "b": "会员" }));
    let task_id = id_of(&demo.post("/task/add", &request).await.ok());
    for (field, value) in [
        ("business_name", json!("Another name for people")),
        ("user_task_id", json!("mine")),
    ] {
        let mut equal = request.clone();
        equal[field] = value;
        let msg = demo.post("/task/add", &equal).await.refused(40901);
        assert_refused(&msg, task_id, "has been waiting");
    }
    let other_order = r#"{ "repeat": false, "type": 2, "business_name": "Member tiers",
        "input": { "b": "\u4f1a员", "a": [1, 2.5, { "x": null }] },
        "business_id": "member_tiers", "name": "tier.recalculation" }"#;
    let answer = demo.post_as("/task/add", "application/json", other_order.into());
    assert_refused(&answer.await.refused(40901), task_id, "has been waiting");

    for (field, value) in [
        ("name", json!("tier.report")),
        ("business_id", json!("tiers")),
        ("type", json!(1)),
        (
            "input",
            json!({ "a": [2.5, 1, { "x": null }], "b": "会员" }),
        ),
        ("input", json!({ "a": [1, 2.5, {}], "b": "会员" })),
        ("input", json!({ "a": [1, 2.5, { "x": null }], "b": "会" })),
        ("input", Value::Null),
    ] {
        let mut other = request.clone();
        other[field] = value;
        demo.post("/task/add", &other).await.ok();
    }
    // Another station may do the same work.
    sluice
        .caller("other")
        .post("/task/add", &request)
        .await
        .ok();
    assert_eq!(sluice.assert_consistent().await, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_user_task_id_again_is_the_first_task_and_not_equal_work() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut request = process(&json!(1));
    request["user_task_id"] = "October".into();
    let added = demo.post("/task/add", &request).await.ok();
    let task_id = id_of(&added);
    assert_eq!(demo.post("/task/add", &request).await.ok(), added);
    for verb in ["start", "finish"] {
        let told = demo.verb(verb, task_id).await.ok();
        assert_eq!(demo.post("/task/add", &request).await.ok(), told);
    }
    // With other content it is a conflict that names the task.
    for (field, value) in [("input", json!(2)), ("repeat", json!(true))] {
        let mut other = request.clone();
        other[field] = value;
        let msg = demo.post("/task/add", &other).await.refused(40901);
        assert!(msg.contains(&task_id.to_string()), "{msg}");
        assert!(msg.contains("user_task_id"), "{msg}");
    }
    assert_eq!(sluice.assert_consistent().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_may_repeat_goes_through_as_often_as_it_comes() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let request = process(&json!(1));
    let mut repeated = request.clone();
    repeated["repeat"] = true.into();
    let first = demo.run(&json!(1)).await;
    let mut tasks = vec![first];
    for _ in 0..3 {
        let again = demo.post("/task/add", &repeated).await.ok();
        assert_eq!(again["repeat"], json!(true));
        assert_eq!(again["status"], 1);
        tasks.insert(0, id_of(&again));
    }
    assert_eq!(ids(&demo.get("/task/list").await.ok()), tasks);
    // What may not repeat is refused because of any of them.
    demo.post("/task/add", &request).await.refused(40901);
}

#[tokio::test(flavor = "multi_thread")]
async fn work_done_by_a_task_that_might_repeat_is_done_as_well() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut repeated = process(&json!(1));
    repeated["repeat"] = true.into();
    let first = demo.run(&json!(1)).await;
    let second = id_of(&demo.post("/task/add", &repeated).await.ok());
    demo.verb("start", second).await.ok();
    // The first fails; the second, which may repeat, does the work.
    demo.verb_with("finish", first, &json!({ "status": 5 }))
        .await
        .ok();
    let msg = demo
        .post("/task/add", &process(&json!(1)))
        .await
        .refused(40901);
    assert_refused(&msg, second, "has been running");
    demo.verb("finish", second).await.ok();
    let msg = demo
        .post("/task/add", &process(&json!(1)))
        .await
        .refused(40901);
    assert_refused(&msg, second, "was done on");
}
