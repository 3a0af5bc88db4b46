//! Text as programs export it: whatever its encoding, its delimiter and what stands above its
//! header, the rows are stored as a person reads them, and the task says what was detected.

use encoding_rs::{GBK, WINDOWS_1252};
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Rows, Sluice, failed_rows};

const CHINESE: &str = "会员号,姓名,手机,积分,地址\r\n\
    F001,张三,13800138000,120,\"上海市, 南京路\n二楼\"\r\n\
    F002,欧阳娜娜,,,北京市朝阳区\r\n";
const GERMAN: &str = "member_no,name,address\r\n\
    F001,Zoë Müller,\"Große Straße 7, Köln – links\"\r\n\
    F002,José Peña,Cañón 4\r\n";

/// The rows of such a file, in their words.
fn rows(rows: &[(u64, &[(&str, &str)])]) -> Rows {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let row =
        |(number, columns): &(u64, &[(&str, &str)])| (*number, columns.iter().map(text).collect());
    rows.iter().map(row).collect()
}

fn chinese_rows() -> Rows {
    rows(&[
        (
            2,
            &[
                ("member_no", "F001"),
                ("name", "张三"),
                ("phone", "+8613800138000"),
                ("points", "120"),
                ("address", "上海市, 南京路\n二楼"),
            ],
        ),
        (
            3,
            &[
                ("member_no", "F002"),
                ("name", "欧阳娜娜"),
                ("address", "北京市朝阳区"),
            ],
        ),
    ])
}

