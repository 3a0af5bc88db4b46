//! Rows that make their chunk fail whenever they are in it: each is found and reported, and all
//! other rows are imported.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_definition::reported::restore;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    ByHand, CHUNKS, Caller, FailedRow, Fault, FaultyRoad, Sluice, failed_rows, leave_unpolled,
    members, records,
};

/// How long a worker may take where it is to be ended in the middle of a chunk.
const SHORT: Duration = Duration::from_secs(2);

/// A system with a road to its tables whose chunks wait for the test.
async fn sluice(road: &FaultyRoad, worker_time: Option<Duration>) -> Sluice {
    Sluice::behind(road, |options| {
        leave_unpolled(options, "worker");
        if let Some(time) = worker_time {
            options.timeouts.insert("worker".to_owned(), time);
        }
    })
    .await
}

/// The keys of some rows, as a spreadsheet numbers them.
fn keys(file: &[u8], rows: &[u64]) -> Vec<String> {
    let (_, records) = records(file);
    let key = |row: &u64| String::from_utf8_lossy(&records[*row as usize - 2][0]).into_owned();
    rows.iter().map(key).collect()
}

/// First and last row of a chunk.
fn rows_of(message: &str) -> (u64, u64) {
    let chunk = <ChunkMessage>::parse(message).expect("ours").chunk;
    (chunk.first_row, chunk.first_row + chunk.records - 1)
}

async fn lines(demo: &Caller, task: &TaskView, file: &[u8]) -> Vec<FailedRow> {
    let report = demo.failed_rows_file(task).await.expect("failed rows");
    failed_rows(&report, &records(file).0)
}

/// Asserts that an import has failed in these rows alone, for a cause, and stored all others.
async fn assert_only_these_failed(
    sluice: &Sluice,
    (task, file): (&TaskView, &[u8]),
    poison: &[u64],
    cause: &str,
) {
    let (_, records) = records(file);
    let (all, failed) = (records.len() as u64, poison.len() as u64);
    let rows = task.rows.expect("rows");
    assert_eq!(
        (rows.read, rows.succeeded, rows.failed, rows.duplicate),
        (all, all - failed, failed, 0),
        "{task:?}"
    );
    assert_eq!(task.status, TaskStatus::PartlySucceeded);
    let chunks = task.chunks.expect("chunks");
    assert_eq!(chunks.total, Some(chunks.done));
    let were = if failed == 1 { "was" } else { "were" };
    let reason = format!(
        "{failed} of {all} rows {were} not imported ({failed} failed, 0 duplicate): see the \
         failed-rows file"
    );
    assert_eq!(task.reason.as_deref(), Some(&*reason));
    let lines = lines(&sluice.demo(), task, file).await;
    let reported: Vec<u64> = lines.iter().map(|line| line.row).collect();
    assert_eq!(reported, poison);
    for line in &lines {
        assert_eq!((line.column.as_str(), &*line.code), ("", "unprocessable"));
        assert!(line.message.contains(cause), "{}", line.message);
        let original: Vec<_> = records[line.row as usize - 2].iter().collect();
        let fields = line.fields.iter().map(|field| restore(field));
        let shown: Vec<_> = fields
            .map(|field| field.into_owned().into_bytes())
            .collect();
        assert_eq!(shown, original, "as it is in the file");
    }
    let stored: BTreeSet<String> = sluice.items().await.into_keys().map(|key| key.1).collect();
    let poison: BTreeSet<u64> = poison.iter().copied().collect();
    let innocent: Vec<u64> = (2..2 + all).filter(|row| !poison.contains(row)).collect();
    let innocent: BTreeSet<String> = keys(file, &innocent).into_iter().collect();
    assert!(innocent.is_subset(&stored), "an innocent row is missing");
    assert!(stored.len() as u64 <= all);
}

/// Imports a file of which the chosen rows of its second chunk are refused with all that comes
/// with them.
async fn refused_with(choose: impl Fn((u64, u64)) -> Vec<u64>) {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, None).await;
    let file = members(70, 901);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let poison = choose(rows_of(&import.messages[1]));
    road.poison(keys(&file, &poison), Fault::Refused);
    for (place, message) in import.messages.iter().enumerate() {
        let is_poisoned = place == 1;
        for nth in 1..=3 {
            assert_eq!(sluice.deliver_for(nth, message).await, !is_poisoned);
        }
        assert!(sluice.deliver_for(4, message).await, "the careful try");
    }
    let task = import.ended().await;
    let cause = "the table refuses it (ValidationException)";
    assert_only_these_failed(&sluice, (&task, &file), &poison, cause).await;
    assert_eq!(sluice.items().await.len(), 70 - poison.len());
}

