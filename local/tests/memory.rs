//! Memory is bounded where rows collide: the command imports files in which each row wants the same key.
#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// With 500,000 rows of members or 600,000 of staff the whole process stays below 300 MB. These are fewer, so
/// that the test is quick; to hold the lines of the failed-rows file at once would take more than this.
const ROWS: u64 = 250_000;
const MOST_BYTES: u64 = 190_000_000;
/// How often the process is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

#[test]
fn rows_of_one_key_take_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("members.csv");
    let rows = "M1,A\n".repeat(ROWS as usize);
    std::fs::write(&file, format!("member_no,name\n{rows}")).unwrap();
    let (summary, peak_bytes) = import(&file, "member_import", &folder.path().join("data"));
    assert_eq!(summary["rows"]["read"], ROWS, "{summary}");
    assert_eq!(summary["rows"]["succeeded"], 1, "{summary}");
    assert_eq!(summary["rows"]["duplicate"], ROWS - 1, "{summary}");
    assert!(peak_bytes < MOST_BYTES, "{peak_bytes}");
}

/// Imports a file in a process of its own: its summary, and the peak of its memory.
fn import(file: &Path, business: &str, data: &Path) -> (Value, u64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sluice"))
        .arg("import")
        .arg(file)
        .args(["--business", business, "--json", "--data-dir"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak_bytes = 0;
    while child.try_wait().unwrap().is_none() {
        peak_bytes = peak_bytes.max(resident_peak(&child).unwrap_or_default());
        std::thread::sleep(LOOK_AGAIN);
    }
    let output = child.wait_with_output().unwrap();
    let summary = serde_json::from_slice(&output.stdout).unwrap();
    (summary, peak_bytes)
}

/// The peak of the resident memory of a process. None if it has ended.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn resident_peak(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
