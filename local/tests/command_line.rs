//! The command line: what is printed where, exit codes, and the same command twice.
#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn sluice(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sluice"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SLUICE_API")
        .env_remove("SLUICE_TOKEN")
        .output()
        .unwrap()
}

fn import(folder: &Path, file: &str, more: &[&str]) -> Output {
    let arguments = [&["import", file, "--business", "member_import"], more].concat();
    sluice(folder, &arguments)
}

fn folder_with(name: &str, content: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    folder
}

fn json(output: &Output) -> Value {
    let stdout = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"))
}

#[test]
fn json_is_one_object_with_the_documented_fields() {
    let folder = folder_with("m.csv", "member_no,name\nM1,A\nM2,B\n");
    let output = import(folder.path(), "m.csv", &["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let summary = json(&output);
    let keys = |value: &Value| {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys.join(" ")
    };
    assert_eq!(
        keys(&summary),
        "chunks columns dollars dry_run elapsed_ms failed_rows_file ignored_lines reason requests \
         rows rows_per_second s3_bytes_read status task_id write_units"
    );
    assert_eq!(
        keys(&summary["rows"]),
        "duplicate failed read skipped succeeded"
    );
    assert_eq!(keys(&summary["requests"]), "dynamodb s3 sqs");
    assert_eq!(summary["status"], 3);
    assert_eq!(summary["rows"]["succeeded"], 2);
    assert_eq!(summary["failed_rows_file"], Value::Null);
}

#[test]
fn the_exit_code_is_the_outcome() {
    let folder = folder_with("m.csv", "member_no,name\nM1,A\nM2,\n");
    let output = import(folder.path(), "m.csv", &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let output = import(folder.path(), "m.csv", &["--json"]);
    assert_eq!(
        output.status.code(),
        Some(3),
        "all duplicates or failed: {output:?}"
    );
    let output = import(folder.path(), "m.csv", &["--json", "--fresh"]);
    assert_eq!(output.status.code(), Some(2), "--fresh forgets: {output:?}");
    let report = json(&output)["failed_rows_file"]
        .as_str()
        .unwrap()
        .to_owned();
    let report = std::fs::read_to_string(folder.path().join(report)).unwrap();
    let task_id = &json(&output)["task_id"];
    assert_eq!(
        report,
        format!(
            "\u{feff}member_no,name,error_row,error_column,error_code,error_message,error_task\n\
             M2,,3,name,required,name: a value is required,'{task_id}\n"
        )
    );
}

#[test]
fn the_same_user_task_id_gives_the_same_import() {
    let folder = folder_with("m.csv", "member_no,name\nM1,A\n");
    let arguments = ["--json", "--user-task-id", "mine"];
    let first = json(&import(folder.path(), "m.csv", &arguments));
    let second = json(&import(folder.path(), "m.csv", &arguments));
    assert_eq!(first["task_id"], second["task_id"]);
    assert_eq!(second["status"], 3);
}

#[test]
fn generating_is_the_same_for_the_same_seed_and_tells_the_defects() {
    let folder = tempfile::tempdir().unwrap();
    let generate = |name: &str, seed: &str| {
        let output = sluice(
            folder.path(),
            &[
                "generate",
                "--rows",
                "1000",
                "--seed",
                seed,
                "--bad-percent",
                "5",
                "--duplicate-percent",
                "2",
                name,
            ],
        );
        assert!(output.status.success());
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            stdout.contains("1000 rows (930 good, 50 bad, 20 duplicated)"),
            "{stdout}"
        );
        std::fs::read(folder.path().join(name)).unwrap()
    };
    assert_eq!(generate("a.csv", "1"), generate("b.csv", "1"));
    assert_ne!(generate("a.csv", "1"), generate("c.csv", "2"));
}
