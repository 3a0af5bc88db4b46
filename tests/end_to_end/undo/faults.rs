//! Undos under bad luck: killed, brought twice, beside imports of the same keys.

use serde_json::json;
use sluice_task::TaskStatus;

use super::{Counts, begin, kept_lines, writers};
use crate::harness::{
    CHUNKS, CHUNKS_DEAD_LETTERS, Fault, FaultyRoad, STATION, Sluice, eventually, leave_unpolled,
    members, set_chunk_bytes, staff_file,
};

/// Whether a request deletes rows.
fn deletes_rows(operation: &str, body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    operation == "BatchExecuteStatement" && body.contains("DELETE FROM")
        || operation == "TransactWriteItems" && body.contains("sluice-staff")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_killed_in_the_middle_goes_on_and_counts_every_row_once() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| set_chunk_bytes(options, 16 << 10)).await;
    let import = sluice.demo().import(&members(600, 2_201)).await;
    assert_eq!(import.status, TaskStatus::Finished);
    let mut deletes = 0;
    road.set_rule_of_bodies(move |operation, body| {
        deletes += u32::from(deletes_rows(operation, body));
        // What is under way when the process dies is executed, or is not, and nobody hears of it.
        match deletes {
            0..8 => Fault::None,
            8..10 => Fault::AnswerLost,
            _ => Fault::Silence,
        }
    });
    let undo = begin(&sluice.demo(), &import).await;
    eventually("requests that are never answered", async || {
        (road.count("BatchExecuteStatement", Fault::Silence) > 0).then_some(())
    })
    .await;
    let left = sluice.items().await.len();
    assert!(left > 0 && left < 600, "{left} rows are left");
    road.set_rule(|_| Fault::None);
    let sluice = sluice
        .crash(&road, |options| set_chunk_bytes(options, 16 << 10))
        .await;
    let undo = sluice.demo().ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    assert_eq!(Counts::of(&undo), Counts::deleted(600));
    assert!(sluice.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_half_way_and_comes_again_and_twice_counts_every_row_once() {
    let road = FaultyRoad::start().await;
    for (business, file) in [
        ("member_import", members(300, 2_202)),
        (
            "staff_import",
            staff_file(
                &(0..120)
                    .map(|n| format!("S{n},Ann {n},1381234{n:04},s{n}@example.com"))
                    .collect::<Vec<_>>(),
            ),
        ),
    ] {
        let sluice = Sluice::behind(&road, |options| {
            set_chunk_bytes(options, 64 << 10);
            leave_unpolled(options, "worker");
        })
        .await;
        let demo = sluice.demo().of_business(business);
        let import = demo.send(&file, &json!({})).await;
        sluice
            .deliver_all(&sluice.chunk_messages(&demo, import).await)
            .await;
        let import = demo.ended(import).await;
        let rows = import.rows.expect("rows").succeeded;
        let undo = begin(&demo, &import).await;
        let messages = sluice.chunk_messages(&demo, undo).await;
        sluice.take_all(CHUNKS).await;
        for fails_at in [2, 4] {
            let mut deletes = 0;
            road.set_rule_of_bodies(move |operation, body| {
                deletes += u32::from(deletes_rows(operation, body));
                match deletes {
                    1 if deletes_rows(operation, body) => Fault::AnswerLost,
                    n if n >= fails_at => Fault::Denied,
                    _ => Fault::None,
                }
            });
            assert!(!sluice.deliver(&messages[0]).await, "{business}");
        }
        road.set_rule(|_| Fault::None);
        sluice.deliver_all(&messages).await;
        sluice.deliver_all(&messages).await;
        let undo = demo.ended(undo).await;
        assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
        assert_eq!(Counts::of(&undo), Counts::deleted(rows), "{business}");
        assert!(sluice.items().await.is_empty());
        let staff = sluice.staff(STATION).await;
        staff.assert_agrees();
        assert!(staff.people.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_throttles_and_two_workers_at_the_same_chunk_come_to_the_same() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        set_chunk_bytes(options, 64 << 10);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let import = demo.send(&members(300, 2_203), &json!({})).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, import).await)
        .await;
    let import = demo.ended(import).await;
    let undo = begin(&demo, &import).await;
    let messages = sluice.chunk_messages(&demo, undo).await;
    sluice.take_all(CHUNKS).await;
    let mut nth = 0;
    road.set_rule_of_bodies(move |operation, body| {
        if !deletes_rows(operation, body) {
            return Fault::None;
        }
        nth += 1;
        match nth % 5 {
            0 => Fault::Throttled,
            1 => Fault::HalfThrottled,
            2 => Fault::Internal,
            3 => Fault::AnswerLost,
            _ => Fault::None,
        }
    });
    let both = tokio::join!(sluice.deliver(&messages[0]), sluice.deliver(&messages[0]));
    assert!(both.0 && both.1, "{both:?}");
    sluice.deliver_all(&messages).await;
    let undo = demo.ended(undo).await;
    // Each of the two finds rows gone that the other has deleted, and one of them is counted.
    let counts = Counts::of(&undo);
    assert_eq!((counts.deleted + counts.gone, counts.kept), (300, 0));
    assert_eq!(undo.status, TaskStatus::Finished);
    assert!(sluice.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_and_an_import_of_the_same_keys_at_the_same_time_leave_whole_rows_of_one() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 2 << 10)).await;
    let file = members(400, 2_204);
    for (round, rule) in ["overwrite", "reject", "skip"].into_iter().enumerate() {
        let station = format!("s{round}");
        let caller = sluice.caller(&station);
        let first = caller.import(&file).await;
        let options = json!({ "on_duplicate": rule });
        let second = caller.repeating();
        let (undo, second) = tokio::join!(
            async {
                let undo = begin(&caller, &first).await;
                caller.ended(undo).await
            },
            async {
                let second_id = second.send(&file, &options).await;
                second.ended(second_id).await
            }
        );
        let counts = Counts::of(&undo);
        let rows = second.rows.expect("rows");
        let left = writers(sluice.items().await, &station);
        let second_id = second.task_id.get();
        // Whatever came first, no row of the first is left, and what the second has stored stays.
        assert!(
            left.values().all(|task| *task == second_id),
            "{rule}: {counts:?}"
        );
        assert_eq!(left.len() as u64, rows.succeeded, "{rule}: {counts:?}");
        assert_eq!(
            counts.deleted + counts.kept + counts.gone,
            400,
            "{rule}: {counts:?}"
        );
        if counts.kept > 0 {
            let lines = kept_lines(&caller, &undo).await;
            assert_eq!(lines.len() as u64, counts.kept);
            let named = format!("task {second_id} has replaced it");
            assert!(lines.iter().all(|line| line[2].starts_with(&named)));
        }
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_chunk_that_was_given_up_are_found_by_their_stamp() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        set_chunk_bytes(options, 4 << 10);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        let worker_time = ("WORKER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([worker_time]);
    })
    .await;
    let demo = sluice.demo();
    let import = demo.send(&members(100, 2_205), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, import).await;
    sluice.take_all(CHUNKS).await;
    // Some rows of the first chunk are stored, and it is given up.
    let mut batches = 0;
    road.set_rule(move |operation| {
        batches += u32::from(operation == "BatchExecuteStatement");
        if batches > 1 {
            Fault::Denied
        } else {
            Fault::None
        }
    });
    assert!(!sluice.deliver(&messages[0]).await);
    road.set_rule(|_| Fault::None);
    let stored = sluice.items().await.len() as u64;
    assert!(stored > 0);
    sluice.send_message(CHUNKS_DEAD_LETTERS, &messages[0]).await;
    sluice.sweep().await;
    sluice.deliver_all(&messages[1..]).await;
    let import = demo.ended(import).await;
    assert_eq!(import.status, TaskStatus::PartlySucceeded);
    let counted = import.rows.expect("rows").succeeded;
    assert_eq!(sluice.items().await.len() as u64, counted + stored);
    let undo = begin(&demo, &import).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, undo).await)
        .await;
    let undo = demo.ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    assert_eq!(Counts::of(&undo), Counts::deleted(counted + stored));
    assert_eq!(undo.result.expect("a result")["uncounted"], stored);
    assert!(sluice.items().await.is_empty());
    // Its file is free.
    let again = demo.send(&members(100, 2_205), &json!({})).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, again).await)
        .await;
    let again = demo.ended(again).await;
    assert_eq!(again.rows.expect("rows").succeeded, 100);
    let undo = begin(&demo, &again).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, undo).await)
        .await;
    assert_eq!(Counts::of(&demo.ended(undo).await), Counts::deleted(100));
}
