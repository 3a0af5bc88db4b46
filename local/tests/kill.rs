//! Killing the process in the middle of an import and starting it again: the counts are those
//! of an import that nothing disturbed.
#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const ROWS: u64 = 3_000;

struct Scene {
    folder: TempDir,
    file: PathBuf,
    good: u64,
    bad: u64,
    duplicate: u64,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("members.csv");
        let options = local_generator::Options {
            rows: ROWS,
            seed: 7,
            bad_percent: 5.0,
            duplicate_percent: 2.0,
        };
        let mut out = File::create(&file).unwrap();
        let summary = local_generator::generate(&options, &mut out, |_| {}).unwrap();
        Self {
            folder,
            file,
            good: summary.good,
            bad: summary.bad,
            duplicate: summary.duplicate,
        }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, data: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_local"))
            .arg("import")
            .arg(&self.file)
            .args([
                "--business",
                "member_import",
                "--json",
                "--chunk-bytes",
                "8192",
            ])
            .arg("--data-dir")
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Imports undisturbed and checks that every row has its right outcome.
    fn check(&self, data: &Path) {
        let output = self.start(data).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        self.check_summary(&output, data);
    }

    /// Checks what a process that came to its end has said and left.
    fn check_summary(&self, output: &Output, data: &Path) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let summary: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("no summary ({error}): {stderr}"));
        let rows = &summary["rows"];
        assert_eq!(rows["read"], ROWS, "{summary}");
        assert_eq!(rows["succeeded"], self.good, "{summary}");
        assert_eq!(rows["failed"], self.bad, "{summary}");
        assert_eq!(rows["duplicate"], self.duplicate, "{summary}");
        assert_eq!(rows["skipped"], 0, "{summary}");
        assert_eq!(stored(data), self.good);
        let failed = std::fs::read(summary["failed_rows_file"].as_str().unwrap()).unwrap();
        let mut report = csv::Reader::from_reader(failed.as_slice());
        assert_eq!(
            report.byte_records().count() as u64,
            self.bad + self.duplicate
        );
    }
}

/// The items of the members table, counted past everything that is tested here.
fn stored(data: &Path) -> u64 {
    let database = rusqlite::Connection::open(data.join("dynamodb.sqlite")).unwrap();
    database
        .query_row("SELECT count(*) FROM \"sluice-members\"", [], |row| {
            row.get(0)
        })
        .unwrap()
}

/// Kills a process after a while. Its output, if it had come to its end by then: an import whose
/// summary is printed is over, and the same command is another import.
fn kill_after(mut process: Child, wait: Duration) -> Option<Output> {
    let end = Instant::now() + wait;
    while Instant::now() < end && process.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // A process that has ended already is not hurt by this.
    process.kill().unwrap();
    let output = process.wait_with_output().unwrap();
    (!output.stdout.is_empty()).then_some(output)
}

#[test]
fn an_import_that_is_killed_goes_on_to_the_right_end_from_any_of_ten_moments() {
    let scene = Scene::new();
    let started = Instant::now();
    let undisturbed = scene.data("undisturbed");
    scene.check(&undisturbed);
    let whole = started.elapsed();
    for moment in 1..=10 {
        let data = scene.data(&format!("killed-{moment}"));
        match kill_after(scene.start(&data), whole * moment / 12) {
            Some(output) => scene.check_summary(&output, &data),
            None => scene.check(&data),
        }
    }
}

#[test]
fn an_import_that_is_killed_again_and_again_still_ends_right() {
    let scene = Scene::new();
    let data = scene.data("killed");
    for attempt in 0..8 {
        let wait = Duration::from_millis(400 + 100 * attempt);
        if let Some(output) = kill_after(scene.start(&data), wait) {
            return scene.check_summary(&output, &data);
        }
    }
    scene.check(&data);
}
