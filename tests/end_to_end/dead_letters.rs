//! Dead letters of the uploads queue, and uploads that never come: what can be handled is, and
//! what cannot ends its task with a reason.

use std::time::Duration;

use serde_json::json;
use sluice_core::ids::TaskRef;
use sluice_core::message::SplitMessage;
use sluice_core::task::TaskStatus;

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
async fn a_file_that_could_not_be_split_to_its_end_keeps_what_was_imported() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(12_000, 942), &json!({})).await;
    let arrival = arrival(&sluice).await;
    assert!(sluice.deliver_to("splitter", &arrival).await);
    let planned = sluice.take_all(CHUNKS).await;
    assert!(
        !planned.is_empty(),
        "the first leg has sent what it planned"
    );
    sluice.deliver_all(&planned).await;
    let letter = letter(&demo, task_id).await;
    sluice.send_message(UPLOADS_DEAD_LETTERS, &letter).await;
    sluice.sweep().await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("could not be read, again and again"),
        "{reason}"
    );
    let rows = task.rows.expect("rows");
    assert!(rows.succeeded > 0 && rows.succeeded < 12_000, "{rows:?}");
    assert_eq!(sluice.items().await.len() as u64, rows.succeeded);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_that_is_deleted_while_it_is_split_ends_with_the_chunks_that_were_planned() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(12_000, 944), &json!({})).await;
    let arrival = arrival(&sluice).await;
    assert!(sluice.deliver_to("splitter", &arrival).await);
    let planned = sluice.take_all(CHUNKS).await;
    let key = demo.task(task_id).await.input["object_key"].clone();
    let delete = sluice.clients().await.s3.delete_object();
    let delete = delete.bucket(BUCKET).key(key.as_str().expect("a key"));
    delete.send().await.expect("the file is deleted");
    // It begins anew, as after a leg that never ended.
    let again = letter(&demo, task_id).await;
    assert!(sluice.deliver_to("splitter", &again).await);
    sluice.deliver_all(&planned).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let chunks = task.chunks.expect("chunks");
    assert_eq!(chunks.total, Some(planned.len() as u32), "{task:?}");
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
