//! How work is seen from outside: its log lines name the trace that it belongs to, the trace shows
//! a segment of it, and what it counted becomes one line of metrics.

mod daemon;
mod line;
mod segment;

use std::future::Future;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};

use lambda_runtime::Context;
use sluice_aws::{Settings, SettingsError, observed, traced};
use sluice_basics::ids::TaskRef;
use sluice_basics::trace::Trace;
use tracing::{Instrument, Span};

use daemon::Daemon;
use segment::Segment;

/// Where metrics and segments of traces go.
#[derive(Clone, Debug)]
pub struct Telemetry {
    stack: String,
    lines: Lines,
    daemon: Option<Arc<Daemon>>,
}

#[derive(Clone, Debug)]
enum Lines {
    /// From where Lambda takes them to CloudWatch.
    Stdout,
    To(mpsc::Sender<String>),
    Nowhere,
}

/// A piece of work.
#[derive(Clone, Debug)]
pub struct Work {
    function: &'static str,
    trace: Option<Trace>,
    has_segment: bool,
    task: Option<TaskRef>,
    chunk: Option<u32>,
}

impl Work {
    /// An invocation as a whole. Lambda itself shows it in its trace.
    pub fn invocation(function: &'static str, context: &Context) -> Self {
        let header = context.xray_trace_id.as_deref();
        Self {
            function,
            trace: header.and_then(|header| header.parse().ok()),
            has_segment: false,
            task: None,
            chunk: None,
        }
    }

    /// What is done for a task, in the trace that the task or its message carries.
    pub fn of_task(function: &'static str, task: TaskRef, trace: Option<Trace>) -> Self {
        Self {
            function,
            trace,
            has_segment: true,
            task: Some(task),
            chunk: None,
        }
    }

    /// What is done for a chunk of the task.
    #[must_use]
    pub fn of_chunk(self, chunk: u32) -> Self {
        Self {
            chunk: Some(chunk),
            ..self
        }
    }
}

impl Telemetry {
    /// As on Lambda: metrics to standard output, segments to the daemon beside the function, if it
    /// has one. `STACK_NAME` tells the metrics of one stack from those of others.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let daemon = lookup("AWS_XRAY_DAEMON_ADDRESS")
            .as_deref()
            .and_then(daemon::address)
            .and_then(Daemon::at);
        Ok(Self {
            stack: Settings::new(lookup).required("STACK_NAME")?,
            lines: Lines::Stdout,
            daemon,
        })
    }

    /// Nobody is told.
    pub fn silent() -> Self {
        Self {
            stack: String::new(),
            lines: Lines::Nowhere,
            daemon: None,
        }
    }

    /// Metrics of a stack to a receiver, segments to a daemon if there is one.
    pub fn to(stack: &str, lines: mpsc::Sender<String>, daemon: Option<SocketAddr>) -> Self {
        Self {
            stack: stack.to_owned(),
            lines: Lines::To(lines),
            daemon: daemon.and_then(Daemon::at),
        }
    }

    /// Whether segments go anywhere.
    pub fn has_daemon(&self) -> bool {
        self.daemon.is_some()
    }

    /// Does work. `has_failed` is for its segment: what failed is counted where it is noticed.
    pub async fn watch<F: Future>(
        &self,
        work: Work,
        future: F,
        has_failed: impl FnOnce(&F::Output) -> bool,
    ) -> F::Output {
        let trace = work.trace.clone();
        let segment = trace.as_ref().and_then(|trace| self.segment(&work, trace));
        let trace = match (trace, &segment) {
            (Some(trace), Some((_, segment))) => Some(trace.under(segment.id)),
            (trace, _) => trace,
        };
        // At the level that is never left out, because it is a field of other lines.
        let span = trace.as_ref().map_or_else(Span::none, |trace| {
            tracing::error_span!("work", trace = trace.root())
        });
        let seen = traced(trace.clone(), observed(future));
        let (output, seen) = seen.instrument(span).await;
        if let Some((daemon, segment)) = segment {
            daemon.send(&segment.ended(has_failed(&output)));
        }
        if !seen.is_empty() {
            self.tell(line::line(&self.stack, &work, trace.as_ref(), &seen));
        }
        output
    }

    fn segment(&self, work: &Work, trace: &Trace) -> Option<(&Daemon, Segment)> {
        let daemon = self.daemon.as_deref()?;
        let is_shown = work.has_segment && trace.is_sampled();
        is_shown.then(|| (daemon, Segment::begin(&self.stack, work, trace)))
    }

    fn tell(&self, line: String) {
        match &self.lines {
            // Work is not undone because nobody reads what it counted.
            Lines::Stdout => {
                let _ = writeln!(std::io::stdout().lock(), "{line}");
            }
            Lines::To(receiver) => {
                let _ = receiver.send(line);
            }
            Lines::Nowhere => {}
        }
    }
}

#[cfg(test)]
mod tests;
