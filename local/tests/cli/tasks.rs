//! Looking at tasks, and what is done with them, in this process and elsewhere.

use serde_json::{Value, json as value};

use crate::deployed::Served;
use crate::{Folder, json, run, sluice};

/// A file of which one row is imported, one is wrong, and one has a key that is taken.
const PARTLY: &str = "member_no,name,email\n1,a,\n2,b,no-address\n1,c,\n";

/// Runs a command about tasks of a deployed system, which must succeed, and returns what it printed.
fn told(served: &Served, arguments: &[&str]) -> String {
    let arguments = [&["tasks"], arguments].concat();
    let (code, stdout, stderr) = run(&mut served.command(&arguments));
    assert_eq!(code, 0, "{arguments:?}: {stderr}");
    stdout
}

/// Imports a text there, and returns the id of its task.
fn import(served: &Served, folder: &Folder, text: &str) -> String {
    folder.file("m.csv", text);
    let (_, stdout, _) = run(served.import(folder, "m.csv").arg("--json"));
    json(&stdout)["task_id"].to_string()
}

/// Asks for an import of a file that is not sent, and returns the id of its task.
async fn waiting(served: &Served) -> String {
    let request = value!({ "business": "member_import", "file_name": "w.csv", "size_bytes": 10 });
    let answer = reqwest::Client::new()
        .post(format!("{}/upload", served.text("api")))
        .bearer_auth(served.text("token"))
        .json(&request)
        .send()
        .await
        .expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    answer["data"]["task_id"].to_string()
}

