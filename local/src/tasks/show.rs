//! Tasks as people see them on a terminal.

use std::collections::BTreeMap;

use indicatif::HumanCount;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use sluice_api::{
    Explanation, RowErrors, RowsView, TaskHistory, TaskList, TaskProfile, TaskTotals, TaskView,
};

use crate::table::{printable, table};

/// How long the values of a row may be on a terminal, in characters.
const VALUE_CHARS: usize = 24;

/// Returns a table of tasks, where the next page begins, and how many there are by status.
pub(super) fn list(list: &TaskList) -> String {
    let titles = [
        "TASK",
        "KIND",
        "BUSINESS",
        "STATUS",
        "%>",
        "ROWS>",
        "NOT TAKEN>",
        "ADDED",
        "FILE",
    ];
    let rows: Vec<Vec<String>> = list.tasks.iter().map(listed).collect();
    let mut lines = Vec::new();
    if rows.is_empty() {
        lines.push("there are no such tasks".to_owned());
    } else {
        lines.push(table(&titles, &rows));
    }
    lines.extend(list.totals.map(|totals| counted(&totals)));
    lines.extend(next_page(list.next_cursor.as_deref()));
    lines.join("\n")
}

fn listed(task: &TaskView) -> Vec<String> {
    let count = |rows: Option<u64>| rows.map_or(String::new(), |rows| HumanCount(rows).to_string());
    let status = if task.paused {
        "paused".to_owned()
    } else {
        task.status.to_string()
    };
    vec![
        task.task_id.to_string(),
        task.task_name.clone(),
        task.business_id.clone(),
        status,
        task.progress.to_string(),
        count(task.rows.map(|rows| rows.read)),
        count(task.rows.map(|rows| not_taken(&rows))),
        second(task.create_time),
        file_name(task).unwrap_or_default().to_owned(),
    ]
}

fn not_taken(rows: &RowsView) -> u64 {
    rows.failed + rows.duplicate + rows.skipped
}

fn file_name(task: &TaskView) -> Option<&str> {
    task.input["file_name"].as_str()
}

fn counted(totals: &TaskTotals) -> String {
    let TaskTotals {
        submitted,
        running,
        finished,
        partly_succeeded,
        failed,
        complete,
    } = totals;
    let of = if *complete { "In all" } else { "Of the newest" };
    format!(
        "{of}: {submitted} submitted, {running} running, {finished} finished, {partly_succeeded} partly \
         succeeded, {failed} failed"
    )
}

fn next_page(cursor: Option<&str>) -> Option<String> {
    let cursor = cursor?;
    Some(format!("There are more: --cursor {cursor}, or --all"))
}

/// Returns what is known of a task, a line for each thing.
pub(super) fn task(task: &TaskView) -> String {
    let status = task.status;
    let paused = if task.paused { ", paused" } else { "" };
    let by = task.created_by.as_ref();
    let by = by.map_or(String::new(), |by| format!(" by {by}"));
    let ids = |ids: &[_]| (!ids.is_empty()).then(|| joined(ids));
    let lines = [
        ("Task", Some(task.task_id.to_string())),
        (
            "Your id",
            task.user_task_id.as_ref().map(ToString::to_string),
        ),
        ("Kind", Some(task.task_name.clone())),
        ("File", file_name(task).map(str::to_owned)),
        ("Business", Some(task.business_id.clone())),
        (
            "Status",
            Some(format!(
                "{} {status}, {}%{paused}",
                status.number(),
                task.progress
            )),
        ),
        ("Reason", task.reason.clone()),
        ("Rows", task.rows.map(|rows| rows_of(&rows))),
        ("All files", task.combined_rows.map(|rows| rows_of(&rows))),
        ("Added", Some(second(task.create_time) + &by)),
        ("Not before", task.start_at.map(second)),
        ("Started", task.start_time.map(second)),
        ("Ended", task.end_time.map(second)),
        ("Same as", task.same_as.map(|other| other.to_string())),
        ("Comes from", task.parent.map(|other| other.to_string())),
        ("Followed by", ids(&task.children)),
        ("Undone by", task.undone_by.map(|other| other.to_string())),
        (
            "Listed",
            (!task.message_show).then(|| "no, it is hidden".to_owned()),
        ),
        (
            "Can be done",
            (!task.actions.is_empty()).then(|| words(&task.actions)),
        ),
    ];
    let lines = lines
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name:<13} {}", printable(&value?))));
    lines.collect::<Vec<String>>().join("\n")
}

