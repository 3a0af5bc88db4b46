//! MiniStack as a process of its own, with a folder of its own.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::harness::patiently;

/// Regions and accounts are the emulator's defaults.
const ENVIRONMENT: [(&str, &str); 3] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
];

/// A running emulator. It ends, with all its functions, when it is dropped.
pub struct Emulator {
    /// Where all its services answer.
    pub url: String,
    process: Child,
    folder: TempDir,
}

impl Emulator {
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let log = File::create(folder.path().join("emulator.log")).expect("a log");
        let mut command = Command::new("ministack");
        command
            .current_dir(folder.path())
            .envs(ENVIRONMENT)
            // It listens on all addresses unless told otherwise.
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            // What the functions' SDK talks to.
            .env("AWS_ENDPOINT_URL", &url)
            .env("TMPDIR", folder.path())
            .env("S3_DATA_DIR", folder.path().join("s3"))
            .env("STATE_DIR", folder.path().join("state"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log)
            // The functions are its children: a group of their own ends with it.
            .process_group(0);
        let process = command.spawn().expect("ministack is on the PATH");
        let emulator = Self {
            url,
            process,
            folder,
        };
        let health = format!("{}/_ministack/health", emulator.url);
        patiently(Duration::from_mins(1), "the emulator", async || {
            let answer = reqwest::get(&health).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        emulator
    }

    /// A command that talks to this emulator instead of AWS.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .envs(ENVIRONMENT)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("SAM_CLI_TELEMETRY", "0");
        command
    }

    /// The process's number, which is also that of its group.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How many invocations of the worker ended without an answer.
    pub fn interrupted_workers(&self) -> usize {
        let log = self.log();
        let failed = log.lines().filter(|line| {
            line.contains("WorkerFunction") && line.contains("failed processing SQS batch")
        });
        failed.count()
    }

    /// What the emulator and the functions wrote.
    fn log(&self) -> String {
        let log = std::fs::read(self.folder.path().join("emulator.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            let end = lines[lines.len().saturating_sub(60)..].join("\n");
            eprintln!("the end of the emulator's log:\n{end}");
        }
        // A group is named by its number with a minus.
        let group = format!("-{}", self.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on at this moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}
