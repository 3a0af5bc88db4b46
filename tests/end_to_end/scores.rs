//! Score entries: rows of another table than members, whose key is made of two columns.

use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use sluice_core::task::TaskStatus;

use crate::harness::{Sluice, leave_unpolled, set_chunk_bytes};

const SCORES: &str = "sluice-scores";

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
