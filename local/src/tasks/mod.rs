//! Looking at tasks, and what is done with them, as any client would: over HTTP, with a token.

mod show;

use std::fmt::Display;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sluice_api::{
    Explanation, HideRequest, ProfileFormat, RetryRequest, RowErrors, TaskHistory, TaskList,
    TaskProfile, TaskRequest, TaskView,
};
use sluice_basics::ids::TaskId;

use crate::cli::{ListTasks, ProfileTask, TaskErrors, TaskVerb, Tasks};
use crate::connection::Connection;
use crate::outcome::{exit_code, print_text};
use crate::progress::Progress;

/// How many tasks or rows a page has when all pages are wanted.
const PAGE: u64 = 100;

/// Does with tasks what the command line says, and prints the answer.
pub async fn run(arguments: Tasks) -> Result<ExitCode> {
    let asked = arguments.asked();
    let connection = Connection::open(&asked.place).await?;
    let stopped = |_| "stopped; the task goes on all the same".to_owned();
    let json = asked.json;
    let work =
        async |connection: &Connection| Box::pin(done(connection, &arguments.verb, json)).await;
    connection.work(stopped, work).await
}

async fn done(connection: &Connection, verb: &TaskVerb, json: bool) -> Result<ExitCode> {
    let client = &connection.client;
    let of = |task_id: TaskId| [("task_id", task_id.to_string())];
    match verb {
        TaskVerb::List(list) => {
            let answer = listed(connection, list).await?;
            print::<TaskList>(&answer, json, show::list)?;
        }
        TaskVerb::Get(one) => {
            let answer = client.read("/task/get", &of(one.task_id)).await?;
            print::<TaskView>(&answer, json, show::task)?;
        }
        TaskVerb::Watch(one) => return watch(connection, one.task_id, json).await,
        TaskVerb::Cancel(one) => change(connection, "/task/cancel", one.task_id, json).await?,
        TaskVerb::Pause(one) => change(connection, "/task/pause", one.task_id, json).await?,
        TaskVerb::Resume(one) => change(connection, "/task/resume", one.task_id, json).await?,
        TaskVerb::Retry(retry) => {
            let request = RetryRequest {
                task_id: retry.task_id,
                repeat: retry.repeat,
            };
            ask(connection, "/task/retry", &request, json).await?;
        }
        TaskVerb::Errors(errors) => {
            let answer = wrong_rows(connection, errors).await?;
            print::<RowErrors>(&answer, json, show::errors)?;
        }
        TaskVerb::Explain(one) => {
            let answer = client.read("/task/explain", &of(one.task_id)).await?;
            print::<Explanation>(&answer, json, show::explanation)?;
        }
        TaskVerb::Profile(wanted) => {
            let answer = profile(connection, wanted).await?;
            print::<TaskProfile>(&answer, json, show::profile)?;
        }
        TaskVerb::History(one) => {
            let answer = client.read("/task/history", &of(one.task_id)).await?;
            print::<TaskHistory>(&answer, json, show::history)?;
        }
        TaskVerb::Hide(many) => {
            list_or_not(connection, "/task/clear_show", &many.task_ids, json).await?;
        }
        TaskVerb::Show(many) => {
            list_or_not(connection, "/task/show", &many.task_ids, json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits until a task has ended, and shows it.
async fn watch(connection: &Connection, task_id: TaskId, json: bool) -> Result<ExitCode> {
    let progress = Progress::of_task("watching", format!("task {task_id}"));
    let task = connection.ended(task_id, &progress).await?;
    print::<TaskView>(&serde_json::to_value(&task)?, json, show::task)?;
    Ok(exit_code(task.status))
}

/// Does something with one task, and shows it as it is then.
async fn change(connection: &Connection, path: &str, task_id: TaskId, json: bool) -> Result<()> {
    ask(connection, path, &TaskRequest { task_id }, json).await
}

async fn ask(
    connection: &Connection,
    path: &str,
    request: &impl Serialize,
    json: bool,
) -> Result<()> {
    let answer: Option<Value> = connection.client.post(path, request).await?;
    let answer = answer.with_context(|| format!("POST {path} answered without data"))?;
    print::<TaskView>(&answer, json, show::task)
}

/// Hides tasks from lists, or shows them there again.
async fn list_or_not(
    connection: &Connection,
    path: &str,
    task_ids: &[TaskId],
    json: bool,
) -> Result<()> {
    let request = HideRequest {
        task_ids: task_ids.to_vec(),
        user_task_ids: Vec::new(),
    };
    let _: Option<Value> = connection.client.post(path, &request).await?;
    let is_shown = path == "/task/show";
    if json {
        print_text(&json!({ "task_ids": task_ids, "message_show": is_shown }).to_string());
        return Ok(());
    }
    let verb = if is_shown { "shown" } else { "hidden" };
    let ids: Vec<String> = task_ids.iter().map(TaskId::to_string).collect();
    print_text(&format!("{verb}: {}", ids.join(", ")));
    Ok(())
}

/// Reads a page of tasks, or all pages as one.
async fn listed(connection: &Connection, list: &ListTasks) -> Result<Value> {
    let mut answer = pages(connection, "/task/list", query(list), list.all, "tasks").await?;
    if list.all {
        let tasks = answer["tasks"].as_array();
        let has_ended = |task: &Value| task["status"].as_u64() >= Some(3);
        let all_ended = tasks.is_some_and(|tasks| tasks.iter().all(has_ended));
        answer["finish"] = all_ended.into();
    }
    Ok(answer)
}

/// Reads a page of rows that were not imported, or all pages as one.
async fn wrong_rows(connection: &Connection, errors: &TaskErrors) -> Result<Value> {
    let limit = if errors.all { PAGE } else { errors.limit };
    let mut query = vec![
        ("task_id", errors.task_id.to_string()),
        ("limit", limit.to_string()),
    ];
    query.extend(errors.cursor.clone().map(|cursor| ("cursor", cursor)));
    pages(connection, "/task/errors", query, errors.all, "errors").await
}

/// Reads a page, or that one and all after it: `entries` of each are joined.
async fn pages(
    connection: &Connection,
    path: &str,
    mut query: Vec<(&'static str, String)>,
    all: bool,
    entries: &str,
) -> Result<Value> {
    let mut answer = connection.client.read(path, &query).await?;
    // What is counted is the same for all pages.
    query.retain(|(name, _)| *name != "totals");
    while all && let Some(cursor) = answer["next_cursor"].as_str().map(str::to_owned) {
        query.retain(|(name, _)| *name != "cursor");
        query.push(("cursor", cursor));
        let mut page = connection.client.read(path, &query).await?;
        answer["next_cursor"] = page["next_cursor"].take();
        if let (Some(so_far), Value::Array(more)) =
            (answer[entries].as_array_mut(), page[entries].take())
        {
            so_far.extend(more);
        }
    }
    Ok(answer)
}

async fn profile(connection: &Connection, wanted: &ProfileTask) -> Result<Value> {
    let format = match wanted.format {
        ProfileFormat::Json => "json",
        ProfileFormat::Dot => "dot",
        ProfileFormat::Folded => "folded",
    };
    let query = [
        ("task_id", wanted.task_id.to_string()),
        ("format", format.to_owned()),
    ];
    connection.client.read("/task/profile", &query).await
}

/// Returns the parameters of the API that the options stand for.
fn query(list: &ListTasks) -> Vec<(&'static str, String)> {
    let limit = if list.all { PAGE } else { list.limit };
    let statuses: Vec<u8> = list.status.iter().map(|status| status.number()).collect();
    let optional = [
        ("task_ids", joined(&list.task_ids)),
        ("user_task_ids", joined(&list.user_task_ids)),
        (
            "type",
            list.task_type.map(|kind| u8::from(kind).to_string()),
        ),
        ("status", joined(&statuses)),
        ("business_id", list.business.clone()),
        (
            "created_from",
            list.created_from.map(|time| time.to_string()),
        ),
        ("created_to", list.created_to.map(|time| time.to_string())),
        ("search", list.search.clone()),
        ("totals", list.totals.then(|| "true".to_owned())),
        ("cursor", list.cursor.clone()),
    ];
    let mut query = vec![("limit", limit.to_string())];
    query.extend(
        optional
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    query
}

/// Returns values with commas between, if there are any.
fn joined(values: &[impl Display]) -> Option<String> {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    (!values.is_empty()).then(|| values.join(","))
}

/// Prints an answer as it came, or in the form for people.
fn print<T: DeserializeOwned>(
    answer: &Value,
    json: bool,
    show: impl FnOnce(&T) -> String,
) -> Result<()> {
    if json {
        print_text(&answer.to_string());
    } else {
        let answer = T::deserialize(answer).context("the API answered in another form")?;
        print_text(&show(&answer));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn list(options: &[&str]) -> Box<ListTasks> {
        let arguments = ["sluice", "tasks", "list"].iter().chain(options);
        let cli = Cli::try_parse_from(arguments).expect("a command");
        match cli.command {
            Some(Command::Tasks(Tasks {
                verb: TaskVerb::List(list),
            })) => list,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_of_a_list_are_the_parameters_of_the_api() {
        assert_eq!(query(&list(&[])), [("limit", "20".to_owned())]);
        let options = [
            "--id",
            "7",
            "--id",
            "8",
            "--type",
            "export",
            "--status",
            "running,partly-succeeded,5",
            "--business",
            "member_import",
            "--created-from",
            "2026-01-31T09:30:00+01:00",
            "--search",
            "a b",
            "--totals",
            "--limit",
            "5",
        ];
        let expected = [
            ("limit", "5"),
            ("task_ids", "7,8"),
            ("type", "1"),
            ("status", "2,4,5"),
            ("business_id", "member_import"),
            ("created_from", "2026-01-31T08:30:00Z"),
            ("search", "a b"),
            ("totals", "true"),
        ];
        let expected = expected.map(|(name, value)| (name, value.to_owned()));
        assert_eq!(query(&list(&options)), expected);
        assert_eq!(query(&list(&["--all"])), [("limit", "100".to_owned())]);
    }
}
