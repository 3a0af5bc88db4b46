//! One trace shows an import from the upload to its last chunk, although its file comes from a
//! client that knows nothing of traces.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde_json::{Value, json};
use sluice_basics::trace::Trace;
use sluice_task::TaskStatus;

use crate::harness::{
    CHUNKS, Hearing, SMALL_CHUNKS, STATION, Sluice, TASKS, eventually, leave_unpolled, members,
    set_chunk_bytes, text,
};

/// Enough for more chunks than a trace shows.
const ROWS: u64 = 6_000;
const SHOWN_FIRST: u64 = 100;

async fn sluice(unpolled: &[&str]) -> (Sluice, Hearing) {
    let (heard, telemetry) = Hearing::start().await;
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        options.telemetry = telemetry;
        for function in unpolled {
            leave_unpolled(options, function);
        }
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    (sluice, heard)
}

/// The trace that a task keeps.
async fn trace_of(sluice: &Sluice, task_id: u64) -> Trace {
    let key = (format!("STATION#{STATION}"), format!("TASK#{task_id:016}"));
    let items = sluice.items_of(TASKS).await;
    text(&items[&key], "trace").parse().expect("a trace")
}

/// Receives all that waits in a queue, with the trace that each message carries.
async fn traces_in(sluice: &Sluice, queue: &str) -> Vec<Trace> {
    let sqs = sluice.clients().await.sqs;
    let mut traces = Vec::new();
    loop {
        let received = sqs
            .receive_message()
            .queue_url(sluice.queue_url(queue))
            .max_number_of_messages(10)
            .visibility_timeout(600)
            .message_system_attribute_names(MessageSystemAttributeName::AwsTraceHeader)
            .send()
            .await
            .expect("an answer of SQS");
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return traces;
        }
        let header = |message: &Message| {
            let attributes = message.attributes.as_ref().expect("attributes");
            let header = &attributes[&MessageSystemAttributeName::AwsTraceHeader];
            header.parse::<Trace>().expect("a trace")
        };
        traces.extend(messages.iter().map(header));
    }
}

fn field<'a>(segment: &'a Value, name: &str) -> &'a str {
    segment[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name} of {segment}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_has_the_upload_the_splitter_the_chunks_to_the_last_one_and_the_ending() {
    let (sluice, heard) = sluice(&["sweeper"]).await;
    let demo = sluice.demo();
    let file = members(ROWS, 81);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = begun["task_id"].as_u64().expect("a task id");
    let upload = trace_of(&sluice, task_id).await;
    assert!(upload.is_sampled());
    let url = begun["upload"]["url"].as_str().expect("a URL");
    assert_eq!(demo.put(url, file).await.0, 200);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let chunks = u64::from(task.chunks.expect("chunks").done);
    assert!(chunks > SHOWN_FIRST + 30, "{chunks} chunks");
    let ended = async || heard.segments_of("finisher").pop();
    let finisher = eventually("the finisher's segment", ended).await;
    let worker = eventually("the workers' segments", async || {
        let segments = heard.segments_of("worker");
        let last = |segment: &Value| segment["annotations"]["chunk"] == chunks - 1;
        segments.iter().any(last).then_some(segments)
    })
    .await;

    let [splitter] = &heard.segments_of("splitter")[..] else {
        panic!("{:?}", heard.segments_of("splitter"));
    };
    let above = upload
        .parent()
        .expect("the upload's own segment")
        .to_string();
    for segment in [splitter, &finisher] {
        assert_eq!(field(segment, "parent_id"), above);
    }
    let mut shown = BTreeMap::new();
    for segment in &worker {
        assert_eq!(field(segment, "parent_id"), field(splitter, "id"));
        let chunk = segment["annotations"]["chunk"].as_u64().expect("a chunk");
        assert_eq!(shown.insert(chunk, segment), None, "a chunk came once");
    }
    let expected: BTreeSet<u64> = (0..SHOWN_FIRST).chain(chunks - 10..chunks).collect();
    let shown: BTreeSet<u64> = shown.into_keys().collect();
    assert_eq!(shown, expected, "the first chunks and the last");
    let mut ids = BTreeSet::new();
    for segment in worker.iter().chain([splitter, &finisher]) {
        assert_eq!(field(segment, "trace_id"), upload.root());
        assert_eq!(segment["annotations"]["task_id"], task_id.to_string());
        assert!(segment.get("fault").is_none(), "{segment}");
        assert!(segment["end_time"].as_f64() >= segment["start_time"].as_f64());
        assert!(ids.insert(field(segment, "id").to_owned()), "{segment}");
    }
    for line in heard.lines_of("worker") {
        assert_eq!(line["trace"], upload.root());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_inbox_begins_a_trace_and_messages_that_are_sent_again_go_on_with_it() {
    let (sluice, heard) = sluice(&["worker", "sweeper"]).await;
    let demo = sluice.demo();
    let key = "inbox/demo/member_import/m.csv";
    sluice.put_object(key, &members(200, 82)).await;
    let task_id = eventually("the task of the inbox", async || {
        let list = demo.get("/task/list").await.ok();
        list["tasks"][0]["task_id"].as_u64()
    })
    .await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let trace = trace_of(&sluice, task_id).await;
    let first = traces_in(&sluice, CHUNKS).await;
    let split = async || heard.segments_of("splitter").pop();
    let splitter = eventually("the splitter's segment", split).await;
    assert_eq!(field(&splitter, "trace_id"), trace.root());
    assert_eq!(first.len(), messages.len());
    for one in &first {
        assert!(one.is_sampled());
        assert_eq!(one.root(), trace.root());
        let parent = one.parent().expect("a segment").to_string();
        assert_eq!(parent, field(&splitter, "id"));
    }

    sluice.sweep().await;
    let again = traces_in(&sluice, CHUNKS).await;
    assert_eq!(again, vec![trace; messages.len()]);
}
