//! A file of the inbox that is replaced before its import begins: each version is imported, once.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    BUCKET, Caller, SMALL_CHUNKS, Sluice, eventually, id_of, ids, leave_unpolled, members,
    set_chunk_bytes,
};

const KEY: &str = "inbox/demo/member_import/m.csv";
const UPLOADS: &str = "sluice-uploads";

/// A file of members with numbers from `first` on.
fn rows_from(first: u32, rows: u32) -> Vec<u8> {
    let mut file = "member_no,name\n".to_owned();
    for number in first..first + rows {
        let _ = writeln!(file, "M{number},Ann");
    }
    file.into_bytes()
}

/// A system in which the test brings the files' events to the splitter.
async fn sluice() -> Sluice {
    Sluice::with(|options| leave_unpolled(options, "splitter")).await
}

/// Puts an object of the inbox. Its event.
async fn put(sluice: &Sluice, file: &[u8]) -> String {
    sluice.put_object(KEY, file).await;
    eventually("the event of a file", async || {
        sluice.take_all(UPLOADS).await.pop()
    })
    .await
}

/// The ends of a station's tasks, the newest first.
async fn ends(caller: &Caller) -> Vec<TaskView> {
    let mut ends = Vec::new();
    for task_id in ids(&caller.get("/task/list?limit=100").await.ok()) {
        ends.push(caller.ended(task_id).await);
    }
    ends
}

/// The event as buckets without versions send it.
fn without_version(event: &str) -> String {
    let mut event: Value = serde_json::from_str(event).expect("an event");
    let object = event["Records"][0]["s3"]["object"].as_object_mut();
    let version = object.expect("an object").remove("versionId");
    assert!(version.is_some(), "{event}");
    event.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_before_its_import_is_imported_as_well_as_the_next_one() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    // Of another size each.
    let files = [rows_from(0, 40), rows_from(100, 55)];
    let first = put(&sluice, &files[0]).await;
    let second = put(&sluice, &files[1]).await;
    // S3 keeps no order, and brings events twice.
    for event in [&second, &first, &second, &first] {
        assert!(sluice.deliver_to("splitter", event).await);
    }
    let tasks = ends(&demo).await;
    let counts = tasks
        .iter()
        .map(|task| (task.status, task.rows.expect("rows").succeeded));
    let expected = [(TaskStatus::Finished, 40), (TaskStatus::Finished, 55)];
    assert_eq!(counts.collect::<Vec<_>>(), expected, "{tasks:?}");
    assert_eq!(sluice.items().await.len(), 95);

    let third = put(&sluice, &files[0]).await;
    assert!(sluice.deliver_to("splitter", &third).await);
    let tasks = ends(&demo).await;
    assert_eq!(tasks.len(), 3, "a version is a task: {tasks:?}");
    let reason = tasks[0].reason.as_ref().expect("a reason");
    assert!(reason.contains("the same file was imported"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_while_it_is_imported_is_imported_to_its_end() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    sluice.put_object(KEY, &rows_from(0, 300)).await;
    let task_id = eventually("the task of the file", async || {
        ids(&demo.get("/task/list").await.ok()).pop()
    })
    .await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    let s3 = sluice.clients().await.s3;
    let deleted = s3.delete_object().bucket(BUCKET).key(KEY).send().await;
    deleted.expect("the object is deleted");
    sluice.deliver_all(&messages).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_deleted_before_its_import_says_so() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let first = put(&sluice, &members(10, 901)).await;
    let second = put(&sluice, &members(10, 902)).await;
    let event: Value = serde_json::from_str(&first).expect("an event");
    let version = event["Records"][0]["s3"]["object"]["versionId"].as_str();
    let s3 = sluice.clients().await.s3;
    let delete = s3.delete_object().bucket(BUCKET).key(KEY);
    let delete = delete.version_id(version.expect("a version"));
    delete.send().await.expect("the version is deleted");
    for event in [&first, &second] {
        assert!(sluice.deliver_to("splitter", event).await);
    }
    let tasks = ends(&demo).await;
    let statuses = tasks.iter().map(|task| task.status).collect::<Vec<_>>();
    assert_eq!(statuses, [TaskStatus::Finished, TaskStatus::Failed]);
    let reason = tasks[1].reason.as_ref().expect("a reason");
    assert!(
        reason.contains("was replaced or deleted before it was imported"),
        "{reason}"
    );
}

/// What earlier releases have stored, and what buckets without versions announce.
#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_without_a_version_is_imported_while_it_is_there() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "worker");
        leave_unpolled(options, "sweeper");
        let one = ("MaxRunningImports".to_owned(), "1".to_owned());
        options.parameters.extend([one]);
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    let demo = sluice.demo();
    // A row that is wrong: there is something to correct, and nothing to retry.
    let event = without_version(&put(&sluice, b"member_no,name\nA1,Ann\nA2,\n").await);
    // An import that waits for its file takes the only room.
    let first = id_of(&demo.begin(10, &json!({})).await);
    assert!(sluice.deliver_to("splitter", &event).await);
    let task_id = ids(&demo.get("/task/list").await.ok())[0];
    assert_eq!(demo.task(task_id).await.input.get("version_id"), None);
    let explained = demo.get(&format!("/task/explain?task_id={task_id}")).await;
    assert_eq!(explained.ok()["waiting_for"], "room");

    sluice.take_all(UPLOADS).await;
    sluice.sweep().await;
    let again = sluice.take_all(UPLOADS).await.pop().expect("a message");
    demo.verb("cancel", first).await.ok();
    assert!(sluice.deliver_to("splitter", &again).await);
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(!messages[0].contains("version_id"), "{messages:?}");
    sluice.deliver_all(&messages).await;
    let task = demo.ended(task_id).await;
    assert_eq!(task.rows.expect("rows").succeeded, 1, "{task:?}");
    demo.verb("retry", task_id).await.refused(40901);
}
