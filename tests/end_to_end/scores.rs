//! Score entries: rows of another table than members, whose key is made of three columns.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{SCORES, Sluice, entries, leave_unpolled, set_chunk_bytes};

#[tokio::test(flavor = "multi_thread")]
pub async fn of_two_entries_of_a_member_and_a_day_the_first_is_stored_though_its_chunk_comes_last()
{
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 1 << 10);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo().of_business("score_import");
    let mut file = "member_no,entry_date,points\n".to_owned();
    for row in 0..200 {
        // The last row has the key of the first.
        let member = row % 199;
        writeln!(file, "M{member},2026-01-31,{row}").expect("a line");
    }
    let task_id = demo.send(file.as_bytes(), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(messages.len() > 1);
    for message in messages.iter().rev() {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    assert_eq!((rows.succeeded, rows.duplicate), (199, 1));
    let stored = sluice.items_of(SCORES).await;
    assert_eq!(stored.len(), 199);
    let last = AttributeValue::N("199".to_owned());
    assert!(stored.values().all(|entry| entry["points"] != last));
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_of_a_day_are_told_apart_by_their_references_and_lie_together() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo().of_business("score_import");
    let file = entries(&[
        ("M1", "2026-01-31", 5, "a"),
        ("M1", "2026-01-31", 5, "b"),
        ("M1", "2026-01-31", 5, ""),
        ("M1", "2026-02-01", 5, "a"),
    ]);
    assert_eq!(demo.import(&file).await.status, TaskStatus::Finished);
    let stored = sluice.items_of(SCORES).await;
    let partitions: BTreeSet<&String> = stored.keys().map(|(pk, _)| pk).collect();
    assert_eq!((stored.len(), partitions.len()), (4, 1));
    // The same references again are duplicates, and so is a second entry without one.
    let again = entries(&[("M1", "2026-01-31", 9, "b"), ("M1", "2026-01-31", 9, "")]);
    let task = demo.import(&again).await;
    assert_eq!(task.rows.expect("rows").duplicate, 2);
    assert!(sluice.items_of(SCORES).await == stored);
}
