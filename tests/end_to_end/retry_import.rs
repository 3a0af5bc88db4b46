//! An import that is tried again: what is missing is done, what is done is kept, and what comes
//! of it is what an import without interruption comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use serde_json::json;
use sluice_core::api::{ChunksView, RowsView, TaskView};
use sluice_core::message::ChunkMessage;
use sluice_core::task::TaskStatus;

use crate::harness::{
    CHUNKS, CHUNKS_DEAD_LETTERS, Caller, Fault, FaultyRoad, Item, SMALL_CHUNKS, Sluice, eventually,
    flawed_members, leave_unpolled, members, set_chunk_bytes, text,
};

/// A system whose chunks wait for the test, and whose sweeper is not patient.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await
}

/// What an import came to, without what differs from station to station.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: TaskStatus,
    reason: Option<String>,
    rows: Option<RowsView>,
    chunks: Option<ChunksView>,
    stored: BTreeMap<String, Item>,
    report: Option<String>,
}

async fn outcome(sluice: &Sluice, caller: &Caller, task: TaskView) -> Outcome {
    let mut stored = BTreeMap::new();
    for ((pk, key), mut item) in sluice.items().await {
        if !pk.starts_with(&format!("{}#", task.station_id)) {
            continue;
        }
        // The stamp names the task and the row: of one task, and a row of its own.
        let origin = text(&item, "_origin").to_owned();
        let row = origin.strip_prefix(&format!("{}:", task.task_id));
        let row = row.unwrap_or_else(|| panic!("{origin} is not of {}", task.task_id));
        item.retain(|name, _| !matches!(name.as_str(), "pk" | "_origin"));
        item.insert(
            "row".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::S(row.to_owned()),
        );
        stored.insert(key, item);
    }
    let report = caller.failed_rows_file(&task).await;
    Outcome {
        status: task.status,
        reason: task.reason,
        rows: task.rows,
        chunks: task.chunks,
        stored,
        report: report.map(|report| String::from_utf8_lossy(&report).into_owned()),
    }
}

/// The numbers of the chunks that messages are for.
fn numbers(messages: &[String]) -> BTreeSet<u32> {
    let chunk = |body: &String| ChunkMessage::parse(body).expect("ours").chunk.number;
    messages.iter().map(chunk).collect()
}

/// Begins an import. Its id, and the messages of its chunks, which are in no queue any more.
async fn begin(sluice: &Sluice, caller: &Caller, file: &[u8]) -> (u64, Vec<String>) {
    let task_id = caller.send(file, &json!({})).await;
    let messages = sluice.chunk_messages(caller, task_id).await;
    assert_eq!(sluice.take_all(CHUNKS).await.len(), messages.len());
    (task_id, messages)
}

async fn deliver_all(sluice: &Sluice, messages: impl IntoIterator<Item = &String>) {
    for message in messages {
        assert!(sluice.deliver(message).await, "a message is handled");
    }
}

/// Delivers some chunks, cancels the import, and delivers the others.
async fn cancel_after(
    sluice: &Sluice,
    caller: &Caller,
    task_id: u64,
    some: &[String],
    all: &[String],
) {
    deliver_all(sluice, some).await;
    caller.verb("cancel", task_id).await.ok();
    deliver_all(sluice, all).await;
    assert_eq!(
        caller.ended(task_id).await.reason.as_deref(),
        Some("cancelled")
    );
}

/// Retries an import. The messages of the chunks that are done again.
async fn retry(sluice: &Sluice, caller: &Caller, task_id: u64, run: u32) -> Vec<String> {
    let retried = caller.verb("retry", task_id).await.ok();
    assert_eq!(
        (&retried["status"], &retried["run_count"]),
        (&json!(2), &json!(run))
    );
    for field in ["end_time", "reason", "result"] {
        assert_eq!(retried[field], json!(null), "{field}");
    }
    sluice.chunk_messages(caller, task_id).await;
    sluice.take_all(CHUNKS).await
}

