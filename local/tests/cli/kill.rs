//! Imports that are cut off: kill -9 and Ctrl-C at many moments, and the same command again.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Folder, ended, run};

const ROWS: u64 = 4_000;
const MOMENTS: u32 = 10;

/// The counts of the file, and the exit code that goes with them.
fn assert_right(code: i32, stdout: &str) {
    let summary: Value = crate::json(stdout);
    let rows = json!({
        "read": ROWS, "succeeded": 3_720, "failed": 200, "duplicate": 80, "skipped": 0,
    });
    assert_eq!(
        (&summary["rows"], &summary["status"]),
        (&rows, &json!(4)),
        "{summary}"
    );
    assert_eq!(code, 2);
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status();
    assert!(sent.expect("kill runs").success());
}

/// Starts an import and cuts it off after a while. What it printed if it was faster than that.
fn cut_off(command: &mut Command, after: Duration, name: &str) -> Option<(i32, String, String)> {
    let child = command.spawn().expect("the command starts");
    std::thread::sleep(after);
    signal(&child, name);
    let output = child.wait_with_output().expect("the command ends");
    // Who is done when the signal comes has printed the summary already.
    (output.status.code() == Some(2)).then(|| ended(&output))
}

/// How long the import takes when nobody disturbs it.
fn undisturbed() -> Duration {
    let folder = Folder::new();
    let file = folder.members(ROWS, 1);
    let started = Instant::now();
    let (code, stdout, stderr) = run(folder.import(&file).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    assert_right(code, &stdout);
    started.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_at_any_moment_goes_on_to_the_right_end() {
    let whole = undisturbed();
    let mut killed = 0;
    for moment in 1..=MOMENTS {
        let folder = Folder::new();
        let file = folder.members(ROWS, u64::from(moment));
        let after = whole * moment / (MOMENTS + 1);
        let (code, stdout, stderr) =
            match cut_off(folder.import(&file).arg("--json"), after, "-KILL") {
                Some(done) => done,
                None => {
                    killed += 1;
                    run(folder.import(&file).arg("--json"))
                }
            };
        assert!(!stdout.is_empty(), "killed after {after:?}: {stderr}");
        assert_right(code, &stdout);
        assert_eq!(folder.items().await, 3_720, "killed after {after:?}");
    }
    assert!(
        killed >= MOMENTS / 2,
        "only {killed} of {MOMENTS} were cut off"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_again_and_again_goes_on_to_the_right_end() {
    let whole = undisturbed();
    let folder = Folder::new();
    let file = folder.members(ROWS, 20);
    let mut last = None;
    for part in [3, 4, 5, 2, 6, 4, 5, 3] {
        last = cut_off(
            folder.import(&file).arg("--json"),
            whole * part / 10,
            "-KILL",
        );
        if last.is_some() {
            break;
        }
    }
    let (code, stdout, _) = last.unwrap_or_else(|| run(folder.import(&file).arg("--json")));
    assert_right(code, &stdout);
    assert_eq!(folder.items().await, 3_720);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_stopped_with_ctrl_c_says_so_and_goes_on_later() {
    let folder = Folder::new();
    let file = folder.members(20_000, 30);
    let stopped = cut_off(
        folder.import(&file).arg("--json"),
        Duration::from_millis(1_200),
        "-INT",
    );
    assert_eq!(stopped, None, "the import was too fast for this test");
    let (code, stdout, stderr) = run(folder.import(&file).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("going on with the import of members.csv"),
        "{stderr}"
    );
    let summary = crate::json(&stdout);
    assert_eq!(summary["rows"]["read"], 20_000);
    assert_eq!(summary["rows"]["succeeded"], 18_600);
    assert_eq!(folder.items().await, 18_600);
}
