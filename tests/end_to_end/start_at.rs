//! Tasks that wait for a time before they begin.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, STATION, Sluice, an_order, eventually, id_of, leave_unpolled, list, members, patiently,
    process,
};
use crate::mailings;

fn in_seconds(seconds: i64) -> String {
    (Timestamp::now() + SignedDuration::from_secs(seconds)).to_string()
}

/// A system whose sweeper runs when the test says so.
async fn by_hand() -> Sluice {
    Sluice::with(|options| leave_unpolled(options, "sweeper")).await
}

/// Sweeps until a task has ended.
async fn swept_to_its_end(sluice: &Sluice, demo: &Caller, task_id: u64) -> TaskStatus {
    let ended = async || {
        sluice.sweep().await;
        let status = demo.task(task_id).await.status;
        status.has_ended().then_some(status)
    };
    patiently(Duration::from_mins(1), "the end of the task", ended).await
}

/// Moves the time that a task waits for.
async fn move_start(sluice: &Sluice, task_id: u64, to: &str) {
    let key = format!("TASK#{task_id:016}");
    let value = AttributeValue::S(to.to_owned());
    let station = format!("STATION#{STATION}");
    sluice
        .tamper((&station, &key), "SET start_at = :v", value)
        .await;
}

/// Waits until the splitter has let a task's message go.
async fn uploads_are_drained(sluice: &Sluice) {
    sluice.drained("sluice-uploads").await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_import_waits_for_its_time_also_when_its_file_is_there() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let file = members(30, 2_301);
    let wanted = json!({
        "business": "member_import", "file_name": "m.csv", "size_bytes": file.len(),
        "start_at": in_seconds(3_600),
    });
    let begun = demo.post("/upload", &wanted).await.ok();
    let task_id = id_of(&begun);
    let explain = format!("/task/explain?task_id={task_id}");
    assert_eq!(demo.get(&explain).await.ok()["waiting_for"], "file");
    let url = begun["upload"]["url"].as_str().expect("a URL");
    assert_eq!(demo.put(url, file).await.0, 200);
    let explained = async || {
        let explained = demo.get(&explain).await.ok();
        (explained["waiting_for"] == "time").then_some(explained)
    };
    let explained = eventually("that it waits for its time", explained).await;
    let words = explained["explanation"].as_str().expect("words");
    assert!(words.contains("it begins at 20"), "{words}");
    uploads_are_drained(&sluice).await;
    sluice.sweep().await;
    uploads_are_drained(&sluice).await;
    let task = demo.record(task_id).await;
    assert_eq!(
        (&task["status"], &task["start_time"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        task["start_at"].as_str().map(str::len),
        wanted["start_at"].as_str().map(str::len)
    );
    move_start(&sluice, task_id, &in_seconds(-2)).await;
    let status = swept_to_its_end(&sluice, &demo, task_id).await;
    assert_eq!(status, TaskStatus::Finished);
    assert_eq!(sluice.rows_of(STATION).await.len(), 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_and_a_task_of_a_service_begin_at_their_time_and_not_before() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let wanted = json!({
        "business": "member_import", "user_task_id": "nightly", "start_at": in_seconds(2),
    });
    let export = id_of(&demo.post("/export", &wanted).await.ok());
    let mut service = process(&json!({ "n": 1 }));
    service["start_at"] = in_seconds(3_600).into();
    let task_id = id_of(&demo.post("/task/add", &service).await.ok());
    for (task, waits_for) in [(export, "time"), (task_id, "time")] {
        let explained = demo
            .get(&format!("/task/explain?task_id={task}"))
            .await
            .ok();
        assert_eq!(explained["waiting_for"], waits_for);
    }
    let msg = demo.verb("start", task_id).await.refused(40901);
    assert!(msg.contains("not to begin before 20"), "{msg}");
    assert_eq!(
        swept_to_its_end(&sluice, &demo, export).await,
        TaskStatus::Finished
    );
    let task = demo.task(export).await;
    assert!(task.start_time >= task.start_at, "{task:?}");
    // The same request after its time is the same task, and a new one is refused.
    let again = demo.post("/export", &wanted).await.ok();
    assert_eq!(id_of(&again), export);
    move_start(&sluice, task_id, &in_seconds(-1)).await;
    demo.verb("start", task_id).await.ok();
    let explained = demo
        .get(&format!("/task/explain?task_id={task_id}"))
        .await
        .ok();
    assert_eq!(explained["waiting_for"], "handler");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_can_be_cancelled_and_a_retry_begins_at_once() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let wanted = json!({ "business": "member_import", "start_at": in_seconds(3_600) });
    let task_id = id_of(&demo.post("/export", &wanted).await.ok());
    demo.verb("cancel", task_id).await.ok();
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Failed);
    let retried = demo.verb("retry", task_id).await.ok();
    assert_eq!(retried["start_at"], Value::Null);
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_past_or_too_far_ahead_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let day = 24 * 3_600;
    let upload = json!({ "business": "member_import", "file_name": "m.csv", "size_bytes": 10 });
    let export = json!({ "business": "member_import" });
    let service = process(&json!(1));
    let orders = list("of-a-later-day", &[an_order("A1")]);
    // The month has ended when the task begins.
    let month = Timestamp::now()
        .to_zoned(TimeZone::UTC)
        .date()
        .strftime("%Y-%m");
    let month = month.to_string();
    for (path, body, days) in [
        ("/upload", upload, 14),
        ("/export", export, 90),
        ("/task/add", service, 90),
        ("/station/order/batch/submit", orders, 14),
        ("/score/evaluate", json!({ "period": month }), 90),
        (
            "/score/reconcile",
            json!({ "from": month, "to": month }),
            90,
        ),
    ] {
        for (start_at, words) in [
            (in_seconds(-60), "past".to_owned()),
            (in_seconds(days * day + 60), format!("at most {days} days")),
            ("tomorrow".to_owned(), "start_at".to_owned()),
            ("2026-12-01".to_owned(), "start_at".to_owned()),
        ] {
            let mut wanted = body.clone();
            wanted["start_at"] = start_at.as_str().into();
            let msg = demo.post(path, &wanted).await.refused(40001);
            assert!(msg.contains(&words), "{path}, {start_at}: {msg}");
        }
        let mut wanted = body.clone();
        wanted["start_at"] = in_seconds(days * day - 60).into();
        demo.post(path, &wanted).await.ok();
    }
    let tasks = demo.get("/task/list").await.ok();
    assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mailing_orders_and_an_undo_begin_at_their_time() {
    let sluice = Sluice::with(|options| {
        mailings::quick(options);
        leave_unpolled(options, "sweeper");
    })
    .await;
    mailings::ready(&sluice).await;
    let demo = sluice.demo();
    let import = demo.import(&members(20, 2_311)).await.task_id.get();
    let addresses =
        json!({ "addresses": [{ "address": "ann@example.com", "values": { "name": "Ann" } }] });
    let mut mailing = mailings::mailing(&addresses);
    let mut orders = list("later", &[an_order("A1")]);
    let mut undo = json!({ "task_id": import });
    let mut later = Vec::new();
    for (path, body) in [
        ("/mail/send", &mut mailing),
        ("/station/order/batch/submit", &mut orders),
        ("/task/undo", &mut undo),
    ] {
        body["start_at"] = in_seconds(3_600).into();
        later.push(id_of(&demo.post(path, body).await.ok()));
    }
    // Another undo waits for the one that waits for its time.
    let msg = demo
        .post("/task/undo", &json!({ "task_id": import }))
        .await
        .refused(40901);
    assert!(msg.contains(&later[2].to_string()), "{msg}");
    uploads_are_drained(&sluice).await;
    sluice.sweep().await;
    uploads_are_drained(&sluice).await;
    for task_id in &later {
        assert_eq!(demo.task(*task_id).await.status, TaskStatus::Submitted);
        move_start(&sluice, *task_id, &in_seconds(-2)).await;
    }
    for task_id in later {
        let status = swept_to_its_end(&sluice, &demo, task_id).await;
        assert_eq!(status, TaskStatus::Finished);
    }
    assert_eq!(mailings::mailbox(&sluice).len(), 1);
    assert_eq!(sluice.orders(STATION).await.len(), 1);
    assert!(sluice.rows_of(STATION).await.is_empty());
}
