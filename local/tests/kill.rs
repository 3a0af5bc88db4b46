//! Killing the process in the middle of an import and starting it again: the counts are those
//! of an import that nothing disturbed.
#![expect(
    clippy::unwrap_used,
    reason = "tests say what they expect by unwrapping"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const ROWS: u64 = 3_000;

struct Scene {
    business: &'static str,
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
            business: "member_import",
            folder,
            file,
            good: summary.good,
            bad: summary.bad,
            duplicate: summary.duplicate,
        }
    }

    /// Staff accounts, of which each fiftieth has the phone of an earlier one.
    fn of_staff() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("staff.csv");
        let mut text = "staff_no,name,phone,email\n".to_owned();
        for n in 0..ROWS {
            let phone = if n % 50 == 49 { n - 45 } else { n };
            writeln!(text, "S{n},Name {n},1381234{phone:04},s{n}@example.com").unwrap();
        }
        std::fs::write(&file, text).unwrap();
        Self {
            business: "staff_import",
            folder,
            file,
            good: ROWS - ROWS / 50,
            bad: 0,
            duplicate: ROWS / 50,
        }
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn start(&self, data: &Path) -> Child {
        Command::new(env!("CARGO_BIN_EXE_sluice"))
            .arg("import")
            .arg(&self.file)
            .args([
                "--business",
                self.business,
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
        assert_eq!(self.stored(data), self.good);
        let failed = std::fs::read(summary["failed_rows_file"].as_str().unwrap()).unwrap();
        let mut report = csv::Reader::from_reader(failed.as_slice());
        assert_eq!(
            report.byte_records().count() as u64,
            self.bad + self.duplicate
        );
    }

    /// How many rows are stored, counted past everything that is tested here. Unique values are
    /// claimed by the rows that have them, and by no others.
    fn stored(&self, data: &Path) -> u64 {
        let table = match self.business {
            "staff_import" => "sluice-staff",
            _ => "sluice-members",
        };
        let (mut rows, mut had, mut claimed) = (0, BTreeSet::new(), BTreeSet::new());
        for item in items(data, table) {
            let sk = text(&item["sk"]);
            if text(&item["pk"]).contains("#u") {
                claimed.insert((sk, text(&item["_key"])));
                continue;
            }
            rows += 1;
            for column in ["phone", "email"] {
                let value = format!("{column}#{}", text(&item[column]));
                had.insert((value, sk.clone()));
            }
        }
        if self.business == "staff_import" {
            assert_eq!(claimed, had);
        }
        rows
    }
}

/// All items of a table, in DynamoDB's JSON.
fn items(data: &Path, table: &str) -> Vec<Value> {
    let database = rusqlite::Connection::open(data.join("dynamodb.sqlite")).unwrap();
    let select = format!("SELECT item_json FROM \"{table}\"");
    let mut select = database.prepare(&select).unwrap();
    let items = select.query_map([], |row| {
        let item: String = row.get(0)?;
        Ok(serde_json::from_str(&item).unwrap())
    });
    items.unwrap().map(Result::unwrap).collect()
}

/// A text attribute, blank if there is none.
fn text(attribute: &Value) -> String {
    attribute["S"].as_str().unwrap_or_default().to_owned()
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

/// Kills imports at so many moments, and lets them go on.
fn check_moments(scene: &Scene, moments: u32) {
    let started = Instant::now();
    let undisturbed = scene.data("undisturbed");
    scene.check(&undisturbed);
    let whole = started.elapsed();
    for moment in 1..=moments {
        let data = scene.data(&format!("killed-{moment}"));
        match kill_after(scene.start(&data), whole * moment / (moments + 2)) {
            Some(output) => scene.check_summary(&output, &data),
            None => scene.check(&data),
        }
    }
}

#[test]
fn an_import_that_is_killed_goes_on_to_the_right_end_from_any_of_ten_moments() {
    check_moments(&Scene::new(), 10);
}

#[test]
#[ignore = "five minutes: values are settled once a worker that was killed can not go on any more"]
fn unique_values_belong_to_the_rows_that_are_stored_when_an_import_was_killed() {
    check_moments(&Scene::of_staff(), 1);
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
