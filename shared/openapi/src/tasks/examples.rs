//! What people see of tasks.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sluice_api::{
    ChunkState, ChunkView, ChunksView, CodedProblem, Event, EventKind, Explanation, FileColumn,
    HideRequest, RetryRequest, RowError, RowErrors, RowsView, SearchView, StageView, TaskAction,
    TaskHistory, TaskList, TaskProfile, TaskRequest, TaskTotals, TaskView, UndoRequest, Waiting,
};
use sluice_basics::ids::TaskId;
use sluice_csv::Delimiter;
use sluice_definition::FileColumns;
use sluice_import::encoding::Encoding;
use sluice_import::{DetectedFile, FileFormat};
use sluice_kind::{IMPORT, UNDO};
use sluice_task::{TaskStatus, TaskType};
use sluice_undo::NOT_TAKEN_BACK;

use crate::example::{Example, valid};

/// The import that these examples are about.
const TASK_ID: &str = "890473042418166";

/// The values of a reason.
fn params(values: Value) -> BTreeMap<String, Value> {
    serde_json::from_value(values).unwrap_or_default()
}

/// An import that ended with two of its three rows refused.
fn ended() -> TaskView {
    let folder = format!("demo/{TASK_ID}");
    TaskView {
        task_id: valid(TASK_ID),
        user_task_id: Some(valid("first")),
        task_name: IMPORT.to_owned(),
        station_id: valid("demo"),
        input: json!({
            "business": "member_import",
            "file_name": "small.csv",
            "size_bytes": 86,
            "object_key": format!("uploads/{folder}/small.csv"),
            "options": {},
        }),
        result: Some(json!({
            "delimiter": ",",
            "on_duplicate": "reject",
            "failed_rows": format!("results/{folder}/failed_rows.csv"),
            "failed_rows_url": "https://sluice-files.s3.amazonaws.com/results/demo/…",
            "problems": [
                {
                    "row": 3, "column": "email", "code": "not_an_email",
                    "message": "email: must be an e-mail address, such as name@example.com",
                },
                {
                    "row": 4, "column": "member_no", "code": "duplicate",
                    "message": "member_no: already taken by row 2 of this file",
                },
            ],
            "problem_counts": [
                { "column": "email", "code": "not_an_email", "rows": 1 },
                { "column": "member_no", "code": "duplicate", "rows": 1 },
            ],
            "timeline": [[21, 3]],
        })),
        status: TaskStatus::PartlySucceeded,
        reason: Some(
            "2 of 3 rows were not imported (1 failed, 1 duplicate): see the failed-rows file"
                .to_owned(),
        ),
        reason_code: Some("rows_refused".to_owned()),
        reason_params: Some(params(
            json!({ "refused": 2, "read": 3, "failed": 1, "duplicate": 1 }),
        )),
        same_as: None,
        created_by: Some(valid("ann@example.com")),
        parent: None,
        children: Vec::new(),
        undone_by: None,
        actions: vec![TaskAction::Correct, TaskAction::Hide],
        paused: false,
        progress: 100,
        kind: TaskType::Import,
        repeat: false,
        message_show: true,
        run_count: 1,
        create_time: valid("2026-11-21T05:04:05.121Z"),
        modify_time: valid("2026-11-21T05:04:05.152Z"),
        start_at: None,
        start_time: Some(valid("2026-11-21T05:04:05.129Z")),
        end_time: Some(valid("2026-11-21T05:04:05.152Z")),
        business_id: "member_import".to_owned(),
        business_name: "Members".to_owned(),
        rows: Some(RowsView {
            read: 3,
            succeeded: 1,
            failed: 1,
            duplicate: 1,
            skipped: 0,
        }),
        combined_rows: None,
        chunks: Some(ChunksView {
            total: Some(1),
            done: 1,
        }),
        detected: Some(DetectedFile {
            format: FileFormat::Csv,
            encoding: Some(Encoding::Utf8),
            delimiter: Delimiter::COMMA,
            header_row: Some(1),
            sheet: None,
            replaced: 0,
            uncalculated_formulas: 0,
        }),
        columns: Some(FileColumns {
            ignored: vec!["Remark".to_owned()],
            missing: vec!["birthday".to_owned(), "tier".to_owned()],
        }),
        ignored_lines: Some(0),
    }
}

/// The same while it runs.
fn running() -> TaskView {
    TaskView {
        result: None,
        status: TaskStatus::Running,
        reason: None,
        reason_code: None,
        reason_params: None,
        actions: vec![TaskAction::Cancel, TaskAction::Pause],
        progress: 0,
        modify_time: valid("2026-11-21T05:04:05.129Z"),
        end_time: None,
        rows: Some(RowsView::default()),
        chunks: Some(ChunksView {
            total: None,
            done: 0,
        }),
        ..ended()
    }
}

