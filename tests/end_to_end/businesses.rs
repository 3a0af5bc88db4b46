//! What can be imported and what it will take, as front ends ask for it.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{Sluice, members};

/// The answer in `tests/data/businesses.json`, which the console's tests read, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_businesses_are_those_of_the_definitions_with_all_that_a_front_end_needs() {
    let sluice = Sluice::start().await;
    let answer = sluice.demo().get("/import/businesses").await.ok();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/businesses.json");
    if std::env::var_os("UPDATE_BUSINESSES").is_some() {
        let text = serde_json::to_string_pretty(&answer).expect("JSON");
        std::fs::write(&path, format!("{text}\n")).expect("a file is written");
    }
    let committed = std::fs::read(&path).expect("the committed answer");
    let committed: Value = serde_json::from_slice(&committed).expect("JSON");
    assert_eq!(
        answer, committed,
        "UPDATE_BUSINESSES=1 writes the file anew"
    );
    let members = &answer["businesses"][0];
    assert_eq!(members["business"], "member_import");
    assert_eq!(members["columns"][0]["name"], "member_no");
    assert_eq!(members["columns"][0]["required"], true);
    assert_eq!(members["columns"][4]["type"], "list");
    assert_eq!(
        members["columns"][4]["allowed"],
        json!(["female", "male", "other"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_examples_is_imported_whole() {
    let sluice = Sluice::start().await;
    let answer = sluice.demo().get("/import/businesses").await.ok();
    for (business, station) in [
        ("member_import", "members"),
        ("score_import", "scores"),
        ("staff_import", "staff"),
    ] {
        let caller = sluice.caller(station).of_business(business);
        let businesses = answer["businesses"].as_array().expect("businesses");
        let view = businesses.iter().find(|view| view["business"] == business);
        let columns = view.expect("a business")["columns"].as_array();
        let columns = columns.expect("columns");
        let line = |field: &str| -> String {
            let values: Vec<&str> = columns
                .iter()
                .map(|column| column[field].as_str().expect("text"))
                .collect();
            values.join(",")
        };
        let file = format!("{}\n{}\n", line("name"), line("example"));
        let task = caller.import(file.as_bytes()).await;
        assert_eq!(json!(task.status), 3, "{business}: {task:?}");
        assert_eq!(task.rows.expect("rows").succeeded, 1, "{business}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_is_that_of_the_upload_and_makes_no_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(3_000, 641);
    let query = |business: &str, name: &str, size: &str| {
        format!("/import/estimate?business={business}&file_name={name}&size_bytes={size}")
    };
    let size = file.len().to_string();
    let asked = demo
        .get(&query("member_import", "members.csv", &size))
        .await;
    let asked = asked.ok();
    let listed = demo.get("/task/list").await.ok();
    assert_eq!(listed["tasks"], json!([]));
    let begun = demo.begin(file.len(), &json!({})).await;
    assert_eq!(asked, begun["estimate"]);
    for (wrong, field) in [
        (query("", "a.csv", "1"), "business"),
        (query("member_import", "", "1"), "file_name"),
        (query("member_import", "a.csv", ""), "size_bytes"),
        (query("nobody", "a.csv", "1"), "nobody"),
        (query("member_import", "a.csv", "-1"), "size_bytes"),
        (query("member_import", "a.csv", "0"), "empty"),
    ] {
        let msg = demo.get(&wrong).await.refused(40001);
        assert!(msg.contains(field), "{wrong}: {msg}");
    }
    let large = query("member_import", "a.csv", "6000000000000");
    demo.get(&large).await.refused(41301);
}
