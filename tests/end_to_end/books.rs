//! Books that somebody broke: whatever differs, the task fails and its reason says what.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_api::TaskView;
use sluice_basics::object_key;
use sluice_task::TaskStatus;
use sluice_task::manifest::Manifest;

use crate::harness::{
    BUCKET, ByHand, SMALL_CHUNKS, Sluice, TASKS, leave_unpolled, members, set_chunk_bytes,
};

const ROWS: u64 = 60;

/// What is done to the books of an import whose chunks are all committed.
#[derive(Clone, Copy)]
enum Break {
    /// One is added to an attribute of the task.
    Task(&'static str),
    /// One is added to an attribute of the first chunk's marker.
    Marker(&'static str),
    /// The first chunk's marker is deleted.
    NoMarker,
    /// The plan is changed.
    Plan(fn(&mut Manifest)),
    /// The plan is deleted.
    NoPlan,
}

/// A system whose chunks and whose ends wait for the test.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
        leave_unpolled(options, "finisher");
    })
    .await
}

/// Imports a file in a station, breaks its books, and has the finisher see it.
async fn broken<'a>(sluice: &'a Sluice, station: &str, how: Option<Break>) -> ByHand<'a> {
    let import = ByHand::begin(sluice, station, &members(ROWS, 921)).await;
    assert!(import.messages.len() > 1);
    import.deliver(&import.messages).await;
    if let Some(how) = how {
        break_books(sluice, &import, station, how).await;
    }
    sluice.show_to_finisher(import.task_id).await;
    import
}

async fn break_books(sluice: &Sluice, import: &ByHand<'_>, station: &str, how: Break) {
    let task = sluice.caller(station).task(import.task_id).await;
    let task_key = (
        format!("STATION#{station}"),
        format!("TASK#{:016}", import.task_id),
    );
    let marker = (
        format!("TASK#{station}#{}", import.task_id),
        "CHUNK#00000000".to_owned(),
    );
    let one = AttributeValue::N("1".to_owned());
    let clients = sluice.clients().await;
    let prefix = object_key::manifests(&sluice_basics::ids::TaskRef {
        station_id: task.station_id,
        task_id: task.task_id,
    });
    let objects = sluice_aws::Objects::new(&clients, BUCKET.to_owned());
    match how {
        Break::Task(name) => {
            let add = format!("ADD {name} :v");
            sluice.tamper((&task_key.0, &task_key.1), &add, one).await;
        }
        Break::Marker(name) => {
            let add = format!("ADD {name} :v");
            sluice.tamper((&marker.0, &marker.1), &add, one).await;
        }
        Break::NoMarker => {
            let delete = clients.dynamodb.delete_item().table_name(TASKS);
            let delete = delete
                .key("pk", AttributeValue::S(marker.0))
                .key("sk", AttributeValue::S(marker.1));
            delete.send().await.expect("a marker is deleted");
        }
        Break::Plan(change) => {
            let key = objects.list(&prefix).await.expect("a list").remove(0);
            let mut manifest: Manifest = objects.get_json(&key).await.expect("a manifest");
            change(&mut manifest);
            objects.put_json(&key, &manifest).await.expect("a manifest");
        }
        Break::NoPlan => {
            let key = objects.list(&prefix).await.expect("a list").remove(0);
            let delete = clients.s3.delete_object().bucket(BUCKET).key(key);
            delete.send().await.expect("a manifest is deleted");
        }
    }
}

async fn seen(import: &ByHand<'_>) -> TaskView {
    import.caller.task(import.task_id).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_whose_books_do_not_balance_ends_as_failed_with_the_difference_in_its_reason() {
    let breaks: [(Break, &str); 16] = [
        (
            Break::Task("rows_read"),
            "rows read against rows accounted for: 61 against 60",
        ),
        (
            Break::Task("rows_read"),
            "rows read by the task against its chunks: 61 against 60",
        ),
        (
            Break::Task("rows_succeeded"),
            "rows succeeded by the task against its chunks: 61 against 60",
        ),
        (
            Break::Task("rows_failed"),
            "rows failed by the task against its chunks: 1 against 0",
        ),
        (
            Break::Task("rows_duplicate"),
            "rows duplicate by the task against its chunks: 1 against 0",
        ),
        (
            Break::Task("rows_skipped"),
            "rows skipped by the task against its chunks: 1 against 0",
        ),
        (
            Break::Task("chunks_done"),
            "chunks planned against chunks counted: ",
        ),
        (
            Break::Task("bytes_done"),
            "bytes counted against bytes reported: ",
        ),
        (
            Break::Task("file_bytes"),
            "bytes of the file against bytes committed: ",
        ),
        (
            Break::Marker("rows_succeeded"),
            "rows succeeded by the task against its chunks: 60 against 61",
        ),
        (
            Break::Marker("#end"),
            "bytes counted against bytes reported: ",
        ),
        (Break::NoMarker, "chunks planned against chunks reported: "),
        (
            Break::Plan(|plan| plan.chunks[1].start += 1),
            "the chunk before ends at ",
        ),
        (
            Break::Plan(|plan| plan.chunks.retain(|chunk| chunk.number > 0)),
            "chunk 0 is missing, ",
        ),
        (
            Break::Plan(|plan| plan.chunks.truncate(1)),
            "the last chunk ends at byte ",
        ),
        (Break::NoPlan, "the plan is missing"),
    ];
    let sluice = sluice().await;
    for (number, (how, difference)) in breaks.into_iter().enumerate() {
        let import = broken(&sluice, &format!("s{number}"), Some(how)).await;
        let task = seen(&import).await;
        assert_eq!(task.status, TaskStatus::Failed, "{difference}: {task:?}");
        assert_eq!(task.progress, 100);
        let reason = task.reason.as_deref().expect("a reason");
        assert!(reason.starts_with("the books do not balance: "), "{reason}");
        assert!(reason.contains(difference), "{difference}: {reason}");
        let rows = task.rows.expect("rows");
        assert!(
            rows.succeeded >= ROWS,
            "what was counted is shown: {rows:?}"
        );
    }
    sluice.assert_consistent().await;
    let whole = broken(&sluice, "whole", None).await;
    assert_eq!(seen(&whole).await.status, TaskStatus::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_a_task_whose_books_did_not_balance_counts_again_what_is_there() {
    let sluice = sluice().await;
    for how in [Break::Task("rows_failed"), Break::NoMarker] {
        let station = if matches!(how, Break::NoMarker) {
            "b"
        } else {
            "a"
        };
        let import = broken(&sluice, station, Some(how)).await;
        assert_eq!(seen(&import).await.status, TaskStatus::Failed);
        let messages = import.retry(2).await;
        assert_eq!(messages.len(), usize::from(station == "b"));
        import.deliver(&messages).await;
        sluice.show_to_finisher(import.task_id).await;
        let task = import.ended().await;
        assert_eq!((task.status, task.reason), (TaskStatus::Finished, None));
        assert_eq!(task.rows.expect("rows").succeeded, ROWS);
    }
    assert_eq!(sluice.items().await.len() as u64, 2 * ROWS);
}
