//! What queues and clients lose: the sweeper makes every task end, with the rows that can still
//! be imported, and with a reason for the others.

use std::time::Duration;

use serde_json::json;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    CHUNKS, CHUNKS_DEAD_LETTERS, SMALL_CHUNKS, Sluice, eventually, leave_unpolled, members,
    set_chunk_bytes,
};

/// A system whose chunks wait for the test, and whose sweeper is not patient.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        for name in ["STALE_AFTER_SECONDS", "UPLOAD_EXPIRES_SECONDS"] {
            options.environment.insert(name.to_owned(), "0".to_owned());
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_the_queue_lost_are_sent_again_and_only_these() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(400, 31), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let lost = sluice.take_all(CHUNKS).await;
    assert_eq!(lost.len(), messages.len());
    let (done, open) = messages.split_at(3);
    for message in done {
        assert!(sluice.deliver(message).await);
    }

    sluice.sweep().await;
    let mut again = sluice.take_all(CHUNKS).await;
    let mut expected = open.to_vec();
    again.sort_unstable();
    expected.sort_unstable();
    assert_eq!(again, expected);
    for message in &again {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_again_and_again_is_counted_as_lost_and_the_task_ends() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(400, 32), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    // One message stays; it is received as often as the queue allows, and nobody deletes it.
    let lost = sluice.take_all(CHUNKS).await.pop().expect("a message");
    sluice.send_message(CHUNKS, &lost).await;
    let queues = &sluice.system.template().queues;
    let queue = queues.iter().find(|queue| queue.name == CHUNKS);
    let redrive = queue.and_then(|queue| queue.redrive.as_ref());
    for _ in 0..redrive.expect("a redrive policy").max_receive_count {
        let received = sluice.receive(CHUNKS, Duration::ZERO).await;
        assert_eq!(received.expect("the message").body, Some(lost.clone()));
    }
    assert!(sluice.receive(CHUNKS, Duration::ZERO).await.is_none());
    for message in messages.iter().filter(|message| **message != lost) {
        assert!(sluice.deliver(message).await);
    }
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Running);

    sluice.sweep().await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    let chunk = <ChunkMessage>::parse(&lost).expect("a message").chunk;
    assert_eq!((rows.read, rows.failed), (400, chunk.records));
    assert_eq!(rows.succeeded, 400 - chunk.records);
    assert_eq!(sluice.items().await.len() as u64, rows.succeeded);
    let reason = task.reason.expect("a reason");
    let count = format!("1 of {} chunks was not imported", messages.len());
    assert!(reason.starts_with(&count), "{reason}");
    assert!(
        reason.contains(&format!("from row {} on", chunk.first_row)),
        "{reason}"
    );
    sluice.drained(CHUNKS_DEAD_LETTERS).await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_dead_letter_of_a_chunk_that_was_committed_after_all_changes_nothing() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(100, 33), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(sluice.deliver(&messages[0]).await);
    sluice.send_message(CHUNKS_DEAD_LETTERS, &messages[0]).await;
    sluice
        .send_message(CHUNKS_DEAD_LETTERS, "not one of ours")
        .await;
    sluice.sweep().await;
    sluice.drained(CHUNKS_DEAD_LETTERS).await;
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.rows.expect("rows").succeeded, 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_never_came_ends_as_failed() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let begun = demo.begin(1_000, &json!({})).await;
    let task_id = begun["task_id"].as_u64().expect("a task id");
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Submitted);
    sluice.sweep().await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("the file never came"), "{reason}");

    // A file that comes all the same imports nothing.
    let url = begun["upload"]["url"].as_str().expect("a URL");
    let file = members(20, 34);
    demo.put(url, file).await;
    sluice.drained("sluice-uploads").await;
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Failed);
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_arrival_was_lost_is_found_and_imported() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "sweeper");
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(50, 35), &json!({})).await;
    eventually("the event of S3", async || {
        (!sluice.take_all("sluice-uploads").await.is_empty()).then_some(())
    })
    .await;
    sluice.sweep().await;
    let messages = sluice.take_all("sluice-uploads").await;
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(sluice.deliver_to("splitter", &messages[0]).await);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 50);
}
