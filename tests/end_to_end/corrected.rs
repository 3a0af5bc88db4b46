//! Corrected files continue an import: rows keep where they came from, and the counts of the import
//! as a whole add up, whatever is sent, in whatever order, and however often it ends.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use serde_json::{Value, json};
use sluice_api::{RowsView, TaskView};
use sluice_task::TaskStatus;

use crate::harness::{
    ByHand, Caller, Fault, FaultyRoad, SMALL_CHUNKS, Sluice, failed_rows, id_of, leave_unpolled,
    records, set_chunk_bytes,
};

const HEADER: &str = "member_no,name,points";
const REPORT: &str = "error_row,error_column,error_code,error_message,error_task";

/// Succeeded, failed, duplicate, skipped; that they are all there are is seen to.
fn counts(rows: Option<RowsView>) -> [u64; 4] {
    let rows = rows.expect("rows");
    let counts = [rows.succeeded, rows.failed, rows.duplicate, rows.skipped];
    assert_eq!(rows.read, counts.iter().sum::<u64>(), "{rows:?}");
    counts
}

/// A corrected file with these rows: fields, row, code.
fn corrected(task_id: u64, rows: &[(&str, &str, &str)]) -> Vec<u8> {
    let mut file = format!("{HEADER},{REPORT}\n");
    for (fields, row, code) in rows {
        let task = if row.is_empty() {
            ""
        } else {
            &format!("'{task_id}")
        };
        let line = format!("{fields},{row},,{code},,{task}\n");
        file.push_str(&line);
    }
    file.into_bytes()
}

/// A corrected file of the rows with these numbers, of which some are as wrong as before.
fn corrected_rows(root: u64, rows: Range<u64>, is_wrong: fn(u64) -> bool) -> Vec<u8> {
    let fields = |row| format!("M{row},B,{}", if is_wrong(row) { "x" } else { "1" });
    let rows: Vec<_> = rows.map(|row| (fields(row), row.to_string())).collect();
    let rows: Vec<_> = rows
        .iter()
        .map(|(fields, row)| (&**fields, &**row, "not_a_number"))
        .collect();
    corrected(root, &rows)
}

async fn combined(caller: &Caller, task_id: u64) -> [u64; 4] {
    counts(caller.task(task_id).await.combined_rows)
}

/// An import of ten good rows and these bad ones, which begin with row 12.
async fn import_with(caller: &Caller, bad: &[&str]) -> TaskView {
    let mut file = format!("{HEADER}\n");
    for row in 2..12 {
        let line = format!("M{row},A,{row}\n");
        file.push_str(&line);
    }
    file.push_str(&bad.join("\n"));
    caller.import(file.as_bytes()).await
}

