//! `POST /import/preview`: what it shows of a file is what its import makes of it.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::GBK;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{Caller, Sluice};

/// The preview of a text, all of which is sent.
async fn look(demo: &Caller, file: impl AsRef<[u8]>, options: &Value) -> Value {
    let body = json!({
        "business": "member_import",
        "head": STANDARD.encode(file),
        "whole": true,
        "options": options,
    });
    demo.post("/import/preview", &body).await.ok()
}

/// The fields of the columns that have one under `key`: `field` or `suggested`.
fn fields(seen: &Value, key: &str) -> Value {
    let columns = seen["columns"].as_array().expect("columns").iter();
    let pair = |column: &Value| {
        let name = column["column"].as_str().expect("a name").to_owned();
        column[key].as_u64().map(|place| (name, json!(place)))
    };
    Value::Object(columns.filter_map(pair).collect())
}

/// What was detected, in the words of the table in `tests/data/files`.
fn detected(seen: &Value) -> String {
    let encoding = match seen["encoding"].as_str() {
        Some("utf-16le") => "UTF-16 LE".to_owned(),
        Some("utf-16be") => "UTF-16 BE".to_owned(),
        Some("windows-1252") => "Windows-1252".to_owned(),
        Some(other) => other.to_uppercase(),
        None => String::new(),
    };
    let delimiter = match seen["delimiter"].as_str() {
        Some(";") => "semicolon",
        Some("\t") => "tab",
        Some("|") => "pipe",
        _ => "comma",
    };
    let format = seen["format"].as_str().expect("a format");
    let row = &seen["header_row"];
    format!("{format}, {encoding}, {delimiter}, header in row {row}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_finds_what_the_import_finds() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "data/files"].iter().collect();
    let table = fs::read_to_string(folder.join("README.md")).expect("the table");
    let mut compared = 0;
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let (name, was_detected, told) = (cells[1].trim_matches('`'), cells[2], cells[4]);
        // Of workbooks a front end reads the lines, and what was cut off shows at the end.
        if name.contains(".xlsx") || name == "cut_off.csv.gz" {
            continue;
        }
        let file = fs::read(folder.join(name)).expect("a file");
        let seen = look(&demo, &file, &json!({})).await;
        let why = seen["refusal"].as_str().or(seen["problem"].as_str());
        if was_detected.is_empty() {
            let why = why.unwrap_or_default();
            assert!(!why.is_empty() && told.starts_with(why), "{name}: {seen}");
        } else {
            assert_eq!(why, None, "{name}");
            assert_eq!(detected(&seen), was_detected, "{name}");
        }
        compared += 1;
    }
    assert!(compared > 40, "{compared} files");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_similar_name_is_suggested_and_imported_only_when_it_is_mapped() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "Membr No,Name,Telephone\nM1,Ann,13812345678\nM2,Bo,13812345679\n";
    let seen = look(&demo, file, &json!({})).await;
    assert_eq!(fields(&seen, "field"), json!({ "name": 1 }));
    assert_eq!(
        fields(&seen, "suggested"),
        json!({ "member_no": 0, "phone": 2 })
    );
    assert_eq!(seen["missing"], json!(["member_no"]));
    assert_eq!(seen["looks_like_row"], json!(false));
    let refused = demo.import(file.as_bytes()).await;
    assert_eq!(refused.reason.as_deref(), seen["problem"].as_str());

    let options = json!({ "mapping": { "member_no": "Membr No", "phone": "Telephone" } });
    let seen = look(&demo, file, &options).await;
    assert_eq!(seen["problem"], Value::Null);
    assert_eq!(fields(&seen, "suggested"), json!({}));
    let task = demo.import_with(file.as_bytes(), &options).await;
    assert_eq!(task.status, TaskStatus::Finished);
    let rows = sluice.rows_of("demo").await;
    assert_eq!(rows[&2]["phone"], "+8613812345678");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_header_is_told_and_its_fields_are_suggested() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "M1;Ann;ann@example.com\nM2;Bo;bo@example.com\n";
    let seen = look(&demo, file, &json!({})).await;
    assert_eq!(seen["looks_like_row"], json!(true));
    let seen = look(&demo, file, &json!({ "header": false })).await;
    assert_eq!(seen["names"], json!(["A", "B", "C"]));
    assert_eq!(seen["rows"][0]["row"], 1);
    assert_eq!(
        fields(&seen, "suggested"),
        json!({ "member_no": 0, "name": 1, "email": 2 })
    );
    let mapping = json!({ "member_no": "A", "name": "B", "email": "C" });
    let options = json!({ "header": false, "mapping": mapping });
    let seen = look(&demo, file, &options).await;
    assert_eq!(seen["problem"], Value::Null);
    let task = demo.import_with(file.as_bytes(), &options).await;
    assert_eq!(task.rows.expect("rows").succeeded, 2, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_refuses_what_the_import_refuses_and_takes_what_it_takes() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let picture = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR, and, so, on\n".as_slice();
    let binary =
        b"a,b\x01\x02\x03\x04\x05\x06\x07\x08,\xFF\xFE\xFD\n\x01\x01\x01\xFF\x9F".as_slice();
    let wide = format!("member_no,name{}\n", ",x".repeat(255));
    for file in [picture, binary, wide.as_bytes()] {
        let seen = look(&demo, file, &json!({})).await;
        assert_eq!(seen["names"], json!([]), "nothing is shown of it");
        let task = demo.import(file).await;
        assert_eq!(task.reason.as_deref(), seen["refusal"].as_str(), "{seen}");
    }
    let foreign = GBK
        .encode("会员号,姓名\r\nM1,Siobhán O'Connor\r\nM2,Jürgen\r\nM3,张三\r\n")
        .0;
    let seen = look(&demo, &foreign, &json!({})).await;
    let task = demo.import(&foreign).await;
    assert_eq!(
        task.status == TaskStatus::Failed,
        seen["problem"] != Value::Null
    );
    let encoding = task.detected.and_then(|detected| detected.encoding);
    assert_eq!(json!(encoding), seen["encoding"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_sheet_keep_their_numbers() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let body = json!({
        "business": "member_import",
        "lines": [
            { "row": 2, "fields": ["Members of \"March\"", ""] },
            { "row": 5, "fields": ["会员号", "姓名"] },
            { "row": 9, "fields": ["M1", "two\nlines"] },
        ],
    });
    let seen = demo.post("/import/preview", &body).await.ok();
    assert_eq!(seen["format"], "xlsx");
    assert_eq!(seen["header_row"], 5);
    assert_eq!(
        seen["rows"],
        json!([{ "row": 9, "fields": ["M1", "two\nlines"] }])
    );
    assert_eq!(seen["problem"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_names_the_header_where_no_name_is_known() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut body = json!({
        "business": "member_import",
        "lines": [
            { "row": 1, "fields": ["Kunden"] },
            { "row": 3, "fields": ["Karte", "Kunde"] },
            { "row": 4, "fields": ["K1", "Ann"] },
        ],
    });
    let seen = demo.post("/import/preview", &body).await.ok();
    assert_eq!(
        (&seen["header_row"], &seen["header_choices"]),
        (&json!(1), &json!([1, 3, 4]))
    );
    body["header_row"] = 3.into();
    let seen = demo.post("/import/preview", &body).await.ok();
    assert_eq!(seen["names"], json!(["Karte", "Kunde"]));
    assert_eq!(seen["rows"][0]["row"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_that_is_asked_for_wrongly_says_what_is_wrong() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let lines = json!([{ "row": 1, "fields": ["a"] }]);
    let many = vec![lines[0].clone(); 51];
    let large = STANDARD.encode(vec![b'a'; (1 << 20) + 1]);
    for (body, named) in [
        (json!({ "business": "member_import" }), "`head`"),
        (
            json!({ "business": "member_import", "head": "", "lines": lines }),
            "either",
        ),
        (
            json!({ "business": "member_import", "head": "?" }),
            "base64",
        ),
        (
            json!({ "business": "member_import", "head": large }),
            "1048576",
        ),
        (
            json!({ "business": "member_import", "lines": many }),
            "at most 50",
        ),
        (json!({ "business": "x", "head": "" }), "member_import"),
    ] {
        let msg = demo.post("/import/preview", &body).await.refused(40001);
        assert!(msg.contains(named), "{named}: {msg}");
    }
}
