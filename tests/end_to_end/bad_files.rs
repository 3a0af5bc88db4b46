//! Files that cannot be imported: the task ends with a reason that a person can act on, and
//! nothing is written.

use std::fmt::Write as _;

use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Sluice, failed_rows, fixture, members, records};

/// Imports a file that must be refused as a whole. The reason.
async fn refused(sluice: &Sluice, file: &[u8]) -> String {
    let task = sluice.demo().import(file).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0, "something was written");
    task.reason.expect("a reason")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_lacks_a_required_column_is_refused_with_the_names() {
    let sluice = Sluice::start().await;
    let reason = refused(&sluice, &fixture("without_name.csv")).await;
    assert!(
        reason.contains("lacks the required column `name`"),
        "{reason}"
    );
    assert!(
        reason.contains("`member_no`, `phone`, `remark`"),
        "{reason}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_names_a_column_twice_is_refused() {
    let sluice = Sluice::start().await;
    let reason = refused(&sluice, b"member_no,name,Full Name\n1,a,b\n").await;
    assert!(reason.contains("`name` and `Full Name`"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_text_are_refused_and_named() {
    let sluice = Sluice::start().await;
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\0\0\0\x01\0\x08\x06".as_slice();
    let zip = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml".as_slice();
    let random: Vec<u8> = (0..5_000_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    for (file, named) in [(png, "image"), (zip, "archive"), (&random, "CSV")] {
        let reason = refused(&sluice, file).await;
        assert!(reason.contains(named), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_blank_lines_is_refused_as_empty() {
    let sluice = Sluice::start().await;
    let reason = refused(&sluice, b"\r\n\n\r\n").await;
    assert!(reason.contains("the file is empty"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_in_the_header_that_never_closes_is_refused() {
    let sluice = Sluice::start().await;
    let reason = refused(&sluice, b"member_no,\"name\n1,a\n2,b\n").await;
    assert!(reason.contains("row 1 (byte 10)"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_without_rows_is_an_import_of_no_rows() {
    let sluice = Sluice::start().await;
    for file in [
        "member_no,name",
        "member_no,name\r\n",
        "member_no,name\n\n\n",
    ] {
        let task = sluice.demo().import(file.as_bytes()).await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        assert_eq!(task.rows.expect("rows"), sluice_api::RowsView::default());
        assert_eq!(task.chunks.expect("chunks").total, Some(0));
    }
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_that_never_closes_ends_the_task_and_what_stands_before_it_is_counted() {
    let sluice = Sluice::with_small_chunks().await;
    let mut file = members(400, 61);
    let byte = file.len() + "X-1,".len();
    file.extend_from_slice(b"X-1,\"open\r\n");
    let tail = members(50, 62);
    let after = tail
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a header")
        + 1;
    file.extend(tail[after..].iter().filter(|byte| **byte != b'"'));
    let task: TaskView = sluice.demo().import(&file).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let reason = task.reason.expect("a reason");
    let place = format!("the quote opened in row 402 (byte {byte}) is never closed");
    assert!(reason.contains(&place), "{reason}");
    let rows = task.rows.expect("rows");
    assert_eq!(rows.read, rows.succeeded);
    assert!((300..=400).contains(&rows.read), "{rows:?}");
    assert_eq!(sluice.items().await.len() as u64, rows.succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_larger_than_an_item_is_one_failed_row() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let mut file = "member_no,name,address\n".to_owned();
    for row in 2..200 {
        let address = "x".repeat(if row == 77 { 420_000 } else { 90 });
        writeln!(file, "L{row},name {row},\"{address}\"").expect("a line");
    }
    let task = demo.import(file.as_bytes()).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded, rows.failed), (198, 197, 1));
    assert_eq!(sluice.items().await.len(), 197);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let lines = failed_rows(&report, &records(file.as_bytes()).0);
    assert_eq!((lines.len(), lines[0].row), (1, 77));
    assert_eq!(lines[0].code, "too_large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_another_size_than_announced_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(100, 63);
    let begun = demo.begin(file.len(), &json!({})).await;
    let url = begun["upload"]["url"].as_str().expect("a URL");
    let (status, _) = demo.put(url, &file[..file.len() / 2]).await;
    assert_eq!(status, 403, "the size is part of the signature");

    // Whoever has other rights than the presigned URL can still put another file there.
    let task_id = begun["task_id"].as_u64().expect("a task id");
    let key = demo.task(task_id).await.input["object_key"].clone();
    sluice
        .put_object(key.as_str().expect("a key"), &file[..file.len() / 2])
        .await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    let sizes = format!(
        "has {} bytes, {} were announced",
        file.len() / 2,
        file.len()
    );
    assert!(reason.contains(&sizes), "{reason}");
    assert_eq!(sluice.items().await.len(), 0);
}
