//! Which field is which column: mappings, files without a header, and headers that are misspelt.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Items, STATION, Sluice, expected_member, failed_rows, flawed_members, members, records,
    text,
};

/// What a row holds of the file.
fn stored(items: &Items, key: &str, column: &str) -> Option<String> {
    let item = items.iter().find(|((_, sk), _)| sk == key)?.1;
    match item.get(column)? {
        AttributeValue::S(value) | AttributeValue::N(value) => Some(value.clone()),
        other => panic!("{other:?}"),
    }
}

/// Imports a file that must be refused as a whole. The reason.
async fn refused(sluice: &Sluice, file: &[u8], options: &Value) -> String {
    let task = sluice.demo().import_with(file, options).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_eq!(task.rows.expect("rows").read, 0);
    assert_eq!(sluice.items().await.len(), 0, "something was written");
    task.reason.expect("a reason")
}

/// The numbers of the rows that were stored.
fn rows_of(items: &Items) -> Vec<u64> {
    let row = |origin: &str| origin.split_once(':').expect("a stamp").1.to_owned();
    let rows = items.values().map(|item| row(text(item, "_origin")));
    let mut rows: Vec<u64> = rows.map(|row| row.parse().expect("a number")).collect();
    rows.sort_unstable();
    rows
}

async fn ended(caller: &Caller, file: &[u8], options: &Value) -> TaskView {
    caller.import_with(file, options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_taken_from_the_headers_that_the_mapping_names() {
    let sluice = Sluice::start().await;
    // The header is below a title, and of `Name` and `name` the mapping wants the first.
    let file = "Kunden 2026;;;\nKarte;Name;name;Punkte\nM1;Ann;x;10\nM2;Bo;y;abc\n";
    let options = json!({
        "mapping": { "member_no": "KARTE", "name": "Name", "points": "punkte" }
    });
    let demo = sluice.demo();
    let task = ended(&demo, file.as_bytes(), &options).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let detected = task.detected.clone().expect("what was detected");
    assert_eq!(detected.header_row, Some(2));
    let items = sluice.items().await;
    assert_eq!(stored(&items, "M1", "name").as_deref(), Some("Ann"));
    assert_eq!(stored(&items, "M1", "points").as_deref(), Some("10"));
    let report = demo.failed_rows_file(&task).await.expect("a report");
    let header = csv::ByteRecord::from(vec!["Karte", "Name", "name", "Punkte"]);
    let failed = failed_rows(&report, &header);
    assert_eq!((failed[0].row, failed[0].column.as_str()), (4, "points"));
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_columns_stay_hidden_however_they_are_mapped() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let headed = (
        "Nr,Wer,Ruf,Note\nM1,Ann,nonsense,hi\n",
        json!({ "mapping": { "member_no": "Nr", "name": "Wer", "phone": "Ruf" } }),
        ("Ruf", "Note"),
    );
    let headerless = (
        "M2,Ann,nonsense,hi\n",
        json!({ "header": false, "mapping": { "member_no": "1", "name": "B", "phone": "c" } }),
        ("phone", "D"),
    );
    for (file, options, (hidden, shown)) in [headed, headerless] {
        let task = ended(&demo, file.as_bytes(), &options).await;
        let path = format!("/task/errors?task_id={}", task.task_id);
        let errors = demo.get(&path).await.ok();
        let values = &errors["errors"][0]["values"];
        assert_eq!(
            (&values[hidden], &values[shown]),
            (&json!("***"), &json!("hi"))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_without_a_header_is_imported_from_its_first_row() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let (file, flaws) = flawed_members(500, 611, 4.0, 0.0);
    let (header, rows) = records(&file);
    let first_row = file.iter().position(|&b| b == b'\n').expect("a line") + 1;
    let mapping: serde_json::Map<String, Value> = (1..)
        .zip(&header)
        .map(|(number, name)| {
            let name = std::str::from_utf8(name).expect("UTF-8");
            (name.to_owned(), number.to_string().into())
        })
        .collect();
    let options = json!({ "header": false, "mapping": mapping });
    let task = ended(&demo, &file[first_row..], &options).await;
    assert!(task.chunks.expect("chunks").done > 3, "{task:?}");
    let counted = task.rows.expect("rows");
    assert_eq!((counted.read, counted.failed), (500, flaws.len() as u64));
    assert_eq!(task.detected.clone().expect("detected").header_row, None);

    // Rows count from 1, and are stored as with a header.
    let report = demo.failed_rows_file(&task).await.expect("a report");
    let failed: Vec<u64> = failed_rows(&report, &header)
        .iter()
        .map(|row| row.row)
        .collect();
    let items = sluice.items().await;
    let mut all = rows_of(&items);
    all.extend(&failed);
    all.sort_unstable();
    assert_eq!(all, (1..=500).collect::<Vec<u64>>());
    for (row, record) in (1..).zip(&rows) {
        if failed.contains(&row) {
            continue;
        }
        let key = std::str::from_utf8(&record[0]).expect("UTF-8");
        let item = items
            .iter()
            .find(|((_, sk), _)| sk == key)
            .expect("a row")
            .1;
        let mut item = item.clone();
        for name in ["pk", "sk", "_origin"] {
            item.remove(name);
        }
        assert_eq!(item, expected_member(&header, record), "row {row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_without_a_column_have_letters_in_the_failed_rows_file() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // With a byte order mark, a blank line, and semicolons beside commas in a text.
    let file = "\u{feff}\nM1;Ann;a, b;5\nM2;;c, d;6\n";
    let options = json!({
        "header": false, "mapping": { "member_no": "A", "name": "2", "points": "D" }
    });
    let task = ended(&demo, file.as_bytes(), &options).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let report = demo.failed_rows_file(&task).await.expect("a report");
    let header = csv::ByteRecord::from(vec!["member_no", "name", "C", "points"]);
    let failed = failed_rows(&report, &header);
    assert_eq!(failed.len(), 1);
    assert_eq!((failed[0].row, failed[0].column.as_str()), (3, "name"));
    assert_eq!(failed[0].fields, ["M2", "", "c, d", "6"]);
    let items = sluice.items().await;
    assert_eq!(stored(&items, "M1", "points").as_deref(), Some("5"));
    assert_eq!(rows_of(&items), [2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_of_unknown_names_in_a_file_said_to_have_none_is_no_person() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    // Two exports that were joined, each with its header.
    let mut file = String::new();
    for number in 0..400 {
        if number % 200 == 0 {
            file.push_str("Nummer;Ruf-Name;Wohnort\n");
        }
        let row = format!("M{number};Ann;{}\n", "x".repeat(40));
        file.push_str(&row);
    }
    let options = json!({
        "header": false, "on_duplicate": "overwrite",
        "mapping": { "member_no": "1", "name": "2", "address": "3" }
    });
    let task = ended(&demo, file.as_bytes(), &options).await;
    assert!(task.chunks.expect("chunks").done > 2);
    let counted = task.rows.expect("rows");
    assert_eq!((counted.succeeded, counted.failed), (400, 2), "{task:?}");
    let report = demo.failed_rows_file(&task).await.expect("a report");
    let header = csv::ByteRecord::from(vec!["member_no", "name", "address"]);
    for (failed, row) in failed_rows(&report, &header).iter().zip([1, 202]) {
        assert_eq!((failed.row, failed.code.as_str()), (row, "not_allowed"));
        assert!(failed.message.contains("delete the row"), "{failed:?}");
    }
    assert_eq!(stored(&sluice.items().await, "Nummer", "name"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_header_is_asked_about_and_nothing_is_written() {
    let sluice = Sluice::start().await;
    let file = b"Membr No,name,Phone\nM1,Ann,\n";
    let reason = refused(&sluice, file, &json!({})).await;
    assert!(
        reason.contains("Did you mean `member_no` by `Membr No`?"),
        "{reason}"
    );
    // The nearest header is asked about for a mapping that is misspelt, too.
    let options = json!({ "mapping": { "member_no": "Membre No" } });
    let reason = refused(&sluice, file, &options).await;
    assert!(reason.contains("did you mean `Membr No`?"), "{reason}");
    let task = ended(
        &sluice.demo(),
        file,
        &json!({ "mapping": { "member_no": "Membr No" } }),
    )
    .await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_does_not_fit_the_file_refuses_it() {
    let sluice = Sluice::start().await;
    let headerless = |mapping: Value| json!({ "header": false, "mapping": mapping });
    for (file, options, named) in [
        (
            "M1,Ann\n",
            headerless(json!({ "member_no": "1", "name": "C" })),
            "the field `C`, but the first row has 2 fields",
        ),
        (
            "\n\n",
            headerless(json!({ "member_no": "1", "name": "2" })),
            "the file has no rows",
        ),
        (
            "no,name\nM1,Ann\n",
            json!({ "mapping": { "member_no": "A" } }),
            "numbers and letters are for files without a header",
        ),
        (
            "No,no,name\nM1,M2,Ann\n",
            json!({ "mapping": { "member_no": "NO" } }),
            "more than once",
        ),
    ] {
        let reason = refused(&sluice, file.as_bytes(), &options).await;
        assert!(reason.contains(named), "{reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_fits_no_file_is_refused_at_the_door() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (options, named) in [
        (
            json!({ "mapping": { "membr_no": "A" } }),
            "did you mean `member_no`?",
        ),
        (
            json!({ "mapping": { "name": "x", "phone": "x" } }),
            "both from `x`",
        ),
        (json!({ "mapping": { "name": "" } }), "mapping.name"),
        (json!({ "mapping": ["name"] }), "options.mapping"),
        (json!({ "header": "no" }), "options.header"),
        (
            json!({ "header": false }),
            "lacks the required columns `member_no`, `name`",
        ),
        (
            json!({ "header": false, "mapping": { "member_no": "A", "name": "1" } }),
            "both from",
        ),
        (
            json!({ "header": false, "mapping": { "member_no": "A", "name": "Full Name" } }),
            "a number from 1, or a letter from A",
        ),
    ] {
        let body = json!({
            "business": "member_import", "file_name": "m.csv", "size_bytes": 9, "options": options,
        });
        let msg = demo.post("/upload", &body).await.refused(40001);
        assert!(msg.contains(named), "{options}: {msg}");
    }
    assert_eq!(demo.get("/task/list").await.ok()["tasks"], json!([]));
    // The same file with and without its first row as a header: two stations, two meanings.
    let file = members(3, 612);
    let with = sluice.caller("with").import(&file).await;
    assert_eq!(with.rows.expect("rows").read, 3);
    let options = json!({ "header": false, "mapping": { "member_no": "1", "name": "2" } });
    let without = sluice.demo().import_with(&file, &options).await;
    assert_eq!(without.station_id.as_str(), STATION);
    assert_eq!(without.rows.expect("rows").read, 4);
}