fn rows_of(rows: &RowsView) -> String {
    let RowsView {
        read,
        succeeded,
        failed,
        duplicate,
        skipped,
    } = *rows;
    format!(
        "{}: {} succeeded, {} failed, {} duplicate, {} skipped",
        HumanCount(read),
        HumanCount(succeeded),
        HumanCount(failed),
        HumanCount(duplicate),
        HumanCount(skipped)
    )
}

fn joined(values: &[impl ToString]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    values.join(", ")
}

/// Returns the names that values have in the API, with commas between.
fn words(values: &[impl Serialize]) -> String {
    let values: Vec<String> = values.iter().map(word).collect();
    values.join(", ")
}

fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word.replace('_', " "),
        _ => String::new(),
    }
}

/// Returns a table of rows that were not imported.
pub(super) fn errors(errors: &RowErrors) -> String {
    if !errors.ended {
        return "the task has not ended: its errors can be read then".to_owned();
    }
    if errors.errors.is_empty() {
        return "every row was imported or skipped".to_owned();
    }
    let rows: Vec<Vec<String>> = (errors.errors.iter())
        .map(|error| {
            vec![
                error.row.to_string(),
                error.column.clone(),
                error.message.clone(),
                values_of(&error.values),
            ]
        })
        .collect();
    let mut lines = vec![table(&["ROW>", "COLUMN", "PROBLEM", "VALUES"], &rows)];
    lines.extend(next_page(errors.next_cursor.as_deref()));
    lines.join("\n")
}

/// Returns the values of a row, long ones cut off.
fn values_of(values: &BTreeMap<String, String>) -> String {
    let values: Vec<String> = values
        .iter()
        .map(|(name, value)| {
            let value = sluice_basics::quote::shortened(value, VALUE_CHARS);
            format!("{name}={value}")
        })
        .collect();
    values.join(", ")
}

/// Returns why a task is not done, and its open chunks.
pub(super) fn explanation(explanation: &Explanation) -> String {
    let mut lines = vec![printable(&explanation.explanation).into_owned()];
    if let Some(open) = explanation.chunks_open.filter(|open| *open > 0) {
        lines.push(format!("Open chunks: {open}"));
    }
    if !explanation.chunks.is_empty() {
        let rows: Vec<Vec<String>> = (explanation.chunks.iter())
            .map(|chunk| {
                vec![
                    chunk.chunk.to_string(),
                    chunk.first_row.to_string(),
                    chunk.rows.to_string(),
                    word(&chunk.state),
                    chunk.tries.to_string(),
                    chunk.begun_at.map_or(String::new(), second),
                    chunk.last_error.clone().unwrap_or_default(),
                ]
            })
            .collect();
        let titles = [
            "CHUNK>",
            "FIRST ROW>",
            "ROWS>",
            "STATE",
            "TRIES>",
            "BEGUN",
            "LAST ERROR",
        ];
        lines.push(table(&titles, &rows));
    }
    lines.join("\n")
}

/// Returns a table of stages, or the text in the form that was asked for.
pub(super) fn profile(profile: &TaskProfile) -> String {
    if let Some(text) = &profile.text {
        return text.trim_end().to_owned();
    }
    let rows: Vec<Vec<String>> = (profile.stages.iter())
        .map(|stage| {
            let depth = stage.stack.len().saturating_sub(1);
            vec![
                format!("{}{}", "  ".repeat(depth), stage.name),
                HumanCount(stage.calls).to_string(),
                format!("{:.1}", stage.total_ms),
                format!("{:.1}", stage.total_percent),
                format!("{:.1}", stage.self_ms),
                format!("{:.1}", stage.self_percent),
            ]
        })
        .collect();
    let titles = ["STAGE", "CALLS>", "TOTAL MS>", "%>", "SELF MS>", "%>"];
    let mut lines = vec![format!(
        "{} chunks, {:.1} ms of work in {:.1} ms: {:.2} chunks at a time",
        profile.chunks, profile.busy_ms, profile.wall_ms, profile.concurrency
    )];
    lines.extend(
        profile
            .finishing_ms
            .map(|ms| format!("{ms:.1} ms from the last chunk to the end")),
    );
    if !rows.is_empty() {
        lines.push(table(&titles, &rows));
    }
    lines.join("\n")
}

