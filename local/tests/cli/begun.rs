//! Evaluations and mailings: commands that begin a task and wait for its end.

use std::process::Command;

use serde_json::{Value, json as value};

use crate::deployed::Served;
use crate::{Folder, json, run, sluice};

/// A command that works on the data of this folder.
fn here(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = sluice();
    command
        .args(arguments)
        .arg("--data-dir")
        .arg(folder.path("data"));
    command
}

/// Stores the first version of a template there.
async fn store_template(served: &Served) {
    let request = value!({
        "name": "welcome", "language": "en", "version": 0, "sample": { "name": "Ann" },
        "texts": { "subject": "Welcome, {{ name }}", "text": "Dear {{ name }}" },
    });
    let answer = reqwest::Client::new()
        .put(format!("{}/mail/template", served.text("api")))
        .bearer_auth(served.text("token"))
        .json(&request)
        .send()
        .await
        .expect("an answer");
    let answer: Value = answer.json().await.expect("JSON");
    assert_eq!(answer["code"], 0, "{answer}");
}

#[test]
fn a_month_is_evaluated_and_the_decisions_are_saved() {
    let folder = Folder::new();
    let file = folder.file("m.csv", "member_no,name\n1,a\n2,b\n");
    let (code, ..) = run(&mut folder.import(&file));
    assert_eq!(code, 0);
    let (code, stdout, stderr) = run(&mut here(&folder, &["evaluate", "2026-01", "--dry-run"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("Dry run       true"), "{stdout}");
    assert!(stdout.contains("Members       2"), "{stdout}");
    let decisions = folder.path("decisions.jsonl");
    let mut evaluate = here(&folder, &["evaluate", "2026-01", "--json"]);
    let (code, stdout, stderr) = run(evaluate.arg("--decisions").arg(&decisions));
    assert_eq!(code, 0, "{stderr}");
    let summary = json(&stdout);
    assert_eq!(summary["result"]["members"], 2, "{summary}");
    assert_eq!(
        summary["result"]["link"],
        Value::Null,
        "it does not outlive the system"
    );
    let decisions = std::fs::read_to_string(decisions).expect("the decisions");
    assert_eq!(decisions.lines().count(), 2, "{decisions}");

    let (code, _, stderr) = run(&mut here(&folder, &["evaluate", "2999-01"]));
    assert_eq!(code, 64, "{stderr}");
    let (code, _, stderr) = run(&mut here(&folder, &["evaluate", "January"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("such as 2026-01"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_sent_to_addresses_and_to_the_rows_of_a_business() {
    let folder = Folder::new();
    let served = Served::start(&folder);
    store_template(&served).await;
    let mail = ["mail", "welcome", "--language", "en"];
    let to = [
        "--to",
        "ann@example.com",
        "--to",
        "ANN@example.com",
        "--value",
        "name=Ann",
    ];
    let (code, stdout, stderr) = run(served.command(&mail).args(to).arg("--json"));
    let summary = json(&stdout);
    assert_eq!(code, 0, "{stderr}{summary}");
    assert_eq!(summary["result"]["sent"], 1, "{summary}");
    assert_eq!(summary["result"]["duplicate"], 1, "{summary}");

    folder.file(
        "m.csv",
        "member_no,name,email,tier\n1,a,a@example.com,gold\n2,b,b@example.com,\n",
    );
    let (code, ..) = run(&mut served.import(&folder, "m.csv"));
    assert_eq!(code, 0);
    let rows = ["--business", "member_import", "--where", "tier=gold"];
    let (code, stdout, stderr) = run(served.command(&mail).args(rows));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("Sent          1"), "{stdout}");

    for (options, named) in [
        (&["--to", "a@example.com"][..], "name"),
        (&["--to", "nobody", "--value", "name=x"], "recipient 1"),
        (&["--business", "none"], "not a known business"),
        (&[], "--to"),
        (&["--to", "a@example.com", "--value", "name"], "NAME=VALUE"),
        (
            &["--to", "a@example.com", "--business", "member_import"],
            "--business",
        ),
    ] {
        let (code, _, stderr) = run(served.command(&mail).args(options));
        assert_eq!(code, 64, "{options:?}: {stderr}");
        assert!(stderr.contains(named), "{options:?}: {stderr}");
    }
}
