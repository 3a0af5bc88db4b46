//! The same bytes for the same business: imported once, whatever way they come, unless the caller
//! says otherwise.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};
use serde_json::{Value, json};
use sluice_core::api::{RowsView, TaskView};
use sluice_core::task::TaskStatus;

use crate::harness::{BUCKET, Caller, Sluice, eventually, id_of, ids, leave_unpolled, members};

const BODY: &str = "/upload?business=member_import&file_name=m.csv";

async fn post_body(caller: &Caller, path: &str, file: &[u8]) -> crate::harness::Answer {
    caller.post_as(path, "text/csv", file.to_vec()).await
}

/// Asserts that a refusal names the first import and when it ended.
fn assert_names(msg: &str, first: &TaskView) {
    let task = format!("task {}", first.task_id);
    let end = first.end_time.expect("an end").to_string();
    assert!(msg.contains("the same file"), "{msg}");
    assert!(msg.contains(&task), "{task}: {msg}");
    assert!(msg.contains(&end[..19]), "{end}: {msg}");
    assert!(msg.contains("repeat: true"), "{msg}");
}

/// Asserts that a task was refused because of another one, and read nothing.
fn assert_refused(task: &TaskView, first: &TaskView) {
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_names(task.reason.as_deref().expect("a reason"), first);
    assert_eq!(task.rows, Some(RowsView::default()));
    assert_eq!(task.start_time, None);
}

/// Puts an object in parts of 5 MiB, as clients of S3 do with large files; S3 keeps the checksum
/// that they name, or its own.
async fn put_in_parts(
    sluice: &Sluice,
    key: &str,
    file: &[u8],
    checksum: Option<ChecksumAlgorithm>,
) {
    let s3 = sluice.clients().await.s3;
    let created = s3
        .create_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .set_checksum_algorithm(checksum.clone());
    let upload_id = created.send().await.expect("an upload").upload_id;
    let mut parts = CompletedMultipartUpload::builder();
    for (number, bytes) in (1..).zip(file.chunks(5 << 20)) {
        let sent = s3
            .upload_part()
            .bucket(BUCKET)
            .key(key)
            .set_upload_id(upload_id.clone())
            .part_number(number)
            .set_checksum_algorithm(checksum.clone())
            .body(ByteStream::from(bytes.to_vec()))
            .send()
            .await
            .expect("a part is sent");
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc64_nvme(sent.checksum_crc64_nvme.filter(|_| checksum.is_some()));
        parts = parts.parts(part.build());
    }
    s3.complete_multipart_upload()
        .bucket(BUCKET)
        .key(key)
        .set_upload_id(upload_id)
        .multipart_upload(parts.build())
        .send()
        .await
        .expect("the parts are joined");
}

