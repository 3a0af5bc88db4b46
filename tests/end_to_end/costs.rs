//! What an import costs, counted where requests leave: the promise of the issue, for a file of
//! several chunks of the usual size.

use sluice_aws::TaskStore;
use sluice_basics::ids::TaskRef;
use sluice_task::TaskStatus;

use crate::harness::{CHUNKS, STATION, Sluice, eventually, leave_unpolled, members};

const ROWS: u64 = 12_000;
/// Requests for each row: a batch of 25 is 0.04.
const REQUESTS_PER_ROW: f64 = 0.042;
/// Write units for each chunk: its marker and the counters, in a transaction, and the note that a
/// worker began with it.
const UNITS_PER_CHUNK: f64 = 6.0;
/// Write units for each task, whatever its size: 6 to add it (task, open mark and the version
/// that keeps its station's limit, in a transaction), 2 for the claim of its file and to start it, 1 for the number of chunks, 4 to end
/// it (task and open mark).
const UNITS_PER_TASK: f64 = 14.0;
/// The file is read once to be split and once to be imported.
const BYTES_PER_BYTE: f64 = 2.05;

/// Waits until a task has ended, without asking the API: looking costs requests as well.
pub async fn wait_uncounted(sluice: &Sluice, task_id: u64) {
    wait_uncounted_in(sluice, STATION, task_id).await;
}

/// The same in another station.
pub async fn wait_uncounted_in(sluice: &Sluice, station: &str, task_id: u64) {
    let tasks = TaskStore::new(&sluice.clients().await, "sluice-tasks".to_owned());
    let reference = TaskRef {
        station_id: station.parse().expect("a station"),
        task_id: task_id.try_into().expect("a task id"),
    };
    eventually("the end of the task", async || {
        let task = tasks.get(&reference).await.expect("an answer")?;
        task.status.has_ended().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_costs_no_more_than_is_promised() {
    // A sweep at the wrong moment would count as well.
    let sluice = Sluice::with(|options| leave_unpolled(options, "sweeper")).await;
    let demo = sluice.demo();
    let file = members(ROWS, 41);
    let before = sluice.system.clients.meter.usage();
    let bytes_sent_before = sluice.system.services.s3.stats().bytes_sent;
    let task_id = demo.send(&file, &serde_json::json!({})).await;
    wait_uncounted(&sluice, task_id).await;
    let task = demo.ended(task_id).await;
    let usage = sluice.system.clients.meter.usage() - before;
    let bytes_sent = sluice.system.services.s3.stats().bytes_sent - bytes_sent_before;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let chunks = task.chunks.expect("chunks").done;
    println!("{ROWS} rows in {chunks} chunks: {usage:?}");
    assert_eq!(
        u64::from(chunks),
        1 + (file.len() as u64 - 1) / (1 << 20),
        "chunks of 1 MiB"
    );

    let requests_per_row = usage.dynamodb_requests as f64 / ROWS as f64;
    assert!(requests_per_row <= REQUESTS_PER_ROW, "{usage:?}");
    let most_units = ROWS as f64 + UNITS_PER_CHUNK * f64::from(chunks) + UNITS_PER_TASK;
    assert!(usage.write_units <= most_units, "{usage:?}");
    assert!(
        usage.write_units >= ROWS as f64,
        "each row costs a unit: {usage:?}"
    );
    let most_bytes = file.len() as f64 * BYTES_PER_BYTE;
    assert!(usage.s3_bytes_read as f64 <= most_bytes, "{usage:?}");
    assert!(
        bytes_sent as f64 <= most_bytes,
        "{bytes_sent} bytes left S3"
    );
    assert!(bytes_sent >= 2 * file.len() as u64 - 1_000, "{bytes_sent}");
    assert_eq!(
        sluice.system.services.sqs.send_count(CHUNKS),
        u64::from(chunks)
    );
}
