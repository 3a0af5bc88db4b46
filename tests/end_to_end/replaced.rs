//! A file that is replaced or deleted while it is imported: an error, never a mixture.

use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, SMALL_CHUNKS, Sluice, leave_unpolled, members, set_chunk_bytes};

/// A system whose chunks wait for the test.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await
}

async fn key_of(sluice: &Sluice, task_id: u64) -> String {
    let input = sluice.demo().task(task_id).await.input;
    input["object_key"].as_str().expect("a key").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_replaced_before_its_first_chunk_imports_nothing() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let file = members(300, 71);
    let task_id = demo.send(&file, &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    sluice
        .put_object(&key_of(&sluice, task_id).await, &members(300, 72))
        .await;
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("changed or deleted while it was being imported"),
        "{reason}"
    );
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_file_replaced_halfway_only_the_first_version_is_stored_and_counted() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let file = members(300, 73);
    let task_id = demo.send(&file, &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let (before, after) = messages.split_at(messages.len() / 2);
    for message in before {
        assert!(sluice.deliver(message).await);
    }
    let stored = sluice.items().await;
    sluice
        .put_object(&key_of(&sluice, task_id).await, &members(300, 74))
        .await;
    for message in after {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("changed or deleted"), "{reason}");
    assert_eq!(task.rows.expect("rows").succeeded, stored.len() as u64);
    assert!(
        sluice.items().await == stored,
        "the second version was imported"
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_deleted_while_it_is_imported_ends_the_task() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(100, 75), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let key = key_of(&sluice, task_id).await;
    let s3 = sluice.clients().await.s3;
    let deleted = s3.delete_object().bucket(BUCKET).key(key).send().await;
    deleted.expect("the object is deleted");
    for message in messages.iter().rev() {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_eq!(sluice.items().await.len(), 0);
}
