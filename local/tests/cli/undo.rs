//! Undoing: what is taken back, what is kept, and when nothing is.

use crate::{Folder, json, run, sluice};

fn undo(folder: &Folder, task: &str) -> std::process::Command {
    let mut command = sluice();
    command.args(["undo", task, "--data-dir"]);
    command.arg(folder.path("data"));
    command
}

fn import(folder: &Folder, text: &str, more: &[&str]) -> String {
    let file = folder.file("m.csv", text);
    let (code, stdout, stderr) = run(folder.import(&file).args(more).arg("--json"));
    assert_eq!(code, 0, "{stderr}");
    json(&stdout)["task_id"].to_string()
}

#[test]
fn rows_are_counted_then_taken_back_and_the_file_can_be_imported_again() {
    let folder = Folder::new();
    let text = "member_no,name\nA,Ann\nB,Bo\n";
    let task = import(&folder, text, &[]);
    let (code, stdout, stderr) = run(undo(&folder, &task).arg("--dry-run"));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("nothing was changed"), "{stdout}");
    assert!(stdout.contains("to delete   2"), "{stdout}");
    let (code, stdout, stderr) = run(&mut undo(&folder, &task));
    assert_eq!(code, 0, "{stderr}");
    for words in [
        &format!("of the import {task}"),
        "deleted     2",
        "Estimated     ",
        "Used          ",
        "Kept rows     none",
        "e-mails that were sent",
    ] {
        assert!(stdout.contains(words), "{words}: {stdout}");
    }
    let (code, _, stderr) = run(&mut undo(&folder, &task));
    assert_eq!(code, 1);
    assert!(stderr.contains("is undone, by task"), "{stderr}");
    assert_ne!(import(&folder, text, &[]), task);
}

#[test]
fn rows_that_another_import_replaced_are_kept_and_named() {
    let folder = Folder::new();
    let task = import(&folder, "member_no,name\nA,Ann\nB,Bo\n", &[]);
    let options = ["--on-duplicate", "overwrite", "--undoable"];
    let later = import(&folder, "member_no,name\nA,Anna\n", &options);
    let (code, stdout, stderr) = run(undo(&folder, &task).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    let summary = json(&stdout);
    assert_eq!(summary["rows"]["deleted"], 1, "{summary}");
    assert_eq!(summary["rows"]["kept"], 1, "{summary}");
    assert!(summary["actual"]["dollars"].is_number(), "{summary}");
    let file = summary["kept_rows_file"].as_str().expect("a file");
    let kept = std::fs::read_to_string(file).expect("the kept rows");
    let words = format!("task {later} has replaced it");
    assert!(kept.contains(&words), "{kept}");
    // The later one is taken back: what it replaced is there again. Then there is nothing more of the first.
    let (code, stdout, _) = run(undo(&folder, &later).arg("--json"));
    assert_eq!(code, 0);
    assert_eq!(json(&stdout)["rows"]["restored"], 1);
}

#[test]
fn what_cannot_be_undone_is_told() {
    let folder = Folder::new();
    let (code, _, stderr) = run(&mut undo(&folder, "7"));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("no such task"), "{stderr}");
    let (code, _, stderr) = run(&mut undo(&folder, "x"));
    assert_eq!(code, 64, "{stderr}");
    let (code, _, stderr) = run(undo(&folder, "7").args(["--api", "https://127.0.0.1:1"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("leave out one of them"), "{stderr}");
}
