//! What a person sees on stderr while it runs.

use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sluice_core::api::TaskView;
use sluice_core::task::TaskStatus;

use super::file::SourceFile;
use super::resume::Resume;

/// A progress bar: bytes while the file is sent, then percent, rows and rows per second.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    bar: ProgressBar,
    started: Instant,
}

impl Progress {
    pub(super) fn new(resume: &Resume, file: &SourceFile) -> Self {
        let bar = ProgressBar::with_draw_target(
            Some(file.size_bytes),
            ProgressDrawTarget::stderr_with_hz(8),
        );
        let style = ProgressStyle::with_template(
            "sending   [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec}",
        );
        if let Ok(style) = style {
            bar.set_style(style.progress_chars("=> "));
        }
        if resume.is_known {
            eprintln!("going on with the import of {} that was cut off", file.name);
        }
        Self {
            bar,
            started: Instant::now(),
        }
    }

    /// Bytes have been sent.
    pub(super) fn sent(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// The task has been looked at.
    pub(super) fn show(&self, task: &TaskView) {
        if self.bar.length() != Some(100) {
            self.bar.set_length(100);
            let style = ProgressStyle::with_template("importing [{bar:32}] {percent}% {msg}");
            if let Ok(style) = style {
                self.bar.set_style(style.progress_chars("=> "));
            }
            self.bar.enable_steady_tick(Duration::from_millis(200));
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
        self.bar.set_message(format!(
            "{} rows, {}/s, {} not imported",
            HumanCount(rows.read),
            HumanCount(rate as u64),
            HumanCount(rows.failed + rows.duplicate + rows.skipped)
        ));
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
