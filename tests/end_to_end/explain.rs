//! `GET /task/explain`: why a task is not done, at each place where it can wait.

use std::time::Duration;

use serde_json::{Value, json};
use sluice_task::message::ChunkMessage;

use crate::harness::{
    CHUNKS, Caller, SMALL_CHUNKS, Sluice, eventually, id_of, leave_unpolled, members,
    set_chunk_bytes,
};

async fn explain(caller: &Caller, task_id: u64) -> Value {
    let path = format!("/task/explain?task_id={task_id}");
    caller.get(&path).await.ok()
}

/// Asserts an explanation without chunks.
fn assert_waits(explained: &Value, task_id: u64, status: u8, waiting_for: &str, words: &str) {
    let fields: Vec<&String> = explained.as_object().expect("an object").keys().collect();
    let names = [
        "chunks",
        "chunks_open",
        "explanation",
        "status",
        "task_id",
        "waiting_for",
    ];
    assert_eq!(fields, names);
    assert_eq!(explained["task_id"], task_id);
    assert_eq!(explained["status"], status, "{explained}");
    assert_eq!(explained["waiting_for"], waiting_for, "{explained}");
    let explanation = explained["explanation"].as_str().expect("words");
    assert!(explanation.contains(words), "{explanation}");
    assert_eq!(explained["chunks"], json!([]));
    let is_unknown = matches!(waiting_for, "file" | "splitter" | "splitting");
    assert_eq!(
        explained["chunks_open"].is_null(),
        is_unknown,
        "{explained}"
    );
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_submitted_import_waits_for_its_file_and_then_for_the_splitter() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "splitter")).await;
    let demo = sluice.demo();
    let file = members(10, 811);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = id_of(&begun);
    let explained = explain(&demo, task_id).await;
    assert_waits(&explained, task_id, 1, "file", "has not arrived");

    let url = begun["upload"]["url"].as_str().expect("a URL");
    demo.put(url, file).await;
    let explained = explain(&demo, task_id).await;
    assert_waits(&explained, task_id, 1, "splitter", "waits for its turn");

    demo.verb("cancel", task_id).await.ok();
    let explained = explain(&demo, task_id).await;
    assert_waits(&explained, task_id, 5, "nothing", "has ended (failed)");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_file_is_read_in_legs_waits_for_the_splitting() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "worker");
        // No more than what a leg keeps for handing over.
        let seconds = Duration::from_secs(20);
        options.timeouts.insert("splitter".to_owned(), seconds);
    })
    .await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(12_000, 812), &json!({})).await;
    let arrival = eventually("the event of S3", async || {
        sluice.take_all("sluice-uploads").await.pop()
    });
    assert!(sluice.deliver_to("splitter", &arrival.await).await);
    let explained = explain(&demo, task_id).await;
    assert_eq!(explained["waiting_for"], "splitting");
    assert_eq!(explained["chunks_open"], Value::Null, "nobody knows yet");
    // What the first leg has planned is named.
    assert_eq!(explained["chunks"][0]["state"], "not_sent", "{explained}");
    let words = explained["explanation"].as_str().expect("words");
    assert!(words.contains("being cut into chunks"), "{words}");
    assert!(words.contains(" not sent"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_split_import_waits_for_the_chunks_that_are_not_committed() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(400, 813), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let mut open: Vec<Value> = messages
        .iter()
        .map(|message| {
            let chunk = <ChunkMessage>::parse(message).expect("ours").chunk;
            json!({
                "chunk": chunk.number, "first_row": chunk.first_row, "rows": chunk.records,
                "state": "queued", "tries": 0, "begun_at": null, "last_error": null,
                "search": null,
            })
        })
        .collect();
    for (round, place) in [3, 0, 5].into_iter().enumerate() {
        let explained = explain(&demo, task_id).await;
        assert_eq!(explained["waiting_for"], "chunks");
        assert_eq!(explained["status"], 2);
        assert_eq!(explained["chunks"], json!(open), "after {round} chunks");
        assert_eq!(explained["chunks_open"], open.len());
        let explanation = explained["explanation"].as_str().expect("words");
        assert!(
            explanation.contains(&format!("{} queued", open.len())),
            "{explanation}"
        );
        let done = open.remove(place)["chunk"].as_u64().expect("a number") as usize;
        assert!(sluice.deliver(&messages[done]).await);
    }
    for message in &messages {
        sluice.deliver(message).await;
    }
    demo.ended(task_id).await;
    let explained = explain(&demo, task_id).await;
    assert_waits(&explained, task_id, 3, "nothing", "has ended (finished)");
    assert_eq!(explained["chunks_open"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_very_many_open_chunks_the_first_hundred_are_named_and_all_are_counted() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 1 << 10);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(1_500, 814), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(messages.len() > 150, "{}", messages.len());
    let explained = explain(&demo, task_id).await;
    assert_eq!(explained["chunks_open"], messages.len());
    let named = explained["chunks"].as_array().expect("chunks").iter();
    let named: Vec<u64> = named.filter_map(|chunk| chunk["chunk"].as_u64()).collect();
    assert_eq!(named, (0..100).collect::<Vec<_>>());
    // 50 workers, and a quarter more.
    let window = 63;
    assert_eq!(
        sluice.take_all(CHUNKS).await.len(),
        window,
        "where it says they are"
    );
    let words = explained["explanation"].as_str().expect("words");
    let waiting = messages.len() - window;
    let expected = format!(": {window} queued, {waiting} not sent");
    assert!(words.ends_with(&expected), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_task_waits_for_its_handler_and_by_either_id() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut request = crate::harness::process(&json!(1));
    request["user_task_id"] = "mine".into();
    let task_id = id_of(&demo.post("/task/add", &request).await.ok());
    let explained = explain(&demo, task_id).await;
    let words = "the service behind `tier.recalculation` has not started it";
    assert_waits(&explained, task_id, 1, "handler", words);
    demo.verb("start", task_id).await.ok();
    let explained = demo.get("/task/explain?user_task_id=mine").await.ok();
    assert_waits(&explained, task_id, 2, "handler", "is running it");
    demo.verb("finish", task_id).await.ok();
    let explained = explain(&demo, task_id).await;
    assert_waits(&explained, task_id, 3, "nothing", "waits for nothing");
    demo.get("/task/explain").await.refused(40001);
    demo.get("/task/explain?task_id=12345").await.refused(40401);
}
