//! Packed files: text in gzip, and workbooks. They are converted once, into an object beside the
//! original, and imported from there like any other, with the row numbers of the original.

use aws_sdk_dynamodb::types::AttributeValue;
use csv::ByteRecord;
use encoding_rs::GBK;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_aws::Objects;
use sluice_task::TaskStatus;

use crate::harness::{
    BUCKET, Caller, Sluice, expected_member, failed_rows, flawed_members, gzip, members, records,
    workbook,
};

/// A row of a sheet. A cell is a text, or after `#` a number, after `@` the number of a day, after
/// `=` a formula without a value, after `!` an error.
fn row(number: u32, cells: &[&str]) -> String {
    let cell = |(column, cell): (u8, &&str)| {
        let place = format!("{}{number}", char::from(b'A' + column));
        match cell.split_at_checked(1) {
            None => String::new(),
            Some(("#", value)) => format!("<c r=\"{place}\"><v>{value}</v></c>"),
            Some(("@", value)) => format!("<c r=\"{place}\" s=\"1\"><v>{value}</v></c>"),
            Some(("=", value)) => format!("<c r=\"{place}\"><f>{value}</f></c>"),
            Some(("!", value)) => format!("<c r=\"{place}\" t=\"e\"><v>{value}</v></c>"),
            Some(_) => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
        }
    };
    let cells: String = (0..).zip(cells).map(cell).collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

/// The text of the object that a file was converted to, if there is one.
async fn converted(sluice: &Sluice, task: &TaskView) -> Option<String> {
    let objects = Objects::new(&sluice.clients().await, BUCKET.to_owned());
    let key = format!("converted/{}/{}/file.csv", task.station_id, task.task_id);
    let object = objects.head(&key).await.expect("an answer of S3")?;
    let reader = objects.reader(&key, &object.etag, None);
    let bytes = reader.range(0..object.size_bytes).await.expect("its bytes");
    Some(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

/// Numbers and columns of the failed rows.
async fn failed(caller: &Caller, task: &TaskView, header: &ByteRecord) -> Vec<(u64, String)> {
    let report = caller.failed_rows_file(task).await.expect("failed rows");
    let rows = failed_rows(&report, header).into_iter();
    rows.map(|row| (row.row, row.column)).collect()
}

fn detected(task: &TaskView) -> Value {
    serde_json::to_value(&task.detected).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gzip_file_is_imported_in_chunks_from_the_object_beside_it() {
    let sluice = Sluice::with_small_chunks().await;
    let file = members(500, 71);
    let task = sluice.demo().import(&gzip(&file)).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(detected(&task)["format"], "gzip");
    assert!(task.chunks.expect("chunks").done > 5, "{task:?}");
    let text = converted(&sluice, &task).await.expect("an object");
    assert_eq!(text.as_bytes(), file, "what is imported is what was packed");

    let (header, rows) = records(&file);
    let items = sluice.items().await;
    assert_eq!(items.len(), rows.len());
    for (number, record) in (2..).zip(&rows) {
        let key = std::str::from_utf8(&record[0]).expect("UTF-8");
        let item = items.iter().find(|((_, sk), _)| sk == key);
        let mut item = item.expect("a row").1.clone();
        let origin = format!("{}:{number}", task.task_id);
        assert_eq!(item.remove("_origin"), Some(AttributeValue::S(origin)));
        item.remove("pk");
        item.remove("sk");
        assert_eq!(item, expected_member(&header, record), "row {number}");
    }
    // A file that is UTF-8 already is imported as it lies.
    let plain = sluice.caller("plain").import(&file).await;
    assert_eq!(converted(&sluice, &plain).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_of_a_gzip_file_have_the_numbers_of_the_file_in_it() {
    let sluice = Sluice::with_small_chunks().await;
    let (file, flaws) = flawed_members(400, 72, 6.0, 2.0);
    let (one, two) = (sluice.caller("plain"), sluice.caller("packed"));
    let (plain, packed) = (one.import(&file).await, two.import(&gzip(&file)).await);
    assert!(packed.chunks.expect("chunks").done > 5, "{packed:?}");
    assert_eq!(packed.rows, plain.rows);
    let header = records(&file).0;
    let numbers = failed(&two, &packed, &header).await;
    assert_eq!(numbers.len(), flaws.len());
    assert_eq!(numbers, failed(&one, &plain, &header).await);

    // Chinese text below a title, in members of gzip that end within a character.
    let text = "会员导出\n\n会员号,姓名,积分\nG1,张三,1\nG2,\"李\n四\",x\nG3,,3\n";
    let bytes = GBK.encode(text).0;
    let (head, tail) = bytes.split_at(3);
    let demo = sluice.demo();
    let task = demo.import(&[gzip(head), gzip(tail)].concat()).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let expected = json!({
        "format": "gzip", "encoding": "gb18030", "delimiter": ",", "header_row": 3,
        "sheet": null, "replaced": 0, "uncalculated_formulas": 0,
    });
    assert_eq!(detected(&task), expected);
    let header = ByteRecord::from(vec!["会员号", "姓名", "积分"]);
    let numbers = failed(&demo, &task, &header).await;
    assert_eq!(numbers, [(5, "points".to_owned()), (6, "name".to_owned())]);
    assert_eq!(converted(&sluice, &task).await.as_deref(), Some(text));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_sheet_that_shows_is_imported_or_the_one_that_is_named() {
    let sluice = Sluice::start().await;
    let sheet = |key: &str| [row(1, &["member_no", "name"]), row(2, &[key, "Ann"])].concat();
    let (hidden, shown) = (sheet("S1"), sheet("S2"));
    // Of sheets with the same columns one has to be named.
    let other = [
        row(1, &["member_no", "name", "phone"]),
        row(2, &["S3", "Ann", ""]),
    ]
    .concat();
    let file = workbook(&[
        ("lists", "hidden", &hidden),
        ("Members", "visible", &shown),
        ("会员", "visible", &other),
    ]);
    for (station, options, name, key) in [
        ("first", json!({}), "Members", "S2"),
        ("named", json!({ "sheet": "会员" }), "会员", "S3"),
        ("hidden", json!({ "sheet": "LISTS" }), "lists", "S1"),
    ] {
        let task = sluice.caller(station).import_with(&file, &options).await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        let expected = json!({
            "format": "xlsx", "encoding": null, "delimiter": ",", "header_row": 1,
            "sheet": name, "replaced": 0, "uncalculated_formulas": 0,
        });
        assert_eq!(detected(&task), expected);
        assert_eq!(sluice.rows_of(station).await[&2]["member_no"], key);
    }
    let options = json!({ "sheet": "Kunden" });
    let task = sluice.demo().import_with(&file, &options).await;
    assert_eq!(task.status, TaskStatus::Failed);
    let reason = task.reason.expect("a reason");
    assert_eq!(
        reason,
        "the workbook has no sheet `Kunden`: it has `lists`, `Members`, `会员`"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cells_are_stored_as_people_see_them_and_rows_have_the_sheets_numbers() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let rows = [
        row(1, &["Members of the shop"]),
        row(3, &["member_no", "name", "phone", "birthday", "points"]),
        // Fifteen digits are what a spreadsheet keeps of a number.
        row(
            4,
            &["#123456789012345", "Ann", "#13800138000", "@33010", "#1200"],
        ),
        row(
            5,
            &["X2", "two\nlines", "#1.3800138E10", "@33010.5", "#12.5"],
        ),
        row(8, &["X3", "Cy", "", "1990-05-17", "=E4*2"]),
        row(9, &["X4", "", "", "", "#1"]),
    ];
    let file = workbook(&[("Sheet1", "visible", &rows.concat())]);
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let expected = json!({
        "format": "xlsx", "encoding": null, "delimiter": ",", "header_row": 3,
        "sheet": "Sheet1", "replaced": 0, "uncalculated_formulas": 1,
    });
    assert_eq!(detected(&task), expected);
    let stored = sluice.rows_of("demo").await;
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), [4]);
    let ann = &stored[&4];
    assert_eq!(ann["member_no"], "123456789012345");
    assert_eq!(ann["phone"], "+8613800138000");
    assert_eq!((&*ann["birthday"], &*ann["points"]), ("1990-05-17", "1200"));
    // The formula of row 8 has no value in the file.
    let header = vec!["member_no", "name", "phone", "birthday", "points"];
    let numbers = failed(&demo, &task, &ByteRecord::from(header)).await;
    let expected = [(5, "points"), (8, "points"), (9, "name")];
    assert_eq!(
        numbers,
        expected.map(|(row, column)| (row, column.to_owned()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn long_numbers_of_a_workbook_are_reported_and_no_two_people_become_one() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let rows = [
        row(1, &["member_no", "name"]),
        row(2, &["#1.10101199003071E+17", "Ann"]),
        row(3, &["#1.10101199003071E+17", "Bo"]),
        row(4, &["#6222021001001230", "Cy"]),
        row(5, &["#123456789012345", "Di"]),
        row(6, &["M6", "#434.99999999999994"]),
        row(7, &["M7", "!#N/A"]),
    ];
    let file = workbook(&[("Sheet1", "visible", &rows.concat())]);
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let stored = sluice.rows_of("demo").await;
    assert_eq!(stored.keys().copied().collect::<Vec<_>>(), [5, 6]);
    assert_eq!(stored[&5]["member_no"], "123456789012345");
    assert_eq!(stored[&6]["name"], "435");

    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let header = ByteRecord::from(vec!["member_no", "name"]);
    let failed = failed_rows(&report, &header);
    let found: Vec<_> = failed
        .iter()
        .map(|row| (row.row, &*row.column, &*row.code))
        .collect();
    let long = |row| (row, "member_no", "cell");
    assert_eq!(found, [long(2), long(3), long(4), (7, "name", "cell")]);
    assert!(
        failed[0].message.contains("more than 15 digits"),
        "{failed:?}"
    );
    // The report, sent back as it is, is not accepted either.
    let again = demo.import(&report).await;
    assert_eq!(again.rows.expect("rows").succeeded, 0, "{again:?}");
    assert_eq!(sluice.rows_of("demo").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workbook_of_many_rows_is_imported_in_chunks() {
    let sluice = Sluice::with_small_chunks().await;
    let mut rows = row(1, &["member_no", "name", "address"]);
    for number in 2..602 {
        let key = format!("W{number}");
        rows.push_str(&row(number, &[&key, "Ann", &"x".repeat(60)]));
    }
    let file = workbook(&[("Sheet1", "visible", &rows)]);
    let task = sluice.demo().import(&file).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert!(task.chunks.expect("chunks").done > 5, "{task:?}");
    let stored = sluice.rows_of("demo").await;
    assert_eq!(stored.len(), 600);
    for (number, columns) in stored {
        assert_eq!(columns["member_no"], format!("W{number}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn the_same_packed_file_twice_is_noticed() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = gzip(&members(20, 73));
    let first = demo.import(&file).await;
    assert_eq!(first.status, TaskStatus::Finished, "{first:?}");
    let before = sluice.items().await;
    let second = demo.import(&file).await;
    assert_eq!(second.status, TaskStatus::Failed, "{second:?}");
    let reason = second.reason.expect("a reason");
    assert!(reason.starts_with("the same file was imported"), "{reason}");
    assert!(reason.contains(&first.task_id.to_string()), "{reason}");
    let path = "/upload?business=member_import&file_name=members.csv.gz";
    let msg = demo
        .post_as(path, "text/csv", file.clone())
        .await
        .refused(40901);
    assert!(msg.starts_with("the same file was imported"), "{msg}");
    assert!(sluice.items().await == before, "the table has changed");
    let again = demo.repeating().import(&file).await;
    assert_eq!(again.rows.expect("rows").duplicate, 20);
}
