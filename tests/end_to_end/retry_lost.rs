//! An import that is tried again after chunks were given up, and what a first run and a retry can
//! lose or leave behind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde_json::json;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    ByHand, CHUNKS, CHUNKS_DEAD_LETTERS, Fault, FaultyRoad, SMALL_CHUNKS, Sluice, eventually,
    flawed_members, leave_unpolled, members, numbers, set_chunk_bytes,
};

/// A system whose chunks wait for the test, with a sweeper that is not patient.
async fn sluice(more_unpolled: &[&str]) -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        for function in ["worker", "sweeper"].iter().chain(more_unpolled) {
            leave_unpolled(options, function);
        }
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_the_first_run_do_nothing_in_the_second() {
    let sluice = sluice(&[]).await;
    let demo = sluice.demo();
    let import = ByHand::begin(&sluice, "demo", &members(200, 704)).await;
    let first_run = &import.messages;
    import.cancel_after(&first_run[..2], first_run).await;
    let again = import.retry(2).await;
    let (before, items) = (demo.task(import.task_id).await, sluice.items().await);
    import.deliver(first_run).await;
    for message in first_run {
        sluice.send_message(CHUNKS_DEAD_LETTERS, message).await;
    }
    sluice.sweep().await;
    sluice.drained(CHUNKS_DEAD_LETTERS).await;
    let after = demo.task(import.task_id).await;
    assert_eq!((after.rows, after.chunks), (before.rows, before.chunks));
    assert!(sluice.items().await == items, "the first run has written");

    import.deliver(&again).await;
    let task = import.ended().await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(sluice.items().await.len(), 200);
    import.deliver(first_run.iter().chain(&again)).await;
    assert_eq!(demo.task(import.task_id).await, task, "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn chunks_that_were_given_up_are_done_again_also_when_their_rows_were_stored() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
    })
    .await;
    let (file, _) = flawed_members(300, 705, 5.0, 10.0);
    let expected = ByHand::uninterrupted(&sluice, "whole", &file).await;
    let refuses_commits = Arc::new(AtomicBool::new(false));
    let refuses = Arc::clone(&refuses_commits);
    road.set_rule(move |operation| {
        if operation == "TransactWriteItems" && refuses.load(Relaxed) {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let mut left = import.messages.clone();
    for run in [1, 2] {
        // Every third is given up, half of these after their rows were written.
        let (mut given_up, mut given_up_rows) = (BTreeSet::new(), 0);
        for (place, message) in left.iter().enumerate() {
            if place % 3 != 1 {
                assert!(sluice.deliver(message).await);
                continue;
            }
            if place % 2 == 0 {
                refuses_commits.store(true, Relaxed);
                assert!(!sluice.deliver(message).await, "its commit is refused");
                refuses_commits.store(false, Relaxed);
            }
            sluice.send_message(CHUNKS_DEAD_LETTERS, message).await;
            let chunk = <ChunkMessage>::parse(message).expect("ours").chunk;
            given_up.insert(chunk.number);
            given_up_rows += chunk.records;
        }
        sluice.sweep().await;
        let task = import.ended().await;
        assert_eq!(task.status, TaskStatus::PartlySucceeded);
        let reason = task.reason.expect("a reason");
        assert!(reason.contains("failed again and again"), "{reason}");
        assert!(task.rows.expect("rows").failed >= given_up_rows);
        left = import.retry(run + 1).await;
        assert_eq!(numbers(&left), given_up, "after run {run}");
        assert!(!left.is_empty());
    }
    assert!(road.count("TransactWriteItems", Fault::Refused) > 0);
    import.deliver(&left).await;
    assert_eq!(import.ended().await.run_count, 3);
    assert_eq!(import.outcome().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_a_second_run_lost_are_sent_again_by_the_sweeper() {
    let sluice = sluice(&[]).await;
    let import = ByHand::begin(&sluice, "demo", &members(200, 708)).await;
    let messages = &import.messages;
    import.cancel_after(&messages[..2], messages).await;
    let lost = import.retry(2).await;
    import.deliver(&lost[..1]).await;
    sluice.sweep().await;
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(numbers(&again), numbers(&lost[1..]));
    import.deliver(&again).await;
    let task = import.ended().await;
    assert_eq!((task.status, task.run_count), (TaskStatus::Finished, 2));
    assert_eq!(sluice.items().await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_dies_before_its_message_is_sent_is_set_going_by_the_sweeper() {
    let sluice = sluice(&["splitter"]).await;
    let demo = sluice.demo();
    // What the splitter is to be told.
    let told = async || {
        let message = eventually("a message for the splitter", async || {
            sluice.take_all("sluice-uploads").await.pop()
        });
        message.await
    };
    let task_id = demo.send(&members(200, 707), &json!({})).await;
    assert!(sluice.deliver_to("splitter", &told().await).await);
    let messages = sluice.chunk_messages(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    assert!(sluice.deliver(&messages[0]).await);
    demo.verb("cancel", task_id).await.ok();
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    demo.ended(task_id).await;
    demo.verb("retry", task_id).await.ok();
    let lost = told().await;
    assert!(lost.contains(&task_id.to_string()), "{lost}");

    let waits = demo.task(task_id).await;
    let total = waits.chunks.expect("chunks").total;
    assert_eq!((waits.status, total), (TaskStatus::Running, None));
    sluice.sweep().await;
    assert!(sluice.deliver_to("splitter", &told().await).await);
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(numbers(&again), numbers(&messages[1..]));
    for message in &again {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, task.run_count), (TaskStatus::Finished, 2));
    assert_eq!(sluice.items().await.len(), 200);
}
