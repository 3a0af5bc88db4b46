//! Pausing: nothing new begins, nothing is lost, and it goes on where it was.

use serde_json::{Value, json};
use sluice_kind::TaskAction;
use sluice_task::TaskStatus;

use crate::harness::{
    CHUNKS, Caller, Numbers, SMALL_CHUNKS, STATION, Sluice, eventually, id_of, leave_unpolled,
    members, process, set_chunk_bytes,
};

/// A system whose chunks and sweeper wait for the test.
async fn by_hand(more: &[&str]) -> Sluice {
    Sluice::add_counting();
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        for function in ["worker", "sweeper"].iter().chain(more) {
            leave_unpolled(options, function);
        }
        let settings = [("WORKERS_AT_ONCE", "1"), ("STALE_AFTER_SECONDS", "0")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        options.environment.extend(settings);
    })
    .await
}

async fn pause(caller: &Caller, task_id: u64) -> Value {
    let task = caller.verb("pause", task_id).await.ok();
    assert_eq!(task["paused"], true);
    task
}

async fn resume(caller: &Caller, task_id: u64) {
    let task = caller.verb("resume", task_id).await.ok();
    assert_eq!(task["paused"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_import_begins_no_chunk_and_goes_on_where_it_was() {
    let sluice = by_hand(&[]).await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(700, 1_901), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(messages.len() > 12, "more than a window");
    for message in &messages[..3] {
        assert!(sluice.deliver(message).await);
    }
    let task = pause(&demo, task_id).await;
    assert_eq!(task["status"], 2, "it still runs");
    assert_eq!(
        pause(&demo, task_id).await["modify_time"],
        task["modify_time"],
        "again is fine"
    );
    let stored = sluice.items().await;
    // However often they come, they do nothing and do not become dead letters.
    for nth in [1, 2, 12, 13] {
        for message in &messages {
            assert!(sluice.deliver_for(nth, message).await);
        }
    }
    sluice.take_all(CHUNKS).await;
    sluice.sweep().await;
    assert!(
        sluice.take_all(CHUNKS).await.is_empty(),
        "the sweeper leaves it alone"
    );
    assert!(sluice.items().await == stored, "a chunk was begun");
    let now = demo.task(task_id).await;
    assert_eq!(now.chunks.expect("chunks").done, 3);
    assert!(now.actions.contains(&TaskAction::Resume) && !now.actions.contains(&TaskAction::Pause));
    let explained = demo
        .get(&format!("/task/explain?task_id={task_id}"))
        .await
        .ok();
    assert_eq!(explained["waiting_for"], "resume");
    let words = explained["explanation"].as_str().expect("words");
    assert!(
        words.starts_with("the task is paused: resume it"),
        "{words}"
    );

    resume(&demo, task_id).await;
    resume(&demo, task_id).await;
    let sent = eventually("chunks that are sent again", async || {
        let sent = sluice.take_all(CHUNKS).await;
        (!sent.is_empty()).then_some(sent)
    })
    .await;
    sluice.deliver_all(&sent).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(sluice.items().await.len(), 700);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_is_paused_before_it_begins_and_its_file_is_not_lost() {
    let sluice = by_hand(&[]).await;
    let demo = sluice.demo();
    let file = members(20, 1_902);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = id_of(&begun);
    assert_eq!(pause(&demo, task_id).await["status"], 1);
    demo.put(begun["upload"]["url"].as_str().expect("a URL"), file)
        .await;
    sluice.drained("sluice-uploads").await;
    sluice.sweep().await;
    sluice.drained("sluice-uploads").await;
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Submitted);
    resume(&demo, task_id).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, task_id).await)
        .await;
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
    assert_eq!(sluice.items().await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_resumed_before_its_file_is_there_still_waits_for_it() {
    let sluice = by_hand(&[]).await;
    let demo = sluice.demo();
    let file = members(20, 1_904);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = id_of(&begun);
    pause(&demo, task_id).await;
    resume(&demo, task_id).await;
    resume(&demo, task_id).await;
    sluice.drained("sluice-uploads").await;
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Submitted);
    demo.put(begun["upload"]["url"].as_str().expect("a URL"), file)
        .await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, task_id).await)
        .await;
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_task_can_be_cancelled_and_ends() {
    let sluice = by_hand(&[]).await;
    let demo = sluice.demo();
    let numbers = Numbers {
        to: 2,
        segments: 20,
        fails_once: None,
    };
    let task_id = sluice.count(STATION, numbers).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(sluice.deliver(&messages[0]).await);
    pause(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    demo.verb("cancel", task_id).await.ok();
    let sent = eventually("chunks that are sent again", async || {
        let sent = sluice.take_all(CHUNKS).await;
        (!sent.is_empty()).then_some(sent)
    })
    .await;
    sluice.deliver_all(&sent).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.reason.as_deref(), Some("cancelled"));
    assert_eq!(task.result.expect("a result")["count"], 2);
    demo.verb("retry", task_id).await.ok();
    assert!(!demo.task(task_id).await.paused, "a retry runs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_paused_is_refused_and_says_why() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let ended = demo.import(&members(5, 1_903)).await.task_id.get();
    let service = demo
        .post("/task/add", &process(&json!({ "month": 1 })))
        .await;
    let service = id_of(&service.ok());
    for verb in ["pause", "resume"] {
        let msg = demo.verb(verb, ended).await.refused(40901);
        assert!(msg.contains("has ended already"), "{msg}");
        let msg = demo.verb(verb, service).await.refused(40901);
        assert!(msg.contains("a service runs task"), "{msg}");
        demo.verb(verb, 1).await.refused(40401);
        sluice
            .caller("other")
            .verb(verb, ended)
            .await
            .refused(40401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_whose_message_is_lost_is_made_good_by_the_sweeper() {
    let sluice = by_hand(&["splitter"]).await;
    let demo = sluice.demo();
    let numbers = Numbers {
        to: 2,
        segments: 3,
        fails_once: None,
    };
    let task_id = sluice.count(STATION, numbers).await;
    for begin in sluice.take_all("sluice-uploads").await {
        assert!(sluice.deliver_to("splitter", &begin).await);
    }
    pause(&demo, task_id).await;
    sluice.take_all(CHUNKS).await;
    resume(&demo, task_id).await;
    assert_eq!(sluice.take_all("sluice-uploads").await.len(), 1);
    sluice.sweep().await;
    sluice.deliver_all(&sluice.take_all(CHUNKS).await).await;
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
}