fn parent(task: &TaskView) -> &Value {
    &task.result.as_ref().expect("a result")["parent"]
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_of_corrections_add_up_and_rows_keep_where_they_came_from() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = import_with(&demo, &["M12,B,x", "M13,,1", "M2,C,1", "M15,D,y"]).await;
    let root = first.task_id.get();
    assert_eq!(counts(first.rows), [10, 3, 1, 0]);
    assert_eq!(first.combined_rows, None, "nothing continues it yet");

    // Two rows are right now, one is not, one is left out, and one is new and wrong.
    let file = corrected(
        root,
        &[
            ("M12,B,7", "12", "not_a_number"),
            ("M13,,1", "13", "required"),
            ("M14,C,1", "14", "duplicate"),
            ("M16,,5", "", ""),
        ],
    );
    let second = demo.import(&file).await;
    assert_eq!(counts(second.rows), [2, 2, 0, 0]);
    assert_eq!(parent(&second), &json!(root));
    let second_id = second.task_id.get();
    for task_id in [root, second_id] {
        assert_eq!(combined(&demo, task_id).await, [12, 3, 0, 0]);
    }
    let report = demo.failed_rows_file(&second).await.expect("failed rows");
    let lines = failed_rows(&report, &records(HEADER.as_bytes()).0);
    let places: Vec<_> = lines.iter().map(|line| (line.row, line.task)).collect();
    assert_eq!(
        places,
        [(13, root), (5, second_id)],
        "the new row is of the second file"
    );
    let problems = &second.result.as_ref().expect("a result")["problems"];
    assert_eq!(problems[0]["row"], 13);

    // The correction is corrected, by a person who deletes what only explains.
    let report = String::from_utf8(report).expect("UTF-8");
    let right = report.replace("M13,,", "M13,E,").replace("M16,,", "M16,F,");
    let third = demo.import(right.as_bytes()).await;
    assert_eq!(third.status, TaskStatus::Finished, "{third:?}");
    assert_eq!(parent(&third), &json!(root));
    let short = format!("error_task,{HEADER},error_row\n'{root},M17,G,3,15\n");
    let fourth = demo.import(short.as_bytes()).await;
    assert_eq!(fourth.status, TaskStatus::Finished, "{fourth:?}");
    let ids = [root, second_id, third.task_id.get(), fourth.task_id.get()];
    for task_id in ids {
        assert_eq!(combined(&demo, task_id).await, [15, 0, 0, 0]);
    }
    let list = demo.get("/task/list").await.ok();
    for task in list["tasks"].as_array().expect("tasks") {
        assert_eq!(task["combined_rows"]["succeeded"], 15);
    }
    assert_eq!(sluice.items().await.len(), 15);
    assert_eq!(
        demo.task(root).await.rows,
        first.rows,
        "its own rows stay as they were"
    );
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_sent_again_are_rows_more() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = import_with(&demo, &["M12,B,x"]).await;
    let root = first.task_id.get();
    for (points, expected) in [(1, [11, 0, 0, 0]), (2, [11, 0, 1, 0]), (3, [11, 0, 1, 0])] {
        let fields = format!("M12,B,{points}");
        demo.import(&corrected(root, &[(&fields, "12", "not_a_number")]))
            .await;
        assert_eq!(combined(&demo, root).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrected_files_at_the_same_time_add_up() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let bad: Vec<String> = (12..52).map(|row| format!("M{row},B,x")).collect();
    let bad: Vec<&str> = bad.iter().map(String::as_str).collect();
    let first = import_with(&demo, &bad).await;
    let root = first.task_id.get();
    let files: Vec<Vec<u8>> = (12..52)
        .step_by(5)
        .map(|row| corrected_rows(root, row..row + 5, |row| row % 5 == 0))
        .collect();
    let tasks = futures::future::join_all(files.iter().map(|file| demo.import(file))).await;
    assert_eq!(tasks.len(), 8);
    assert_eq!(combined(&demo, root).await, [42, 8, 0, 0]);
    assert_eq!(sluice.items().await.len(), 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_told_twice_or_meets_others_counts_once() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    let demo = sluice.demo();
    let first = import_with(&demo, &["M12,B,x", "M13,B,x", "M14,B,x"]).await;
    let root = first.task_id.get();
    for (row, fault) in [
        ("12", Fault::AnswerLost),
        ("13", Fault::Conflict),
        ("14", Fault::Internal),
    ] {
        let turns = Arc::new(AtomicU32::new(0));
        road.set_rule(move |operation| {
            let is_hit =
                operation == "TransactWriteItems" && turns.fetch_add(1, Relaxed).is_multiple_of(2);
            if is_hit { fault } else { Fault::None }
        });
        let fields = format!("M{row},B,1");
        let task = demo
            .import(&corrected(root, &[(&fields, row, "not_a_number")]))
            .await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        assert!(road.count("TransactWriteItems", fault) > 1);
    }
    assert_eq!(combined(&demo, root).await, [13, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_that_is_cancelled_and_retried_counts_once() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let rows: Vec<String> = (2..402).map(|row| format!("M{row},B,x")).collect();
    let first = format!("{HEADER}\n{}\n", rows.join("\n"));
    let first = ByHand::begin(&sluice, "demo", first.as_bytes()).await;
    first.deliver(&first.messages).await;
    let root = first.ended().await.task_id.get();

    let file = corrected_rows(root, 2..402, |row| row % 10 == 0);
    let second = ByHand::begin(&sluice, "demo", &file).await;
    assert!(second.messages.len() > 2);
    second
        .cancel_after(&second.messages[..1], &second.messages)
        .await;
    let caller = &second.caller;
    let [succeeded, failed, ..] = counts(second.ended().await.rows);
    assert!(succeeded > 50 && failed > 5);
    assert_eq!(
        combined(caller, root).await,
        [succeeded, 400 - succeeded, 0, 0]
    );

    let again = second.retry(2).await;
    second.deliver(&again).await;
    assert_eq!(counts(second.ended().await.rows), [360, 40, 0, 0]);
    for task_id in [root, second.task_id] {
        assert_eq!(combined(caller, task_id).await, [360, 40, 0, 0]);
    }
    let msg = caller.verb("retry", root).await.refused(40901);
    assert!(msg.contains("corrected files continue"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_taken_off_before_rows_are_checked_and_nowhere_else() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,phone,address,points\n\
        007,=Ann,+8613812345678,=x,many\n\
        008,'Bo',+8613812345679,'y',many\n";
    let first = demo.import(file.as_bytes()).await;
    let report = demo.failed_rows_file(&first).await.expect("failed rows");
    let report = String::from_utf8(report).expect("UTF-8");
    let task = demo
        .import(report.replacen(",many,", ",1,", 1).as_bytes())
        .await;
    assert_eq!(counts(task.rows), [1, 1, 0, 0], "{task:?}");
    let again = demo.failed_rows_text(&task).await.expect("failed rows");
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(
        again.lines().collect::<Vec<_>>(),
        [lines[0], lines[2]],
        "as it was"
    );
    demo.import(report.replace(",many,", ",2,").as_bytes())
        .await;
    let items = sluice.items().await;
    let stored = |key: &str, name: &str| {
        let item = items
            .iter()
            .find(|((_, sk), _)| sk == key)
            .expect("a member")
            .1;
        crate::harness::text(item, name).to_owned()
    };
    assert_eq!(
        ["name", "phone", "address"].map(|name| stored("007", name)),
        ["=Ann", "+8613812345678", "=x"]
    );
    assert_eq!(
        ["name", "phone", "address"].map(|name| stored("008", name)),
        ["'Bo'", "+8613812345679", "'y'"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_columns_of_a_report_or_an_export_no_mark_of_theirs_is_stored() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,phone,address,points\n\
        007,=Ann,+8613812345678,\"x;=y\",many\n\
        M8,Bo,+8613812345679,Main St 5,many\n\
        M9,Cy,+8613812345670,-,many\n";
    let first = demo.import(file.as_bytes()).await;
    let report = demo.failed_rows_file(&first).await.expect("failed rows");
    let report = String::from_utf8(report).expect("UTF-8");
    // A person deletes the columns that are not of the table, and corrects the others.
    let lines = report.trim_start_matches('\u{feff}').lines();
    let without_columns: Vec<String> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            fields[..5].join(",").replace("many", "5")
        })
        .collect();
    let without_columns = without_columns.join("\n");
    let second = demo.import(without_columns.as_bytes()).await;
    assert_eq!(counts(second.rows), [1, 2, 0, 0], "{second:?}");
    assert_eq!(parent(&second), &Value::Null, "it is a file of its own");
    assert_eq!(
        sluice.rows_of("demo").await[&3]["member_no"],
        "M8",
        "the row that has no mark"
    );
    let failed = demo.failed_rows_file(&second).await.expect("failed rows");
    let lines = failed_rows(&failed, &records(without_columns.as_bytes()).0);
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.row, line.column.as_str(), line.code.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                2,
                "member_no; name; address",
                "pattern; not_allowed; not_allowed"
            ),
            (4, "address", "not_allowed")
        ]
    );
    // Neither does it help to send the new failed-rows file as it is.
    let again = demo.import(&failed).await;
    assert_eq!(counts(again.rows), [0, 2, 0, 0], "{again:?}");
    // Some of the columns are enough to say what the file is.
    let some = "error_code,member_no,name,address,error_message\nx,'007,'=Ann,\"x;'=y\",y\n";
    let some = demo.import(some.as_bytes()).await;
    assert_eq!(some.status, TaskStatus::Finished, "{some:?}");
    let row = &sluice.rows_of("demo").await[&2];
    assert_eq!(
        ["member_no", "name", "address"].map(|name| row[name].as_str()),
        ["007", "=Ann", "x;=y"]
    );
    let exported = demo.import(b"member_no,name\nM7,'=Ed\n").await;
    assert_eq!(counts(exported.rows), [0, 1, 0, 0], "{exported:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rule_for_duplicates_is_the_imports_unless_the_client_says_otherwise() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = format!("{HEADER}\nM1,A,1\nM2,B,x\nM3,C,x\n");
    let skip = json!({ "on_duplicate": "skip" });
    let first = demo.import_with(file.as_bytes(), &skip).await;
    let root = id_of(&json!(first));
    let kept = corrected(root, &[("M1,B,1", "3", "not_a_number")]);
    let kept = demo.import(&kept).await;
    assert_eq!(kept.result.expect("a result")["on_duplicate"], "skip");
    assert_eq!(combined(&demo, root).await, [1, 1, 0, 1]);
    let said = corrected(root, &[("M1,C,1", "4", "not_a_number")]);
    let said = demo
        .import_with(&said, &json!({ "on_duplicate": "reject" }))
        .await;
    assert_eq!(said.result.expect("a result")["on_duplicate"], "reject");
    assert_eq!(combined(&demo, root).await, [1, 0, 1, 1]);
}
