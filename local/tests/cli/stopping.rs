//! Imports that are stopped, and imports that stand in each other's way. `../kill.rs` has those
//! that are killed.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::{Folder, ended, json, run};

/// Waits until an import has stored a megabyte of rows, which is a fraction of its file.
fn wait_for_rows(folder: &Folder) {
    let size = |name| std::fs::metadata(folder.path(name)).map_or(0, |file| file.len());
    let started = Instant::now();
    while size("data/dynamodb.sqlite") + size("data/dynamodb.sqlite-wal") < 1 << 20 {
        assert!(started.elapsed() < Duration::from_mins(1), "no rows");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_stopped_with_ctrl_c_says_so_and_goes_on_later() {
    let folder = Folder::new();
    let file = folder.members(20_000, 30);
    let stopped = folder.import(&file).arg("--json").spawn();
    let stopped = stopped.expect("the command starts");
    wait_for_rows(&folder);
    let id = stopped.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill runs").success());
    let (code, stdout, stderr) = ended(&stopped.wait_with_output().expect("it ends"));
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(
        stderr.contains("the same command again goes on"),
        "{stderr}"
    );

    let (code, stdout, stderr) = run(folder.import(&file).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    let again = "going on with the import of members.csv";
    assert!(stderr.contains(again), "{stderr}");
    let summary = json(&stdout);
    assert_eq!(summary["rows"]["read"], 20_000);
    assert_eq!(summary["rows"]["succeeded"], 18_600);
    assert_eq!(folder.items().await, 18_600);
}

#[test]
fn two_imports_at_once_do_not_share_a_data_folder() {
    let folder = Folder::new();
    let file = folder.members(20_000, 40);
    let mut first = folder.import(&file).spawn().expect("the command starts");
    let marker = folder.path("data/sqs.sqlite");
    while !marker.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let message = run(&mut folder.import(&file)).2;
    first.kill().expect("it still runs");
    first.wait().expect("it ends");
    assert!(message.contains("another Sluice is running"), "{message}");
}
