//! Rows that go to an endpoint: each is settled once, by what the endpoint answers and by nothing
//! else, whatever the endpoint and the road to it do.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use local::system::Options;
use serde_json::{Value, json};
use sluice_aws::TaskStore;
use sluice_core::api::TaskView;
use sluice_core::ids::TaskRef;
use sluice_core::task::TaskStatus;

use crate::harness::{
    Asked, BackOffice, Caller, FailedRow, Reply, SMALL_CHUNKS, Sluice, failed_rows, leave_unpolled,
    records, set_chunk_bytes,
};

const KEY: &str = "a key that both sides know";
const HEADER: &str = "reference,member_no,points,reason,happened_on\n";

/// A file with a row for each reference.
fn adjustments(references: &[String]) -> Vec<u8> {
    let mut file = HEADER.to_owned();
    for reference in references {
        file += &format!("{reference},M-1,-50,\"a \"\"reason\"\"\",2026/01/31\n");
    }
    file.into_bytes()
}

fn references(kind: &str, rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("{kind}-{row}")).collect()
}

fn reach(options: &mut Options, office: &BackOffice) {
    let mut set = |name: &str, value: &str| {
        options.parameters.insert(name.to_owned(), value.to_owned());
    };
    set("BackOfficeUrl", &office.url);
    set("BackOfficeKey", KEY);
}

/// A system that sends rows to `office`, from a queue that works by itself.
async fn polled(office: &BackOffice) -> Sluice {
    Sluice::with(|options| reach(options, office)).await
}

/// The same, where the test delivers the chunks.
async fn unpolled(office: &BackOffice) -> Sluice {
    Sluice::with(|options| {
        reach(options, office);
        leave_unpolled(options, "worker");
    })
    .await
}

/// Sends a file. Its task's id.
async fn send(demo: &Caller, file: &[u8]) -> u64 {
    let body = json!({
        "business": "points_adjustment",
        "file_name": "adjustments.csv",
        "size_bytes": file.len(),
    });
    let begun = demo.post("/upload", &body).await.ok();
    let url = begun["upload"]["url"].as_str().expect("a URL");
    assert_eq!(demo.put(url, file).await.0, 200);
    begun["task_id"].as_u64().expect("a task id")
}

/// Sends a file of one chunk. Its task's id and the chunk's message.
async fn send_chunk(sluice: &Sluice, references: &[String]) -> (u64, String) {
    let demo = sluice.demo();
    let task_id = send(&demo, &adjustments(references)).await;
    let mut messages = sluice.chunk_messages(&demo, task_id).await;
    assert_eq!(messages.len(), 1);
    (task_id, messages.remove(0))
}

/// Succeeded, failed, duplicate, skipped.
fn counts(task: &TaskView) -> [u64; 4] {
    let rows = task.rows.expect("rows");
    [rows.succeeded, rows.failed, rows.duplicate, rows.skipped]
}

/// The lines of a task's failed-rows file.
async fn lines(demo: &Caller, task: &TaskView) -> Vec<FailedRow> {
    let file = demo.failed_rows_file(task).await.expect("failed rows");
    failed_rows(&file, &records(HEADER.as_bytes()).0)
}

/// How many rows of a task failed for a reason that may pass.
async fn passing(sluice: &Sluice, task: &TaskView) -> u64 {
    let store = TaskStore::new(&sluice.clients().await, "sluice-tasks".to_owned());
    let reference = TaskRef {
        station_id: task.station_id.clone(),
        task_id: task.task_id,
    };
    let reports = store.chunk_reports(&reference, 1).await.expect("reports");
    reports.iter().map(|report| report.passing).sum()
}

