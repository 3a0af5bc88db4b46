//! A DynamoDB that throttles, fails and loses answers: everything is counted and stored once.

use local_generator::Flawed;
use sluice_task::TaskStatus;

use crate::harness::{Fault, FaultyRoad, Sluice, failed_rows, flawed_members, members, records};

const ROWS: u64 = 1_500;

/// Imports a flawed file over a road with this rule, and asserts that the outcome is the one of
/// a road without faults.
async fn import_over(road: &FaultyRoad, rule: impl FnMut(&str) -> Fault + Send + 'static) {
    let sluice = Sluice::behind(road, |_| {}).await;
    let demo = sluice.demo();
    let (file, flaws) = flawed_members(ROWS, 21, 4.0, 4.0);
    let task_id = demo.send(&file, &serde_json::json!({})).await;
    road.set_rule(rule);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    let counts = (rows.read, rows.succeeded, rows.failed, rows.duplicate);
    assert_eq!(counts, (ROWS, 1_380, 60, 60), "{task:?}");

    assert_eq!(sluice.items().await.len(), 1_380);
    road.set_rule(|_| Fault::None);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let lines = failed_rows(&report, &records(&file).0);
    let reported: Vec<u64> = lines.iter().map(|line| line.row).collect();
    let flawed: Vec<u64> = flaws.iter().map(|Flawed { row, .. }| *row).collect();
    assert_eq!(reported, flawed);
}

/// A rule by which every `k`-th request of an operation meets a fault.
fn every(k: u32, operation: &'static str, fault: Fault) -> impl FnMut(&str) -> Fault + Send {
    let mut nth = 0;
    move |found| {
        nth += u32::from(found == operation);
        if found == operation && nth % k == 0 {
            fault
        } else {
            Fault::None
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_calls_are_sent_again_until_all_rows_are_stored() {
    let road = FaultyRoad::start().await;
    import_over(&road, every(3, "BatchExecuteStatement", Fault::Throttled)).await;
    assert!(road.count("BatchExecuteStatement", Fault::Throttled) > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_that_is_throttled_in_part_only_that_part_is_sent_again() {
    let road = FaultyRoad::start().await;
    import_over(
        &road,
        every(2, "BatchExecuteStatement", Fault::HalfThrottled),
    )
    .await;
    assert!(road.count("BatchExecuteStatement", Fault::HalfThrottled) > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_whose_answer_was_lost_are_recognised_as_stored() {
    let road = FaultyRoad::start().await;
    import_over(&road, every(3, "BatchExecuteStatement", Fault::AnswerLost)).await;
    assert!(road.count("BatchExecuteStatement", Fault::AnswerLost) > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_whose_commit_meets_another_one_count_once() {
    let road = FaultyRoad::start().await;
    import_over(&road, every(2, "TransactWriteItems", Fault::Conflict)).await;
    assert!(road.count("TransactWriteItems", Fault::Conflict) > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_whose_commit_was_made_but_not_answered_count_once() {
    let road = FaultyRoad::start().await;
    import_over(&road, every(3, "TransactWriteItems", Fault::AnswerLost)).await;
    assert!(road.count("TransactWriteItems", Fault::AnswerLost) > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_request_may_fail_now_and_then() {
    let road = FaultyRoad::start().await;
    let faults = [Fault::Internal, Fault::Throttled, Fault::AnswerLost];
    let mut nth = 0;
    import_over(&road, move |_| {
        nth += 1;
        if nth % 5 == 0 {
            faults[nth / 5 % faults.len()]
        } else {
            Fault::None
        }
    })
    .await;
    for operation in [
        "BatchExecuteStatement",
        "TransactWriteItems",
        "BatchGetItem",
    ] {
        let count: usize = faults
            .iter()
            .map(|fault| road.count(operation, *fault))
            .sum();
        assert!(count > 0, "no fault of {operation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_whose_splitter_fails_is_split_when_its_message_comes_again() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    let demo = sluice.demo();
    let mut is_first = true;
    // The splitter's start of the import is the first.
    road.set_rule(move |operation| {
        if operation == "UpdateItem" && std::mem::take(&mut is_first) {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    let task = demo.import(&members(30, 22)).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(road.count("UpdateItem", Fault::Refused), 1);
    assert_eq!(sluice.items().await.len(), 30);
}
