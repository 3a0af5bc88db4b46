//! The command line as a person or a script uses it, and what it leaves in the tables.

mod begun;
mod definition;
mod demo;
mod deployed;
mod exports;
mod options;
mod outcomes;
mod reference;
mod refusals;
mod rehearse;
mod stopping;
mod tasks;
mod undo;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use local_generator::generate;
use serde_json::Value;
use sluice::system::{Options, System};
use tempfile::TempDir;

/// A folder with files to import and the state of the system.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new() -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("a file is written");
        path
    }

    /// Writes a member file with 5% bad and 2% duplicated rows.
    fn members(&self, rows: u64, seed: u64) -> PathBuf {
        let options = local_generator::Options {
            rows,
            seed,
            bad_percent: 5.0,
            duplicate_percent: 2.0,
        };
        let mut file = Vec::new();
        generate(&options, &mut file, |_| {}).expect("valid options");
        self.file("members.csv", file)
    }

    /// The command that imports a file, its state in `data` of this folder.
    fn import(&self, file: &Path) -> Command {
        let mut command = sluice();
        command.arg("import").arg(file);
        command.args(["--business", "member_import", "--chunk-bytes", "8192"]);
        command.arg("--data-dir").arg(self.path("data"));
        command
    }

    /// How many member rows are stored, read from the state that the command left.
    async fn items(&self) -> usize {
        let options = Options::new(self.path("data"));
        let system = System::start(options).await.expect("a system that starts");
        let clients = system.services.clients(&system.urls).await;
        let pages = clients.dynamodb.scan().table_name("sluice-members");
        let mut pages = pages.into_paginator().items().send();
        let mut count = 0;
        while let Some(item) = pages.next().await {
            item.expect("an item");
            count += 1;
        }
        system.stop().await;
        count
    }
}

/// The binary. Its input is closed and its output kept.
fn sluice() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sluice"));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for name in ["RUST_LOG", "SLUICE_API", "SLUICE_PROFILE", "SLUICE_TOKEN"] {
        command.env_remove(name);
    }
    command
}

/// What a command printed and how it ended.
fn run(command: &mut Command) -> (i32, String, String) {
    ended(&command.output().expect("the command runs"))
}

fn ended(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let code = output.status.code().expect("no signal");
    (code, text(&output.stdout), text(&output.stderr))
}

/// The one JSON object that a command printed, and nothing else.
fn json(stdout: &str) -> Value {
    assert_eq!(stdout.trim_end().lines().count(), 1, "{stdout:?}");
    serde_json::from_str(stdout).expect("JSON")
}
