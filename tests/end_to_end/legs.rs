//! A file that cannot be split in one invocation: before its time is up the splitter hands the
//! rest to itself, and the plan is the one that a single invocation makes.

use std::time::Duration;

use serde_json::json;
use sluice_basics::object_key;
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{Sluice, members, set_chunk_bytes};

/// More than the megabyte in which the header is looked for.
const ROWS: u64 = 12_000;
/// No more than what the splitter keeps for handing over: each invocation ends after its first
/// piece of the file.
const TIMEOUT: Duration = Duration::from_secs(20);

async fn chunks(sluice: &Sluice, file: &[u8]) -> (Vec<sluice_csv::Chunk>, usize) {
    let demo = sluice.demo();
    let task_id = demo.send(file, &json!({})).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.rows.expect("rows").succeeded, ROWS);
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let chunks = messages
        .iter()
        .map(|body| <ChunkMessage>::parse(body).expect("ours").chunk);
    let mut chunks: Vec<_> = chunks.collect();
    chunks.sort_by_key(|chunk| chunk.number);
    let plan = <ChunkMessage>::parse(&messages[0]).expect("ours").plan;
    let clients = sluice.clients().await;
    let legs = sluice_aws::Objects::new(&clients, "sluice-files".to_owned())
        .list(&object_key::manifests(&plan.task))
        .await
        .expect("a list");
    (chunks, legs.len())
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_split_in_many_legs_has_the_chunks_of_one_leg() {
    let file = members(ROWS, 51);
    let one = Sluice::with(|options| set_chunk_bytes(options, 16 << 10)).await;
    let (expected, legs) = chunks(&one, &file).await;
    assert_eq!(legs, 1);
    let many = Sluice::with(|options| {
        set_chunk_bytes(options, 16 << 10);
        options.timeouts.insert("splitter".to_owned(), TIMEOUT);
    })
    .await;
    let (found, legs) = chunks(&many, &file).await;
    assert!(legs > 2, "{legs} legs");
    assert_eq!(found, expected);
}
