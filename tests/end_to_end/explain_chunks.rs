//! `GET /task/explain`: each chunk that is not committed, at each place where it can be.

use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{
    ByHand, CHUNKS, Fault, FaultyRoad, Sluice, eventually, leave_unpolled, members, records,
};

/// How long a worker may take.
const SHORT: Duration = Duration::from_secs(2);

/// A system with a road to its tables, whose chunks wait for the test.
async fn sluice(road: &FaultyRoad) -> Sluice {
    Sluice::behind(road, |options| {
        leave_unpolled(options, "worker");
        options.timeouts.insert("worker".to_owned(), SHORT);
        let seconds = SHORT.as_secs().to_string();
        options
            .environment
            .insert("WORKER_SECONDS".to_owned(), seconds);
    })
    .await
}

async fn explain(import: &ByHand<'_>) -> Value {
    let path = format!("/task/explain?task_id={}", import.task_id);
    import.caller.get(&path).await.ok()
}

/// Asserts where the first chunk is, after so many tries. The chunk.
fn assert_first(explained: &Value, state: &str, tries: u32) -> Value {
    let chunk = &explained["chunks"][0];
    assert_eq!(chunk["chunk"], 0, "{explained}");
    assert_eq!(chunk["state"], state, "{explained}");
    assert_eq!(chunk["tries"], tries, "{explained}");
    assert_eq!(chunk["begun_at"].is_null(), tries == 0, "{explained}");
    chunk.clone()
}

fn assert_words(explained: &Value, words: &str) {
    let explanation = explained["explanation"].as_str().expect("words");
    assert!(explanation.contains(words), "{explanation}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_is_running_since_its_worker_began_and_waits_when_that_was_cut_off() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let import = ByHand::begin(&sluice, "demo", &members(60, 911)).await;
    road.set_rule(|operation| match operation {
        "BatchExecuteStatement" => Fault::Silence,
        _ => Fault::None,
    });
    let watch = eventually("a running chunk", async || {
        let explained = explain(&import).await;
        (explained["chunks"][0]["state"] == "running").then_some(explained)
    });
    let (handled, explained) = tokio::join!(sluice.deliver(&import.messages[0]), watch);
    assert!(!handled);
    let running = assert_first(&explained, "running", 1);
    assert_eq!(running["last_error"], Value::Null);
    assert_words(&explained, "1 running");
    let cut_off = eventually("a chunk that was cut off", async || {
        let explained = explain(&import).await;
        (explained["chunks"][0]["state"] != "running").then_some(explained)
    });
    let explained = cut_off.await;
    let waiting = assert_first(&explained, "waiting", 1);
    assert_eq!(waiting["begun_at"], running["begun_at"]);
    let cause = "the worker ended in the middle of it";
    assert_eq!(waiting["last_error"], cause);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_was_retried_says_how_often_and_what_it_failed_of_until_it_is_a_dead_letter() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let import = ByHand::begin(&sluice, "demo", &members(60, 912)).await;
    road.set_rule(|operation| match operation {
        "TransactWriteItems" => Fault::Refused,
        _ => Fault::None,
    });
    let message = &import.messages[0];
    for nth in 1..=2 {
        assert!(!sluice.deliver_for(nth, message).await);
        let explained = explain(&import).await;
        let chunk = assert_first(&explained, "waiting", nth);
        assert_eq!(
            chunk["last_error"],
            "a fault on our side, which is in the log"
        );
        assert_words(&explained, "1 waiting to be tried again");
        let others = &explained["chunks"].as_array().expect("chunks")[1..];
        assert!(others.iter().all(|chunk| chunk["state"] == "queued"));
    }
    assert!(!sluice.deliver_for(12, message).await);
    let explained = explain(&import).await;
    assert_first(&explained, "dead_lettered", 3);
    assert_words(&explained, "1 given up and about to be counted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_is_halved_says_between_which_rows_the_culprit_is_looked_for() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road).await;
    let file = members(12, 913);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let culprit = String::from_utf8_lossy(&records(&file).1[1][0]).into_owned();
    road.poison(vec![culprit], Fault::Silence);
    let mut nth: u32 = 0;
    let mut fail = async || {
        nth += 1;
        // Fewer receives than those after which another message is sent.
        assert!(!sluice.deliver_for(nth.min(5), &import.messages[0]).await);
        explain(&import).await
    };
    for _ in 0..4 {
        assert_eq!(fail().await["chunks"][0]["search"], Value::Null);
    }
    // Twelve rows, 2 to 13; the culprit is row 3.
    for (first, last) in [(2, 7), (2, 4)] {
        let explained = fail().await;
        let expected = json!({ "first_row": first, "last_row": last, "found": [] });
        assert_eq!(explained["chunks"][0]["search"], expected);
        let words = format!("the row that fails in chunk 0: rows {first} to {last}");
        assert_words(&explained, &words);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_chunks_are_all_committed_waits_for_the_finisher() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "finisher");
    })
    .await;
    let import = ByHand::begin(&sluice, "demo", &members(20, 914)).await;
    import.deliver(&import.messages).await;
    let explained = explain(&import).await;
    assert_eq!(explained["waiting_for"], "finisher", "{explained}");
    assert_eq!(explained["chunks_open"], 0);
    assert_eq!(explained["chunks"], json!([]));
    assert_words(&explained, "the report on them is being made");
    sluice.show_to_finisher(import.task_id).await;
    assert_eq!(explain(&import).await["waiting_for"], "nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_a_retry_has_planned_and_the_splitter_has_not_sent_are_not_sent() {
    let sluice = Sluice::with(|options| {
        crate::harness::set_chunk_bytes(options, crate::harness::SMALL_CHUNKS);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "splitter");
    })
    .await;
    let told = async || {
        let message = eventually("a message for the splitter", async || {
            sluice.take_all("sluice-uploads").await.pop()
        });
        message.await
    };
    let demo = sluice.demo();
    let task_id = demo.send(&members(100, 915), &json!({})).await;
    assert!(sluice.deliver_to("splitter", &told().await).await);
    let messages = sluice.take_all(CHUNKS).await;
    demo.verb("cancel", task_id).await.ok();
    sluice.deliver_all(&messages).await;
    demo.ended(task_id).await;
    demo.verb("retry", task_id).await.ok();

    let path = format!("/task/explain?task_id={task_id}");
    let states = |explained: &Value| -> Vec<Value> {
        let chunks = explained["chunks"].as_array().expect("chunks");
        chunks.iter().map(|chunk| chunk["state"].clone()).collect()
    };
    let explained = demo.get(&path).await.ok();
    assert_eq!(explained["waiting_for"], "splitting");
    assert_eq!(explained["chunks_open"], Value::Null);
    assert_eq!(states(&explained), vec!["not_sent"; messages.len()]);
    assert_words(&explained, &format!("{} not sent", messages.len()));

    assert!(sluice.deliver_to("splitter", &told().await).await);
    let explained = demo.get(&path).await.ok();
    assert_eq!(explained["waiting_for"], "chunks");
    assert_eq!(states(&explained), vec!["queued"; messages.len()]);
}
