//! Endpoints that are down, slow, lying, unwilling, not there, or have another key: no row counts
//! as taken, and each says whether trying it again can help.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sluice_task::TaskStatus;

use super::{
    KEY, adjustments, counts, keys, lines, passing, polled, reach, references, send, send_chunk,
    unpolled,
};
use crate::harness::{Asked, BackOffice, Reply, Sluice, leave_unpolled, members};

#[tokio::test(flavor = "multi_thread")]
async fn from_the_third_receive_on_rows_fail_for_a_reason_that_may_pass() {
    let office = BackOffice::start(KEY, |asked| match &asked.body["rows"][0] {
        row if row["row"] == 2 => Reply::Status(503, "x-any", ""),
        _ => Reply::Honest,
    })
    .await;
    let sluice = unpolled(&office).await;
    let mut sent = references("ok", 101);
    sent.push("failed-0".to_owned());
    let (task_id, message) = send_chunk(&sluice, &sent).await;
    assert!(!sluice.deliver_for(2, &message).await);
    assert!(sluice.deliver_for(3, &message).await);

    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(counts(&task), [1, 101, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 100);
    let lines = lines(&sluice.demo(), &task).await;
    assert_eq!(
        (lines.len(), lines[99].row, lines[100].row),
        (101, 101, 103)
    );
    assert_eq!(
        (lines[0].code.as_str(), lines[0].column.as_str()),
        ("unavailable", "")
    );
    assert_eq!(
        lines[0].message,
        "the back office could not be reached: it answered with status 503; retry the task"
    );
    assert_eq!(lines[100].code, "refused");
    let tried = office
        .asked()
        .into_iter()
        .filter(|asked| asked.idempotency_key.ends_with("/2-101"));
    assert_eq!(tried.count(), 6, "three tries at each of two receives");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_endpoint_is_down_the_batches_after_the_first_four_are_tried_once() {
    let office = BackOffice::start(KEY, |_| Reply::Status(503, "x-any", "")).await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 650)).await;
    assert!(sluice.deliver_for(3, &message).await);
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [0, 650, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 650);
    let asked = office.asked();
    assert_eq!((keys(&asked).len(), asked.len()), (7, 4 * 3 + 3));
}

