//! Lines that are no rows, columns that are not imported, and marks that are no part of a value:
//! nothing of them is stored, and nothing is left out in silence.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Rows, Sluice};

/// Key and name of the rows that are stored.
fn stored(rows: &Rows) -> Vec<String> {
    let of_row = |row: &std::collections::BTreeMap<String, String>| {
        let value = |column: &str| row.get(column).cloned().unwrap_or_default();
        format!("{} {}", value("member_no"), value("name"))
    };
    rows.values().map(of_row).collect()
}

fn counts(task: &TaskView) -> [u64; 4] {
    let rows = task.rows.expect("rows");
    let ignored = task.ignored_lines.expect("an import has the number");
    [rows.read, rows.succeeded, rows.failed, ignored]
}

const NONE: &str = "{}";
const BY_PLACE: &str = r#"{ "header": false, "mapping": { "member_no": "1", "name": "B" } }"#;
const MAPPED: &str = r#"{ "mapping": { "member_no": "Karte", "name": "Kunde" } }"#;
const TWO: &[&str] = &["M1 Ann", "M2 Bo"];
/// Files with their options, the rows that are stored, and how many rows are read, succeed and fail, and
/// how many lines are no rows.
const CASES: [(&str, &str, &[&str], [u64; 4]); 14] = [
    (
        "\u{feff}member_no,name\nM1,Ann\n\u{feff}member_no,name\nM2,Bo\n",
        NONE,
        TWO,
        [2, 2, 0, 1],
    ),
    (
        "member_no,name\n会员号,姓名\nM1,Ann\nMEMBER NO *,\u{200b}Ｎａｍｅ\nM2,Bo\n",
        NONE,
        TWO,
        [2, 2, 0, 2],
    ),
    (
        "member_no,name,x\nM1,Ann,1\nMember ID,Full Name,y\nM2,Bo,2\n",
        NONE,
        TWO,
        [2, 2, 0, 1],
    ),
    (
        "Karte;Kunde;x\nM1;Ann;\nKarte;Kunde;x\nmember_no;name;\nM2;Bo;\n",
        MAPPED,
        TWO,
        [2, 2, 0, 2],
    ),
    (
        "member_no,name\nM1,Ann\nmember_no,name,phone\nM2,Bo\n",
        NONE,
        TWO,
        [2, 2, 0, 1],
    ),
    (
        "member_no,name\nM1,Ann\n,\n ,\u{a0}\n\u{3000},\u{200b}\n\"\",\"\"\n\u{1a}\nM2,Bo\n",
        NONE,
        TWO,
        [2, 2, 0, 5],
    ),
    (
        "member_no,name\nM1,Ann\n",
        BY_PLACE,
        &["M1 Ann"],
        [2, 1, 1, 0],
    ),
    (
        "member_no,name,error_row,error_column,error_code,error_message,error_task\nM1,Ann,,,,,\n",
        BY_PLACE,
        &["M1 Ann"],
        [1, 1, 0, 1],
    ),
    // A trailing delimiter names nothing and, where nothing is written, is no field.
    ("member_no,name,\nM1,Ann\nM2,Bo,\n", NONE, TWO, [2, 2, 0, 0]),
    (
        "member_no,name\nM1,Ann,,\nM2,Bo,, \n",
        NONE,
        TWO,
        [2, 2, 0, 0],
    ),
    // One blank field too many may be a delimiter in a value that should be in quotes.
    (
        "member_no,name,address,tier\nM1,Ann,,\nM3,Lee, Cy,,\nM2,Bo,,\n",
        NONE,
        TWO,
        [3, 2, 1, 0],
    ),
    // A name in the place of a value may be a header of another file: it is told, not stored.
    (
        "member_no,name\nM1,Ann\nMitglied,Name\nM2,Bo\n",
        NONE,
        TWO,
        [3, 2, 1, 0],
    ),
    (
        "member_no,name,\nM1,Ann\nM3,Lee, Cy\nM2,Bo\n",
        NONE,
        TWO,
        [3, 2, 1, 0],
    ),
    // A header of two lines, as merged cells give it.
    (
        "member_no,name,Contact,\n,,phone,email\nM1,Ann,,\nM2,Bo,,bo@example.com\n",
        NONE,
        TWO,
        [2, 2, 0, 0],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_header_that_stands_in_the_file_once_more_and_lines_of_blanks_are_no_rows() {
    let sluice = Sluice::start().await;
    for (number, (file, options, rows, expected)) in CASES.into_iter().enumerate() {
        let station = format!("case-{number}");
        let caller = sluice.caller(&station);
        let options: Value = serde_json::from_str(options).expect("JSON");
        let task = caller.import_with(file.as_bytes(), &options).await;
        assert_eq!(counts(&task), expected, "{file}: {task:?}");
        let stored = stored(&sluice.rows_of(&station).await);
        assert_eq!(stored, rows, "{file}");
        let is_whole = expected[2] == 0;
        assert_eq!(task.status == TaskStatus::Finished, is_whole, "{file}");
    }
    let merged = sluice.rows_of("case-13").await;
    assert_eq!(merged[&4]["email"], "bo@example.com", "{merged:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_are_no_rows_are_passed_over_in_every_chunk_and_rows_keep_their_numbers() {
    let sluice = Sluice::with_small_chunks().await;
    let mut file = "member_no,name,address\n".to_owned();
    for number in 0..400 {
        let line = if number % 10 == 9 {
            ["member_no,name,address\n", ",,\n"][number / 10 % 2].to_owned()
        } else {
            format!("M{number},Ann,{}\n", "x".repeat(40))
        };
        file.write_str(&line).expect("a text");
    }
    let task = sluice.demo().import(file.as_bytes()).await;
    assert_eq!(counts(&task), [360, 360, 0, 40], "{task:?}");
    assert!(task.chunks.expect("chunks").done > 2);
    assert_eq!(task.status, TaskStatus::Finished);
    for (row, columns) in sluice.rows_of("demo").await {
        assert_eq!(columns["member_no"], format!("M{}", row - 2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_header_takes_two_lines_that_do_not_go_together_is_refused_with_their_numbers()
{
    let sluice = Sluice::start().await;
    let file = "Kunden,,,\nname,Contact,,\n,phone,email,\nAnn,,,\n";
    let task = sluice.demo().import(file.as_bytes()).await;
    let reason = task.reason.expect("a reason");
    assert!(reason.contains("Rows 2 and 3 both have names"), "{reason}");
    assert!(sluice.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_is_named_as_the_import_that_it_continues() {
    let sluice = Sluice::start().await;
    let mapped = json!({
        "mapping": { "member_no": "Karte Nr.", "name": "Kunde", "email": "Mail" }
    });
    let by_place = json!({
        "header": false, "mapping": { "member_no": "1", "name": "2", "email": "C" }
    });
    let rows = "M1;Ann;ann@example.com\nM2;Bo;bo-at-example\n";
    let headed = format!("Karte Nr.;Kunde;Mail\n{rows}");
    for (station, file, options, again) in [
        ("named", headed.as_str(), &mapped, json!({})),
        ("placed", rows, &by_place, json!({})),
        // The same options once more: a failed-rows file has a header nevertheless.
        ("again", rows, &by_place, by_place.clone()),
        ("still-named", headed.as_str(), &mapped, mapped.clone()),
    ] {
        let caller = sluice.caller(station);
        let first = caller.import_with(file.as_bytes(), options).await;
        assert_eq!(counts(&first)[1..3], [1, 1], "{first:?}");
        let report = caller.failed_rows_file(&first).await.expect("failed rows");
        let report = String::from_utf8(report).expect("UTF-8");
        // Two files that were joined, and one row that is still wrong.
        let wrong = report.replace("bo-at-example", "bo at example");
        let second = caller.import_with(wrong.as_bytes(), &again).await;
        assert_eq!(counts(&second), [1, 0, 1, 0], "{second:?}");
        let path = format!("/task/errors?task_id={}", second.task_id);
        let errors = caller.get(&path).await.ok();
        let values = errors["errors"][0]["values"].to_string();
        assert!(
            values.contains("\"Bo\"") && values.contains("***"),
            "{values}"
        );
        let fixed = report.replace("bo-at-example", "bo@example.com");
        let (first_line, row) = fixed.split_once('\n').expect("a header");
        let joined = format!("{first_line}\n{first_line}\n{row}");
        let third = caller.import_with(joined.as_bytes(), &again).await;
        assert_eq!(third.status, TaskStatus::Finished, "{third:?}");
        assert_eq!(counts(&third), [1, 1, 0, 1]);
        let whole = caller.task(first.task_id.get()).await.combined_rows;
        assert_eq!(
            whole.map(|whole| (whole.read, whole.succeeded)),
            Some((2, 2))
        );
        assert_eq!(stored(&sluice.rows_of(station).await), ["M1 Ann", "M2 Bo"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_says_which_columns_are_not_imported_and_which_are_not_in_the_file() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,na\u{ad}me,,Telefon,\u{200b}Email\nM1,Ann,1,2,ann@example.com\n";
    let task = demo.import(file.as_bytes()).await;
    let columns = task.columns.expect("columns");
    assert_eq!(columns.ignored, ["column 3", "Telefon"]);
    let missing = [
        "phone",
        "gender",
        "birthday",
        "tier",
        "points",
        "joined_on",
        "address",
        "tier_opt_out",
    ];
    assert_eq!(columns.missing, missing);
    let options = json!({ "header": false, "mapping": { "member_no": "1", "name": "C" } });
    let task = demo.import_with(b"M2,x,Bo\n", &options).await;
    assert_eq!(task.columns.expect("columns").ignored, ["B"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_no_part_of_a_value_and_no_value_is_put_together_of_two() {
    let sluice = Sluice::start().await;
    let file = "member_no,name,phone,birthday\n\
        =\"00123\",=\"007\",=\"13800138000\",31-Dec-1990\n\
        M2, \"Lee, Ann\",,\n\
        M3, \"Bo\",,31.12.1990\n\
        M4,\"Ann \\\"Bo\\\" Lee\",,\n\
        M5,\"a\"b,,\n\
        M6,Cy,010-62345678-1,\n\
        M7,Di,13800138000/13900139000,\n\
        M8,Ed,,03/04/1990\n";
    let demo = sluice.demo();
    let task = demo.import(file.as_bytes()).await;
    let rows = sluice.rows_of("demo").await;
    assert_eq!(stored(&rows), ["00123 007", "M3 Bo"]);
    assert_eq!(rows[&2]["phone"], "+8613800138000");
    assert_eq!(
        (&*rows[&2]["birthday"], &*rows[&4]["birthday"]),
        ("1990-12-31", "1990-12-31")
    );
    let path = format!("/task/errors?task_id={}", task.task_id);
    let errors = demo.get(&path).await.ok();
    let told: Vec<String> = errors["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| {
            format!(
                "{} {}",
                error["row"],
                error["code"].as_str().expect("a code")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "3 field_count",
            "5 quotes",
            "6 quotes",
            "7 not_a_phone",
            "8 not_a_phone",
            "9 not_a_date"
        ]
    );
    assert_eq!(
        errors["errors"][0]["values"]["name"], "***",
        "the row may be shifted"
    );
    let report = demo.failed_rows_text(&task).await.expect("failed rows");
    assert!(
        report.contains("M5,\"\"\"a\"\"b\","),
        "as it is written: {report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_which_another_table_begins_is_refused_before_a_row_is_stored() {
    let sluice = Sluice::start().await;
    for (number, (file, row)) in [
        (
            "member_no,name,birthday,joined_on\nM1,Ann,1990-01-01,2020-01-01\n\
             member_no,name,joined_on,birthday\nM2,Bo,2021-01-01,1991-01-01\n",
            3,
        ),
        (
            "member_no,name,points\nM1,Ann,100\nM3,Cy,1\n会员号,姓名,year of birth\nM2,Bo,1990\n",
            4,
        ),
        (
            "member_no,name,address\nM1,Ann,1 Road\nmember_no,address,name\nM2,2 Road,Bo\n",
            3,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let station = format!("s{number}");
        let task = sluice.caller(&station).import(file.as_bytes()).await;
        assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
        let reason = task.reason.expect("a reason");
        let begins = format!("row {row} is the header of another table");
        assert!(reason.starts_with(&begins), "{reason}");
        assert!(sluice.rows_of(&station).await.is_empty());
    }
    // Just below the header, it is the same in other words.
    let file = "member_no,name,phone\n会员号,姓名,联系方式\nM1,Ann,13812345678\n";
    let task = sluice.demo().import(file.as_bytes()).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.rows.expect("rows").succeeded, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rows_file_that_says_no_import_has_its_values_without_the_marks_of_the_report() {
    let sluice = Sluice::start().await;
    let caller = sluice.demo().of_business("score_import");
    let file = "member_no,entry_date,points,reference,note\nM1,2026-01-01,x,007,=1+1\n";
    let first = caller.import(file.as_bytes()).await;
    let report = caller.failed_rows_text(&first).await.expect("failed rows");
    assert!(report.contains("'=1+1"), "{report}");
    let fixed = report.replace(",x,", ",5,");
    let (rest, _) = fixed.rsplit_once(',').expect("the column of the task");
    let nobodys = format!("{rest},\n");
    let task = caller.import(nobodys.as_bytes()).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}\n{nobodys}");
    let rows = sluice
        .clients()
        .await
        .dynamodb
        .scan()
        .table_name("sluice-scores");
    let rows = rows.send().await.expect("rows");
    let row = format!("{:?}", rows.items());
    assert!(row.contains("\"=1+1\"") && row.contains("\"007\""), "{row}");
}