/// Messages as JSON: the order of their fields says nothing.
fn read(messages: &[String]) -> Vec<Value> {
    let read = |message: &String| serde_json::from_str(message).expect("JSON");
    messages.iter().map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_that_fails_three_times_is_halved_until_the_row_that_does_it_is_alone() {
    refused_with(|(first, last)| vec![first.midpoint(last) + 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_row_of_a_chunk_can_be_the_one_that_does_it() {
    refused_with(|(first, _)| vec![first]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_row_of_a_chunk_can_be_the_one_that_does_it() {
    refused_with(|(_, last)| vec![last]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_rows_of_one_chunk_can_do_it() {
    refused_with(|(first, last)| vec![first, first + 5, last - 1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_none_of_whose_rows_can_be_imported_ends_with_each_of_them_reported() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, None).await;
    let file = members(12, 902);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let all: Vec<u64> = (2..14).collect();
    road.poison(keys(&file, &all), Fault::Refused);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    let rows = task.rows.expect("rows");
    assert_eq!((task.status, rows.failed), (TaskStatus::Failed, 12));
    let lines = lines(&sluice.demo(), &task, &file).await;
    assert!(lines.iter().all(|line| line.code == "unprocessable"));
    assert_eq!(lines.iter().map(|line| line.row).collect::<Vec<_>>(), all);
    assert_eq!(sluice.items().await.len(), 0);
}

/// Imports a file in one chunk of which one row ends the worker, whenever it is tried.
async fn ended_by(row: u64) {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, Some(SHORT)).await;
    let file = members(12, 903);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    assert_eq!(import.messages.len(), 1);
    road.poison(keys(&file, &[row]), Fault::Silence);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    let cause = "the worker ended in the middle of it";
    assert_only_these_failed(&sluice, (&task, &file), &[row], cause).await;
    let ended = road.count("BatchExecuteStatement", Fault::Silence);
    assert!(ended <= 3 + 1 + 4 + 2, "{ended} workers ended");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_first_row_that_ends_its_worker_is_found() {
    ended_by(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_row_that_ends_its_worker_is_found() {
    ended_by(13).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_came_further_goes_on_under_a_message_that_counts_from_the_start() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, Some(SHORT)).await;
    let file = members(12, 904);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let message = &import.messages[0];
    road.poison(keys(&file, &[2]), Fault::Silence);
    for nth in 1..=4 {
        assert!(!sluice.deliver_for(nth, message).await);
    }
    assert!(sluice.deliver_for(11, message).await, "the old one may go");
    let task = sluice.demo().task(import.task_id).await;
    assert_eq!(task.status, TaskStatus::Running, "nothing is committed");
    let sent: Vec<Value> = read(&sluice.take_all(CHUNKS).await);
    assert_eq!(sent, read(std::slice::from_ref(message)));
    sluice.deliver_all(std::slice::from_ref(message)).await;
    let task = import.ended().await;
    assert_eq!(task.rows.expect("rows").failed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_throttles_for_long_blames_no_row() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, Some(SHORT)).await;
    let import = ByHand::begin(&sluice, "demo", &members(30, 905)).await;
    road.set_rule(|operation| match operation {
        "BatchExecuteStatement" => Fault::Throttled,
        _ => Fault::None,
    });
    for nth in 1..=6 {
        assert!(!sluice.deliver_for(nth, &import.messages[0]).await);
    }
    let explained = sluice.demo();
    let path = format!("/task/explain?task_id={}", import.task_id);
    let explained = explained.get(&path).await.ok();
    assert_eq!(explained["chunks"][0]["search"], json!(null));
    road.set_rule(|_| Fault::None);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_whose_commit_fails_for_long_blames_no_row() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, None).await;
    let import = ByHand::begin(&sluice, "demo", &members(30, 909)).await;
    road.set_rule(|operation| match operation {
        "TransactWriteItems" => Fault::Refused,
        _ => Fault::None,
    });
    for nth in 1..=11 {
        assert!(!sluice.deliver_for(nth, &import.messages[0]).await);
    }
    road.set_rule(|_| Fault::None);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_that_end_for_another_reason_blame_no_row() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, Some(SHORT)).await;
    let import = ByHand::begin(&sluice, "demo", &members(12, 906)).await;
    road.set_rule(|operation| match operation {
        "BatchExecuteStatement" => Fault::Silence,
        _ => Fault::None,
    });
    for nth in 1..=5 {
        assert!(!sluice.deliver_for(nth, &import.messages[0]).await);
    }
    road.set_rule(|_| Fault::None);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_careful_tries_at_the_same_moment_one_goes_on_and_the_other_narrows_nothing() {
    let road = FaultyRoad::start().await;
    let sluice = sluice(&road, Some(SHORT)).await;
    let file = members(12, 907);
    let import = ByHand::begin(&sluice, "demo", &file).await;
    let message = &import.messages[0];
    road.poison(keys(&file, &[5]), Fault::Refused);
    for nth in 1..=3 {
        assert!(!sluice.deliver_for(nth, message).await);
    }
    road.poison(keys(&file, &[5]), Fault::Silence);
    let second = async {
        tokio::time::sleep(SHORT / 4).await;
        sluice.deliver_for(5, message).await
    };
    let handled = tokio::join!(sluice.deliver_for(4, message), second);
    assert_eq!(handled, (false, false));
    road.set_rule(|_| Fault::None);
    sluice.deliver_all(&import.messages).await;
    let task = import.ended().await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_with_a_poison_row_comes_to_its_end_by_itself() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    let file = members(70, 908);
    road.poison(keys(&file, &[40]), Fault::Refused);
    let task = sluice.demo().import(&file).await;
    assert_only_these_failed(&sluice, (&task, &file), &[40], "ValidationException").await;
}