#[test]
fn everything_that_is_known_of_a_task_is_shown_for_people_and_for_programs() {
    let folder = Folder::new();
    let served = Served::start(&folder);
    let task = import(&served, &folder, PARTLY);

    let shown = told(&served, &["list"]);
    assert_eq!(shown.lines().count(), 2, "{shown}");
    assert!(shown.contains("m.csv") && shown.contains(&task), "{shown}");
    let listed = json(&told(&served, &["list", "--all", "--totals", "--json"]));
    assert_eq!(listed["tasks"][0]["task_id"].to_string(), task);
    assert_eq!(
        (&listed["finish"], &listed["totals"]["partly_succeeded"]),
        (&true.into(), &1.into())
    );
    let none = told(&served, &["list", "--status", "failed,running"]);
    assert_eq!(none, "there are no such tasks\n");

    let shown = told(&served, &["get", &task]);
    assert!(
        shown.contains("Status        4 partly succeeded, 100%"),
        "{shown}"
    );
    assert!(
        shown.contains("3: 1 succeeded, 1 failed, 1 duplicate"),
        "{shown}"
    );
    let got = json(&told(&served, &["get", &task, "--json"]));
    assert_eq!(got["rows"]["duplicate"], 1);

    let shown = told(&served, &["errors", &task]);
    assert!(
        shown.contains("email") && shown.contains("already taken by row 2"),
        "{shown}"
    );
    let first = json(&told(&served, &["errors", &task, "--limit", "1", "--json"]));
    let cursor = first["next_cursor"].as_str().expect("another page");
    let second = json(&told(
        &served,
        &["errors", &task, "--cursor", cursor, "--json"],
    ));
    let all = json(&told(&served, &["errors", &task, "--all", "--json"]));
    assert_eq!(
        all["errors"],
        value!([first["errors"][0], second["errors"][0]])
    );

    let shown = told(&served, &["explain", &task]);
    assert!(shown.contains("ended"), "{shown}");
    let shown = told(&served, &["profile", &task]);
    assert!(
        shown.contains("STAGE") && shown.contains("queue_wait"),
        "{shown}"
    );
    let stacks = told(&served, &["profile", &task, "--format", "folded"]);
    assert!(stacks.lines().all(|line| {
        line.rsplit(' ')
            .next()
            .is_some_and(|us| us.parse::<u64>().is_ok())
    }));
    let shown = told(&served, &["history", &task]);
    assert!(
        shown.contains("added") && shown.contains("ended"),
        "{shown}"
    );
    for verb in ["explain", "profile", "history"] {
        let answer = json(&told(&served, &[verb, &task, "--json"]));
        assert_eq!(answer["task_id"].to_string(), task, "{verb}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_are_paused_resumed_cancelled_retried_hidden_and_shown() {
    let folder = Folder::new();
    let served = Served::start(&folder);
    let task = waiting(&served).await;
    let shown = told(&served, &["pause", &task]);
    assert!(shown.contains("1 submitted, 0%, paused"), "{shown}");
    assert!(told(&served, &["list"]).contains("paused"));
    let resumed = json(&told(&served, &["resume", &task, "--json"]));
    assert_eq!(resumed["paused"], false);
    assert!(told(&served, &["explain", &task]).contains("file"));
    let shown = told(&served, &["cancel", &task]);
    assert!(shown.contains("5 failed"), "{shown}");

    let partly = import(&served, &folder, PARTLY);
    let shown = told(&served, &["hide", &task, &partly]);
    assert_eq!(shown, format!("hidden: {task}, {partly}\n"));
    assert_eq!(told(&served, &["list"]), "there are no such tasks\n");
    assert!(told(&served, &["get", &partly]).contains("it is hidden"));
    let shown = json(&told(&served, &["show", &partly, "--json"]));
    assert_eq!(shown["message_show"], true);
    assert_eq!(told(&served, &["list"]).lines().count(), 2);

    let same = import(&served, &folder, PARTLY);
    let (code, _, stderr) = run(&mut served.command(&["tasks", "retry", "7"]));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("no such task"), "{stderr}");
    let retried = json(&told(&served, &["retry", &same, "--repeat", "--json"]));
    assert_eq!(retried["task_id"].to_string(), same);
    let (code, ..) = run(&mut served.command(&["tasks", "watch", &same]));
    assert_eq!(code, 3, "every row is there already");
}

#[test]
fn watching_a_task_ends_with_the_exit_code_of_its_end() {
    let folder = Folder::new();
    for (text, ends) in [
        ("member_no,name\n7,a\n", 0),
        (PARTLY, 2),
        ("member_no,name\n7,a\n", 3),
    ] {
        let file = folder.file("m.csv", text);
        let (_, stdout, _) = run(folder.import(&file).arg("--json"));
        let task = json(&stdout)["task_id"].to_string();
        let mut watch = sluice();
        watch.args(["tasks", "watch", &task, "--json", "--data-dir"]);
        let (code, stdout, stderr) = run(watch.arg(folder.path("data")));
        assert_eq!(code, ends, "{stderr}");
        assert_eq!(json(&stdout)["task_id"].to_string(), task);
    }
}

#[test]
fn a_command_about_tasks_that_is_wrong_is_told_before_anything_is_started() {
    let folder = Folder::new();
    let data = folder.path("data");
    for (arguments, named) in [
        (&["list", "--status", "done"][..], "partly-succeeded"),
        (&["list", "--type", "undo"], "process"),
        (&["list", "--created-from", "today"], "2026-01-31T08:30:00Z"),
        (&["list", "--limit", "0"], "--limit"),
        (&["hide"], "TASK_IDS"),
        (&["get", "x"], "TASK_ID"),
        (&["profile", "7", "--format", "svg"], "--format"),
        (
            &["get", "7", "--api", "https://127.0.0.1:1", "--token", "t"],
            "leave out one of them",
        ),
        (&[], "Usage"),
    ] {
        let mut command = sluice();
        command.arg("tasks").args(arguments);
        if !arguments.is_empty() {
            command.arg("--data-dir").arg(&data);
        }
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!((code, stdout.as_str()), (64, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(named), "{arguments:?}: {stderr}");
    }
    assert!(!data.exists());
}
