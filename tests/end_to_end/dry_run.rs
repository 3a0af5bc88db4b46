//! Checking first: a dry run says of every row what an import would, and writes nothing.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{Caller, Sluice, flawed_members, members, set_chunk_bytes};

const STAFF: &str = "sluice-staff";
const MEMBERS: &str = "sluice-members";

/// What an import comes to, without what differs from task to task.
async fn told(caller: &Caller, task: &TaskView) -> (TaskStatus, Value, Value, Option<String>) {
    let result = task.result.clone().expect("a result");
    let of_result = |name: &str| result[name].clone();
    (
        task.status,
        json!(task.rows),
        json!([of_result("problems"), of_result("problem_counts")]),
        caller.failed_rows_text(task).await,
    )
}

/// Checks a file, then imports it: both must say the same, and the check must write nothing.
async fn checked_and_imported(sluice: &Sluice, caller: &Caller, file: &[u8], rule: &str) {
    let rows_of = async || {
        let staff = sluice.items_of(STAFF).await;
        (sluice.items_of(MEMBERS).await, staff)
    };
    let before = rows_of().await;
    let options = json!({ "dry_run": true, "on_duplicate": rule });
    let checked = caller.import_with(file, &options).await;
    assert_eq!(rows_of().await, before, "a dry run writes nothing");
    let result = checked.result.as_ref().expect("a result");
    assert_eq!(result["dry_run"], json!(true));
    let estimate = &result["estimate"];
    assert_eq!(estimate["basis"], "rows");
    let rows = checked.rows.expect("rows");
    assert_eq!(estimate["rows"], json!(rows.read));
    if let Some(reason) = &checked.reason {
        assert!(reason.contains("would not be imported"), "{reason}");
    }
    let imported = caller
        .import_with(file, &json!({ "on_duplicate": rule }))
        .await;
    assert!(imported.result.as_ref().expect("a result")["dry_run"].is_null());
    let (checked, imported) = (told(caller, &checked).await, told(caller, &imported).await);
    assert_eq!(checked, imported, "{rule}");
    assert_ne!(rows_of().await, before, "the import itself does write");
}

async fn with_small_chunks() -> Sluice {
    Sluice::with(|options| set_chunk_bytes(options, 16 << 10)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_what_the_import_reports_and_writes_nothing() {
    let sluice = with_small_chunks().await;
    for (seed, rule) in [(71, "reject"), (72, "skip"), (73, "overwrite")] {
        let caller = sluice.caller(&format!("dry-{rule}"));
        // Some rows are stored already.
        caller.import(&members(120, seed)).await;
        let (file, flaws) = flawed_members(900, seed, 5.0, 4.0);
        assert!(!flaws.is_empty());
        checked_and_imported(&sluice, &caller, &file, rule).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sees_unique_values_across_chunks_and_those_that_others_have() {
    let sluice = with_small_chunks().await;
    for rule in ["reject", "overwrite"] {
        let caller = sluice
            .caller(&format!("dry-staff-{rule}"))
            .of_business("staff_import");
        let stored = "staff_no,name,phone,email\nS1,Ann,13812340001,a@example.com\n";
        caller.import(stored.as_bytes()).await;
        let mut file = String::from("staff_no,name,phone,email\n");
        for row in 0..900_u64 {
            // Each phone twice, far apart; a few keys and e-mails twice.
            let (key, phone, email) = (row % 880, row % 450, row % 870);
            writeln!(
                file,
                "S{key},Name {row},1381234{phone:04},p{email}@example.com"
            )
            .expect("a line");
        }
        checked_and_imported(&sluice, &caller, file.as_bytes(), rule).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_stands_in_nobodys_way_and_may_be_repeated() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 74);
    for _ in 0..2 {
        let task = demo.import_with(&file, &json!({ "dry_run": true })).await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    }
    let task = demo.import(&file).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    // What is stored by now is seen.
    let task = demo.import_with(&file, &json!({ "dry_run": true })).await;
    assert_eq!(task.rows.expect("rows").duplicate, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_of_rows_for_an_endpoint_checks_them_and_asks_nobody() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo().of_business("points_adjustment");
    let file = b"reference,member_no,points\nA1,M1,5\nA2,M2,many\n";
    let task = demo.import_with(file, &json!({ "dry_run": true })).await;
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    assert_eq!((rows.succeeded, rows.failed), (1, 1));
}
