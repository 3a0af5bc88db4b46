//! Imports that are cancelled at any moment, with everything running by itself: what is counted is
//! stored, and a retry does the rest.

use std::time::Duration;

use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Caller, Sluice, members, set_chunk_bytes};

const ROWS: u64 = 150;

/// How many rows of a station are stored.
async fn stored(sluice: &Sluice, station: &str) -> u64 {
    let items = sluice.items().await;
    let pk = format!("{station}#");
    items.keys().filter(|key| key.0.starts_with(&pk)).count() as u64
}

/// Cancels an import after a while. How it ended.
async fn cancelled_after(caller: &Caller, wait: Duration) -> TaskView {
    let task_id = caller.send(&members(ROWS, 831), &json!({})).await;
    tokio::time::sleep(wait).await;
    let cancelled = caller.verb("cancel", task_id).await;
    let task = caller.ended(task_id).await;
    if cancelled.code == 0 {
        assert_ne!(task.status, TaskStatus::Finished, "a cancel that was taken");
        assert_eq!(task.reason.as_deref(), Some("cancelled"));
    } else {
        cancelled.refused(40901);
        assert_eq!((task.status, &task.reason), (TaskStatus::Finished, &None));
    }
    task
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_cancelled_at_any_moment_and_retried_stores_each_row_once() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 1 << 10)).await;
    let mut outcomes = Vec::new();
    for number in 0..10 {
        let station = format!("s{number}");
        let caller = sluice.caller(&station);
        let wait = Duration::from_millis(number * 40);
        let task = cancelled_after(&caller, wait).await;
        let rows = task.rows.expect("rows");
        assert_eq!(stored(&sluice, &station).await, rows.succeeded, "{task:?}");
        outcomes.push((task.status.number(), rows.succeeded));
        let task_id = task.task_id.get();
        if rows.read == ROWS {
            // It came so late that nothing was left out.
            let msg = caller.verb("retry", task_id).await.refused(40901);
            assert!(msg.contains("there is nothing to retry"), "{msg}");
            continue;
        }
        caller.verb("retry", task_id).await.ok();
        let again = caller.ended(task_id).await;
        assert_eq!((again.status, &again.reason), (TaskStatus::Finished, &None));
        assert_eq!(again.run_count, task.run_count + 1);
        let rows = again.rows.expect("rows");
        assert_eq!((rows.read, rows.succeeded), (ROWS, ROWS));
        assert_eq!(stored(&sluice, &station).await, ROWS);
    }
    println!("status and rows at the cancel: {outcomes:?}");
    assert!(
        outcomes.iter().any(|(status, _)| *status != 3),
        "{outcomes:?}"
    );
    sluice.assert_consistent().await;
}