async fn uninterrupted(sluice: &Sluice, station: &str, file: &[u8]) -> Outcome {
    let caller = sluice.caller(station);
    let (task_id, messages) = begin(sluice, &caller, file).await;
    deliver_all(sluice, &messages).await;
    let task = caller.ended(task_id).await;
    outcome(sluice, &caller, task).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cancel_left_out_is_done_and_all_is_as_if_nothing_had_happened() {
    let sluice = sluice().await;
    let (flawed, _) = flawed_members(400, 701, 5.0, 15.0);
    for (name, file) in [("clean", members(200, 702)), ("flawed", flawed)] {
        let expected = uninterrupted(&sluice, name, &file).await;
        let status = if name == "clean" {
            TaskStatus::Finished
        } else {
            TaskStatus::PartlySucceeded
        };
        assert_eq!(expected.status, status);
        for (way, pick) in [
            (
                "even",
                (|chunk, _| chunk % 2 == 0) as fn(usize, usize) -> bool,
            ),
            ("tail", |chunk, of| chunk >= of / 2),
            ("last", |chunk, of| chunk == of - 1),
        ] {
            let caller = sluice.caller(&format!("{name}-{way}"));
            let (task_id, messages) = begin(&sluice, &caller, &file).await;
            let done: Vec<String> = messages
                .iter()
                .enumerate()
                .filter(|(chunk, _)| pick(*chunk, messages.len()))
                .map(|(_, message)| message.clone())
                .rev()
                .collect();
            cancel_after(&sluice, &caller, task_id, &done, &messages).await;
            let again = retry(&sluice, &caller, task_id, 2).await;
            let missing: BTreeSet<u32> = &numbers(&messages) - &numbers(&done);
            assert_eq!(
                numbers(&again),
                missing,
                "{name}, {way}: only these are done again"
            );
            assert_eq!(again.len(), missing.len());
            // Each one twice: it counts once.
            deliver_all(
                &sluice,
                again.iter().rev().flat_map(|message| [message, message]),
            )
            .await;
            let task = caller.ended(task_id).await;
            assert_eq!(task.run_count, 2);
            assert_eq!(
                outcome(&sluice, &caller, task).await,
                expected,
                "{name}, {way}"
            );
        }
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_cancelled_and_retried_again_and_again_comes_to_the_same() {
    let sluice = sluice().await;
    let (file, _) = flawed_members(600, 703, 5.0, 15.0);
    let expected = uninterrupted(&sluice, "whole", &file).await;
    let demo = sluice.demo();
    let (task_id, mut messages) = begin(&sluice, &demo, &file).await;
    let mut run = 1;
    while messages.len() > 8 {
        let (some, _) = messages.split_at(messages.len() / 4);
        cancel_after(&sluice, &demo, task_id, some, &messages).await;
        run += 1;
        let left = retry(&sluice, &demo, task_id, run).await;
        assert_eq!(left.len(), messages.len() - some.len(), "run {run}");
        messages = left;
    }
    assert!(run > 3, "{run} runs");
    deliver_all(&sluice, &messages).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.run_count, run);
    assert_eq!(outcome(&sluice, &demo, task).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_the_first_run_do_nothing_in_the_second() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let file = members(200, 704);
    let (task_id, first_run) = begin(&sluice, &demo, &file).await;
    cancel_after(&sluice, &demo, task_id, &first_run[..2], &first_run).await;
    let again = retry(&sluice, &demo, task_id, 2).await;
    let (before, items) = (demo.task(task_id).await, sluice.items().await);
    deliver_all(&sluice, &first_run).await;
    for message in &first_run {
        sluice.send_message(CHUNKS_DEAD_LETTERS, message).await;
    }
    sluice.sweep().await;
    sluice.drained(CHUNKS_DEAD_LETTERS).await;
    let after = demo.task(task_id).await;
    assert_eq!((after.rows, after.chunks), (before.rows, before.chunks));
    assert!(
        sluice.items().await == items,
        "a message of the first run has written"
    );

    deliver_all(&sluice, &again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(sluice.items().await.len(), 200);
    deliver_all(&sluice, first_run.iter().chain(&again)).await;
    assert_eq!(
        demo.task(task_id).await,
        task,
        "nothing changes after the end"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_were_given_up_are_done_again_also_when_their_rows_were_stored() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
    })
    .await;
    let (file, _) = flawed_members(300, 705, 5.0, 10.0);
    let expected = uninterrupted(&sluice, "whole", &file).await;
    let demo = sluice.demo();
    let (task_id, messages) = begin(&sluice, &demo, &file).await;
    let refuses = Arc::new(AtomicBool::new(false));
    let refuses_now = Arc::clone(&refuses);
    road.set_rule(move |operation| {
        if operation == "TransactWriteItems" && refuses_now.load(Relaxed) {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    let mut run = 1;
    let mut left = messages;
    // Of the chunks in the first two runs, every third is given up, half of these after their
    // rows were written.
    while run < 3 {
        let (mut given_up, mut read) = (BTreeSet::new(), 0);
        for (place, message) in left.iter().enumerate() {
            let chunk = ChunkMessage::parse(message).expect("ours").chunk;
            if place % 3 != 1 {
                assert!(sluice.deliver(message).await);
                continue;
            }
            if place % 2 == 0 {
                refuses.store(true, Relaxed);
                assert!(!sluice.deliver(message).await, "its commit is refused");
                refuses.store(false, Relaxed);
            }
            sluice.send_message(CHUNKS_DEAD_LETTERS, message).await;
            given_up.insert(chunk.number);
            read += chunk.records;
        }
        sluice.sweep().await;
        let task = demo.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::PartlySucceeded);
        let reason = task.reason.expect("a reason");
        assert!(reason.contains("failed again and again"), "{reason}");
        assert!(
            task.rows.expect("rows").failed >= read,
            "given-up rows are failed ones"
        );
        run += 1;
        left = retry(&sluice, &demo, task_id, run).await;
        assert_eq!(numbers(&left), given_up, "run {run}");
        assert!(!left.is_empty());
    }
    assert!(road.count("TransactWriteItems", Fault::Refused) > 0);
    deliver_all(&sluice, &left).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.run_count, 3);
    assert_eq!(outcome(&sluice, &demo, task).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_retries_of_an_import_one_wins_and_each_row_is_stored_once() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let file = members(200, 706);
    let (task_id, messages) = begin(&sluice, &demo, &file).await;
    cancel_after(&sluice, &demo, task_id, &messages[..3], &messages).await;
    let callers: Vec<Caller> = (0..8).map(|_| sluice.demo()).collect();
    let retries = callers.iter().map(|caller| caller.verb("retry", task_id));
    let answers = futures::future::join_all(retries).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.code == 0);
    assert_eq!((won.len(), lost.len()), (1, 7));
    for answer in lost {
        answer.refused(40901);
    }
    sluice.chunk_messages(&demo, task_id).await;
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(numbers(&again).len(), messages.len() - 3);
    deliver_all(&sluice, &again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, task.run_count), (TaskStatus::Finished, 2));
    assert_eq!(sluice.items().await.len(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_dies_before_its_message_is_sent_is_set_going_by_the_sweeper() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        for function in ["splitter", "worker", "sweeper"] {
            leave_unpolled(options, function);
        }
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    let demo = sluice.demo();
    // What the splitter is to be told.
    let told = async || {
        eventually("a message for the splitter", async || {
            sluice.take_all("sluice-uploads").await.pop()
        })
        .await
    };
    let task_id = demo.send(&members(200, 707), &json!({})).await;
    assert!(sluice.deliver_to("splitter", &told().await).await);
    let messages = sluice.chunk_messages(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    cancel_after(&sluice, &demo, task_id, &messages[..2], &messages).await;
    demo.verb("retry", task_id).await.ok();
    told().await; // and lost

    let before = demo.task(task_id).await;
    assert_eq!(
        (before.status, before.chunks.and_then(|c| c.total)),
        (TaskStatus::Running, None)
    );
    sluice.sweep().await;
    assert!(sluice.deliver_to("splitter", &told().await).await);
    let again = sluice.take_all(CHUNKS).await;
    assert_eq!(again.len(), messages.len() - 2);
    deliver_all(&sluice, &again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, task.run_count), (TaskStatus::Finished, 2));
    assert_eq!(sluice.items().await.len(), 200);
}
