//! Rows that go to an endpoint: each is settled once, by what the endpoint answers and by nothing
//! else, whatever the endpoint and the road to it do.

mod troubles;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::json;
use sluice::system::Options;
use sluice_api::TaskView;
use sluice_aws::TaskStore;
use sluice_basics::ids::TaskRef;
use sluice_task::TaskStatus;

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
        file.push_str(reference);
        file.push_str(",M-1,-50,\"a \"\"reason\"\"\",2026/01/31\n");
    }
    file.into_bytes()
}

fn references(kind: &str, rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("{kind}-{row}")).collect()
}

fn reach(options: &mut Options, office: &BackOffice) {
    let parameter = ("BackOfficeUrl".to_owned(), office.url.clone());
    options.parameters.extend([parameter]);
    let key = ("ENDPOINT_BACK_OFFICE_KEY".to_owned(), KEY.to_owned());
    options.environment.extend([key]);
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
async fn no_more_than_four_batches_of_a_chunk_are_in_flight() {
    let office = BackOffice::start(KEY, |_| Reply::Late(Duration::from_millis(200))).await;
    let sluice = unpolled(&office).await;
    let (task_id, message) = send_chunk(&sluice, &references("ok", 1_550)).await;
    assert!(sluice.deliver_for(1, &message).await);
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(counts(&task), [1_550, 0, 0, 0]);
    assert_eq!((office.asked().len(), office.most_in_flight()), (16, 4));
}
