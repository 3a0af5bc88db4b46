//! A file with flaws, its failed rows mended by a person in a spreadsheet and sent again: in the end
//! all is as if the file had had no flaws.

use std::collections::BTreeMap;

use csv::ByteRecord;
use serde_json::json;
use sluice_api::{RowsView, TaskView};
use sluice_definition::reported::restore;
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Item, Sluice, Spreadsheet, eventually, flawed_members, id_of, members, records,
};

const ROWS: u64 = 400;
const SEED: u64 = 4711;

/// How the person saves and sends the corrected file.
type Save = fn(&Spreadsheet) -> Vec<u8>;

const FORMS: [(&str, Save); 4] = [
    ("semicolons", Spreadsheet::csv_utf8),
    ("gbk", Spreadsheet::csv_gbk),
    ("unicode-text", Spreadsheet::unicode_text),
    ("xlsx", Spreadsheet::xlsx),
];

/// What the person does about a row.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Mend,
    Leave,
    Delete,
}

/// Does with the rows of a report as `choose` says of their rows in the file and their codes.
fn worked_on(
    report: &[u8],
    clean: &(ByteRecord, Vec<ByteRecord>),
    choose: impl Fn(u64, &str) -> Choice,
) -> Spreadsheet {
    let mut sheet = Spreadsheet::open(report);
    let (_, lines) = records(report);
    let width = clean.0.len();
    let (row_column, code_column) = (sheet.column("error_row"), sheet.column("error_code"));
    for (index, line) in lines.iter().enumerate().rev() {
        let row = index + 1;
        let number: u64 = sheet.shown(row, row_column).parse().expect("a row");
        match choose(number, &sheet.shown(row, code_column)) {
            Choice::Leave => continue,
            Choice::Delete => {
                sheet.rows.remove(row);
                continue;
            }
            Choice::Mend => {}
        }
        let right = &clean.1[number as usize - 2];
        for column in 0..width {
            let right = String::from_utf8_lossy(&right[column]);
            let is = String::from_utf8_lossy(&line[column]);
            if restore(&is) != right {
                sheet.set(row, column, &right);
            }
        }
        // What was too much goes away.
        for column in sheet.column("error_task") + 1..line.len() {
            sheet.set(row, column, "");
        }
    }
    sheet
}

/// What a station has stored, by key, without the stamps.
async fn stored(sluice: &Sluice, station: &str) -> BTreeMap<String, Item> {
    let items = sluice.items().await.into_iter();
    let of_station = items.filter(|((pk, _), _)| pk.starts_with(&format!("{station}#")));
    let stored = of_station.map(|((_, key), mut item)| {
        item.remove("pk");
        item.remove("_origin");
        (key, item)
    });
    stored.collect()
}

/// The failed rows of a task.
async fn report(caller: &Caller, task: &TaskView) -> Vec<u8> {
    caller.failed_rows_file(task).await.expect("failed rows")
}

fn all_succeeded(rows: u64) -> RowsView {
    RowsView {
        read: rows,
        succeeded: rows,
        ..RowsView::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_that_are_mended_in_a_spreadsheet_come_to_what_the_file_without_flaws_does() {
    let sluice = Sluice::with_small_chunks().await;
    let (clean, (flawed, flaws)) = (members(ROWS, SEED), flawed_members(ROWS, SEED, 8.0, 4.0));
    let without_flaws = sluice.caller("without-flaws").import(&clean).await;
    assert_eq!(without_flaws.status, TaskStatus::Finished);
    let expected = stored(&sluice, "without-flaws").await;
    assert_eq!(expected.len() as u64, ROWS);
    let clean = records(&clean);
    for (form, save) in FORMS {
        let caller = sluice.caller(form);
        let first = caller.import(&flawed).await;
        assert_eq!(
            first.rows.expect("rows").succeeded,
            ROWS - flaws.len() as u64
        );
        let sheet = worked_on(&report(&caller, &first).await, &clean, |_, _| Choice::Mend);
        assert_eq!(sheet.rows.len(), flaws.len() + 1);
        let second = caller.import(&save(&sheet)).await;
        assert_eq!(second.status, TaskStatus::Finished, "{form}: {second:?}");
        assert_eq!(
            second.rows,
            Some(all_succeeded(flaws.len() as u64)),
            "{form}"
        );
        let parent = &second.result.as_ref().expect("a result")["parent"];
        assert_eq!(parent, &json!(first.task_id), "{form}");
        let first = caller.task(first.task_id.get()).await;
        for task in [&first, &second] {
            assert_eq!(task.combined_rows, without_flaws.rows, "{form}");
        }
        assert_eq!(stored(&sluice, form).await, expected, "{form}");
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_rows_that_are_mended_little_by_little_through_the_inbox_come_to_the_same() {
    let sluice = Sluice::with_small_chunks().await;
    let (clean, (flawed, flaws)) = (members(ROWS, SEED), flawed_members(ROWS, SEED, 8.0, 4.0));
    let without_flaws = sluice.caller("without-flaws").import(&clean).await;
    let expected = stored(&sluice, "without-flaws").await;
    let clean = records(&clean);
    let demo = sluice.demo();
    let first = demo.import(&flawed).await;
    let lines = report(&demo, &first).await;
    let sheet = worked_on(&lines, &clean, |row, code| match code {
        // A spreadsheet makes these right as it saves them, in another way than they should be.
        "field_count" | "encoding" => Choice::Mend,
        _ if row % 3 == 0 => Choice::Mend,
        _ => Choice::Leave,
    });
    sluice
        .put_object("inbox/demo/member_import/again.csv", &sheet.csv_utf8())
        .await;
    let second = eventually("the task of the inbox", async || {
        let list = demo.get("/task/list").await.ok();
        let tasks = list["tasks"].as_array().expect("tasks");
        (tasks.len() == 2).then(|| id_of(&tasks[0]))
    })
    .await;
    let second = demo.ended(second).await;
    let rows = second.rows.expect("rows");
    assert_eq!(
        (rows.read, second.status),
        (flaws.len() as u64, TaskStatus::PartlySucceeded)
    );
    assert!(
        rows.succeeded > 10 && rows.failed > 5 && rows.duplicate > 5,
        "{rows:?}"
    );
    let lines = report(&demo, &second).await;
    let keep = |rest: u64| {
        worked_on(&lines, &clean, move |row, _| {
            if row % 2 == rest {
                Choice::Mend
            } else {
                Choice::Delete
            }
        })
    };
    let (even, odd) = (keep(0), keep(1));
    let third = demo.import(&even.xlsx()).await;
    let fourth = demo.import(&odd.csv_gbk()).await;
    for task in [&third, &fourth] {
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        let parent = &task.result.as_ref().expect("a result")["parent"];
        assert_eq!(
            parent,
            &json!(first.task_id),
            "the import, not its correction"
        );
    }
    for task in [first, second, third, fourth] {
        let task = demo.task(task.task_id.get()).await;
        assert_eq!(task.combined_rows, without_flaws.rows, "{task:?}");
    }
    assert_eq!(stored(&sluice, "demo").await, expected);
}
