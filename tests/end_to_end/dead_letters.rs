//! Dead letters of the uploads queue, and uploads that never come: what can be handled is, and
//! what cannot ends its task with a reason.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sluice_basics::ids::TaskRef;
use sluice_task::TaskStatus;
use sluice_task::message::SplitMessage;

use crate::harness::{BUCKET, CHUNKS, Caller, Sluice, eventually, leave_unpolled, members};

const UPLOADS: &str = "sluice-uploads";
const UPLOADS_DEAD_LETTERS: &str = "sluice-uploads-dead-letter";

/// A system that splits, imports and sweeps when the test says so.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        for function in ["splitter", "worker", "sweeper"] {
            leave_unpolled(options, function);
        }
        // No more than what a leg keeps for handing over.
        let seconds = Duration::from_secs(20);
        options.timeouts.insert("splitter".to_owned(), seconds);
        let patience = ("UPLOAD_EXPIRES_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await
}

async fn arrival(sluice: &Sluice) -> String {
    let arrival = eventually("the event of S3", async || {
        sluice.take_all(UPLOADS).await.pop()
    });
    arrival.await
}

/// The letter of a task whose file could not be split twelve times.
async fn letter(demo: &Caller, task_id: u64) -> String {
    let task = demo.task(task_id).await;
    let message = SplitMessage::begin(TaskRef {
        station_id: task.station_id,
        task_id: task.task_id,
    });
    serde_json::to_string(&message).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_could_not_be_opened_again_and_again_ends_its_task_as_failed() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(20, 941), &json!({})).await;
    arrival(&sluice).await;
    let letter = letter(&demo, task_id).await;
    sluice
        .send_message(UPLOADS_DEAD_LETTERS, "not one of ours")
        .await;
    sluice.send_message(UPLOADS_DEAD_LETTERS, &letter).await;
    sluice.sweep().await;
    sluice.drained(UPLOADS_DEAD_LETTERS).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("could not be read, again and again"),
        "{reason}"
    );
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_file_that_could_not_be_split_to_its_end_nothing_is_imported() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(12_000, 942), &json!({})).await;
    let arrival = arrival(&sluice).await;
    assert!(sluice.deliver_to("splitter", &arrival).await);
    let planned = sluice.take_all(CHUNKS).await;
    assert!(
        planned.is_empty(),
        "chunks are sent when the file was read to its end"
    );
    let letter = letter(&demo, task_id).await;
    sluice.send_message(UPLOADS_DEAD_LETTERS, &letter).await;
    sluice.sweep().await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("could not be read, again and again"),
        "{reason}"
    );
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_that_is_deleted_while_it_is_split_ends_the_task() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(12_000, 944), &json!({})).await;
    let arrival = arrival(&sluice).await;
    assert!(sluice.deliver_to("splitter", &arrival).await);
    let key = demo.task(task_id).await.input["object_key"].clone();
    let delete = sluice.clients().await.s3.delete_object();
    let delete = delete.bucket(BUCKET).key(key.as_str().expect("a key"));
    delete.send().await.expect("the file is deleted");
    // It begins anew, as after a leg that never ended.
    let again = letter(&demo, task_id).await;
    assert!(sluice.deliver_to("splitter", &again).await);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_eq!(task.chunks.expect("chunks").total, Some(0), "{task:?}");
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_arrival_among_the_dead_letters_is_handled_after_all() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let file = members(20, 943);
    sluice
        .put_object("inbox/demo/member_import/m.csv", &file)
        .await;
    let event = arrival(&sluice).await;
    sluice.send_message(UPLOADS_DEAD_LETTERS, &event).await;
    sluice.sweep().await;
    sluice.drained(UPLOADS_DEAD_LETTERS).await;
    assert!(sluice.deliver_to("splitter", &arrival(&sluice).await).await);
    let messages = sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&messages).await;
    let listed = demo.get("/task/list").await.ok();
    let task_id = listed["tasks"][0]["task_id"].as_u64().expect("a task");
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 20);
}

/// The event with another time.
fn arrived_at(event: &str, time: &str) -> String {
    let mut event: serde_json::Value = serde_json::from_str(event).expect("JSON");
    event["Records"][0]["eventTime"] = json!(time);
    event.to_string()
}

/// How long ago a time is, in the form of S3's events.
fn days_ago(days: i64) -> String {
    (Timestamp::now() - SignedDuration::from_hours(24 * days)).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_failed_for_two_weeks_is_not_sent_again_and_its_task_ends() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(20, 945), &json!({})).await;
    let event = arrival(&sluice).await;
    let recent = arrived_at(&event, &days_ago(13));
    sluice.send_message(UPLOADS_DEAD_LETTERS, &recent).await;
    sluice.sweep().await;
    sluice.drained(UPLOADS_DEAD_LETTERS).await;
    assert_eq!(arrival(&sluice).await, recent);
    let old = arrived_at(&event, &days_ago(15));
    sluice.send_message(UPLOADS_DEAD_LETTERS, &old).await;
    sluice.sweep().await;
    sluice.drained(UPLOADS_DEAD_LETTERS).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("could not be read, again and again"),
        "{reason}"
    );
    assert_eq!(sluice.take_all(UPLOADS).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_or_undated_event_of_the_inbox_is_not_sent_again() {
    let sluice = sluice().await;
    let key = "inbox/demo/member_import/m.csv";
    sluice.put_object(key, &members(20, 946)).await;
    let event = arrival(&sluice).await;
    for time in [&days_ago(15), "no time"] {
        let old = arrived_at(&event, time);
        sluice.send_message(UPLOADS_DEAD_LETTERS, &old).await;
        sluice.sweep().await;
        sluice.drained(UPLOADS_DEAD_LETTERS).await;
        assert_eq!(sluice.take_all(UPLOADS).await, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_retry_of_an_upload_that_never_came_is_told_so() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let begun = demo.begin(1_000, &json!({})).await;
    let task_id = begun["task_id"].as_u64().expect("a task id");
    sluice.sweep().await;
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Failed);
    let msg = demo.verb("retry", task_id).await.refused(40901);
    assert!(msg.contains("never came: ask for a new upload"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_message_ends_at_once_wherever_it_comes() {
    let sluice = sluice().await;
    let bodies = [
        "not one of ours",
        r#"{"Records":null}"#,
        r#"{"Records":[]}"#,
        r#"{"Records":[{"s3":{"object":{}}}]}"#,
        r#"{"split":{"station_id":7},"version":1}"#,
    ];
    for body in bodies {
        for function in ["splitter", "worker"] {
            assert!(
                sluice.deliver_to(function, body).await,
                "{function}: {body}"
            );
        }
        sluice.send_message(UPLOADS_DEAD_LETTERS, body).await;
    }
    // It is an event, but of no file that an import could be of.
    let stray = r#"{"Records":[{"s3":{"object":{"key":"elsewhere/a.csv"}}}]}"#;
    assert!(sluice.deliver_to("splitter", stray).await);
    sluice.send_message(UPLOADS_DEAD_LETTERS, stray).await;
    sluice.sweep().await;
    sluice.drained(UPLOADS_DEAD_LETTERS).await;
    assert_eq!(sluice.take_all(UPLOADS).await, Vec::<String>::new());
}
