//! The failed-rows file as a person opens it, and what a task's result says of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_definition::reported::restore;

use crate::harness::{Sluice, Spreadsheet, failed_rows, flawed_members, records};

#[tokio::test(flavor = "multi_thread")]
async fn the_failed_rows_file_opens_in_a_spreadsheet_and_gives_every_field_back() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let fields = [
        "=1+1",
        "'=1+1",
        "''=1",
        "+1-1",
        "-1-1",
        "-12.5",
        "@SUM(A1)",
        " =x",
        "\t=1",
        "＝1",
        "'quoted'",
        "007",
        "+86 8",
        "110101199001011234",
        "1.50",
        "'",
        "''",
        "=",
        "\u{feff}=1",
    ];
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["member_no", "name", "=note", "@x"])
        .expect("a Vec");
    for field in fields {
        // Nothing of it is a member: there is no name.
        writer
            .write_record([field, "", field, field])
            .expect("a Vec");
    }
    let file = writer.into_inner().expect("a Vec");
    let task = demo.import(&file).await;
    assert_eq!(task.rows.expect("rows").failed, fields.len() as u64);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    assert!(report.starts_with(b"\xEF\xBB\xBFmember_no,name,'=note,'@x,error_row,"));

    let (_, lines) = records(&report);
    let sheet = Spreadsheet::open(&report);
    for ((row, line), field) in (1..).zip(&lines).zip(fields) {
        for column in [0, 2, 3] {
            let shown = std::str::from_utf8(&line[column]).expect("UTF-8");
            assert_eq!(restore(shown), field);
            // A number may be written otherwise, and is the same.
            let saved = sheet.shown(row, column);
            let is_same = restore(&saved) == field
                || saved
                    .parse::<f64>()
                    .is_ok_and(|number| field.parse() == Ok(number));
            assert!(is_same, "{field:?} was saved as {saved:?}");
        }
        assert_eq!(
            sheet.shown(row, sheet.column("error_task")),
            format!("'{}", task.task_id)
        );
    }
    let mut cursor = String::new();
    let mut values = Vec::new();
    loop {
        let path = format!(
            "/task/errors?task_id={}&limit=3&cursor={cursor}",
            task.task_id
        );
        let page = demo.get(&path).await.ok();
        for error in page["errors"].as_array().expect("errors") {
            values.push(
                error["values"]["=note"]
                    .as_str()
                    .expect("a value")
                    .to_owned(),
            );
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(values, fields);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_has_the_first_problems_and_counts_rows_of_each_kind() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let (file, _) = flawed_members(1_500, 805, 12.0, 4.0);
    let task = demo.import(&file).await;
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let lines = failed_rows(&report, &records(&file).0);
    let result = task.result.expect("a result");

    let first: Vec<Value> = lines[..20]
        .iter()
        .map(|line| {
            json!({
                "row": line.row, "column": line.column, "code": line.code, "message": line.message,
            })
        })
        .collect();
    assert_eq!(result["problems"], json!(first));

    let mut kinds: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for line in &lines {
        *kinds.entry((&line.column, &line.code)).or_default() += 1;
    }
    let mut counts: Vec<_> = kinds.into_iter().collect();
    counts.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let found: Vec<_> = result["problem_counts"]
        .as_array()
        .expect("counts")
        .iter()
        .map(|count| {
            let text = |name: &str| count[name].as_str().expect("a text");
            (
                (text("column"), text("code")),
                count["rows"].as_u64().expect("rows"),
            )
        })
        .collect();
    let sorted = |mut kinds: Vec<((&str, &str), u64)>| {
        kinds.sort_unstable();
        kinds
            .iter()
            .map(|kind| format!("{kind:?}"))
            .collect::<Vec<_>>()
    };
    assert!(
        found.is_sorted_by_key(|(_, rows)| std::cmp::Reverse(*rows)),
        "largest first"
    );
    assert_eq!(sorted(found), sorted(counts));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_several_problems_counts_under_each_kind() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,email,points\nM1,,not an address,x\n,,,y\n";
    let task = demo.import(file.as_bytes()).await;
    let result = task.result.expect("a result");
    let kind = |column: &str, code: &str, rows: u64| json!({ "column": column, "code": code, "rows": rows });
    assert_eq!(
        result["problem_counts"],
        json!([
            kind("name", "required", 2),
            kind("points", "not_a_number", 2),
            kind("email", "not_an_email", 1),
            kind("member_no", "required", 1),
        ])
    );
    let problems = result["problems"].as_array().expect("problems");
    let places: Vec<_> = problems.iter().map(|p| (&p["row"], &p["column"])).collect();
    let columns = ["name", "email", "points", "member_no", "name", "points"];
    let rows = [2, 2, 2, 3, 3, 3];
    let expected: Vec<_> = rows
        .map(Value::from)
        .into_iter()
        .zip(columns.map(Value::from))
        .collect();
    assert_eq!(
        places,
        expected.iter().map(|(r, c)| (r, c)).collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_values_are_in_the_owners_file_and_nowhere_else() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,phone,email\n\
        M1,Ann,7770777x,ann(at)example.com\n\
        M2,,+49 30 1234567,bo@example.com\n";
    let task = demo.import(file.as_bytes()).await;
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let report = String::from_utf8(report).expect("UTF-8");
    let task_id = task.task_id;
    let told = [
        demo.get(&format!("/task/get?task_id={task_id}")).await.text,
        demo.get(&format!("/task/errors?task_id={task_id}"))
            .await
            .text,
        demo.get("/task/list").await.text,
    ];
    for secret in [
        "7770777x",
        "ann(at)example.com",
        "+49 30 1234567",
        "bo@example.com",
    ] {
        assert!(report.contains(secret), "{report}");
        for text in &told {
            assert!(!text.contains(secret), "{secret} is told: {text}");
        }
    }
    assert!(told[0].contains("not_a_phone") && told[1].contains("\"***\""));
}