pub(super) fn tasks() -> Vec<Example> {
    vec![
        Example::answer("ended", "An import with refused rows.", ended()),
        Example::answer("running", "The same while it runs.", running()),
    ]
}

pub(super) fn lists() -> Vec<Example> {
    let list = TaskList {
        finish: true,
        tasks: vec![ended()],
        next_cursor: None,
        totals: None,
    };
    let counted = TaskList {
        totals: Some(TaskTotals {
            partly_succeeded: 1,
            complete: true,
            ..TaskTotals::default()
        }),
        ..list.clone()
    };
    let empty = TaskList {
        tasks: Vec::new(),
        ..list.clone()
    };
    vec![
        Example::answer("tasks", "The only page.", list),
        Example::answer("totals", "The same with `totals=true`.", counted),
        Example::answer("none", "No task matches.", empty),
    ]
}

pub(super) fn status() -> Vec<Example> {
    vec![Example::new("partly", "What should be looked at.", 4)]
}

pub(super) fn row_errors() -> Vec<Example> {
    let values = [("member_no", "M2"), ("name", "Bo"), ("email", "***")];
    let row = RowError {
        row: 3,
        column: "email".to_owned(),
        code: "not_an_email".to_owned(),
        message: "email: must be an e-mail address, such as ann@example.com".to_owned(),
        problems: vec![CodedProblem {
            column: "email".to_owned(),
            code: "not_an_email".to_owned(),
            params: BTreeMap::new(),
        }],
        values: values
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let columns = ["member_no", "name", "email"].map(|name| FileColumn {
        name: name.to_owned(),
        column: Some(name.to_owned()),
    });
    let page = RowErrors {
        ended: true,
        columns: columns.into(),
        errors: vec![row],
        next_cursor: Some("3".to_owned()),
    };
    let running = RowErrors {
        ended: false,
        columns: Vec::new(),
        errors: Vec::new(),
        next_cursor: None,
    };
    vec![
        Example::answer("page", "There are more.", page),
        Example::answer("running", "The task has not ended.", running),
    ]
}

pub(super) fn histories() -> Vec<Example> {
    let event = |at: &str, what, by: Option<&str>| Event {
        at: valid(at),
        what,
        by: by.map(valid),
    };
    let history = TaskHistory {
        task_id: valid(TASK_ID),
        events: vec![
            event(
                "2026-11-21T05:04:05.121Z",
                EventKind::Added,
                Some("ann@example.com"),
            ),
            event("2026-11-21T05:04:05.129Z", EventKind::Started, None),
            event(
                "2026-11-21T05:09:40.007Z",
                EventKind::Cancelled,
                Some("li@example.com"),
            ),
            event("2026-11-21T05:09:41.730Z", EventKind::Ended, None),
        ],
    };
    vec![Example::new(
        "cancelled",
        "An import that somebody cancelled.",
        history,
    )]
}

pub(super) fn profiles() -> Vec<Example> {
    let stage = |stack: &[&str], calls, [total_ms, self_ms]: [f64; 2]| StageView {
        name: stack.last().copied().unwrap_or_default().to_owned(),
        stack: stack.iter().map(ToString::to_string).collect(),
        calls,
        total_ms,
        self_ms,
        total_percent: (total_ms * 10_000.0 / 1_200.0).round() / 100.0,
        self_percent: (self_ms * 10_000.0 / 1_200.0).round() / 100.0,
    };
    let profile = TaskProfile {
        task_id: valid(TASK_ID),
        chunks: 2,
        wall_ms: 740.0,
        busy_ms: 1_200.0,
        concurrency: 1.62,
        finishing_ms: Some(31.2),
        stages: vec![
            stage(&["chunk"], 2, [1_200.0, 96.0]),
            stage(&["chunk", "read"], 6, [60.0, 60.0]),
            stage(&["chunk", "write_batch"], 480, [4_400.0, 4_400.0]),
        ],
        text: None,
    };
    vec![Example::new("import", "An import of two chunks.", profile)]
}

pub(super) fn explanations() -> Vec<Example> {
    let chunk = ChunkView {
        chunk: 7,
        first_row: 48_002,
        rows: 6_850,
        state: ChunkState::Waiting,
        tries: 2,
        begun_at: Some(valid("2026-11-21T05:04:09Z")),
        last_error: Some("the table refuses it (ValidationException)".to_owned()),
        search: Some(SearchView {
            first_row: 47_612,
            last_row: 47_636,
            found: vec![46_002],
        }),
    };
    let waiting = Explanation {
        task_id: valid(TASK_ID),
        status: TaskStatus::Running,
        waiting_for: Waiting::Chunks,
        explanation: "1 chunk is not committed: a try of chunk 7 failed".to_owned(),
        chunks: vec![chunk],
        chunks_open: Some(1),
    };
    let ended = Explanation {
        task_id: valid(TASK_ID),
        status: TaskStatus::PartlySucceeded,
        waiting_for: Waiting::Nothing,
        explanation: "the task has ended".to_owned(),
        chunks: Vec::new(),
        chunks_open: Some(0),
    };
    vec![
        Example::answer("waiting", "One chunk is tried again.", waiting),
        Example::answer("ended", "It is done.", ended),
    ]
}

pub(super) fn one_task() -> Vec<Example> {
    let request = TaskRequest {
        task_id: valid(TASK_ID),
    };
    vec![Example::new("task", "A task by its id.", request)]
}

pub(super) fn retries() -> Vec<Example> {
    let request = RetryRequest {
        task_id: valid(TASK_ID),
        repeat: false,
    };
    let repeated = RetryRequest {
        repeat: true,
        ..request
    };
    vec![
        Example::new("task", "A task by its id.", request),
        Example::new(
            "repeat",
            "Import the file although another task did.",
            repeated,
        ),
    ]
}

pub(super) fn undos() -> Vec<Example> {
    let undo = UndoRequest {
        start_at: None,
        task_id: valid(TASK_ID),
        dry_run: false,
        user_task_id: None,
    };
    let counted = UndoRequest {
        start_at: None,
        dry_run: true,
        ..undo.clone()
    };
    vec![
        Example::new("task", "Undo an import.", undo),
        Example::new("dry_run", "Count what that would come to.", counted),
    ]
}

pub(super) fn undoing() -> Vec<Example> {
    let estimate = json!({
        "basis": "rows", "rows": 1, "seconds": 1, "write_units": 20, "dollars": 0.000_07,
    });
    let task = TaskView {
        task_id: valid("890473042418199"),
        user_task_id: None,
        task_name: UNDO.to_owned(),
        kind: TaskType::Process,
        input: json!({
            "task_id": valid::<TaskId>(TASK_ID), "business": "member_import", "file_name": "small.csv",
            "rows": 1, "dry_run": false, "estimate": estimate, "note": NOT_TAKEN_BACK,
        }),
        result: None,
        status: TaskStatus::Submitted,
        reason: None,
        reason_code: None,
        reason_params: None,
        parent: Some(valid(TASK_ID)),
        actions: vec![TaskAction::Cancel, TaskAction::Pause],
        progress: 0,
        run_count: 0,
        start_time: None,
        end_time: None,
        rows: Some(RowsView::default()),
        chunks: Some(ChunksView {
            total: None,
            done: 0,
        }),
        detected: None,
        columns: None,
        ..ended()
    };
    vec![Example::answer("begun", "It waits to begin.", task)]
}

pub(crate) fn hides() -> Vec<Example> {
    let by_id = HideRequest {
        task_ids: vec![valid(TASK_ID)],
        user_task_ids: Vec::new(),
    };
    let by_own_id = HideRequest {
        task_ids: Vec::new(),
        user_task_ids: vec![valid("first"), valid("second")],
    };
    vec![
        Example::new("ids", "Tasks by their ids.", by_id),
        Example::new("own_ids", "Tasks by the caller's own ids.", by_own_id),
    ]
}

pub(crate) fn hidden() -> Vec<Example> {
    vec![Example::answer("hidden", "There is nothing to say.", ())]
}

pub(super) fn cancelled() -> Vec<Example> {
    let task = TaskView {
        result: None,
        status: TaskStatus::Failed,
        reason: Some("cancelled".to_owned()),
        reason_code: Some("cancelled".to_owned()),
        reason_params: Some(BTreeMap::new()),
        actions: vec![TaskAction::Retry, TaskAction::Hide],
        rows: Some(RowsView::default()),
        ..ended()
    };
    vec![Example::answer("cancelled", "It has ended.", task)]
}

pub(super) fn paused() -> Vec<Example> {
    let task = TaskView {
        actions: vec![TaskAction::Cancel, TaskAction::Resume],
        paused: true,
        ..running()
    };
    vec![Example::answer(
        "paused",
        "It begins no further chunk.",
        task,
    )]
}

pub(super) fn resumed() -> Vec<Example> {
    vec![Example::answer("resumed", "It goes on.", running())]
}

pub(super) fn retried() -> Vec<Example> {
    let task = TaskView {
        run_count: 2,
        ..running()
    };
    vec![Example::answer("again", "The second run.", task)]
}
