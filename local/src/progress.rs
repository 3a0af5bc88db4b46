//! What a person sees on stderr while it runs: a bar on a terminal, and elsewhere a line now and then.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::source_file::SourceFile;

/// How often a line is written at most.
const LINES: Duration = Duration::from_secs(5);

/// Bytes while a file is sent, then percent, rows and rows per second.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    /// When the last line was written; none on a terminal.
    lines: Option<Arc<Mutex<Instant>>>,
    /// What is done, such as `importing`.
    verb: &'static str,
    /// What it is done with: the name of a file, or a task.
    subject: String,
}

impl Progress {
    /// Shows how far a file is sent and then imported.
    pub(crate) fn of_file(file: &SourceFile, dry_run: bool) -> Self {
        let verb = if dry_run { "checking" } else { "importing" };
        let bar = Self::drawn(file.size_bytes);
        let style = ProgressStyle::with_template(
            "sending   [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        Self::new(bar, verb, file.name.clone())
    }

    /// Shows how far a task is.
    pub(crate) fn of_task(verb: &'static str, subject: String) -> Self {
        Self::new(Self::drawn(0), verb, subject)
    }

    /// Shows nothing.
    pub(crate) fn hidden() -> Self {
        Self {
            lines: None,
            ..Self::new(ProgressBar::hidden(), "", String::new())
        }
    }

    fn new(bar: ProgressBar, verb: &'static str, subject: String) -> Self {
        let now = Instant::now();
        let is_terminal = std::io::stderr().is_terminal();
        Self {
            bar,
            started: now,
            lines: (!is_terminal).then(|| Arc::new(Mutex::new(now))),
            verb,
            subject,
        }
    }

    /// A bar on a terminal, and none elsewhere.
    fn drawn(length: u64) -> ProgressBar {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        ProgressBar::with_draw_target(Some(length), target)
    }

    /// Bytes have been sent.
    pub(crate) fn sent(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.line(|| {
            let total = self.bar.length().unwrap_or_default();
            format!(
                "sending {}: {} of {}",
                self.subject,
                HumanBytes(self.bar.position()),
                HumanBytes(total)
            )
        });
    }

    /// Bytes that were sent will be sent again.
    pub(crate) fn take_back(&self, bytes: u64) {
        self.bar.dec(bytes);
    }

    /// The task has been looked at.
    pub(crate) fn show(&self, task: &TaskView) {
        if self.bar.length() != Some(100) {
            self.bar.set_length(100);
            let template = format!("{:<9} [{{bar:32}}] {{percent}}% {{msg}}", self.verb);
            if let Ok(style) = ProgressStyle::with_template(&template) {
                self.bar.set_style(style.progress_chars("=> "));
            }
            if self.lines.is_none() {
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
        }
        self.bar.set_position(u64::from(task.progress));
        let message = self.message(task);
        let verb = self.verb;
        self.line(|| format!("{verb} {}: {}%, {message}", self.subject, task.progress));
        self.bar.set_message(message);
    }

    fn message(&self, task: &TaskView) -> String {
        if task.paused {
            return "paused".to_owned();
        }
        let Some(rows) = task.rows else {
            return task.status.to_string();
        };
        // Rows are only counted from the start of the task on, so is the time.
        let since = match (task.status, task.start_time) {
            (TaskStatus::Running, Some(start)) => {
                jiff::Timestamp::now().duration_since(start).as_secs_f64()
            }
            _ => self.started.elapsed().as_secs_f64(),
        };
        let rate = rows.read as f64 / since.max(0.001);
        format!(
            "{} rows, {}/s, {} not taken",
            HumanCount(rows.read),
            HumanCount(rate as u64),
            HumanCount(rows.failed + rows.duplicate + rows.skipped)
        )
    }

    /// Writes a line, if this is no terminal and the last one was written a while ago.
    fn line(&self, text: impl FnOnce() -> String) {
        let Some(lines) = &self.lines else { return };
        let mut last = lines.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= LINES {
            *last = Instant::now();
            eprintln!("{}", text());
        }
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