fn german_rows() -> Rows {
    rows(&[
        (
            2,
            &[
                ("member_no", "F001"),
                ("name", "Zoë Müller"),
                ("address", "Große Straße 7, Köln – links"),
            ],
        ),
        (
            3,
            &[
                ("member_no", "F002"),
                ("name", "José Peña"),
                ("address", "Cañón 4"),
            ],
        ),
    ])
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn with_mark(text: &str) -> String {
    format!("\u{feff}{text}")
}

/// What was detected, as the API tells it.
fn detected(task: &TaskView) -> Value {
    serde_json::to_value(&task.detected).expect("JSON")
}

fn csv(encoding: &str, delimiter: &str, header_row: u64) -> Value {
    json!({
        "format": "csv", "encoding": encoding, "delimiter": delimiter, "header_row": header_row,
        "sheet": null, "replaced": 0, "uncalculated_formulas": 0,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn text_in_any_encoding_is_stored_as_it_reads() {
    let sluice = Sluice::start().await;
    let gbk = GBK.encode(CHINESE).0.into_owned();
    let latin = WINDOWS_1252.encode(GERMAN).0.into_owned();
    let tabs = CHINESE.replace("市, ", "市; ").replace(',', "\t");
    let tabs = tabs.replace("市; ", "市, ");
    let cases: [(&str, Vec<u8>, Option<&str>, &str); 14] = [
        ("utf-8", CHINESE.into(), None, ","),
        ("utf-8", with_mark(CHINESE).into(), None, ","),
        ("utf-8", CHINESE.into(), Some("utf-8"), ","),
        // What Excel saves as "Unicode Text".
        (
            "utf-16le",
            utf16(&with_mark(&tabs), u16::to_le_bytes),
            None,
            "\t",
        ),
        (
            "utf-16be",
            utf16(&with_mark(&tabs), u16::to_be_bytes),
            None,
            "\t",
        ),
        (
            "utf-16le",
            utf16(&with_mark(&tabs), u16::to_le_bytes),
            Some("utf-16"),
            "\t",
        ),
        (
            "utf-16be",
            utf16(CHINESE, u16::to_be_bytes),
            Some("utf-16be"),
            ",",
        ),
        ("gb18030", gbk.clone(), None, ","),
        ("gb18030", gbk.clone(), Some("gb18030"), ","),
        ("gbk", gbk, Some("gbk"), ","),
        // The file's own mark is believed over what the client says.
        ("utf-8", with_mark(CHINESE).into(), Some("gbk"), ","),
        (
            "utf-16be",
            utf16(&with_mark(&tabs), u16::to_be_bytes),
            Some("gbk"),
            "\t",
        ),
        ("windows-1252", latin.clone(), None, ","),
        ("windows-1252", latin, Some("windows-1252"), ","),
    ];
    for (number, (encoding, file, asked, delimiter)) in cases.iter().enumerate() {
        let station = format!("encoding-{number}");
        let options = asked.map_or(json!({}), |asked| json!({ "encoding": asked }));
        let task = sluice.caller(&station).import_with(file, &options).await;
        assert_eq!(task.status, TaskStatus::Finished, "{number}: {task:?}");
        assert_eq!(detected(&task), csv(encoding, delimiter, 1), "{number}");
        let expected = match *encoding {
            "windows-1252" => german_rows(),
            _ => chinese_rows(),
        };
        assert_eq!(sluice.rows_of(&station).await, expected, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_too_short_to_tell_its_encoding_is_read_in_the_one_that_is_given() {
    let sluice = Sluice::start().await;
    let file = WINDOWS_1252.encode("member_no,name\nF1,Zoë\n").0;
    let options = json!({ "encoding": "windows-1252" });
    let task = sluice.demo().import_with(&file, &options).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let stored = sluice.rows_of("demo").await;
    assert_eq!(stored[&2]["name"], "Zoë");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_a_malformed_character_is_reported_and_counted_on_the_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut file = GBK.encode("会员号,姓名\nF001,张三").0.into_owned();
    file.push(0xFF);
    file.extend_from_slice(&GBK.encode("\nF002,李四\n").0);
    let options = json!({ "encoding": "gbk" });
    let task = demo.import_with(&file, &options).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(detected(&task)["replaced"], 1);
    let stored = sluice.rows_of("demo").await;
    assert_eq!(
        stored,
        rows(&[(3, &[("member_no", "F002"), ("name", "李四")])])
    );
    let header = csv::ByteRecord::from(vec!["会员号", "姓名"]);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let failed = failed_rows(&report, &header);
    assert_eq!((failed.len(), failed[0].row), (1, 2));
    assert_eq!((&*failed[0].column, &*failed[0].code), ("name", "encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_row_in_latin1_among_others_in_utf8_is_reported_and_the_others_are_stored() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut file = b"member_no,name\nM1,Ann\nM2,Jos\xE9\n".to_vec();
    file.extend_from_slice("M3,Zöe\nM4,张\n".as_bytes());
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(detected(&task), csv("utf-8", ",", 1));
    let expected = rows(&[
        (2, &[("member_no", "M1"), ("name", "Ann")]),
        (4, &[("member_no", "M3"), ("name", "Zöe")]),
        (5, &[("member_no", "M4"), ("name", "张")]),
    ]);
    assert_eq!(sluice.rows_of("demo").await, expected);
    let header = csv::ByteRecord::from(vec!["member_no", "name"]);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let failed = failed_rows(&report, &header);
    assert_eq!((failed.len(), failed[0].row), (1, 3));
    assert_eq!((&*failed[0].column, &*failed[0].code), ("name", "encoding"));
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_below_a_long_head_of_ascii_are_read_in_their_encoding() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let filler = "x".repeat(2_000);
    let ascii: Vec<String> = (0..600)
        .map(|number| format!("A{number},Ann,{filler}\n"))
        .collect();
    let ascii = ascii.concat();
    // The first of these rows would be valid UTF-8, with another name.
    let text = format!("member_no,name,filler\n{ascii}M1,卢一,\nM2,张三,\nM3,李四,\n");
    let (file, _, _) = GBK.encode(&text);
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(detected(&task), csv("gb18030", ",", 1));
    let stored = sluice.rows_of("demo").await;
    let names: Vec<_> = stored.values().map(|row| row["name"].as_str()).collect();
    assert_eq!(names.len(), 603);
    assert_eq!(names[600..], ["卢一", "张三", "李四"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_whose_encoding_is_not_clear_is_refused_with_those_that_it_may_be_in() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    // Mac Roman, and EUC-KR.
    for (name, candidate) in [
        (b"Jos\x8E".as_slice(), "Mac Roman"),
        (b"\xC0\xCC\xBC\xF6", "EUC-KR"),
    ] {
        let file = [b"member_no,name\nM1,", name, b"\n"].concat();
        let task = demo.import(&file).await;
        assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(candidate), "{reason}");
        assert!(reason.contains("windows-1252"), "{reason}");
    }
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_told_apart_by_whatever_separates_them() {
    let sluice = Sluice::start().await;
    for (number, delimiter) in [",", ";", "\t", "|", "^"].into_iter().enumerate() {
        let station = format!("delimiter-{number}");
        let quote = |text: &str| format!("\"{}\"", text.replace('#', delimiter));
        let file = ["member_no#name#address", "F1#A#x", "F2#@#y"].join("\n");
        let file = file.replace('#', delimiter).replace('@', &quote("B#C"));
        let options = match delimiter {
            "^" => json!({ "delimiter": "^" }),
            _ => json!({}),
        };
        let caller = sluice.caller(&station);
        let task = caller.import_with(file.as_bytes(), &options).await;
        assert_eq!(task.status, TaskStatus::Finished, "{delimiter:?}: {task:?}");
        assert_eq!(detected(&task), csv("utf-8", delimiter, 1));
        let name = format!("B{delimiter}C");
        let expected = rows(&[
            (2, &[("member_no", "F1"), ("name", "A"), ("address", "x")]),
            (3, &[("member_no", "F2"), ("name", &name), ("address", "y")]),
        ]);
        assert_eq!(sluice.rows_of(&station).await, expected, "{delimiter:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_below_a_title_is_found_and_rows_keep_their_numbers() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "Members of \"Nord\";;\nPrinted 2026-03-01;;\n;;\n\
        Member No;Full Name;Balance\nF1;Ann;5\nF2;\"B\no\";x\nF3;Cy;7\n";
    let task = demo.import(file.as_bytes()).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    assert_eq!(detected(&task), csv("utf-8", ";", 4));
    let numbers: Vec<u64> = sluice.rows_of("demo").await.into_keys().collect();
    // A line break in quotes begins no row, as in a spreadsheet.
    assert_eq!(numbers, [5, 7]);
    let header = csv::ByteRecord::from(vec!["Member No", "Full Name", "Balance"]);
    let report = demo.failed_rows_file(&task).await.expect("failed rows");
    let failed = failed_rows(&report, &header);
    assert_eq!((failed.len(), failed[0].row), (1, 6));
    assert_eq!(failed[0].column, "points");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_detected_is_on_the_task_and_in_the_list() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = GBK.encode(CHINESE).0;
    let task_id = demo.import(&file).await.task_id.get();
    assert_eq!(
        demo.record(task_id).await["detected"],
        csv("gb18030", ",", 1)
    );
    let list = demo.get("/task/list").await.ok();
    assert_eq!(list["tasks"][0]["detected"], csv("gb18030", ",", 1));
    // A task that no file has come for yet has detected nothing.
    let waiting = demo.begin(10, &json!({})).await;
    let waiting = demo
        .record(waiting["task_id"].as_u64().expect("an id"))
        .await;
    assert_eq!(waiting["detected"], Value::Null);
}
