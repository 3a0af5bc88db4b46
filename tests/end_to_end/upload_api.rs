//! `POST /upload`: tickets, files as bodies, repeated requests, and requests that are wrong.

use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{Sluice, members};

const MIB: u64 = 1 << 20;

fn request(size_bytes: u64) -> Value {
    json!({ "business": "member_import", "file_name": "our members.csv", "size_bytes": size_bytes })
}

/// A part of a file of 200 MiB.
fn part() -> Vec<u8> {
    vec![b'x'; 16 * MIB as usize]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_gets_a_url_for_each_part_and_the_parts_make_up_the_file() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let one_put = demo.post("/upload", &request(100 * MIB)).await.ok();
    assert_eq!(one_put["upload"]["kind"], "put");

    for size_bytes in [100 * MIB + 1, 200 * MIB, 200 * MIB + 1, 1_000_000 * MIB] {
        let begun = demo.post("/upload", &request(size_bytes)).await.ok();
        let upload = &begun["upload"];
        assert_eq!(upload["kind"], "multipart");
        assert!(
            upload["expires_at"]
                .as_str()
                .is_some_and(|time| time.ends_with('Z'))
        );
        let part_bytes = upload["part_bytes"].as_u64().expect("a size");
        assert!(part_bytes >= 5 * MIB, "S3's smallest part");
        let parts = upload["parts"].as_array().expect("parts");
        assert_eq!(parts.len() as u64, size_bytes.div_ceil(part_bytes));
        assert!(parts.len() <= 10_000, "S3's most parts");
        let numbers: Vec<u64> = parts
            .iter()
            .filter_map(|part| part["part_number"].as_u64())
            .collect();
        assert_eq!(numbers, (1..=parts.len() as u64).collect::<Vec<_>>());
        for part in [&parts[0], &parts[parts.len() - 1]] {
            let url = part["url"].as_str().expect("a URL");
            assert!(url.contains("X-Amz-Signature="), "a presigned URL");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_are_joined_once_and_the_import_starts() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Its header is not accepted, so that these 100 MiB need not be read through.
    let mut file = b"some,header\n".to_vec();
    file.resize(100 * MIB as usize + 11, b'x');
    let begun = demo.post("/upload", &request(file.len() as u64)).await.ok();
    let (task_id, upload) = (begun["task_id"].as_u64().expect("an id"), &begun["upload"]);
    let part_bytes = upload["part_bytes"].as_u64().expect("a size") as usize;
    let mut parts = Vec::new();
    for (part, bytes) in upload["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .zip(file.chunks(part_bytes))
    {
        let (status, etag) = demo.put(part["url"].as_str().expect("a URL"), bytes).await;
        assert_eq!(status, 200);
        parts.push(json!({ "part_number": part["part_number"], "etag": etag }));
    }
    let complete = |parts: &[Value]| json!({ "task_id": task_id, "upload_id": upload["upload_id"], "parts": parts });
    let wrong = json!({ "part_number": 1, "etag": "\"00000000000000000000000000000000\"" });
    let msg = demo
        .post("/upload/complete", &complete(&[wrong]))
        .await
        .refused(40901);
    assert!(msg.contains("S3 did not accept the parts"), "{msg}");
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Submitted);

    for _ in 0..2 {
        assert_eq!(
            demo.post("/upload/complete", &complete(&parts)).await.ok(),
            Value::Null
        );
    }
    let task = demo.ended(task_id).await;
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("found `some`, `header`"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_in_parts_goes_on_with_new_urls() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut wanted = request(200 * MIB);
    wanted["user_task_id"] = json!("slow");
    let first = demo.post("/upload", &wanted).await.ok();
    let upload_id = first["upload"]["upload_id"].as_str().expect("an id");
    wanted["upload_id"] = json!(upload_id);
    let renewed = demo.post("/upload", &wanted).await.ok();
    assert_eq!(renewed["task_id"], first["task_id"]);
    assert_eq!(renewed["upload"]["upload_id"], upload_id);
    assert_eq!(
        renewed["upload"]["part_bytes"],
        first["upload"]["part_bytes"]
    );
    let url = |begun: &Value, part: usize| {
        let url = begun["upload"]["parts"][part]["url"].as_str();
        url.expect("a URL").to_owned()
    };
    assert_eq!(demo.put(&url(&first, 0), part()).await.0, 200);
    assert_eq!(demo.put(&url(&renewed, 1), part()).await.0, 200);

    // Without it, another upload begins.
    wanted["upload_id"] = Value::Null;
    let other = demo.post("/upload", &wanted).await.ok();
    assert_ne!(other["upload"]["upload_id"], upload_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_for_its_own_station_and_file_only() {
    let sluice = Sluice::start().await;
    let mut wanted = request(200 * MIB);
    wanted["user_task_id"] = json!("slow");
    let begun = sluice.demo().post("/upload", &wanted).await.ok();
    wanted["upload_id"] = begun["upload"]["upload_id"].clone();
    let other = sluice.caller("other");
    let taken = other.post("/upload", &wanted).await.ok();
    let url = taken["upload"]["parts"][0]["url"].as_str().expect("a URL");
    // A few bytes: the answer comes before a whole part would have been sent.
    let refused = other.put(url, b"part".to_vec()).await.0;
    assert!([403, 404].contains(&refused), "{refused}: no such upload");

    let mut nameless = wanted.clone();
    nameless["user_task_id"] = Value::Null;
    let msg = sluice
        .demo()
        .post("/upload", &nameless)
        .await
        .refused(40001);
    assert!(msg.contains("user_task_id"), "{msg}");
    for wrong in [json!(""), json!("with blanks"), json!("x".repeat(1_025))] {
        wanted["upload_id"] = wrong;
        let msg = sluice.demo().post("/upload", &wanted).await.refused(40001);
        assert!(msg.starts_with("upload_id: 1 to 256"), "{msg}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_file_can_be_the_body() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(200, 91);
    let path = "/upload?business=member_import&file_name=m%C3%A9mbers.csv&user_task_id=body-1";
    let begun = demo
        .post_as(path, "text/csv; charset=utf-8", file.clone())
        .await
        .ok();
    assert_eq!(
        (&begun["upload"], &begun["user_task_id"]),
        (&Value::Null, &json!("body-1"))
    );
    let task_id = begun["task_id"].as_u64().expect("a task id");
    let task = demo.ended(task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.input["file_name"], "mémbers.csv");
    assert_eq!(sluice.items().await.len(), 200);

    let again = demo.post_as(path, "text/csv", file.clone()).await.ok();
    assert_eq!(again["task_id"], begun["task_id"]);
    let mut other = file;
    other.truncate(other.len() - 2);
    demo.post_as(path, "text/csv", other).await.refused(40901);
    assert_eq!(
        demo.get("/task/list").await.ok()["tasks"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_with_the_other_way() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let path = "/upload?business=member_import&file_name=m.csv";
    let msg = demo
        .post_as(path, "text/csv", vec![b'x'; 5 << 20])
        .await
        .refused(41301);
    assert!(
        msg.contains("application/json") && msg.contains("PUT"),
        "{msg}"
    );
    demo.post_as(path, "text/csv", vec![b'x'; 11 << 20])
        .await
        .refused(41301);
    let list = demo.get("/task/list").await.ok();
    assert_eq!(list["tasks"], json!([]), "no task is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_is_the_same_task_and_another_one_a_conflict() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(40, 92);
    let mut body = request(file.len() as u64);
    body["user_task_id"] = "week 7 · 会员".into();
    let first = demo.post("/upload", &body).await.ok();
    let second = demo.post("/upload", &body).await.ok();
    assert_eq!(second["task_id"], first["task_id"]);
    let url = second["upload"]["url"].as_str().expect("a URL again");
    assert_eq!(demo.put(url, file).await.0, 200);
    demo.ended(first["task_id"].as_u64().expect("a task id"))
        .await;
    let third = demo.post("/upload", &body).await.ok();
    assert_eq!(
        (&third["task_id"], &third["upload"]),
        (&first["task_id"], &Value::Null)
    );

    body["options"] = json!({ "on_duplicate": "skip" });
    let msg = demo.post("/upload", &body).await.refused(40901);
    assert!(msg.contains(&first["task_id"].to_string()), "{msg}");
    assert_eq!(sluice.items().await.len(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_names_what_is_wrong_and_leaves_no_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (field, value, named) in [
        ("business", json!("member"), "there are: member_import"),
        ("business", json!("Member Import"), "business"),
        ("business", json!(null), "business"),
        ("file_name", json!("a/b.csv"), "file_name"),
        ("file_name", json!(""), "file_name"),
        ("size_bytes", json!("12"), "size_bytes"),
        ("size_bytes", json!(-1), "size_bytes"),
        ("size_bytes", json!(0), "empty"),
        ("user_task_id", json!("x".repeat(65)), "user_task_id"),
        ("options", json!({ "on_duplicate": "drop" }), "on_duplicate"),
        ("options", json!({ "delimiter": "\"" }), "delimiter"),
        ("station_id", json!("other"), "station_id"),
    ] {
        let mut body = request(100);
        body[field] = value.clone();
        let msg = demo.post("/upload", &body).await.refused(40001);
        assert!(msg.contains(named), "{field} = {value}: {msg}");
    }
    let without = json!({ "business": "member_import", "file_name": "x.csv" });
    let msg = demo.post("/upload", &without).await.refused(40001);
    assert!(msg.contains("size_bytes"), "{msg}");
    let msg = demo
        .post_as("/upload", "application/json", b"{".to_vec())
        .await
        .refused(40001);
    assert!(msg.contains("JSON"), "{msg}");
    let msg = demo
        .post_as("/upload", "text/plain", b"x".to_vec())
        .await
        .refused(40001);
    assert!(msg.contains("text/csv"), "{msg}");
    for (query, named) in [
        ("business=member_import", "file_name"),
        ("file_name=x.csv", "business"),
    ] {
        let answer = demo
            .post_as(&format!("/upload?{query}"), "text/csv", b"x".to_vec())
            .await;
        let msg = answer.refused(40001);
        assert!(msg.contains(named), "{msg}");
    }
    let huge = demo.post("/upload", &request(6 << 40)).await;
    assert!(huge.refused(41301).contains("size_bytes"));
    assert_eq!(demo.get("/task/list").await.ok()["tasks"], json!([]));
}
