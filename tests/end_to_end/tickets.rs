//! Upload tickets: what their holder can do with them, and no longer once the import has ended.

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Caller, Sluice, members};

const MIB: u64 = 1 << 20;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn id(begun: &Value) -> u64 {
    begun["task_id"].as_u64().expect("a task id")
}

async fn put(url: &str, header: Option<&str>, file: &[u8]) -> u16 {
    let mut request = reqwest::Client::new().put(url).body(file.to_vec());
    if let Some(value) = header {
        request = request.header("if-none-match", value);
    }
    let answer = request.send().await.expect("an answer of S3");
    answer.status().as_u16()
}

async fn begin_parts(demo: &Caller, user_task_id: &str) -> Value {
    let wanted = json!({
        "business": "member_import", "file_name": "large.csv", "size_bytes": 100 * MIB + 11,
        "user_task_id": user_task_id,
    });
    demo.post("/upload", &wanted).await.ok()
}

/// Sends the parts of a file that no definition accepts. What completes their upload.
async fn send_parts(demo: &Caller, begun: &Value, fill: u8) -> Value {
    let mut content = b"some,header\n".to_vec();
    content.resize(100 * MIB as usize + 11, fill);
    let upload = &begun["upload"];
    let part_bytes = upload["part_bytes"].as_u64().expect("a size") as usize;
    let mut sent = Vec::new();
    let parts = upload["parts"].as_array().expect("parts");
    for (part, bytes) in parts.iter().zip(content.chunks(part_bytes)) {
        let (status, etag) = demo.put(text(&part["url"]), bytes).await;
        assert_eq!(status, 200);
        sent.push(json!({ "part_number": part["part_number"], "etag": etag }));
    }
    json!({ "task_id": begun["task_id"], "upload_id": upload["upload_id"], "parts": sent })
}

fn as_it_is(task: &TaskView) -> Value {
    let mut task = serde_json::to_value(task).expect("JSON");
    // Links are made anew each time.
    task["result"] = Value::Null;
    task
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_stores_its_file_once_and_changes_nothing_after_the_end() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 951);
    let begun = demo.begin(file.len(), &json!({})).await;
    let upload = &begun["upload"];
    assert_eq!(upload["headers"], json!({ "if-none-match": "*" }));
    let url = text(&upload["url"]);

    // The header is signed: without it, or with another value, the URL is worth nothing.
    for wrong in [None, Some("\"00000000000000000000000000000000\"")] {
        assert_eq!(put(url, wrong, &file).await, 403);
    }
    assert_eq!(put(url, Some("*"), &file).await, 200);
    // The answer was lost.
    assert_eq!(put(url, Some("*"), &file).await, 412);
    let ended = demo.ended(id(&begun)).await;
    assert_eq!(ended.status, TaskStatus::Finished);

    let other = vec![b'x'; file.len()];
    assert_eq!(put(url, Some("*"), &other).await, 412);
    sluice.drained("sluice-uploads").await;
    let task = demo.task(id(&begun)).await;
    assert_eq!(as_it_is(&task), as_it_is(&ended));
    let key = text(&task.input["object_key"]);
    assert!(
        sluice
            .object(key)
            .await
            .is_some_and(|stored| stored == file)
    );
    assert_eq!(sluice.items().await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_a_cancelled_import_starts_nothing() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 953);
    let begun = demo.begin(file.len(), &json!({})).await;
    demo.verb("cancel", id(&begun)).await.ok();
    let cancelled = demo.task(id(&begun)).await;
    let url = text(&begun["upload"]["url"]);
    assert_eq!(put(url, Some("*"), &file).await, 200);
    sluice.drained("sluice-uploads").await;
    sluice.sweep().await;
    sluice.drained("sluice-uploads").await;
    assert_eq!(as_it_is(&demo.task(id(&begun)).await), as_it_is(&cancelled));
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_have_their_length_and_are_not_joined_after_the_end() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let begun = begin_parts(&demo, "cancelled").await;
    let parts = begun["upload"]["parts"].as_array().expect("parts");
    // Few bytes: S3 refuses them unread, and then hangs up on whoever still sends.
    for part in [&parts[0], &parts[parts.len() - 1]] {
        let (status, _) = demo.put(text(&part["url"]), b"another length").await;
        assert_eq!(status, 403, "{part}");
    }
    let complete = send_parts(&demo, &begun, b'x').await;
    demo.verb("cancel", id(&begun)).await.ok();
    let refused = demo.post("/upload/complete", &complete).await;
    let msg = refused.refused(40901);
    assert!(msg.contains("takes no file any more"), "{msg}");
    let task = demo.task(id(&begun)).await;
    let key = text(&task.input["object_key"]);
    assert_eq!(sluice.object(key).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_upload_in_parts_does_not_replace_the_file_of_the_first() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = begin_parts(&demo, "twice").await;
    let second = begin_parts(&demo, "twice").await;
    assert_eq!(first["task_id"], second["task_id"]);
    let of_first = send_parts(&demo, &first, b'x').await;
    let of_second = send_parts(&demo, &second, b'y').await;
    for complete in [of_first, of_second] {
        demo.post("/upload/complete", &complete).await.ok();
    }
    let task = demo.ended(id(&first)).await;
    let stored = sluice.object(text(&task.input["object_key"])).await;
    let stored = stored.expect("the file");
    assert!(stored[100..].iter().all(|byte| *byte == b'x'));
}
