//! Tasks whose service is not there: the sweeper ends them, so that nobody waits for ever.

use std::time::Duration;

use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Sluice, leave_unpolled};

/// A system that sweeps when the test says so, with these seconds of patience for a start and
/// for the next word.
async fn patient_for(start: &str, silent: &str) -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        for (name, seconds) in [
            ("START_EXPIRES_SECONDS", start),
            ("SILENT_EXPIRES_SECONDS", silent),
        ] {
            options
                .environment
                .insert(name.to_owned(), seconds.to_owned());
        }
    })
    .await
}

fn assert_ended(task: &TaskView, status: TaskStatus, why: &str) {
    assert_eq!(task.status, status, "{task:?}");
    let reason = task.reason.as_deref().expect("a reason");
    assert!(reason.contains(why) && reason.contains("retry"), "{reason}");
    assert!(task.end_time.is_some(), "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_nobody_starts_fails_and_can_be_tried_again() {
    let sluice = patient_for("0", "86400").await;
    let demo = sluice.demo();
    let task_id = demo.add(&json!(1)).await;
    let running = demo.run(&json!(2)).await;
    sluice.sweep().await;
    assert_ended(
        &demo.task(task_id).await,
        TaskStatus::Failed,
        "no service started it",
    );
    assert_eq!(demo.task(running).await.status, TaskStatus::Running);
    demo.verb("start", task_id).await.refused(40901);

    demo.verb("retry", task_id).await.ok();
    let started = demo.verb("start", task_id).await.ok();
    assert_eq!(started["reason"], json!(null));
    sluice.sweep().await;
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Running);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_service_falls_silent_ends_with_what_there_is() {
    let sluice = patient_for("86400", "0").await;
    let demo = sluice.demo();
    let submitted = demo.add(&json!("waits")).await;
    for (progress, status) in [
        (0, TaskStatus::Failed),
        (1, TaskStatus::PartlySucceeded),
        (80, TaskStatus::PartlySucceeded),
    ] {
        let task_id = demo.run(&json!(progress)).await;
        let news = json!({ "progress": progress, "result": { "at": progress } });
        demo.verb_with("update", task_id, &news).await.ok();
        sluice.sweep().await;
        let task = demo.task(task_id).await;
        assert_ended(&task, status, "was not heard of");
        assert_eq!(task.result, Some(json!({ "at": progress })));
        for (verb, more) in [("update", &news), ("finish", &json!({}))] {
            demo.verb_with(verb, task_id, more).await.refused(40901);
        }
        sluice.sweep().await;
        assert_eq!(demo.task(task_id).await, task, "it ends once");
    }
    assert_eq!(demo.task(submitted).await.status, TaskStatus::Submitted);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_says_something_now_and_then_is_left_alone() {
    let sluice = patient_for("86400", "2").await;
    let demo = sluice.demo();
    let heard = demo.run(&json!("heard")).await;
    let silent = demo.run(&json!("silent")).await;
    let half = Duration::from_millis(1_200);
    for _ in 0..2 {
        tokio::time::sleep(half).await;
        let news = json!({ "progress": 0 });
        demo.verb_with("update", heard, &news).await.ok();
    }
    sluice.sweep().await;
    assert_eq!(demo.task(heard).await.status, TaskStatus::Running);
    assert_ended(
        &demo.task(silent).await,
        TaskStatus::Failed,
        "was not heard of",
    );
}
