//! What a kind of task gets from the engine without a line of its own: shown with one that Sluice does not bring.

use serde_json::{Value, json};
use sluice_kind::TaskAction;
use sluice_task::TaskStatus;

use crate::harness::{CHUNKS_DEAD_LETTERS, Numbers, STATION, Sluice, leave_unpolled};

const NUMBERS: Numbers = Numbers {
    to: 10,
    segments: 6,
    fails_once: None,
};

/// A system that knows the kind, whose chunks and sweeper wait for the test.
async fn by_hand() -> Sluice {
    Sluice::add_counting();
    Sluice::with(|options| {
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await
}

async fn deliver(sluice: &Sluice, messages: &[String]) {
    for message in messages {
        assert!(sluice.deliver(message).await, "a chunk is handled");
    }
}

async fn explained(sluice: &Sluice, task_id: u64) -> Value {
    let path = format!("/task/explain?task_id={task_id}");
    sluice.demo().get(&path).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_kind_is_planned_run_reconciled_and_finished_with_its_costs() {
    Sluice::add_counting();
    let sluice = Sluice::start().await;
    let task_id = sluice.count(STATION, NUMBERS).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    let result = task.result.expect("a result");
    assert_eq!(result["count"], 60);
    let actual = &result["actual"];
    assert_eq!(actual["rows"], 60);
    // A note of each try, its marker and counts, and the task itself.
    let units = actual["write_units"].as_u64().expect("write units");
    assert!((6 * 5..6 * 5 + 20).contains(&units), "{units}");
    assert!(actual["dollars"].as_f64().expect("dollars") > 0.0);
    assert_eq!(result["estimate"], Value::Null, "nobody has estimated");
    assert!(
        !result["timeline"]
            .as_array()
            .expect("a timeline")
            .is_empty()
    );
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_cut_is_refused_in_its_own_words() {
    Sluice::add_counting();
    let sluice = Sluice::start().await;
    let nothing = Numbers { to: 0, ..NUMBERS };
    let task_id = sluice.count(STATION, nothing).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert_eq!(task.reason.as_deref(), Some("there is nothing to count"));
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_and_explanations_follow_its_segments() {
    let sluice = by_hand().await;
    let numbers = Numbers {
        fails_once: Some(1),
        ..NUMBERS
    };
    let task_id = sluice.count(STATION, numbers).await;
    let messages = sluice.chunk_messages(&sluice.demo(), task_id).await;
    assert_eq!(messages.len(), 6);
    let waits = explained(&sluice, task_id).await;
    assert_eq!(waits["explanation"], "6 chunks are not done: 6 queued");

    assert!(sluice.deliver(&messages[0]).await);
    assert!(sluice.deliver(&messages[0]).await, "again is fine");
    assert!(!sluice.deliver(&messages[1]).await);
    let task = sluice.demo().task(task_id).await;
    assert_eq!(task.progress, 16, "one of six");
    let waits = explained(&sluice, task_id).await;
    assert_eq!(waits["chunks_open"], 5);
    assert_eq!(waits["chunks"][0]["state"], "waiting");
    assert_eq!(
        waits["chunks"][0]["last_error"],
        "the first try cannot count"
    );

    sluice.deliver_all(&messages).await;
    let task = sluice.demo().ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished);
    assert_eq!(task.result.expect("a result")["count"], 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_cancelled_and_retried_without_counting_anything_twice() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let task_id = sluice.count(STATION, NUMBERS).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    deliver(&sluice, &messages[..2]).await;
    demo.verb("cancel", task_id).await.ok();
    sluice.deliver_all(&messages).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    assert_eq!(task.reason.as_deref(), Some("cancelled"));
    assert_eq!(task.result.expect("a result")["count"], 20);
    assert!(task.actions.contains(&TaskAction::Retry));

    demo.verb("retry", task_id).await.ok();
    let again = sluice.chunk_messages(&demo, task_id).await;
    sluice.deliver_all(&again).await;
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    assert_eq!(task.run_count, 2);
    assert_eq!(task.result.expect("a result")["count"], 60);
    let msg = demo.verb("retry", task_id).await.refused(40901);
    assert!(msg.contains("nothing to retry"), "{msg}");
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_that_is_given_up_is_told_and_done_by_a_retry() {
    let sluice = by_hand().await;
    let demo = sluice.demo();
    let task_id = sluice.count(STATION, NUMBERS).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    deliver(&sluice, &messages[1..]).await;
    sluice.send_message(CHUNKS_DEAD_LETTERS, &messages[0]).await;
    sluice.sweep().await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let reason = task.reason.expect("a reason");
    assert_eq!(
        reason,
        "1 of 6 chunks was not counted: chunk 0 failed again and again and was given up"
    );
    demo.verb("retry", task_id).await.ok();
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, task_id).await)
        .await;
    assert_eq!(demo.ended(task_id).await.status, TaskStatus::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_lost_are_sent_again_by_the_sweeper() {
    Sluice::add_counting();
    for unpolled in ["splitter", "worker"] {
        let sluice = Sluice::with(|options| {
            leave_unpolled(options, unpolled);
            leave_unpolled(options, "sweeper");
            let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
            options.environment.extend([patience]);
        })
        .await;
        let queue = if unpolled == "worker" {
            "sluice-chunks"
        } else {
            "sluice-uploads"
        };
        let task_id = sluice.count(STATION, NUMBERS).await;
        if unpolled == "worker" {
            sluice.chunk_messages(&sluice.demo(), task_id).await;
        }
        let lost = sluice.take_all(queue).await;
        assert!(!lost.is_empty(), "{unpolled}");
        sluice.sweep().await;
        let again = sluice.take_all(queue).await;
        assert_eq!(again.len(), lost.len(), "{unpolled}");
        assert_eq!(json!(again[0]), json!(lost[0]), "{unpolled}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_service_takes_its_name_or_speaks_for_its_tasks() {
    Sluice::add_counting();
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut task = crate::harness::process(&json!({}));
    task["name"] = json!("counting");
    let msg = demo.post("/task/add", &task).await.refused(40001);
    assert!(msg.contains("Sluice runs `counting` itself"), "{msg}");
    let task_id = sluice.count(STATION, NUMBERS).await;
    let msg = demo.verb("start", task_id).await.refused(40901);
    assert!(msg.contains("itself"), "{msg}");
}
