//! Imports whose report cannot be made: they end all the same, and with the right counts as long
//! as these can be known.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_task::TaskStatus;

use crate::harness::{
    BUCKET, ByHand, SMALL_CHUNKS, Sluice, flawed_members, leave_unpolled, set_chunk_bytes,
};

const NO_REPORT: &str = "the report on the failed rows could not be made";

/// A system whose chunks and whose ends wait for the test.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        for function in ["worker", "finisher", "sweeper"] {
            leave_unpolled(options, function);
        }
    })
    .await
}

/// Imports a flawed file, its chunks in the wrong order, up to its report.
async fn begin<'a>(sluice: &'a Sluice, station: &str) -> ByHand<'a> {
    let (file, _) = flawed_members(300, 931, 5.0, 10.0);
    let import = ByHand::begin(sluice, station, &file).await;
    import.deliver(import.messages.iter().rev()).await;
    import
}

/// Deletes the failed rows of one chunk.
async fn lose_a_part(sluice: &Sluice, station: &str) {
    let clients = sluice.clients().await;
    let objects = sluice_aws::Objects::new(&clients, BUCKET.to_owned());
    let parts = objects.list(&format!("parts/{station}/")).await;
    let mut parts = parts.expect("a list").into_iter();
    let part = parts
        .find(|key| !key.ends_with("-deferred.csv"))
        .expect("a part");
    let delete = clients.s3.delete_object().bucket(BUCKET).key(part);
    delete.send().await.expect("a part is deleted");
}

/// Makes it as if the sweeper had set a task going so often, the last time long ago.
async fn age(sluice: &Sluice, station: &str, task_id: u64, nudges: u32) {
    let key = (format!("STATION#{station}"), format!("TASK#{task_id:016}"));
    let key = (key.0.as_str(), key.1.as_str());
    let long_ago = AttributeValue::S("2026-01-01T00:00:00Z".to_owned());
    sluice.tamper(key, "SET modify_time = :v", long_ago).await;
    let nudges = AttributeValue::N(nudges.to_string());
    sluice.tamper(key, "SET nudges = :v", nudges).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_report_cannot_be_made_ends_without_it_and_its_duplicates_are_settled() {
    let sluice = sluice().await;
    let whole = begin(&sluice, "whole").await;
    sluice.show_to_finisher(whole.task_id).await;
    let expected = whole.outcome().await;
    let counted = begin(&sluice, "torn").await;
    lose_a_part(&sluice, "torn").await;
    sluice.show_to_finisher(counted.task_id).await;
    let task = counted.caller.task(counted.task_id).await;
    assert_eq!(task.status, TaskStatus::Running, "it is tried again");
    age(&sluice, "torn", counted.task_id, 20).await;
    sluice.show_to_finisher(counted.task_id).await;
    let task = counted.ended().await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    assert_eq!(task.rows, expected.rows);
    assert_eq!(counted.outcome().await.stored, expected.stored);
    let reason = task.reason.as_deref().expect("a reason");
    assert!(reason.starts_with(NO_REPORT), "{reason}");
    assert_eq!(counted.caller.failed_rows_file(&task).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_the_finisher_cannot_end_at_all_is_ended_by_the_sweeper_which_says_so() {
    let sluice = sluice().await;
    let import = begin(&sluice, "demo").await;
    age(&sluice, "demo", import.task_id, 29).await;
    sluice.sweep().await;
    let task = import.caller.task(import.task_id).await;
    assert_eq!(task.status, TaskStatus::Running, "it is shown once more");
    age(&sluice, "demo", import.task_id, 30).await;
    sluice.sweep().await;
    let task = import.ended().await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let reason = task.reason.as_deref().expect("a reason");
    assert!(reason.starts_with(NO_REPORT), "{reason}");
    assert!(
        reason.contains("rows with the same key in several chunks may be counted as succeeded"),
        "{reason}"
    );
}
