//! Files that are put into the bucket's inbox start an import by themselves.

use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{BUCKET, Caller, Sluice, eventually, gzip, members, staff_file};

/// The ids of a station's tasks, once there are as many.
async fn tasks(caller: &Caller, count: usize) -> Vec<u64> {
    let list = eventually("the tasks of the inbox", async || {
        let list = caller.get("/task/list").await.ok();
        let found = list["tasks"].as_array().expect("tasks").len();
        (found >= count).then_some(list)
    })
    .await;
    let tasks = list["tasks"].as_array().expect("tasks");
    assert_eq!(tasks.len(), count, "{list}");
    tasks
        .iter()
        .filter_map(|task| task["task_id"].as_u64())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_inbox_is_imported_for_the_station_of_its_folder() {
    let sluice = Sluice::start().await;
    let file = members(300, 51);
    sluice
        .put_object("inbox/north/member_import/2026/our members é+.csv", &file)
        .await;
    let north = sluice.caller("north");
    let task = north.ended(tasks(&north, 1).await[0]).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(
        (task.business_id.as_str(), task.business_name.as_str()),
        ("member_import", "Members")
    );
    assert_eq!(task.input["file_name"], "2026/our members é+.csv");
    let items = sluice.items().await;
    assert_eq!(items.len(), 300);
    assert!(items.keys().all(|(pk, _)| pk.starts_with("north#")));
    assert_eq!(tasks(&sluice.demo(), 0).await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_event_twice_is_one_import_and_the_same_file_put_again_another() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let key = "inbox/demo/member_import/x.csv";
    let file = members(30, 52);
    let etag = sluice.put_object(key, &file).await;
    let first = tasks(&demo, 1).await[0];
    demo.ended(first).await;
    let event = |sequencer: &str| {
        json!({ "Records": [{
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2026-01-31T00:00:00.000Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": { "principalId": "x" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "x",
                "bucket": { "name": BUCKET, "ownerIdentity": { "principalId": "x" }, "arn": "x" },
                "object": {
                    "key": key,
                    "size": file.len(),
                    "eTag": etag.trim_matches('"'),
                    "sequencer": sequencer,
                },
            },
        }]})
        .to_string()
    };
    for _ in 0..3 {
        assert!(sluice.deliver_to("splitter", &event("00AA")).await);
    }
    let two = tasks(&demo, 2).await;
    assert_eq!(two[1], first, "newest first");
    let again = demo.ended(two[0]).await;
    assert_eq!(again.status, TaskStatus::Failed);
    let reason = again.reason.expect("a reason");
    assert!(reason.contains("the same file was imported"), "{reason}");
    assert!(reason.contains(&first.to_string()), "{reason}");
    assert_eq!(again.rows.expect("rows").read, 0);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn rows_of_the_inbox_that_want_the_same_are_settled_and_the_file_is_not_retried() {
    let sluice = Sluice::start().await;
    let staff = ["A1,Ann,13812340001,", "A2,Bob,13812340001,"];
    let others = ["A3,Cay,13812340003,", "A4,Dan,13812340003,"];
    for (station, name, file) in [
        ("plain", "staff.csv", staff_file(&staff)),
        ("packed", "staff.csv.gz", gzip(&staff_file(&others))),
    ] {
        let key = format!("inbox/{station}/staff_import/{name}");
        sluice.put_object(&key, &file).await;
        let caller = sluice.caller(station);
        let task = caller.ended(tasks(&caller, 1).await[0]).await;
        let rows = task.rows.expect("rows");
        assert_eq!((rows.succeeded, rows.duplicate), (1, 1), "{task:?}");
        assert_eq!(sluice.staff(station).await.people.len(), 1);
        let task_id = task.task_id.get();
        caller.verb("retry", task_id).await.refused(40901);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_an_unknown_business_ends_as_failed_and_names_the_known_ones() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    sluice
        .put_object("inbox/demo/membr_import/x.csv", &members(30, 53))
        .await;
    let task = demo.ended(tasks(&demo, 1).await[0]).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert!(
        reason.contains("`membr_import` is not a known business"),
        "{reason}"
    );
    assert!(reason.contains("member_import"), "{reason}");
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_are_no_imports_start_nothing() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for key in [
        "inbox/demo/x.csv",
        "inbox/de mo/member_import/x.csv",
        "uploads/demo/77/x.csv",
    ] {
        sluice.put_object(key, &members(10, 54)).await;
    }
    sluice.drained("sluice-uploads").await;
    sluice
        .put_object("inbox/demo/member_import/last.csv", &members(10, 55))
        .await;
    demo.ended(tasks(&demo, 1).await[0]).await;
    assert_eq!(sluice.items().await.len(), 10);
    assert_eq!(
        demo.get("/task/list").await.ok()["finish"],
        Value::Bool(true)
    );
}
