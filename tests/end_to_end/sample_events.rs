//! The sample events in `tests/events`, which `cargo lambda invoke` sends: each is an event that
//! its function takes, and they tell one story.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::s3::S3Event;
use aws_lambda_events::sqs::SqsEvent;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_aws::task_of_image;
use sluice_import::ImportPlan;
use sluice_task::message::ChunkMessage;

use crate::harness::{CHUNKS, Sluice, leave_unpolled};

/// The file that the events are about, and where it is in the inbox.
const FILE: &str = "members.csv";
const INBOX_KEY: &str = "inbox/demo/member_import/members.csv";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

fn event<T: DeserializeOwned>(function: &str) -> T {
    let path = folder().join(format!("{function}.json"));
    let text = std::fs::read_to_string(path).expect("a sample event");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{function}.json: {error}"))
}

/// The body of the one message of a batch.
fn message(function: &str) -> String {
    let mut batch: SqsEvent = event(function);
    assert_eq!(batch.records.len(), 1, "{function}.json");
    batch.records.remove(0).body.expect("a body")
}

/// A system in which functions run when the test invokes them.
async fn by_hand() -> Sluice {
    Sluice::with(|options| {
        for function in [
            "splitter", "worker", "mailer", "feedback", "finisher", "notifier", "summer", "sweeper",
        ] {
            leave_unpolled(options, function);
        }
    })
    .await
}

async fn call(sluice: &Sluice, function: &str) -> Value {
    let functions = sluice.system.functions();
    let answer = functions.invoke(function, event(function)).await;
    let answer = answer.expect("an answer");
    let body = answer["body"].as_str().expect("an HTTP function");
    serde_json::from_str(body).expect("an envelope")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_has_a_sample_event() {
    let sluice = by_hand().await;
    let functions: BTreeSet<String> = sluice
        .system
        .template()
        .functions
        .values()
        .map(|function| format!("{}.json", function.binary))
        .collect();
    let entries = folder().read_dir().expect("tests/events");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let events: BTreeSet<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| name != FILE)
        .collect();
    assert_eq!(events, functions);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_requests_are_answered_without_an_error() {
    let sluice = by_hand().await;
    for function in [
        "upload",
        "status",
        "lifecycle",
        "station",
        "mail",
        "export",
        "orders",
        "scores",
    ] {
        let envelope = call(&sluice, function).await;
        assert_eq!(envelope["code"], 0, "{function}: {envelope}");
    }
    let shown = call(&sluice, "status").await;
    assert_eq!(shown["data"]["user_task_id"], "sample-upload", "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_events_of_queues_stream_and_clock_are_taken() {
    let sluice = by_hand().await;
    for function in [
        "splitter", "worker", "finisher", "notifier", "summer", "sweeper",
    ] {
        let invoked = sluice.system.functions().invoke(function, event(function));
        let answer = invoked.await.expect("an answer");
        let failures = answer["batchItemFailures"].as_array().map(Vec::len);
        assert_eq!(failures.unwrap_or_default(), 0, "{function}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_file_in_the_inbox_becomes_the_sample_chunk() {
    let sluice = by_hand().await;
    let file = std::fs::read(folder().join(FILE)).expect("the sample file");
    let etag = sluice.put_object(INBOX_KEY, &file).await;

    let announced: S3Event = serde_json::from_str(&message("splitter")).expect("an S3 event");
    let object = &announced.records[0].s3.object;
    assert_eq!(object.key.as_deref(), Some(INBOX_KEY));
    assert_eq!(object.size, Some(file.len() as i64));
    assert_eq!(object.e_tag.as_deref(), Some(etag.trim_matches('"')));

    let invoked = sluice
        .system
        .functions()
        .invoke("splitter", event("splitter"));
    let answer = invoked.await.expect("an answer of the splitter");
    assert_eq!(answer, json!({ "batchItemFailures": [] }));
    let sent = sluice.take_all(CHUNKS).await;
    let [sent] = sent.as_slice() else {
        panic!("{} messages", sent.len())
    };
    let sent = ChunkMessage::<ImportPlan>::parse(sent).expect("ours");
    // The sample is of the same file as an upload, under an id of its own.
    let mut sample = ChunkMessage::<ImportPlan>::parse(&message("worker")).expect("ours");
    sample.plan.task = sent.plan.task.clone();
    sample.plan.object_key = sent.plan.object_key.clone();
    assert_eq!(sample, sent);
}

#[test]
fn the_sample_change_shows_the_task_of_the_sample_chunk_complete() {
    let changes: StreamEvent = event("finisher");
    let chunk = <ChunkMessage>::parse(&message("worker")).expect("ours");
    for record in changes.records {
        let task = task_of_image(record.change.new_image);
        let task = task.expect("a task");
        assert!(task.chunks.is_complete());
        assert_eq!(task.reference(), chunk.plan.task);
        assert_eq!(task.import.etag, chunk.plan.etag);
    }
}
