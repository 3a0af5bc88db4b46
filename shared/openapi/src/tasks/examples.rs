//! What people see of tasks.

use serde_json::json;
use sluice_core::api::{
    ChunkState, ChunkView, ChunksView, Explanation, HideRequest, RowError, RowErrors, RowsView,
    SearchView, TaskList, TaskRequest, TaskView, Waiting,
};
use sluice_core::csv::Delimiter;
use sluice_core::encoding::Encoding;
use sluice_core::import::{DetectedFile, FileFormat};
use sluice_core::task::{FILE_IMPORT, TaskStatus, TaskType};

use crate::example::{Example, valid};

/// The import that these examples are about.
const TASK_ID: &str = "890473042418166";

/// An import that ended with two of its three rows refused.
fn ended() -> TaskView {
    let folder = format!("demo/{TASK_ID}");
    TaskView {
        task_id: valid(TASK_ID),
        user_task_id: Some(valid("first")),
        task_name: FILE_IMPORT.to_owned(),
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
        progress: 100,
        kind: TaskType::Import,
        repeat: false,
        message_show: true,
        run_count: 1,
        create_time: valid("2026-11-21T05:04:05.121Z"),
        modify_time: valid("2026-11-21T05:04:05.152Z"),
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
    }
}

/// The same while it runs.
fn running() -> TaskView {
    TaskView {
        result: None,
        status: TaskStatus::Running,
        reason: None,
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
    };
    let empty = TaskList {
        tasks: Vec::new(),
        ..list.clone()
    };
    vec![
        Example::answer("tasks", "The only page.", list),
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
        values: values
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    let page = RowErrors {
        ended: true,
        errors: vec![row],
        next_cursor: Some("3".to_owned()),
    };
    let running = RowErrors {
        ended: false,
        errors: Vec::new(),
        next_cursor: None,
    };
    vec![
        Example::answer("page", "There are more.", page),
        Example::answer("running", "The task has not ended.", running),
    ]
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
        rows: Some(RowsView::default()),
        ..ended()
    };
    vec![Example::answer("cancelled", "It has ended.", task)]
}

pub(super) fn retried() -> Vec<Example> {
    let task = TaskView {
        run_count: 2,
        ..running()
    };
    vec![Example::answer("again", "The second run.", task)]
}