/// Returns a table of what happened.
pub(super) fn history(history: &TaskHistory) -> String {
    let rows: Vec<Vec<String>> = (history.events.iter())
        .map(|event| {
            let by = event.by.as_ref();
            vec![
                second(event.at),
                word(&event.what),
                by.map_or(String::new(), ToString::to_string),
            ]
        })
        .collect();
    table(&["AT", "WHAT", "BY"], &rows)
}

/// Returns a time to the second.
fn second(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn view(changes: &Value) -> TaskView {
        let mut view = json!({
            "task_id": 7, "user_task_id": null, "task_name": "import", "station_id": "demo",
            "input": { "file_name": "m.csv" }, "result": null, "status": 2, "reason": null,
            "same_as": null, "actions": ["cancel", "pause"], "progress": 40, "type": 0, "repeat": false,
            "message_show": true, "run_count": 1, "create_time": "2026-11-21T05:04:05Z",
            "modify_time": "2026-11-21T05:04:06Z", "start_time": "2026-11-21T05:04:05.5Z",
            "end_time": null, "business_id": "member_import", "business_name": "Members",
            "rows": { "read": 1200, "succeeded": 1100, "failed": 60, "duplicate": 30, "skipped": 10 },
            "combined_rows": null, "chunks": { "total": 5, "done": 2 }, "detected": null,
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            view[name] = value.clone();
        }
        serde_json::from_value(view).expect("a task")
    }

    #[test]
    fn a_list_has_a_line_for_each_task_and_says_where_more_are() {
        let tasks = TaskList {
            finish: false,
            tasks: vec![
                view(&json!({ "paused": true })),
                view(
                    &json!({ "task_id": 6, "rows": null, "task_name": "export", "input": {}, "status": 4 }),
                ),
            ],
            next_cursor: Some("5".to_owned()),
            totals: Some(TaskTotals {
                running: 2,
                complete: true,
                ..TaskTotals::default()
            }),
        };
        let shown = list(&tasks);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines[1],
            "7     import  member_import  paused            40  1,200        100  2026-11-21T05:04:05Z  m.csv"
        );
        assert!(lines[2].contains("partly succeeded"), "{shown}");
        assert_eq!(
            lines[3],
            "In all: 0 submitted, 2 running, 0 finished, 0 partly succeeded, 0 failed"
        );
        assert_eq!(lines[4], "There are more: --cursor 5, or --all");
    }

    #[test]
    fn a_task_shows_what_is_known_of_it_and_nothing_else() {
        let shown = task(&view(&json!({ "created_by": "ann", "reason": "a\u{1b}b" })));
        for line in [
            "Task          7",
            "File          m.csv",
            "Status        2 running, 40%",
            "Reason        a\u{FFFD}b",
            "Rows          1,200: 1,100 succeeded, 60 failed, 30 duplicate, 10 skipped",
            "Added         2026-11-21T05:04:05Z by ann",
            "Can be done   cancel, pause",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line}: {shown}");
        }
        for absent in ["Ended", "Undone by", "Followed by", "Listed"] {
            assert!(!shown.contains(absent), "{shown}");
        }
    }

    #[test]
    fn errors_of_a_task_that_runs_are_not_taken_for_none() {
        let mut page = RowErrors {
            ended: false,
            columns: Vec::new(),
            errors: Vec::new(),
            next_cursor: None,
        };
        assert!(errors(&page).contains("has not ended"));
        page.ended = true;
        assert_eq!(errors(&page), "every row was imported or skipped");
    }
}
