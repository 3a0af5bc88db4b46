//! Tasks that merely wait in a long queue are left alone, and those whose messages are lost are found all the same. A
//! sweep with too little time leaves what it does not come to for the next one.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::json;
use sluice::system::Options;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    CHUNKS, Hearing, SMALL_CHUNKS, STATION, Sluice, eventually, leave_unpolled, members,
    set_chunk_bytes,
};

const UPLOADS: &str = "sluice-uploads";
/// The chunks that a task has on their way where one is worked on at a time: eight messages of a minute each, which
/// is more than the three minutes that a task without progress is left alone.
const WINDOW: usize = 8;

/// One message of each queue is handled at a time, by the test.
fn one_at_a_time(options: &mut Options) {
    set_chunk_bytes(options, SMALL_CHUNKS);
    for function in ["splitter", "worker", "sweeper"] {
        leave_unpolled(options, function);
    }
    for name in ["WORKERS_AT_ONCE", "SPLITTERS_AT_ONCE"] {
        options.environment.insert(name.to_owned(), "1".to_owned());
    }
}

/// Makes it as if a task had not changed for so many minutes.
async fn age(sluice: &Sluice, task_id: u64, minutes: u64) {
    let (pk, sk) = (format!("STATION#{STATION}"), format!("TASK#{task_id:016}"));
    let then = Timestamp::now() - Duration::from_mins(minutes);
    let then = AttributeValue::S(then.to_string());
    let key = (pk.as_str(), sk.as_str());
    sluice.tamper(key, "SET modify_time = :v", then).await;
}

/// Sends a file and waits until S3 has announced it.
async fn announced(sluice: &Sluice, seed: u64) -> (u64, String) {
    let task_id = sluice.demo().send(&members(400, seed), &json!({})).await;
    let event = eventually("the event of S3", async || {
        sluice.take_all(UPLOADS).await.pop()
    })
    .await;
    (task_id, event)
}

/// Sends a file and has it split.
async fn split(sluice: &Sluice, seed: u64) -> u64 {
    let (task_id, event) = announced(sluice, seed).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    task_id
}

/// How many messages of each task a queue has. They stay in it.
async fn waiting(sluice: &Sluice) -> BTreeMap<u64, usize> {
    let messages = sluice.take_all(CHUNKS).await;
    let mut counts = BTreeMap::new();
    for message in &messages {
        let task = <ChunkMessage>::parse(message).expect("ours").plan.task;
        *counts.entry(task.task_id.get()).or_default() += 1;
        sluice.send_message(CHUNKS, message).await;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_in_a_long_queue_is_left_alone_and_is_not_stuck() {
    let (heard, telemetry) = Hearing::start().await;
    let sluice = Sluice::with(|options| {
        one_at_a_time(options);
        options.telemetry = telemetry;
    })
    .await;
    let waits = split(&sluice, 4_101).await;
    age(&sluice, waits, 40).await;
    sluice.sweep().await;
    assert_eq!(waiting(&sluice).await, [(waits, WINDOW)].into());
    let lines = heard.lines_of("sweeper");
    assert_eq!(lines[0]["TasksStuck"], 0.0, "{}", lines[0]);

    // Others' messages are lost too: what waits in the queue now is for another one.
    let lost = waits;
    sluice.take_all(CHUNKS).await;
    let other = split(&sluice, 4_102).await;
    age(&sluice, lost, 47).await;
    sluice.sweep().await;
    assert_eq!(waiting(&sluice).await, [(other, WINDOW)].into());
    // However long the queue is, that does not go on for ever.
    age(&sluice, lost, 48).await;
    sluice.sweep().await;
    assert_eq!(
        waiting(&sluice).await,
        [(lost, WINDOW), (other, WINDOW)].into()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_messages_are_lost_is_found_at_once_when_the_queue_is_short() {
    let sluice = Sluice::with(one_at_a_time).await;
    let task_id = split(&sluice, 4_103).await;
    sluice.take_all(CHUNKS).await;
    age(&sluice, task_id, 2).await;
    sluice.sweep().await;
    assert_eq!(waiting(&sluice).await, [].into(), "it is early");
    age(&sluice, task_id, 4).await;
    sluice.sweep().await;
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(again.len(), WINDOW);
    sluice.deliver_all(&again).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_wait_for_the_splitter_are_not_announced_again() {
    let sluice = Sluice::with(one_at_a_time).await;
    let mut events = Vec::new();
    for seed in 4_104..4_107 {
        let (task_id, event) = announced(&sluice, seed).await;
        age(&sluice, task_id, 31).await;
        events.push(event);
    }
    for event in &events {
        sluice.send_message(UPLOADS, event).await;
    }
    sluice.sweep().await;
    let waiting = sluice.take_all(UPLOADS).await;
    assert_eq!(waiting.len(), 3, "only the events of S3: {waiting:?}");
    // Now they are lost.
    sluice.sweep().await;
    let again = sluice.take_all(UPLOADS).await;
    assert_eq!(again.len(), 3, "{again:?}");
    for message in &again {
        assert!(!events.contains(message));
        assert!(sluice.deliver_to("splitter", message).await);
    }
    assert_eq!(waiting_tasks(&sluice).await, 3);
}

/// How many tasks have chunks in the queue.
async fn waiting_tasks(sluice: &Sluice) -> usize {
    waiting(sluice).await.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_without_time_looks_at_some_tasks_and_the_next_one_goes_on_there() {
    const AT_ONCE: usize = 16;
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        for name in ["STALE_AFTER_SECONDS", "UPLOAD_EXPIRES_SECONDS"] {
            options.environment.insert(name.to_owned(), "0".to_owned());
        }
        // No task is begun with in the last ten seconds.
        let time = Duration::from_secs(10);
        options.timeouts.insert("sweeper".to_owned(), time);
    })
    .await;
    let demo = sluice.demo();
    let mut tasks = Vec::new();
    for _ in 0..2 * AT_ONCE + 5 {
        let begun = demo.begin(1_000, &json!({})).await;
        tasks.push(begun["task_id"].as_u64().expect("a task id"));
    }
    for expected in [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE + 5] {
        sluice.sweep().await;
        let mut ended = 0;
        for task_id in &tasks {
            ended += usize::from(demo.task(*task_id).await.status == TaskStatus::Failed);
        }
        assert_eq!(ended, expected, "files that never came");
    }
}