fn keys(asked: &[Asked]) -> HashSet<&str> {
    asked
        .iter()
        .map(|asked| asked.idempotency_key.as_str())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_good_row_is_sent_once_in_batches_of_the_file() {
    let office = BackOffice::start(KEY, |_| Reply::Honest).await;
    let sluice = Sluice::with(|options| {
        reach(options, &office);
        set_chunk_bytes(options, 2 * SMALL_CHUNKS);
    })
    .await;
    let demo = sluice.demo();
    let sent = references("ok", 900);
    let task_id = send(&demo, &adjustments(&sent)).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(counts(&task), [900, 0, 0, 0]);

    let done = office.done();
    assert_eq!(done.len(), 900);
    assert!(sent.iter().all(|reference| done[reference] == 1));
    let asked = office.asked();
    assert_eq!(keys(&asked).len(), asked.len(), "a key came twice");
    let mut rows_sent = 0;
    for Asked { body, .. } in &asked {
        let rows = body["rows"].as_array().expect("rows");
        assert!((1..=100).contains(&rows.len()));
        rows_sent += rows.len();
        let (first, last) = (&rows[0]["row"], &rows[rows.len() - 1]["row"]);
        let expected = json!({
            "idempotency_key": format!("demo/{task_id}/{first}-{last}"),
            "station_id": "demo",
            "task_id": task_id,
            "business": "points_adjustment",
            "on_duplicate": "reject",
            "rows": rows,
        });
        assert_eq!(body, &expected);
        for row in rows {
            let values = json!({
                "reference": sent[row["row"].as_u64().expect("a number") as usize - 2],
                "member_no": "M-1",
                "points": -50,
                "reason": "a \"reason\"",
                "happened_on": "2026-01-31",
            });
            assert_eq!(row["values"], values);
        }
    }
    assert_eq!(rows_sent, 900);
    let batches = asked.len();
    assert!((9..=30).contains(&batches), "{batches} batches");
    assert_eq!(sluice.items().await.len(), 0, "rows are in the table");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_and_reported_as_the_endpoint_answers() {
    let office = BackOffice::start(KEY, |_| Reply::Honest).await;
    let sluice = polled(&office).await;
    let demo = sluice.demo();
    let mut sent = references("ok", 5);
    sent.extend(references("failed", 4));
    sent.extend(references("duplicate", 3));
    sent.extend(references("skipped", 2));
    let mut file = adjustments(&sent);
    file.extend_from_slice(b"never-sent,M-1,many,,\n");
    let task_id = send(&demo, &file).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(counts(&task), [5, 5, 3, 2]);
    assert_eq!(passing(&sluice, &task).await, 0);
    assert_eq!(office.done().len(), sent.len());

    let lines = lines(&demo, &task).await;
    let told: Vec<_> = lines
        .iter()
        .map(|line| {
            let (code, column) = (line.code.as_str(), line.column.as_str());
            (line.row, code, column, line.message.as_str())
        })
        .collect();
    let failed = (7..11).map(|row| {
        let message = "member_no: there is no such member";
        (row, "refused", "member_no", message)
    });
    let duplicate = (11..14).map(|row| {
        let message = "reference: already taken";
        (row, "duplicate", "reference", message)
    });
    let message = "points: must be a whole number, such as 1200";
    let wrong = [(16, "not_a_number", "points", message)];
    assert_eq!(
        told,
        failed.chain(duplicate).chain(wrong).collect::<Vec<_>>()
    );
    assert_eq!(lines[0].fields[0], "failed-0");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fails_twice_is_asked_again_with_the_same_key() {
    let office = BackOffice::start(KEY, |asked| match asked.nth {
        1 => Reply::Status(500, "x-any", ""),
        2 => Reply::AnswerLost,
        _ => Reply::Honest,
    })
    .await;
    let sluice = polled(&office).await;
    let demo = sluice.demo();
    let mut sent = references("ok", 150);
    sent.extend(references("duplicate", 100));
    let task_id = send(&demo, &adjustments(&sent)).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(counts(&task), [150, 0, 100, 0]);

    let asked = office.asked();
    assert_eq!((keys(&asked).len(), asked.len()), (3, 9));
    let done = office.done();
    assert_eq!(done.len(), 250);
    assert!(done.values().all(|times| *times == 1), "{done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_comes_again_is_sent_with_the_same_keys_and_counts_once() {
    let office = BackOffice::start(KEY, |asked| match (asked.nth, &asked.body["rows"][0]) {
        // Of the first batch the answers are lost until the chunk comes again.
        (1..=3, row) if row["row"] == 2 => Reply::AnswerLost,
        _ => Reply::Honest,
    })
    .await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 350)).await;
    assert!(
        !sluice.deliver_for(1, &message).await,
        "no answer, and no error"
    );
    assert_eq!(
        sluice.demo().task(task_id).await.status,
        TaskStatus::Running
    );
    assert!(sluice.deliver_for(2, &message).await);
    assert!(sluice.deliver_for(3, &message).await, "a committed chunk");

    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(counts(&task), [350, 0, 0, 0]);
    assert_eq!(keys(&office.asked()).len(), 4);
    let done = office.done();
    assert_eq!(done.len(), 350);
    assert!(done.values().all(|times| *times == 1), "{done:?}");
}

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
    let members = demo.import(&crate::harness::members(10, 1)).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_four_batches_of_a_chunk_are_in_flight() {
    let office = BackOffice::start(KEY, |_| Reply::Late(Duration::from_millis(200))).await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 1_550)).await;
    assert!(sluice.deliver_for(1, &message).await);
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [1_550, 0, 0, 0]);
    assert_eq!((office.asked().len(), office.most_in_flight()), (16, 4));
}