/// The newest task of a station that has as many.
async fn newest_of(caller: &Caller, count: usize) -> TaskView {
    let newest = eventually("the task of the inbox", async || {
        let list = ids(&caller.get("/task/list?limit=100").await.ok());
        assert!(list.len() <= count, "{list:?}");
        (list.len() == count).then(|| list[0])
    });
    caller.ended(newest.await).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_as_a_body_is_refused_at_the_door() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 401);
    let begun = post_body(&demo, BODY, &file).await.ok();
    let first = demo.ended(id_of(&begun)).await;
    assert_eq!(first.status, TaskStatus::Finished);
    let (before, list) = (sluice.items().await, demo.get("/task/list").await.ok());
    for path in [
        BODY,
        &BODY.replace("m.csv", "another.csv"),
        &format!("{BODY}&repeat=false"),
    ] {
        let msg = post_body(&demo, path, &file).await.refused(40901);
        assert_names(&msg, &first);
    }
    assert_eq!(
        demo.get("/task/list").await.ok(),
        list,
        "no task is left behind"
    );
    assert!(sluice.items().await == before, "something was written");
    let msg = post_body(&demo, &format!("{BODY}&repeat=perhaps"), &file)
        .await
        .refused(40001);
    assert!(msg.contains("repeat"), "{msg}");

    // One byte more is another file.
    let mut other = file;
    other.push(b'\n');
    let begun = post_body(&demo, BODY, &other).await.ok();
    let second = demo.ended(id_of(&begun)).await;
    assert_eq!(second.rows.expect("rows").duplicate, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_while_the_same_file_is_being_imported() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let file = members(50, 402);
    let first = id_of(&post_body(&demo, BODY, &file).await.ok());
    let messages = sluice.chunk_messages(&demo, first).await;
    let msg = post_body(&demo, BODY, &file).await.refused(40901);
    assert!(msg.contains("has been running"), "{msg}");
    assert!(msg.contains(&first.to_string()), "{msg}");
    let by_ticket = demo.import(&file).await;
    assert_eq!(by_ticket.status, TaskStatus::Failed);
    let reason = by_ticket.reason.expect("a reason");
    assert!(reason.contains(&first.to_string()), "{reason}");
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    assert_eq!(demo.ended(first).await.status, TaskStatus::Finished);
    assert_eq!(sluice.items().await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_by_ticket_and_body_in_any_order_ends_as_failed_and_writes_nothing() {
    let sluice = Sluice::start().await;
    let file = members(50, 403);
    for (station, by_body) in [
        ("t-t", [false, false]),
        ("b-t", [true, false]),
        ("t-b", [false, true]),
    ] {
        let caller = sluice.caller(station);
        let first = if by_body[0] {
            let begun = post_body(&caller, BODY, &file).await.ok();
            caller.ended(id_of(&begun)).await
        } else {
            caller.import(&file).await
        };
        assert_eq!(first.status, TaskStatus::Finished, "{station}: {first:?}");
        let before = sluice.items().await;
        if by_body[1] {
            let msg = post_body(&caller, BODY, &file).await.refused(40901);
            assert_names(&msg, &first);
        } else {
            let second = caller.import(&file).await;
            assert_ne!(second.task_id, first.task_id);
            assert_refused(&second, &first);
        }
        assert!(
            sluice.items().await == before,
            "{station}: something was written"
        );
    }
    // Each station has imported it for itself.
    assert_eq!(sluice.items().await.len(), 150);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_in_the_inbox_is_noticed_whatever_its_name_and_its_parts() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Two parts; its rows are wrong but for one, so that there is little to write.
    let mut file = b"member_no,name,address\nA1,Ann,here\n".to_vec();
    let junk = format!("B2,,{}\n", "x".repeat(500));
    while file.len() < (5 << 20) + 1_000 {
        file.extend_from_slice(junk.as_bytes());
    }
    let first = demo.import(&file).await;
    assert_eq!(first.status, TaskStatus::PartlySucceeded, "{first:?}");
    let before = sluice.items().await;
    let at = |name: &str| format!("inbox/demo/member_import/{name}");
    for (count, checksum) in [(2, None), (3, Some(ChecksumAlgorithm::Crc64Nvme))] {
        put_in_parts(&sluice, &at("parts.csv"), &file, checksum).await;
        let second = newest_of(&demo, count).await;
        assert_eq!(second.status, TaskStatus::Failed, "{second:?}");
        let reason = second.reason.expect("a reason");
        assert!(reason.contains("was imported in part"), "{reason}");
        assert!(reason.contains(&first.task_id.to_string()), "{reason}");
        assert!(sluice.items().await == before, "something was written");
    }

    let small = members(30, 404);
    sluice.put_object(&at("one.csv"), &small).await;
    let first = newest_of(&demo, 4).await;
    assert_eq!(first.status, TaskStatus::Finished, "{first:?}");
    for (count, name) in [(5, "one.csv"), (6, "two.csv"), (7, "2026/one.csv")] {
        sluice.put_object(&at(name), &small).await;
        assert_refused(&newest_of(&demo, count).await, &first);
    }
    assert_eq!(sluice.items().await.len(), before.len() + 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_inbox_is_the_same_as_an_upload_however_a_client_checks_its_sending() {
    let sluice = Sluice::start().await;
    let s3 = sluice.clients().await.s3;
    let file = members(30, 405);
    for algorithm in [
        None,
        Some(ChecksumAlgorithm::Crc64Nvme),
        Some(ChecksumAlgorithm::Crc32),
        Some(ChecksumAlgorithm::Sha256),
    ] {
        let name = algorithm
            .as_ref()
            .map_or("usual", ChecksumAlgorithm::as_str);
        let caller = sluice.caller(name);
        let first = caller.import(&file).await;
        assert_eq!(first.status, TaskStatus::Finished, "{name}: {first:?}");
        s3.put_object()
            .bucket(BUCKET)
            .key(format!("inbox/{name}/member_import/m.csv"))
            .set_checksum_algorithm(algorithm.clone())
            .body(ByteStream::from(file.clone()))
            .send()
            .await
            .expect("an object is stored");
        assert_refused(&newest_of(&caller, 2).await, &first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_repeat_is_imported_again_row_by_row() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 406);
    demo.import(&file).await;
    let before = sluice.items().await;
    let again = demo.repeating().import(&file).await;
    assert!(again.repeat, "{again:?}");
    assert_eq!(again.status, TaskStatus::Failed);
    assert_eq!(again.rows.expect("rows").duplicate, 50);
    let begun = post_body(&demo, &format!("{BODY}&repeat=true"), &file)
        .await
        .ok();
    let again = demo.ended(id_of(&begun)).await;
    assert_eq!(again.rows.expect("rows").duplicate, 50);
    let skipping = demo
        .repeating()
        .import_with(&file, &json!({ "on_duplicate": "skip" }))
        .await;
    assert_eq!(skipping.status, TaskStatus::Finished);
    assert_eq!(skipping.rows.expect("rows").skipped, 50);
    assert!(sluice.items().await == before, "something was written");
    // What may not repeat is refused as before.
    let refused = demo.import(&file).await;
    assert_eq!(
        (refused.status, refused.rows),
        (TaskStatus::Failed, Some(RowsView::default()))
    );
    let msg = post_body(&demo, BODY, &file).await.refused(40901);
    assert!(msg.contains("the same file"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_which_nothing_was_imported_may_come_again() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let wrong = b"member_no,name\n,a\n,b\n".as_slice();
    let refused = b"member_no,colour\n1,red\n".as_slice();
    let taken = b"member_no,name\nT1,Tom\n".as_slice();
    demo.import(b"member_no,name\nT1,Tim\n").await;
    for (file, read) in [(wrong, 2), (refused, 0), (taken, 1)] {
        let mut reasons = Vec::new();
        for _ in 0..2 {
            let by_ticket = demo.import(file).await;
            let begun = post_body(&demo, BODY, file).await.ok();
            let by_body = demo.ended(id_of(&begun)).await;
            for task in [by_ticket, by_body] {
                assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
                assert_eq!(task.rows.expect("rows").read, read, "{task:?}");
                reasons.push(task.reason.expect("a reason"));
            }
        }
        reasons.dedup();
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(!reasons[0].contains("the same file"), "{reasons:?}");
    }
    assert_eq!(sluice.items().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_files_at_the_same_moment_one_is_imported() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let file = members(300, 407);
    let mut urls = Vec::new();
    for _ in 0..6 {
        let begun = demo.begin(file.len(), &json!({})).await;
        let url = begun["upload"]["url"].as_str().expect("a URL").to_owned();
        urls.push((id_of(&begun), url));
    }
    let sent = urls.iter().map(async |(task_id, url)| {
        assert_eq!(demo.put(url, file.clone()).await.0, 200);
        demo.ended(*task_id).await
    });
    let tasks: Vec<TaskView> = futures::future::join_all(sent).await;
    let (done, refused): (Vec<_>, Vec<_>) = tasks
        .into_iter()
        .partition(|task| task.status == TaskStatus::Finished);
    assert_eq!((done.len(), refused.len()), (1, 5), "{refused:?}");
    for task in refused {
        assert_eq!(
            (task.status, task.rows),
            (TaskStatus::Failed, Some(RowsView::default()))
        );
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(&done[0].task_id.to_string()), "{reason}");
    }
    assert_eq!(sluice.items().await.len(), 300);

    let file = members(50, 408);
    let posts = (0..8).map(|_| post_body(&demo, BODY, &file));
    let answers = futures::future::join_all(posts).await;
    let (one, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.code == 0);
    let data: Vec<Value> = one.into_iter().map(crate::harness::Answer::ok).collect();
    assert_eq!((data.len(), others.len()), (1, 7));
    for answer in others {
        let msg = answer.refused(40901);
        assert!(msg.contains(&id_of(&data[0]).to_string()), "{msg}");
    }
    let task = demo.ended(id_of(&data[0])).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 350);
    sluice.assert_consistent().await;
}
