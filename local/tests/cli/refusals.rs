//! What cannot be imported: a message that says what to do, nothing on stdout, nothing stored.

use std::path::Path;

use crate::{Folder, json, run};

/// The message of an import that does not begin.
fn refused(folder: &Folder, file: &Path, more: &[&str]) -> String {
    let (code, stdout, stderr) = run(folder.import(file).arg("--json").args(more));
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(
        stderr.lines().count() <= 2,
        "a message, not a log: {stderr}"
    );
    stderr
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = Folder::new();
    let message = refused(&folder, &folder.path("nothing.csv"), &[]);
    assert!(message.starts_with("error: there is no file"), "{message}");
    assert!(message.contains("nothing.csv"), "{message}");
    assert!(!folder.path("data").exists(), "nothing is made for it");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_refused_before_anything_is_stored() {
    let folder = Folder::new();
    let message = refused(&folder, &folder.file("empty.csv", ""), &[]);
    assert!(message.contains("empty"), "{message}");
    assert_eq!(folder.items().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_business_is_refused_with_the_known_ones() {
    let folder = Folder::new();
    let file = folder.file("x.csv", "member_no,name\n1,a\n");
    let mut command = crate::sluice();
    command
        .arg("import")
        .arg(&file)
        .args(["--business", "membr_import"]);
    command.arg("--data-dir").arg(folder.path("data"));
    let (code, stdout, stderr) = run(&mut command);
    assert_eq!((code, stdout.as_str()), (64, ""));
    assert!(
        stderr.contains("`membr_import` is not a known business"),
        "{stderr}"
    );
    assert!(stderr.contains("member_import"), "{stderr}");
    assert_eq!(folder.items().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_without_a_required_column_ends_the_task_with_the_names() {
    let folder = Folder::new();
    let file = folder.file("x.csv", "member_no,phone\n1,13812345678\n");
    let (code, stdout, _) = run(folder.import(&file).arg("--json"));
    let summary = json(&stdout);
    assert_eq!((code, &summary["status"]), (3, &5.into()));
    let reason = summary["reason"].as_str().expect("a reason");
    assert!(
        reason.contains("`name`") && reason.contains("`phone`"),
        "{reason}"
    );
    let (_, stdout, _) = run(folder.import(&file).arg("--fresh"));
    assert!(stdout.contains("Try           --mapping name="), "{stdout}");
    assert_eq!(folder.items().await, 0);
}

#[test]
fn a_data_folder_that_holds_other_files_is_left_alone() {
    let folder = Folder::new();
    let file = folder.file("x.csv", "member_no,name\n1,a\n");
    std::fs::create_dir(folder.path("data")).expect("a folder");
    let precious = folder.file("data/precious.txt", "mine");
    let message = refused(&folder, &file, &["--fresh"]);
    assert!(message.contains("holds other files"), "{message}");
    assert_eq!(std::fs::read(precious).expect("it is still there"), b"mine");
}

#[test]
fn generate_refuses_shares_that_cannot_be() {
    let folder = Folder::new();
    let mut command = crate::sluice();
    command
        .args(["generate", "--rows", "10", "--bad-percent", "101"])
        .arg(folder.path("x.csv"));
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("bad_percent: 101 is not between 0 and 100"),
        "{stderr}"
    );
    assert!(!folder.path("x.csv").exists(), "nothing is written");
}
