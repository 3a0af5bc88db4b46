//! What services say of their tasks.

use serde_json::json;
use sluice_api::{
    AddRequest, FinishRequest, Outcome, TaskAction, TaskRequest, TaskView, UpdateRequest,
};
use sluice_task::{TaskStatus, TaskType};

use crate::example::{Example, valid};

/// The task that these examples are about.
const TASK_ID: &str = "890475504522275";

/// The task as it was added.
fn waiting() -> TaskView {
    let request = new_task();
    TaskView {
        task_id: valid(TASK_ID),
        user_task_id: request.user_task_id,
        task_name: request.name.to_string(),
        station_id: valid("demo"),
        input: request.input,
        result: None,
        status: TaskStatus::Submitted,
        reason: None,
        reason_code: None,
        reason_params: None,
        same_as: None,
        created_by: Some(valid("shop")),
        parent: None,
        children: Vec::new(),
        undone_by: None,
        actions: vec![TaskAction::Cancel],
        paused: false,
        progress: 0,
        kind: request.kind,
        repeat: request.repeat,
        message_show: true,
        run_count: 0,
        create_time: valid("2026-11-21T05:14:06.231Z"),
        modify_time: valid("2026-11-21T05:14:06.231Z"),
        start_at: None,
        start_time: None,
        end_time: None,
        business_id: request.business_id.to_string(),
        business_name: request.business_name.to_string(),
        rows: None,
        combined_rows: None,
        chunks: None,
        detected: None,
        columns: None,
        ignored_lines: None,
    }
}

fn running() -> TaskView {
    let started = valid("2026-11-21T05:14:07.008Z");
    TaskView {
        status: TaskStatus::Running,
        run_count: 1,
        modify_time: started,
        start_time: Some(started),
        ..waiting()
    }
}

fn new_task() -> AddRequest {
    AddRequest {
        name: valid("order.export"),
        business_id: valid("orders"),
        business_name: valid("Orders of a day"),
        kind: TaskType::Export,
        input: json!({ "start_date": "2026-11-20", "format": "csv" }),
        user_task_id: Some(valid("orders-2026-11-20")),
        repeat: false,
        start_at: None,
    }
}

pub(super) fn new_tasks() -> Vec<Example> {
    vec![Example::new("export", "An export of orders.", new_task())]
}

pub(super) fn added() -> Vec<Example> {
    vec![Example::answer(
        "added",
        "It waits to be started.",
        waiting(),
    )]
}

pub(super) fn one_task() -> Vec<Example> {
    let request = TaskRequest {
        task_id: valid(TASK_ID),
    };
    vec![Example::new("task", "A task by its id.", request)]
}

pub(super) fn started() -> Vec<Example> {
    vec![Example::answer("started", "It runs.", running())]
}

pub(super) fn updates() -> Vec<Example> {
    let progress = UpdateRequest {
        task_id: valid(TASK_ID),
        progress: Some(40),
        result: None,
        reason: None,
    };
    let reason = UpdateRequest {
        progress: None,
        reason: Some(valid("waiting for the order service")),
        ..progress.clone()
    };
    vec![
        Example::new("progress", "How far it is.", progress),
        Example::new("reason", "Why it takes so long.", reason),
    ]
}

pub(super) fn updated() -> Vec<Example> {
    let task = TaskView {
        progress: 40,
        modify_time: valid("2026-11-21T05:14:09.440Z"),
        ..running()
    };
    vec![Example::answer("updated", "It goes on.", task)]
}

pub(super) fn ends() -> Vec<Example> {
    let finished = FinishRequest {
        task_id: valid(TASK_ID),
        status: Outcome::Finished,
        result: Some(result()),
        reason: None,
    };
    let failed = FinishRequest {
        status: Outcome::Failed,
        result: None,
        reason: Some(valid("the order service does not answer")),
        ..finished.clone()
    };
    vec![
        Example::new("finished", "It is done.", finished),
        Example::new("failed", "Nothing succeeded.", failed),
    ]
}

pub(super) fn ended() -> Vec<Example> {
    let end = valid("2026-11-21T05:14:12.917Z");
    let task = TaskView {
        status: TaskStatus::Finished,
        actions: vec![TaskAction::Hide],
        paused: false,
        progress: 100,
        result: Some(result()),
        modify_time: end,
        end_time: Some(end),
        ..running()
    };
    vec![Example::answer("finished", "It is done.", task)]
}

fn result() -> serde_json::Value {
    json!({ "orders": 1204, "file": "orders-2026-11-20.csv" })
}
