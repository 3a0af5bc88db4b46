//! What a person sees on stderr while it runs: a bar on a terminal, and elsewhere a line now and then.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sluice_core::api::TaskView;
use sluice_core::task::TaskStatus;

use super::file::SourceFile;
use super::resume::Resume;

/// How often a line is written at most.
const LINES: Duration = Duration::from_secs(5);

/// Bytes while the file is sent, then percent, rows and rows per second.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    started: Instant,
    /// When the last line was written; none on a terminal.
    lines: Option<Arc<Mutex<Instant>>>,
    file_name: String,
    dry_run: bool,
}

impl Progress {
    pub(crate) fn new(resume: &Resume, file: &SourceFile, dry_run: bool) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let target = if is_terminal {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(file.size_bytes), target);
        let style = ProgressStyle::with_template(
            "sending   [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        if resume.is_known {
            eprintln!("going on with the import of {} that was cut off", file.name);
        }
        let now = Instant::now();
        Self {
            bar,
            started: now,
            lines: (!is_terminal).then(|| Arc::new(Mutex::new(now))),
            file_name: file.name.clone(),
            dry_run,
        }
    }

    /// Shows nothing.
    pub(crate) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            started: Instant::now(),
            lines: None,
            file_name: String::new(),
            dry_run: false,
        }
    }

    /// Bytes have been sent.
    pub(crate) fn sent(&self, bytes: u64) {
        self.bar.inc(bytes);
        self.line(|| {
            let total = self.bar.length().unwrap_or_default();
            format!(
                "sending {}: {} of {}",
                self.file_name,
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
            let template = if self.dry_run {
                "checking  [{bar:32}] {percent}% {msg}"
            } else {
                "importing [{bar:32}] {percent}% {msg}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("=> "));
            }
            if self.lines.is_none() {
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
        }
        self.bar.set_position(u64::from(task.progress));
        let rows = task.rows.unwrap_or_default();
        // Rows are only counted from the start of the import on, so is the time.
        let since = match (task.status, task.start_time) {
            (TaskStatus::Running, Some(start)) => {
                jiff::Timestamp::now().duration_since(start).as_secs_f64()
            }
            _ => self.started.elapsed().as_secs_f64(),
        };
        let rate = rows.read as f64 / since.max(0.001);
        let message = format!(
            "{} rows, {}/s, {} not taken",
            HumanCount(rows.read),
            HumanCount(rate as u64),
            HumanCount(rows.failed + rows.duplicate + rows.skipped)
        );
        self.line(|| {
            let verb = if self.dry_run {
                "checking"
            } else {
                "importing"
            };
            format!("{verb} {}: {}%, {message}", self.file_name, task.progress)
        });
        self.bar.set_message(message);
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
