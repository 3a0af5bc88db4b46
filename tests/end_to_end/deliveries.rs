//! Messages that come twice, late and in any order: the same rows are stored, and the same
//! report is written, as when each comes once.

use futures::StreamExt;
use sluice_task::TaskStatus;

use crate::harness::{
    CHUNKS, SMALL_CHUNKS, Sluice, flawed_members, leave_unpolled, set_chunk_bytes,
};

const ROWS: u64 = 1_000;

/// What the flawed file of these tests must come to: read, succeeded, failed, duplicate.
const COUNTS: (u64, u64, u64, u64) = (ROWS, 900, 50, 50);

fn assert_counts(task: &sluice_api::TaskView) {
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    assert_eq!(
        (rows.read, rows.succeeded, rows.failed, rows.duplicate),
        COUNTS
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_delivered_twice_at_the_same_time_and_backwards_count_once() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let (file, _) = flawed_members(ROWS, 11, 5.0, 5.0);
    let task_id = demo.send(&file, &serde_json::json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(messages.len() > 20, "{} chunks", messages.len());
    let twice = messages.iter().rev().flat_map(|message| [message, message]);
    futures::stream::iter(twice)
        .for_each_concurrent(8, async |message| assert!(sluice.deliver(message).await))
        .await;
    let task = demo.ended(task_id).await;
    assert_counts(&task);
    assert_eq!(sluice.items().await.len(), 900);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_sent_again_to_a_running_and_to_an_ended_import_change_nothing() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let (file, _) = flawed_members(ROWS, 12, 5.0, 5.0);
    let task_id = demo.send(&file, &serde_json::json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    for message in messages.iter().rev() {
        sluice.send_message(CHUNKS, message).await;
    }
    let task = demo.ended(task_id).await;
    assert_counts(&task);
    let (items, report) = (sluice.items().await, demo.failed_rows_file(&task).await);

    for message in messages.iter().step_by(2).chain(&messages) {
        sluice.send_message(CHUNKS, message).await;
    }
    sluice.drained(CHUNKS).await;
    let after = demo.task(task_id).await;
    assert_counts(&after);
    assert_eq!(after.modify_time, task.modify_time);
    assert!(sluice.items().await == items, "the table has changed");
    assert_eq!(demo.failed_rows_file(&after).await, report);
}
