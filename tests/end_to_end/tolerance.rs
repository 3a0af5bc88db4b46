//! An import with too many failed rows stops by itself.

use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{SMALL_CHUNKS, Sluice, eventually, leave_unpolled, set_chunk_bytes};

/// Members of whom every other has no name.
fn half_wrong(rows: u32) -> Vec<u8> {
    let mut file = b"member_no,name,address\n".to_vec();
    for row in 0..rows {
        let name = if row % 2 == 0 { "" } else { "Ann" };
        file.extend_from_slice(format!("T{row},{name},{}\n", "x".repeat(60)).as_bytes());
    }
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_stops_beyond_the_failed_rows_that_are_tolerated() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    for (station, tolerated, stops) in [
        ("share", json!({ "percent": 10, "min_rows": 20 }), true),
        ("number", json!({ "rows": 3 }), true),
        (
            "wide",
            json!({ "percent": 60, "rows": 10_000, "min_rows": 1 }),
            false,
        ),
        ("early", json!({ "percent": 10 }), false),
    ] {
        let caller = sluice.caller(station);
        let options = json!({ "tolerated_failures": tolerated });
        let task_id = caller.send(&half_wrong(300), &options).await;
        let messages = sluice.chunk_messages(&caller, task_id).await;
        assert!(messages.len() > 4);
        assert!(sluice.deliver(&messages[0]).await);
        if stops {
            eventually("an import that stops", async || {
                let task = caller.task(task_id).await;
                (!task.actions.iter().any(|action| json!(action) == "cancel")).then_some(())
            })
            .await;
        }
        for message in &messages[1..] {
            assert!(sluice.deliver(message).await);
        }
        let task = caller.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::PartlySucceeded, "{station}");
        let reason = task.reason.expect("a reason");
        let read = task.rows.expect("rows").read;
        if stops {
            assert!(
                reason.starts_with("too many failed rows ("),
                "{station}: {reason}"
            );
            assert!(read < 100, "{station}: {read} rows were read");
        } else {
            assert_eq!(read, 300, "{station}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tolerance_that_means_nothing_is_refused_and_says_why() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (tolerated, words) in [
        (json!({}), "name `percent`, `rows` or both"),
        (json!({ "percent": 0 }), "above 0"),
        (json!({ "percent": 101 }), "at most 100"),
        (json!({ "rows": 0 }), "at least 1"),
        (json!({ "share": 5 }), "share"),
    ] {
        let request = json!({
            "business": "member_import", "file_name": "m.csv", "size_bytes": 10,
            "options": { "tolerated_failures": tolerated },
        });
        let msg = demo.post("/upload", &request).await.refused(40001);
        assert!(msg.contains(words), "{tolerated}: {msg}");
    }
}
