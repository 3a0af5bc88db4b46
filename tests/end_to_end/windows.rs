//! So many chunks of a task are on their way at a time: a large task does not fill the queue, and nothing is lost
//! when the chain from chunk to chunk breaks.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use serde_json::json;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    BUCKET, CHUNKS, CHUNKS_DEAD_LETTERS, Fault, FaultyRoad, Numbers, STATION, Sluice, eventually,
    leave_unpolled, members, numbers, set_chunk_bytes,
};

/// The smallest window.
const WINDOW: u32 = 8;
const NUMBERS: Numbers = Numbers {
    to: 3,
    segments: 30,
    fails_once: None,
};

/// A system with the smallest window, whose chunks and sweeper wait for the test.
async fn by_hand() -> Sluice {
    Sluice::add_counting();
    Sluice::with(|options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        let settings = [("WORKERS_AT_ONCE", "1"), ("STALE_AFTER_SECONDS", "0")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        options.environment.extend(settings);
    })
    .await
}

/// Starts counting, and takes what is sent for it.
async fn begin(sluice: &Sluice) -> (u64, Vec<String>) {
    let task_id = sluice.count(STATION, NUMBERS).await;
    sluice.chunk_messages(&sluice.demo(), task_id).await;
    (task_id, sluice.take_all(CHUNKS).await)
}

/// The messages by the numbers of their chunks.
fn sent(messages: &[String]) -> BTreeSet<u32> {
    numbers(messages)
}

async fn finished(sluice: &Sluice, task_id: u64) {
    let task = sluice.demo().ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(task.result.expect("a result")["count"], 90);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn who_commits_a_chunk_sends_the_next_of_its_lane_once() {
    let sluice = by_hand().await;
    let (task_id, first) = begin(&sluice).await;
    assert_eq!(sent(&first), (0..WINDOW).collect());
    assert!(sluice.deliver(&first[2]).await);
    let number = |message: &String| <ChunkMessage>::parse(message).expect("ours").chunk.number;
    let next = sluice.take_all(CHUNKS).await;
    assert_eq!(sent(&next), [number(&first[2]) + WINDOW].into());
    assert!(sluice.deliver(&first[2]).await, "a duplicate");
    assert!(
        sluice.take_all(CHUNKS).await.is_empty(),
        "sends nothing more"
    );
    // Its worker may have died between the commit and the sending.
    assert!(sluice.deliver_for(2, &first[2]).await);
    assert_eq!(sluice.take_all(CHUNKS).await, next);
    sluice.deliver_all(&[&first[..], &next[..]].concat()).await;
    finished(&sluice, task_id).await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn lanes_that_break_are_set_going_by_the_sweeper() {
    let sluice = by_hand().await;
    let (task_id, first) = begin(&sluice).await;
    for message in &first[..4] {
        assert!(sluice.deliver(message).await);
    }
    let lost = sluice.take_all(CHUNKS).await;
    assert_eq!(lost.len(), 4);
    sluice.sweep().await;
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(
        again.len(),
        WINDOW as usize,
        "one of each lane, and no more"
    );
    let expected: Vec<String> = [&lost[..], &first[4..]].concat();
    assert_eq!(sent(&again), sent(&expected));
    sluice.deliver_all(&again).await;
    finished(&sluice, task_id).await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_chunk_that_is_given_up_does_not_end_its_lane() {
    let sluice = by_hand().await;
    let (task_id, first) = begin(&sluice).await;
    sluice.deliver_all(&first[1..]).await;
    assert!(
        sluice.take_all(CHUNKS).await.is_empty(),
        "seven lanes are done"
    );
    sluice.send_message(CHUNKS_DEAD_LETTERS, &first[0]).await;
    sluice.sweep().await;
    sluice.deliver_all(&sluice.take_all(CHUNKS).await).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let chunks = task.chunks.expect("chunks");
    assert_eq!((chunks.total, chunks.done), (Some(30), 30));
    assert!(
        task.reason
            .expect("a reason")
            .starts_with("1 of 30 chunks was not counted")
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_index_of_chunks_that_is_lost_is_made_again_by_the_sweeper() {
    let sluice = by_hand().await;
    let (task_id, first) = begin(&sluice).await;
    let s3 = sluice.clients().await.s3;
    let index = format!("chunks/{STATION}/{task_id}");
    let delete = s3.delete_object().bucket(BUCKET).key(&index);
    delete.send().await.expect("it is deleted");
    for message in &first {
        assert!(sluice.deliver(message).await);
    }
    assert!(
        sluice.take_all(CHUNKS).await.is_empty(),
        "nobody knows the next"
    );
    sluice.sweep().await;
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(sent(&again), (WINDOW..2 * WINDOW).collect());
    sluice.deliver_all(&again).await;
    finished(&sluice, task_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_passes_over_what_is_done() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let (task_id, first) = begin(&sluice).await;
    // Lane 0 to its end, half of lane 1.
    for lane in [0, 1] {
        let mut next = first
            .iter()
            .find(|message| sent(&[(*message).clone()]).contains(&lane))
            .cloned();
        for _ in 0..(4 - 2 * lane) {
            let message = next.take().expect("a chunk of the lane");
            assert!(sluice.deliver(&message).await);
            next = sluice.take_all(CHUNKS).await.pop();
        }
    }
    demo.verb("cancel", task_id).await.ok();
    sluice.deliver_all(&first).await;
    sluice.sweep().await;
    sluice.deliver_all(&sluice.take_all(CHUNKS).await).await;
    assert_eq!(
        demo.ended(task_id).await.reason.as_deref(),
        Some("cancelled")
    );
    demo.verb("retry", task_id).await.ok();
    sluice.chunk_messages(&demo, task_id).await;
    sluice.deliver_all(&sluice.take_all(CHUNKS).await).await;
    finished(&sluice, task_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_import_does_not_wait_for_a_large_one_of_its_station() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 2 << 10);
        options.concurrency = 1;
        let workers = ("WORKERS_AT_ONCE".to_owned(), "1".to_owned());
        options.environment.extend([workers]);
    })
    .await;
    let demo = sluice.demo();
    let large = demo.send(&members(3_000, 1_801), &json!({})).await;
    eventually("a large import that is under way", async || {
        let chunks = demo.task(large).await.chunks?;
        (chunks.total.is_some() && chunks.done > 2).then_some(())
    })
    .await;
    let small = demo.import(&members(5, 1_802)).await;
    assert_eq!(small.status, TaskStatus::Finished);
    let chunks = demo.task(large).await.chunks.expect("chunks");
    let total = chunks.total.expect("a total");
    assert!(total > 200 && chunks.done < 100, "{chunks:?}");
    let large = demo.ended(large).await;
    assert_eq!(large.rows.expect("rows").succeeded, 3_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_worker_was_cut_off_comes_again_when_its_lease_ends() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        let lease = ("LEASE_SECONDS".to_owned(), "2".to_owned());
        options.environment.extend([lease]);
        options
            .timeouts
            .insert("worker".to_owned(), Duration::from_secs(3));
    })
    .await;
    // The first try hears nothing until Lambda ends it, which tells SQS nothing.
    let has_begun = Arc::new(AtomicBool::new(false));
    let begun = Arc::clone(&has_begun);
    road.set_rule(move |operation| {
        if operation == "BatchExecuteStatement" && !begun.swap(true, Relaxed) {
            Fault::Silence
        } else {
            Fault::None
        }
    });
    let task = sluice.demo().import(&members(10, 1_803)).await;
    assert!(has_begun.load(Relaxed));
    assert_eq!(task.status, TaskStatus::Finished);
}
