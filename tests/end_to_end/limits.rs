//! What a station may import at most: bytes and rows of a file, and imports at the same time. The
//! door says what it can know; what only the file shows ends its task with a reason.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, STATION, Sluice, TASKS, eventually, gzip, id_of, ids, leave_unpolled, members,
    set_chunk_bytes, workbook,
};

const UPLOADS: &str = "sluice-uploads";

/// Sets limits of a station, as its operator does.
pub async fn limit(sluice: &Sluice, station: &str, limits: &[(&str, u64)]) {
    let dynamodb = sluice.clients().await.dynamodb;
    let mut put = dynamodb
        .put_item()
        .table_name(TASKS)
        .item("pk", AttributeValue::S(format!("STATION#{station}")))
        .item("sk", AttributeValue::S("LIMITS".to_owned()));
    for (name, most) in limits {
        put = put.item(*name, AttributeValue::N(most.to_string()));
    }
    put.send().await.expect("limits are stored");
}

fn request(size_bytes: usize, user_task_id: &str) -> Value {
    json!({
        "business": "member_import", "file_name": "m.csv", "size_bytes": size_bytes,
        "user_task_id": user_task_id,
    })
}

/// The newest task of a station, once there are as many.
async fn newest(caller: &Caller, count: usize) -> u64 {
    eventually("the tasks", async || {
        let found = ids(&caller.get("/task/list").await.ok());
        (found.len() >= count).then(|| found[0])
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_file_may_unpack_to_as_many_bytes_as_a_file_may_have() {
    let sluice = Sluice::start().await;
    let file = members(200, 625);
    let rows = "<row><c><v>1</v></c></row>".repeat(1_000);
    let book = workbook(&[("S", "visible", &rows)]);
    // Limits are kept for a minute, so that each case has a station of its own.
    for (station, packed, unpacked) in [
        ("gzip", gzip(&file), file.len()),
        ("workbook", book, rows.len()),
    ] {
        assert!(packed.len() < unpacked / 2);
        limit(&sluice, station, &[("max_file_bytes", unpacked as u64 / 2)]).await;
        let task = sluice.caller(station).import(&packed).await;
        assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
        let reason = task.reason.expect("a reason");
        assert!(
            reason.starts_with("the file unpacks to more than"),
            "{reason}"
        );
        assert!(reason.contains("split it into several files"), "{reason}");
    }
    assert_eq!(sluice.items().await.len(), 0);
    let whole = [("max_file_bytes", file.len() as u64)];
    limit(&sluice, "whole", &whole).await;
    let task = sluice.caller("whole").import(&gzip(&file)).await;
    assert_eq!(task.status, TaskStatus::Finished);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_too_many_bytes_is_refused_at_the_door_and_in_the_inbox() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(20, 621);
    limit(&sluice, STATION, &[("max_file_bytes", file.len() as u64)]).await;
    let msg = demo
        .post("/upload", &request(file.len() + 1, "a"))
        .await
        .refused(41301);
    assert!(msg.contains(&format!("at most {}", file.len())), "{msg}");
    let mut longer = file.clone();
    longer.push(b'\n');
    let path = "/upload?business=member_import&file_name=m.csv";
    demo.post_as(path, "text/csv", longer.clone())
        .await
        .refused(41301);
    assert_eq!(demo.get("/task/list").await.ok()["tasks"], json!([]));

    sluice
        .put_object("inbox/demo/member_import/m.csv", &longer)
        .await;
    let task = demo.ended(newest(&demo, 1).await).await;
    assert_eq!(task.status, TaskStatus::Failed);
    assert!(
        task.reason
            .expect("a reason")
            .contains("split it into several files")
    );
    assert_eq!(sluice.items().await.len(), 0);
    assert_eq!(demo.import(&file).await.status, TaskStatus::Finished);
    // It is a limit of that station.
    let other = sluice.caller("other").import(&longer).await;
    assert_eq!(other.status, TaskStatus::Finished, "{other:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_imports_wait_or_run_as_may_and_the_next_is_told_when_to_come_again() {
    let sluice = Sluice::with(|options| {
        options
            .parameters
            .insert("MaxRunningImports".to_owned(), "2".to_owned());
    })
    .await;
    let demo = sluice.demo();
    // Tasks of services do not count.
    demo.run(&json!(1)).await;
    demo.add(&json!(2)).await;
    let file = members(10, 622);
    let first = demo
        .post("/upload", &request(file.len(), "first"))
        .await
        .ok();
    demo.post("/upload", &request(file.len(), "second"))
        .await
        .ok();
    let refused = demo.post("/upload", &request(file.len(), "third")).await;
    assert_eq!(refused.retry_after, Some(60));
    let msg = refused.refused(42901);
    assert!(msg.contains("2 imports that have not ended"), "{msg}");
    let path = "/upload?business=member_import&file_name=m.csv";
    demo.post_as(path, "text/csv", file.clone())
        .await
        .refused(42901);
    assert_eq!(ids(&demo.get("/task/list").await.ok()).len(), 4);

    // Asking again for one that is there is none more, and other stations have room.
    let again = demo
        .post("/upload", &request(file.len(), "first"))
        .await
        .ok();
    assert_eq!(again["task_id"], first["task_id"]);
    demo.post("/upload", &request(file.len() + 1, "first"))
        .await
        .refused(40901);
    sluice
        .caller("other")
        .post("/upload", &request(file.len(), "x"))
        .await
        .ok();

    // One that has ended makes room.
    let url = first["upload"]["url"].as_str().expect("a URL");
    demo.put(url, file.clone()).await;
    demo.ended(id_of(&first)).await;
    demo.post("/upload", &request(file.len(), "third"))
        .await
        .ok();
    demo.post("/upload", &request(file.len(), "fourth"))
        .await
        .refused(42901);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn files_in_the_inbox_wait_for_room_and_none_is_lost() {
    let sluice = Sluice::with(|options| {
        options
            .parameters
            .insert("MaxRunningImports".to_owned(), "1".to_owned());
        options
            .environment
            .insert("ROOM_WAIT_SECONDS".to_owned(), "0".to_owned());
    })
    .await;
    let demo = sluice.demo();
    // One import that waits for its file takes the only room.
    let begun = demo.post("/upload", &request(10, "first")).await.ok();
    let mut waiting = Vec::new();
    for number in 0..3 {
        let key = format!("inbox/demo/member_import/{number}.csv");
        sluice.put_object(&key, &members(10, 630 + number)).await;
        waiting.push(newest(&demo, waiting.len() + 2).await);
    }
    // Each is looked at more often than a message is received before it is a dead letter.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for &task_id in &waiting {
        let explained = demo
            .get(&format!("/task/explain?task_id={task_id}"))
            .await
            .ok();
        assert_eq!(
            (&explained["status"], &explained["waiting_for"]),
            (&json!(1), &json!("room"))
        );
        let words = explained["explanation"].as_str().expect("words");
        assert!(
            words.contains("begins by itself when there is room"),
            "{words}"
        );
    }
    demo.verb("cancel", id_of(&begun)).await.ok();
    let mut ends = Vec::new();
    for task_id in waiting {
        let task = demo.ended(task_id).await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        ends.push((task.start_time, task.end_time));
    }
    // One after the other, in their order.
    for pair in ends.windows(2) {
        assert!(pair[0].1 <= pair[1].0, "{ends:?}");
    }
    assert_eq!(sluice.items().await.len(), 30);
    sluice.drained(UPLOADS).await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_in_the_inbox_whose_message_is_lost_while_it_waits_is_announced_again() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "splitter");
        leave_unpolled(options, "sweeper");
        let patience = ("STALE_AFTER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([patience]);
    })
    .await;
    let demo = sluice.demo();
    limit(&sluice, STATION, &[("max_running_imports", 0)]).await;
    sluice
        .put_object("inbox/demo/member_import/m.csv", &members(10, 625))
        .await;
    let taken = async || sluice.take_all(UPLOADS).await.pop();
    let event = eventually("the file's event", taken).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    let task_id = newest(&demo, 1).await;
    let explained = demo.get(&format!("/task/explain?task_id={task_id}")).await;
    assert!(explained.ok().to_string().contains("room"));
    sluice.sweep().await;
    let again = eventually("the file's announcement", taken).await;
    limit(&sluice, STATION, &[("max_running_imports", 1)]).await;
    assert!(again.contains(&task_id.to_string()), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_too_many_rows_is_refused_before_a_row_is_written() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    limit(&sluice, STATION, &[("max_rows", 200)]).await;
    let file = members(201, 623);
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("more than the 200 rows"), "{reason}");
    assert!(reason.contains("nothing was imported"), "{reason}");
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0);
    // The header is no row, and without one the first line is.
    let without_last = &file[..file[..file.len() - 1]
        .iter()
        .rposition(|&b| b == b'\n')
        .expect("a line")];
    let task = demo.import(without_last).await;
    assert_eq!(
        (task.status, task.rows.expect("rows").read),
        (TaskStatus::Finished, 200)
    );
    let options = json!({ "header": false, "mapping": { "member_no": "1", "name": "2" } });
    let task = demo.repeating().import_with(without_last, &options).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_file_that_passes_its_rows_in_a_later_leg_nothing_is_imported() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 32 << 10);
        leave_unpolled(options, "splitter");
        // Each invocation of the splitter ends after its first piece of the file, which is some
        // hundred KB of 5 MB as a rule, and more on a busy machine.
        options
            .timeouts
            .insert("splitter".to_owned(), Duration::from_secs(20));
    })
    .await;
    let demo = sluice.demo();
    limit(&sluice, STATION, &[("max_rows", 30_000)]).await;
    let task_id = demo.send(&members(33_000, 624), &json!({})).await;
    let event = eventually("the file's event", async || {
        sluice.take_all(UPLOADS).await.pop()
    });
    assert!(sluice.deliver_to("splitter", &event.await).await);
    let mut legs = 1;
    while let Some(next) = sluice.take_all(UPLOADS).await.pop() {
        assert!(sluice.deliver_to("splitter", &next).await);
        legs += 1;
    }
    assert!(legs > 1);
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("more than the 30000 rows"), "{reason}");
    assert!(reason.contains("nothing was imported"), "{reason}");
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn stations_cannot_raise_their_limits() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut config = demo.get("/station/config").await.ok();
    config["limits"] = json!({ "max_rows": 1_000_000 });
    let msg = demo
        .call("PUT", "/station/config", &config)
        .await
        .refused(40001);
    assert!(msg.contains("limits"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_read_once_a_minute_however_many_requests_there_are() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "sweeper")).await;
    let demo = sluice.demo();
    let before = sluice.system.clients.meter.usage();
    for number in 0..20 {
        demo.post("/upload", &request(10, &format!("n-{number}")))
            .await
            .ok();
    }
    let usage = sluice.system.clients.meter.usage() - before;
    assert_eq!(usage.config_reads, 1, "{usage:?}");
    // A read and a query find the room, and one transaction adds the task.
    assert_eq!(usage.dynamodb_requests, 61, "{usage:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_cannot_be_read_is_not_passed_over() {
    let sluice = Sluice::start().await;
    limit(&sluice, STATION, &[("max_row", 5)]).await;
    sluice
        .demo()
        .post("/upload", &request(10, "a"))
        .await
        .refused(50001);
}
