//! What is not undone, and why.

use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use super::{Counts, begin, undone, undone_whole};
use crate::harness::{
    BUCKET, Caller, STATION, Sluice, eventually, id_of, leave_unpolled, members, process,
};

async fn refused(caller: &Caller, task_id: u64) -> String {
    caller.verb("undo", task_id).await.refused(40901)
}

async fn delete_all(sluice: &Sluice, prefix: &str) {
    let clients = sluice.clients().await;
    let objects = sluice_aws::Objects::new(&clients, BUCKET.to_owned());
    let keys = objects.list(prefix).await.expect("a list");
    assert!(!keys.is_empty(), "{prefix}");
    for key in keys {
        let delete = clients.s3.delete_object().bucket(BUCKET).key(key);
        delete.send().await.expect("an object is deleted");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_undone_is_neither_undone_nor_retried_nor_corrected() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let import = demo
        .import(b"member_no,name,points\nA,Ann,1\nB,Bo,x\n")
        .await;
    let report = demo.failed_rows_file(&import).await.expect("a report");
    assert_eq!(undone_whole(&demo, &import).await, Counts::deleted(1));
    let task_id = import.task_id.get();
    let msg = refused(&demo, task_id).await;
    assert!(msg.contains("is undone, by task"), "{msg}");
    let msg = demo.verb("retry", task_id).await.refused(40901);
    assert!(msg.contains("is undone"), "{msg}");
    let corrected = demo.import(&report).await;
    assert_eq!(corrected.status, TaskStatus::Failed);
    let reason = corrected.reason.expect("a reason");
    assert!(reason.contains("which is undone"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_stored_nothing_or_went_elsewhere_is_refused() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let running = demo.send(&members(10, 2_101), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, running).await;
    let msg = refused(&demo, running).await;
    assert!(msg.contains("is running: cancel it, or wait"), "{msg}");
    sluice.deliver_all(&messages).await;
    demo.ended(running).await;

    let send = async |caller: &Caller, file: &[u8], options: serde_json::Value| -> TaskView {
        let task_id = caller.send(file, &options).await;
        sluice
            .deliver_all(&sluice.chunk_messages(caller, task_id).await)
            .await;
        caller.ended(task_id).await
    };
    let dry = send(&demo, &members(10, 2_102), json!({ "dry_run": true })).await;
    let msg = refused(&demo, dry.task_id.get()).await;
    assert!(msg.contains("was a dry run"), "{msg}");

    let nothing = send(&demo, b"member_no,name\n,Ann\n", json!({})).await;
    assert_eq!(nothing.rows.expect("rows").succeeded, 0);
    let msg = refused(&demo, nothing.task_id.get()).await;
    assert!(msg.contains("stored no rows"), "{msg}");

    let options = json!({ "on_duplicate": "overwrite" });
    let overwrite = send(&demo, &members(10, 2_103), options).await;
    let msg = refused(&demo, overwrite.task_id.get()).await;
    assert!(msg.contains("kept no copies of them"), "{msg}");

    let office = demo.of_business("points_adjustment");
    let file = b"reference,member_no,points\nR1,A,5\n";
    let endpoint = office.send(file, &json!({})).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&office, endpoint).await)
        .await;
    office.ended(endpoint).await;
    let msg = refused(&demo, endpoint).await;
    assert!(msg.contains("back office"), "{msg}");
    let msg = office
        .post(
            "/upload",
            &json!({
                "business": "points_adjustment", "file_name": "p.csv", "size_bytes": 10,
                "options": { "undoable": true },
            }),
        )
        .await
        .refused(40001);
    assert!(msg.contains("undoable"), "{msg}");

    let service = id_of(&demo.post("/task/add", &process(&json!({}))).await.ok());
    let msg = refused(&demo, service).await;
    assert!(msg.contains("only imports"), "{msg}");
    let undo = begin(&demo, &demo.task(running).await).await;
    let msg = refused(&demo, undo).await;
    assert!(msg.contains("only imports"), "{msg}");
    // Another station's import is not there.
    sluice
        .caller("other")
        .verb("undo", running)
        .await
        .refused(40401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_file_or_plan_is_gone_is_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (seed, folder, words) in [
        (2_111, "uploads", "the file of task"),
        (2_112, "manifests", "the plan of task"),
    ] {
        let import = demo.import(&members(10, seed)).await;
        let task_id = import.task_id.get();
        delete_all(&sluice, &format!("{folder}/{STATION}/{task_id}/")).await;
        let msg = refused(&demo, task_id).await;
        assert!(msg.contains(words) && msg.contains("limited time"), "{msg}");
    }
    assert_eq!(sluice.items().await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_goes_when_the_undo_has_begun_stops_it_with_a_reason() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let import = demo.send(&members(10, 2_121), &json!({})).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, import).await)
        .await;
    let undo = begin(&demo, &demo.ended(import).await).await;
    let messages = sluice.chunk_messages(&demo, undo).await;
    delete_all(&sluice, &format!("uploads/{STATION}/{import}/")).await;
    sluice.deliver_all(&messages).await;
    let undo = demo.ended(undo).await;
    assert_eq!(undo.status, TaskStatus::Failed);
    let reason = undo.reason.expect("a reason");
    assert!(reason.contains("the file of task"), "{reason}");
    assert_eq!(sluice.items().await.len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_what_was_replaced_is_gone_rows_stay_as_they_are() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let undoable = json!({ "on_duplicate": "overwrite", "undoable": true });
    demo.import(b"member_no,name\nA,Ann\nB,Bo\n").await;
    let chunk = demo
        .import_with(b"member_no,name\nA,Anna\nC,Cy\n", &undoable)
        .await;
    // Rows with the same key wait for the end of their import.
    let deferred = demo
        .import_with(b"member_no,name\nB,Bob\nB,Bobby\n", &undoable)
        .await;
    let before = sluice.items().await;
    for import in [chunk, deferred] {
        let task_id = import.task_id.get();
        delete_all(&sluice, &format!("undo/{STATION}/{task_id}/images/")).await;
        let undo = undone(&demo, &import).await;
        assert_eq!(undo.status, TaskStatus::Failed);
        let reason = undo.reason.expect("a reason");
        assert!(reason.contains("limited time"), "{reason}");
        assert!(sluice.items().await == before);
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn corrections_are_undone_first() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let import = demo
        .import(b"member_no,name,points\nA,Ann,1\nB,Bo,x\nC,Cy,y\n")
        .await;
    let report = demo.failed_rows_file(&import).await.expect("a report");
    let report = String::from_utf8(report).expect("UTF-8");
    let correction = demo.import(report.replace(",x,", ",2,").as_bytes()).await;
    assert_eq!(correction.rows.expect("rows").succeeded, 1);
    assert_eq!(correction.parent, Some(import.task_id));
    let whole = demo.task(import.task_id.get()).await.combined_rows;
    assert_eq!(
        whole.map(|rows| (rows.succeeded, rows.failed)),
        Some((2, 1))
    );

    let msg = refused(&demo, import.task_id.get()).await;
    let words = format!("undo task {} first", correction.task_id);
    assert!(msg.contains(&words), "{msg}");
    assert_eq!(undone_whole(&demo, &correction).await, Counts::deleted(1));
    let whole = demo.task(import.task_id.get()).await.combined_rows;
    assert_eq!(
        whole.map(|rows| (rows.succeeded, rows.failed)),
        Some((1, 2)),
        "as if the corrected file had not come"
    );
    assert_eq!(undone_whole(&demo, &import).await, Counts::deleted(1));
    assert!(sluice.items().await.is_empty());
    assert_eq!(
        demo.import(b"member_no,name\nA,Ann\nB,Bo\n").await.status,
        TaskStatus::Finished
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_which_nothing_can_be_undone_can_be_undone_later() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = demo.import(b"member_no,name\nA,Ann\n").await;
    let options = json!({ "on_duplicate": "overwrite", "undoable": true });
    let second = demo
        .import_with(b"member_no,name\nA,Anna\n", &options)
        .await;
    let undo = undone(&demo, &first).await;
    assert_eq!(undo.status, TaskStatus::Failed);
    assert_eq!(Counts::of(&undo).kept, 1);
    let task = demo.task(first.task_id.get()).await;
    assert_eq!(task.undone_by, None);
    assert_eq!(undone_whole(&demo, &second).await.restored, 1);
    assert_eq!(undone_whole(&demo, &first).await, Counts::deleted(1));
    assert!(sluice.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_cancelled_before_it_begins_leaves_its_import_as_it_was() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "splitter")).await;
    let demo = sluice.demo();
    let import = demo.send(&members(10, 2_131), &json!({})).await;
    let split = async || sluice.take_all("sluice-uploads").await.pop();
    let event = eventually("the event of the file", split).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    let import = demo.ended(import).await;
    let undo = begin(&demo, &import).await;
    demo.verb("cancel", undo).await.ok();
    assert_eq!(demo.task(undo).await.status, TaskStatus::Failed);
    let event = eventually("the message of the undo", split).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    assert_eq!(sluice.items().await.len(), 10);
    let next = begin(&demo, &import).await;
    assert_ne!(next, undo);
    let event = eventually("the message of the undo", split).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    assert_eq!(Counts::of(&demo.ended(next).await), Counts::deleted(10));
}