/// An answer of which nothing may be believed, by the kind of the references in the request.
fn lie(asked: &Asked) -> Reply {
    let rows = asked.body["rows"].as_array().expect("rows");
    let mut entries: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "row": row["row"], "outcome": "succeeded" }))
        .collect();
    let first = rows[0]["values"]["reference"].as_str();
    match first.and_then(|first| first.split('-').next()) {
        Some("lacks") => {
            entries.pop();
        }
        Some("foreign") => entries.push(json!({ "row": 9_999, "outcome": "succeeded" })),
        Some("twice") => entries.push(entries[0].clone()),
        Some("unknown") => entries[1]["outcome"] = "perhaps".into(),
        Some("html") => return Reply::Claims("<html>All is well.</html>".to_owned()),
        Some("endless") => return Reply::Endless,
        _ => return Reply::Honest,
    }
    Reply::Claims(json!({ "rows": entries }).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_does_not_settle_each_row_once_is_not_believed() {
    let office = BackOffice::start(KEY, lie).await;
    let sluice = unpolled(&office).await;
    let demo = sluice.demo();
    let lies = [
        ("lacks", "it lacks the row 11"),
        ("foreign", "it has the row 9999, which was not sent"),
        ("twice", "it has the row 2 twice"),
        ("unknown", "it has an unknown outcome for the row 3"),
        (
            "html",
            "it is not the JSON that was agreed on (line 1, column 1)",
        ),
        ("endless", "it is longer than 1048576 bytes"),
    ];
    let told = lies.map(async |(kind, why)| {
        let (task_id, message) = send_chunk(&sluice, &references(kind, 10)).await;
        assert!(sluice.deliver_for(3, &message).await, "{kind}");
        let task = demo.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::Failed, "{kind}: {task:?}");
        assert_eq!(counts(&task), [0, 10, 0, 0], "{kind}");
        assert_eq!(passing(&sluice, &task).await, 10, "{kind}");
        let expected = format!(
            "the back office could not be reached: its answer is not usable: {why}; retry the task"
        );
        for line in lines(&demo, &task).await {
            assert_eq!(
                (line.code.as_str(), line.message.as_str()),
                ("unavailable", &*expected)
            );
        }
    });
    futures::future::join_all(told).await;
    assert_eq!(office.asked().len(), 3 * lies.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_too_slow_is_waited_for_until_the_functions_time_is_up() {
    let office = BackOffice::start(KEY, |_| Reply::Late(Duration::from_mins(1))).await;
    let sluice = Sluice::with(|options| {
        reach(options, &office);
        leave_unpolled(options, "worker");
        // Two seconds more than the worker keeps for committing.
        let timeout = Duration::from_secs(12);
        options.timeouts.insert("worker".to_owned(), timeout);
    })
    .await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 10)).await;
    let started = Instant::now();
    assert!(!sluice.deliver_for(1, &message).await);
    assert!(sluice.deliver_for(3, &message).await);
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [0, 10, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 10);
    let lines = lines(&sluice.demo(), &task).await;
    assert!(
        lines[0].message.contains("it did not answer within "),
        "{:?}",
        lines[0]
    );
    assert!(office.done().is_empty(), "a client that hung up was served");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_refused_fails_for_good_and_is_not_sent_again() {
    let office = BackOffice::start(KEY, |asked| match &asked.body["rows"][0] {
        row if row["row"] == 2 => Reply::Status(400, "x-any", ""),
        _ => Reply::Honest,
    })
    .await;
    let sluice = polled(&office).await;
    let demo = sluice.demo();
    let task_id = send(&demo, &adjustments(&references("ok", 130))).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(counts(&task), [30, 100, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 0);
    assert_eq!(office.asked().len(), 2);
    let lines = lines(&demo, &task).await;
    assert_eq!((lines.len(), lines[0].code.as_str()), (100, "refused"));
    assert_eq!(
        lines[0].message,
        "the back office refused the batch that this row was in: it answered with status 400"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_endpoint_rows_fail_and_say_so_and_other_imports_go_on() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = send(&demo, &adjustments(&references("ok", 10))).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_eq!(counts(&task), [0, 10, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 10);
    for line in lines(&demo, &task).await {
        assert_eq!(line.code, "unavailable");
        let expected = "the back office is not set up on this installation";
        assert!(line.message.starts_with(expected), "{line:?}");
    }
    let members = demo.import(&members(10, 1)).await;
    assert_eq!(members.status, TaskStatus::Finished, "{members:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_a_reason_that_may_pass() {
    let office = BackOffice::start("another key", |_| Reply::Honest).await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 10)).await;
    assert!(sluice.deliver_for(3, &message).await);
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [0, 10, 0, 0]);
    assert_eq!(passing(&sluice, &task).await, 10);
    let lines = lines(&sluice.demo(), &task).await;
    assert!(
        lines[0].message.contains("status 401 (do both sides"),
        "{:?}",
        lines[0]
    );
    assert_eq!((office.refused(), office.asked().len()), (3, 0));
    assert!(office.done().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_left_alone_as_long_as_it_asks_and_redirects_are_not_followed() {
    let office = BackOffice::start(KEY, |asked| match asked.nth {
        1 => Reply::Status(429, "retry-after", "3"),
        2 => Reply::Status(307, "location", "/rows"),
        _ => Reply::Honest,
    })
    .await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 10)).await;
    assert!(sluice.deliver_for(1, &message).await);
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [10, 0, 0, 0]);
    let at: Vec<Instant> = office.asked().iter().map(|asked| asked.at).collect();
    assert_eq!(at.len(), 3);
    assert!(
        at[1] - at[0] >= Duration::from_secs(3),
        "{:?}",
        at[1] - at[0]
    );
    assert!(
        at[2] - at[1] >= Duration::from_millis(900),
        "{:?}",
        at[2] - at[1]
    );
}
