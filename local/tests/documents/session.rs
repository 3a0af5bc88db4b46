//! A reader's terminal: one bash that is given the steps of pages one after the other, in a folder
//! where nothing was before.

use std::fmt::Write as _;
use std::fs::Permissions;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::page::Step;
use crate::shown::difference;

/// How long all pages of a session may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// The first port that pages name.
const PORT: u16 = 9_300;

/// What readers have that this test does not build: cargo runs the binary that is built already, and
/// the ports are free ones.
const SLUICE: &str = r#"#!/bin/bash
case "${1-}" in
  '' | -*) exec "$SLUICE_BINARY" --port "$SLUICE_PORT" "$@" ;;
  env) shift; exec "$SLUICE_BINARY" env --port "$SLUICE_PORT" "$@" ;;
  *) exec "$SLUICE_BINARY" "$@" ;;
esac
"#;
const CARGO: &str = r#"#!/bin/bash
all="$*"
while [ $# -gt 0 ] && [ "$1" != -- ]; do
  case "$1" in
    run | --release | -q | -p | sluice) shift ;;
    *) echo "this test runs no: cargo $all" >&2; exit 1 ;;
  esac
done
[ $# -eq 0 ] || shift
exec sluice "$@"
"#;

/// Serving does not end, so that the next step begins when it is ready.
const PRELUDE: &str = r#"set -eu -o pipefail
step() { exec >"$STEPS/$1.out" 2>"$STEPS/$1.err"; echo "$1" >"$STEPS/last"; }
ready() { until grep -qs 'is imported by itself' "$STEPS/$1.out"; do kill -0 "$2"; sleep 0.1; done; }
"#;

/// A step of a page.
struct Told<'a> {
    page: &'a str,
    step: Step,
}

/// What a reader does.
#[derive(Default)]
pub struct Session<'a> {
    told: Vec<Told<'a>>,
    serving: bool,
}

impl<'a> Session<'a> {
    /// Adds a step of a page. Sluice is served once: who has it running goes on with the page.
    pub fn add(&mut self, page: &'a str, step: Step) {
        if serves(&step) && std::mem::replace(&mut self.serving, true) {
            return;
        }
        self.told.push(Told { page, step });
    }

    /// Runs all steps and compares what they print with what the pages show.
    pub fn run(&self) {
        let folder = tempfile::tempdir().expect("a folder");
        let (steps, bin, desk) = (
            folder.path().join("steps"),
            folder.path().join("bin"),
            folder.path().join("desk"),
        );
        for made in [&steps, &bin, &desk] {
            std::fs::create_dir(made).expect("a folder");
        }
        for (name, text) in [("sluice", SLUICE), ("cargo", CARGO)] {
            let path = bin.join(name);
            std::fs::write(&path, text).expect("a file");
            std::fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("a command");
        }
        let script = folder.path().join("script");
        std::fs::write(&script, self.script()).expect("a script");
        let port = free_ports();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut bash = Command::new("bash");
        bash.arg(&script)
            .current_dir(&desk)
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("STEPS", &steps)
            .env("SLUICE_BINARY", env!("CARGO_BIN_EXE_sluice"))
            .env("SLUICE_PORT", port.to_string())
            .stdin(Stdio::null())
            .process_group(0);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("AWS_") || ["SLUICE_API", "SLUICE_TOKEN"].contains(&&*text) {
                bash.env_remove(name);
            }
        }
        let ended = run(&mut bash);
        let failures = self.failures(&steps, port, ended);
        assert!(failures.is_empty(), "\n{failures}");
    }

    fn script(&self) -> String {
        let mut script = PRELUDE.to_owned();
        for (number, Told { step, .. }) in self.told.iter().enumerate() {
            if serves(step) {
                let command = step.commands.trim_end();
                let name = format!("{number}");
                writeln!(
                    script,
                    "{command} >\"$STEPS/{name}.out\" 2>\"$STEPS/{name}.err\" &\n\
                     echo {name} >\"$STEPS/last\"\nready {name} $!"
                )
            } else {
                writeln!(script, "step {number}\n{}", step.commands)
            }
            .expect("text grows");
        }
        script + "exec >&- 2>&-\necho all >\"$STEPS/last\"\n"
    }

    /// Returns what went otherwise than the pages say.
    fn failures(&self, steps: &Path, port: u16, ended: Result<(), String>) -> String {
        let read = |name: String| std::fs::read_to_string(steps.join(name)).unwrap_or_default();
        let last = read("last".to_owned());
        let begun: usize = last.trim().parse().unwrap_or(self.told.len());
        let mut failures = String::new();
        for (number, Told { page, step }) in self.told.iter().enumerate().take(begun + 1) {
            let printed = as_on_pages(&read(format!("{number}.out")), port);
            let (line, commands) = (step.line, &step.commands);
            let wrong = match &ended {
                Err(error) if number == begun => Some(format!(
                    "{error}\nprinted: {printed}\nerrors: {}",
                    read(format!("{number}.err"))
                )),
                // A page need not show again what serving prints.
                _ if serves(step) && step.shown.is_empty() => None,
                _ => difference(&step.shown, &printed),
            };
            if let Some(wrong) = wrong {
                let _ = writeln!(failures, "{page}:{line}\n{commands}{wrong}\n");
            }
        }
        if let (Err(error), true) = (ended, failures.is_empty()) {
            failures = error;
        }
        failures
    }
}

/// Returns whether a step is a system that serves until it is stopped.
fn serves(step: &Step) -> bool {
    step.commands.trim() == "cargo run -p sluice"
}

/// Returns output as a page shows it: with the ports that it names, and without the mark that tells a
/// spreadsheet the encoding of a file.
fn as_on_pages(printed: &str, port: u16) -> String {
    (0..3).fold(printed.replace('\u{feff}', ""), |text, more| {
        let at = |port: u16| format!("127.0.0.1:{}", port + more);
        text.replace(&at(port), &at(PORT))
    })
}

/// Returns the first of three ports that follow each other and were free a moment ago.
fn free_ports() -> u16 {
    let listen = |port: u16| TcpListener::bind(("127.0.0.1", port)).ok();
    loop {
        let first = listen(0).expect("a port");
        let port = first.local_addr().expect("its address").port();
        let others = [1, 2].map(|more| port.checked_add(more).and_then(listen));
        if others.iter().all(Option::is_some) {
            return port;
        }
    }
}

/// Runs a command, and ends it and all that it started.
fn run(command: &mut Command) -> Result<(), String> {
    let mut child = command.spawn().expect("bash is there");
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (sender, ended) = mpsc::channel();
    let waiting = thread::spawn(move || sender.send(child.wait()));
    let ended = match ended.recv_timeout(PATIENCE) {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(format!("it failed: {status}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it did not end in {PATIENCE:?}")),
    };
    if let Some(group) = group {
        // Nothing is left of the group where nothing was served.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = waiting.join();
    ended
}
