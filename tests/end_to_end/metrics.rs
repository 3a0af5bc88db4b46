//! What operators see: the metrics that an import leaves behind are what became of it.

#![expect(clippy::float_cmp, reason = "sums of whole numbers are exact")]

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_json::{Value, json};
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    CHUNKS, CHUNKS_DEAD_LETTERS, Fault, FaultyRoad, Hearing, SMALL_CHUNKS, STATION, Sluice,
    eventually, flawed_members, leave_unpolled, members, set_chunk_bytes,
};

const ROWS: u64 = 1_000;
const BY_OUTCOME: [&str; 4] = [
    "RowsSucceeded",
    "RowsFailed",
    "RowsDuplicate",
    "RowsSkipped",
];

/// A system with small chunks in which these functions wait for the test.
async fn sluice(unpolled: &[&str]) -> (Sluice, Hearing) {
    let (heard, telemetry) = Hearing::start().await;
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        options.telemetry = telemetry;
        for function in unpolled {
            leave_unpolled(options, function);
        }
    })
    .await;
    (sluice, heard)
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_counted_by_outcome_once_however_often_their_chunk_comes() {
    let (sluice, heard) = sluice(&["worker"]).await;
    let demo = sluice.demo();
    let (file, _) = flawed_members(ROWS, 71, 5.0, 5.0);
    let task_id = demo.send(&file, &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    for message in messages.iter().chain(&messages) {
        assert!(sluice.deliver(message).await);
    }
    let lines = heard.lines_of("worker");
    assert_eq!(lines.len(), messages.len(), "one line for each chunk");
    let chunks: BTreeSet<Option<u64>> = lines.iter().map(|line| line["chunk"].as_u64()).collect();
    assert_eq!(chunks.len(), messages.len());
    for line in &lines {
        assert_eq!(line["task"], format!("{STATION}/{task_id}"));
        assert!(line["ChunkMilliseconds"].as_f64().is_some(), "{line}");
        let batch = line["BatchSize"].as_f64().expect("a batch size");
        assert!((1.0..=25.0).contains(&batch), "{line}");
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let ended = async || (heard.sum("finisher", "TasksPartlySucceeded") > 0.0).then_some(());
    eventually("the line of the ended task", ended).await;
    // Rows that others of the file want the same as are counted at the end.
    let sum = |metric| heard.sum("worker", metric) + heard.sum("finisher", metric);
    assert_eq!(BY_OUTCOME.map(sum), [900.0, 50.0, 50.0, 0.0]);
    assert_eq!(heard.sum("worker", "RowsDuplicate"), 0.0);
    sluice.show_to_finisher(task_id).await;
    assert_eq!(heard.sum("finisher", "TasksPartlySucceeded"), 1.0);
    assert_eq!(heard.sum("finisher", "TasksFinished"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_dry_run_are_not_counted() {
    let (sluice, heard) = sluice(&[]).await;
    let demo = sluice.demo();
    let task = demo
        .import_with(&members(200, 72), &json!({ "dry_run": true }))
        .await;
    let chunks = task.chunks.expect("chunks").done as usize;
    let told = async || (heard.lines_of("worker").len() >= chunks).then_some(());
    eventually("a line for each chunk", told).await;
    for line in heard.lines_of("worker") {
        assert!(line["ChunkMilliseconds"].as_f64().is_some(), "{line}");
        assert_eq!(line.get("RowsSucceeded"), None, "{line}");
        // They came by the queue, at once.
        let waited = line["QueueMilliseconds"].as_f64().expect("a time");
        assert!(waited < 60_000.0, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_that_the_table_throttles_counts() {
    let road = FaultyRoad::start().await;
    let (heard, telemetry) = Hearing::start().await;
    let sluice = Sluice::behind(&road, |options| options.telemetry = telemetry).await;
    let mut nth = 0;
    road.set_rule(move |operation| {
        nth += u32::from(operation == "BatchExecuteStatement");
        let is_hit = operation == "BatchExecuteStatement" && nth % 3 == 0;
        if is_hit {
            Fault::Throttled
        } else {
            Fault::None
        }
    });
    let task = sluice.demo().import(&members(500, 73)).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let throttled = road.count("BatchExecuteStatement", Fault::Throttled) as f64;
    assert!(throttled > 3.0);
    let told = async || (heard.sum("worker", "RowsSucceeded") >= 500.0).then_some(());
    eventually("a line for each chunk", told).await;
    assert_eq!(heard.sum("worker", "Throttles"), throttled);
    assert_eq!(heard.sum("worker", "Failures"), 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_fails_counts_as_a_failure() {
    let (sluice, heard) = sluice(&[]).await;
    for function in ["worker", "splitter"] {
        // It is of a later release, and comes again.
        assert!(!sluice.deliver_to(function, r#"{"version":2}"#).await);
        assert_eq!(heard.sum(function, "Failures"), 1.0, "{function}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_stands_still_is_stuck_and_a_new_one_is_not() {
    let (sluice, heard) = sluice(&["worker", "sweeper"]).await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(100, 74), &json!({})).await;
    sluice.chunk_messages(&demo, task_id).await;
    sluice.sweep().await;
    let gauges = |line: &Value| ["TasksOpen", "TasksStuck"].map(|metric| line[metric].as_f64());
    let lines = heard.lines_of("sweeper");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!(gauges(&lines[0]), [Some(1.0), Some(0.0)]);

    let long_ago = Timestamp::now() - Duration::from_mins(21);
    let key = (
        &*format!("STATION#{STATION}"),
        &*format!("TASK#{task_id:016}"),
    );
    let long_ago = AttributeValue::S(long_ago.to_string());
    sluice.tamper(key, "SET modify_time = :v", long_ago).await;
    sluice.sweep().await;
    let lines = heard.lines_of("sweeper");
    assert_eq!(gauges(&lines[1]), [Some(1.0), Some(1.0)]);
    assert_eq!(lines[1]["TasksHealed"], 1.0, "its chunk is sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_chunk_that_was_given_up_count_as_failed() {
    let (sluice, heard) = sluice(&["worker", "sweeper"]).await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(200, 75), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let lost = <ChunkMessage>::parse(&messages[1]).expect("ours");
    for _ in 0..2 {
        sluice.send_message(CHUNKS_DEAD_LETTERS, &messages[1]).await;
    }
    sluice.sweep().await;
    assert_eq!(heard.sum("sweeper", "DeadLetters"), 2.0);
    assert_eq!(
        heard.sum("sweeper", "RowsFailed"),
        lost.chunk.records as f64
    );
    assert_eq!(sluice.take_all(CHUNKS).await.len(), messages.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_its_service_ends_is_counted_once() {
    let (sluice, heard) = sluice(&[]).await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!({ "n": 1 })).await;
    for _ in 0..2 {
        let end = json!({ "status": 3 });
        demo.verb_with("finish", task_id, &end).await.ok();
    }
    assert_eq!(heard.sum("lifecycle", "TasksFinished"), 1.0);
}
