use serde_json::{Value, json};
use sluice_basics::rows::RowCounts;
use sluice_import::correction::Corrected;
use sluice_task::TaskStatus;

use super::*;

fn import(options: &Value) -> Task {
    let mut task: Task = serde_json::from_value(json!({
        "task_id": 890_572_171_505_147_u64, "name": "import", "station_id": "demo",
        "business_id": "member_import", "business_name": "Members", "type": 0,
        "input": "{}", "status": 3, "repeat": false, "message_show": true, "run_count": 1,
        "create_time": "2026-11-21T05:04:05Z", "modify_time": "2026-11-21T05:04:05Z",
        "rows_read": 3, "rows_succeeded": 3,
    }))
    .expect("a task");
    task.input = json!({
        "business": "member_import", "file_name": "m.csv", "size_bytes": 9,
        "object_key": "uploads/demo/7/m.csv", "options": options,
    });
    task
}

fn refused(task: &Task) -> String {
    refusal(task).expect("a refusal")
}

#[test]
fn an_import_that_has_stored_rows_can_be_undone() {
    assert_eq!(refusal(&import(&json!({}))), None);
    let undoable = json!({ "on_duplicate": "overwrite", "undoable": true });
    assert_eq!(refusal(&import(&undoable)), None);
}

#[test]
fn what_cannot_be_undone_is_refused_with_its_reason() {
    let mut task = import(&json!({}));
    task.status = TaskStatus::Running;
    assert!(refused(&task).contains("is running"));
    let mut task = import(&json!({}));
    task.chunks.rows.succeeded = 0;
    assert!(refused(&task).contains("stored no rows"));
    task.chunks.lost = 1;
    assert_eq!(
        refusal(&task),
        None,
        "a chunk that was given up may have stored some"
    );
    task.import.undone_by = 8.try_into().ok();
    assert!(refused(&task).contains("is undone, by task 8"));
    assert!(refused(&import(&json!({ "dry_run": true }))).contains("dry run"));
    let overwrite = refused(&import(&json!({ "on_duplicate": "overwrite" })));
    assert!(overwrite.contains("`undoable`"), "{overwrite}");
    let mut task = import(&json!({}));
    "points_adjustment".clone_into(&mut task.business_id);
    assert!(refused(&task).contains("back office"));
}

#[test]
fn what_an_import_did_counts_more_than_what_is_its_rule_now() {
    let mut task = import(&json!({}));
    task.result = Some(json!({ "on_duplicate": "overwrite" }));
    assert!(refused(&task).contains("`undoable`"));
}

#[test]
fn corrections_that_stored_rows_come_first_and_are_named() {
    let task = import(&json!({}));
    let correction = |id: u64, change: fn(&mut Task)| {
        let mut task = import(&json!({}));
        task.task_id = id.try_into().expect("an id");
        change(&mut task);
        task
    };
    let nothing = correction(11, |task| task.chunks.rows.succeeded = 0);
    let undone = correction(12, |task| task.import.undone_by = 9.try_into().ok());
    assert_eq!(corrections_first(&task, &[nothing, undone]), None);
    let stored = correction(13, |_| ());
    let running = correction(14, |task| {
        task.status = TaskStatus::Running;
        task.chunks.rows.succeeded = 0;
    });
    let words = corrections_first(&task, &[stored, running]).expect("a refusal");
    assert!(words.ends_with("undo tasks 13, 14 first"), "{words}");
}

#[test]
fn an_import_with_corrections_that_nobody_knows_is_not_undone() {
    let words = "does not say which";
    let mut task = import(&json!({}));
    let rows = task.chunks.rows;
    task.import.corrected = Some(Corrected { endings: 2, rows });
    assert_eq!(corrections_first(&task, &[]), None, "they added nothing");
    task.import.corrected = Some(Corrected {
        endings: 3,
        rows: RowCounts {
            succeeded: rows.succeeded + 1,
            ..rows
        },
    });
    assert!(corrections_first(&task, &[]).is_some_and(|msg| msg.contains(words)));
    task.import.corrected = None;
    let ids = 1..=MOST_CHILDREN as u64;
    task.children = ids.filter_map(|id| id.try_into().ok()).collect();
    assert!(corrections_first(&task, &[]).is_some_and(|msg| msg.contains(words)));
}

#[test]
fn counts_add_up() {
    let mut counts = UndoCounts {
        deleted: 1,
        restored: 2,
        kept: 3,
        gone: 4,
        uncounted: 1,
    };
    assert_eq!((counts.rows(), counts.counted()), (10, 9));
    counts += counts;
    assert_eq!(counts.rows(), 20);
}
