//! Killing worker processes, found as any operator of the machine would find them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::emulator::Emulator;
use crate::harness::patiently;

/// How long a worker is let work before it is killed: less than a chunk takes.
const AT_WORK: Duration = Duration::from_millis(400);

/// Kills workers with SIGKILL, one after the other, until so many invocations were cut off: one
/// that waits for its next chunk when it is killed does not count.
pub async fn kill_at_work(emulator: &Emulator, wanted: usize) {
    let mut killed = 0;
    while emulator.interrupted_workers() < wanted {
        let worker = patiently(Duration::from_mins(2), "a worker", async || {
            workers_of(emulator).first().copied()
        })
        .await;
        tokio::time::sleep(AT_WORK).await;
        let status = Command::new("kill")
            .args(["-KILL", &worker.to_string()])
            .status();
        killed += usize::from(status.expect("kill is on the PATH").success());
    }
    let interrupted = emulator.interrupted_workers();
    println!("{killed} workers were killed, {interrupted} of them at work");
}

/// The processes of the worker function among the emulator's children.
fn workers_of(emulator: &Emulator) -> Vec<u32> {
    let processes = Path::new("/proc").read_dir().expect("a Linux system");
    processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| is_worker(*id, emulator.id()))
        .collect()
}

fn is_worker(id: u32, emulator: u32) -> bool {
    let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    let is_function = environment
        .split(|byte| *byte == 0)
        .filter_map(|variable| std::str::from_utf8(variable).ok())
        .filter_map(|variable| variable.strip_prefix("AWS_LAMBDA_FUNCTION_NAME="))
        .any(|name| name.contains("WorkerFunction"));
    is_function && parent_of(id) == Some(emulator)
}

/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn parent_of(id: u32) -> Option<u32> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"))?;
    parent.trim().parse().ok()
}
