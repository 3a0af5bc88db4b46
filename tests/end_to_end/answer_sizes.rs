//! Lambda takes requests and returns answers of at most 6 MB: pages end before that, messages quote
//! no more than helps, and the local gateway is as strict.

use serde_json::{Value, json};
use sluice_api::MAX_INPUT_BYTES;

use crate::harness::{Answer, Caller, Sluice, id_of, ids, process};

/// As Lambda counts an answer: the body is a JSON string.
fn lambda_bytes(answer: &Answer) -> usize {
    json!({ "statusCode": 200, "body": answer.text })
        .to_string()
        .len()
}

const LAMBDA_BYTES: usize = 6 << 20;

/// All pages of a list, each small enough. The ids in their order, and how many pages there were.
async fn pages(demo: &Caller, query: &str) -> (Vec<u64>, usize) {
    let (mut found, mut count, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let answer = demo
            .get(&format!("/task/list?{query}&cursor={cursor}"))
            .await;
        assert!(lambda_bytes(&answer) <= LAMBDA_BYTES, "a page is too large");
        let list = answer.ok();
        found.extend(ids(&list));
        count += 1;
        match list["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return (found, count),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_ends_its_pages_before_an_answer_of_lambda_is_full() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut added = Vec::new();
    for number in 0..30 {
        // Quotes in JSON in a JSON string take four bytes each.
        let quotes = "\"".repeat(MAX_INPUT_BYTES / 2 - 20);
        let task_id = demo.add(&json!([number, quotes])).await;
        demo.verb("start", task_id).await.ok();
        let result = json!({ "result": quotes });
        demo.verb_with("update", task_id, &result).await.ok();
        added.insert(0, task_id);
    }
    let (found, count) = pages(&demo, "limit=100").await;
    assert_eq!(found, added);
    assert!(count > 1, "one page has all");
    let (found, _) = pages(&demo, "status=2&limit=100").await;
    assert_eq!(found, added);
    let named: Vec<String> = added.iter().map(u64::to_string).collect();
    let (found, count) = pages(&demo, &format!("task_ids={}", named.join(","))).await;
    assert_eq!(found, added);
    assert!(count > 1, "one page has all that are named");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_errors_of_rows_end_their_pages_before_an_answer_of_lambda_is_full() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Long names come again with each row.
    let names: Vec<String> = (0..200)
        .map(|n| format!("{n}{}", "\"\"\\".repeat(90)))
        .collect();
    let header = format!("member_no,name,\"{}\"", names.join("\",\""));
    let rows: Vec<String> = (0..300)
        .map(|n| format!("M{n},{}", ",".repeat(200)))
        .collect();
    let file = format!("{header}\n{}\n", rows.join("\n"));
    let task = demo.import(file.as_bytes()).await;
    assert_eq!(task.rows.expect("rows").failed, 300, "{:?}", task.reason);
    let (mut found, mut count, mut cursor) = (Vec::new(), 0, String::new());
    loop {
        let path = format!(
            "/task/errors?task_id={}&limit=100&cursor={cursor}",
            task.task_id
        );
        let answer = demo.get(&path).await;
        assert!(lambda_bytes(&answer) <= LAMBDA_BYTES, "a page is too large");
        let page = answer.ok();
        let errors = page["errors"].as_array().expect("errors");
        found.extend(
            errors
                .iter()
                .map(|error| error["row"].as_u64().expect("a row")),
        );
        count += 1;
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert!(found.iter().copied().eq(2..302), "{found:?}");
    assert!(count > 3, "{count} pages");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_quote_no_more_than_helps() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let long = "x\"".repeat(1_000_000);
    let mut unknown = process(&json!(1));
    unknown[&long] = json!(1);
    let mut wrong = process(&json!(1));
    wrong["type"] = json!(long);
    let upload = |options: Value| json!({ "business": "member_import", "file_name": "m.csv", "size_bytes": 1, "options": options });
    let mapping = json!({ "mapping": { &long: "x" } });
    let deep_in_mapping = json!({ "mapping": { &long: 7 } });
    for (path, body) in [
        ("/task/add", &unknown),
        ("/task/add", &wrong),
        ("/upload", &upload(json!({ "on_duplicate": long }))),
        ("/upload", &upload(json!({ "encoding": long }))),
        ("/upload", &upload(mapping)),
        ("/upload", &upload(deep_in_mapping)),
        ("/upload", &json!({ "business": long })),
        ("/upload", &json!({ &long: 1 })),
        ("/upload/complete", &json!({ &long: 1 })),
        ("/task/cancel", &json!({ "task_id": long })),
        ("/task/hide", &json!({ "user_task_ids": [long] })),
        ("/task/clear_show", &json!({ &long: [] })),
    ] {
        let msg = demo.post(path, body).await.refused(40001);
        assert!(msg.len() < 2_000, "{path}: {} bytes", msg.len());
    }
    let msg = demo.post("/task/add", &unknown).await.refused(40001);
    assert!(
        msg.contains("unknown field `x") && msg.contains("`name`, `business_id`"),
        "{msg}"
    );
    let mut config = demo.get("/station/config").await.ok();
    config["time_zone"] = json!(long);
    let told = demo.call("PUT", "/station/config", &config).await;
    assert!(told.refused(40001).len() < 2_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_local_gateway_takes_no_larger_request_than_lambda() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let before = demo.add(&json!(1)).await;
    let msg = demo
        .post("/task/add", &process(&json!("x".repeat(6 << 20))))
        .await
        .refused(41301);
    assert!(msg.contains("as Lambda counts them"), "{msg}");
    // A file of four million quotes has twice as many bytes as a JSON string.
    let path = "/upload?business=member_import&file_name=m.csv";
    let quotes = "\"".repeat(4_000_000).into_bytes();
    let msg = demo.post_as(path, "text/csv", quotes).await.refused(41301);
    assert!(msg.contains("upload ticket"), "{msg}");
    // In base64 there is a third more.
    let latin = vec![0xE9; 5 << 20];
    demo.post_as(path, "text/csv", latin).await.refused(41301);
    assert_eq!(ids(&demo.get("/task/list").await.ok()), [before]);
    let file = "x".repeat(4 << 20).into_bytes();
    let begun = demo.post_as(path, "text/csv", file).await.ok();
    assert!(id_of(&begun) > before);
}
