//! The same rows once more, in a file that may repeat, under each rule for keys that are taken.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{Sluice, failed_rows, members, records};

const ROWS: u64 = 600;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_is_refused_row_by_row_and_changes_nothing() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let file = members(ROWS, 2);
    let first = demo.import(&file).await;
    assert_eq!(first.status, TaskStatus::Finished, "{first:?}");
    let before = sluice.items().await;

    let again = demo
        .repeating()
        .import_with(&file, &json!({ "on_duplicate": "reject" }))
        .await;
    assert_ne!(again.task_id, first.task_id);
    assert_eq!(again.status, TaskStatus::Failed, "{again:?}");
    let rows = again.rows.expect("rows");
    assert_eq!((rows.read, rows.duplicate, rows.succeeded), (ROWS, ROWS, 0));
    let reason = again.reason.as_deref().expect("a reason");
    assert!(
        reason.contains("600 of 600 rows were not imported"),
        "{reason}"
    );
    assert!(sluice.items().await == before, "the table has changed");

    let report = demo.failed_rows_file(&again).await.expect("failed rows");
    let lines = failed_rows(&report, &records(&file).0);
    let numbers: Vec<u64> = lines.iter().map(|line| line.row).collect();
    assert_eq!(numbers, (2..ROWS + 2).collect::<Vec<_>>());
    for line in lines {
        assert_eq!(
            (line.code.as_str(), line.column.as_str()),
            ("duplicate", "member_no")
        );
        assert_eq!(line.message, "member_no: already taken");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_is_skipped_and_changes_nothing() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let file = members(ROWS, 3);
    demo.import(&file).await;
    let before = sluice.items().await;

    let again = demo
        .repeating()
        .import_with(&file, &json!({ "on_duplicate": "skip" }))
        .await;
    assert_eq!(again.status, TaskStatus::Finished, "{again:?}");
    let rows = again.rows.expect("rows");
    assert_eq!((rows.read, rows.skipped, rows.succeeded), (ROWS, ROWS, 0));
    assert_eq!(demo.failed_rows_file(&again).await, None);
    assert!(sluice.items().await == before, "the table has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_again_overwrites_every_row() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    demo.import(&members(ROWS, 5)).await;
    // The same members with other data: the generator's keys follow from the seed alone.
    let file = String::from_utf8(members(ROWS, 5)).expect("UTF-8");
    let file = file.replace("example.", "example2.");

    let options = json!({ "on_duplicate": "overwrite" });
    let again = demo.import_with(file.as_bytes(), &options).await;
    assert_eq!(again.status, TaskStatus::Finished, "{again:?}");
    let rows = again.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded), (ROWS, ROWS));
    let items = sluice.items().await;
    assert_eq!(items.len() as u64, ROWS);
    let stamp = format!("{}:", again.task_id);
    for item in items.values() {
        let origin = item["_origin"].as_s().expect("a stamp");
        assert!(origin.starts_with(&stamp), "{origin}");
        let email = item
            .get("email")
            .and_then(|value| AttributeValue::as_s(value).ok());
        assert!(
            email.is_none_or(|email| email.contains("@example2.")),
            "{email:?}"
        );
    }
}
