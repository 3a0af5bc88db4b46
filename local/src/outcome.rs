//! How a command ends: what it prints, and its exit code.

use std::fmt::{self, Display};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};
use sluice_api::TaskView;
use sluice_basics::ids::TaskId;
use sluice_task::TaskStatus;

use crate::table::printable;

/// Prints an answer: as one JSON object, or for people.
pub(crate) fn print(answer: &(impl Display + Serialize), json: bool) -> Result<()> {
    let text = if json {
        serde_json::to_string(answer)?
    } else {
        answer.to_string()
    };
    print_text(&text);
    Ok(())
}

/// Prints a text that ends without a line break.
pub(crate) fn print_text(text: &str) {
    // A reader that has seen enough, such as `head`, is no failure of the command.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Returns the exit code of a command that waited for the end of a task.
pub(crate) fn exit_code(status: TaskStatus) -> ExitCode {
    ExitCode::from(code_of(status))
}

fn code_of(status: TaskStatus) -> u8 {
    match status {
        TaskStatus::Finished => 0,
        TaskStatus::PartlySucceeded => 2,
        TaskStatus::Failed => 3,
        TaskStatus::Submitted | TaskStatus::Running => 1,
    }
}

/// The end of a task of any kind, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    task_id: TaskId,
    status: TaskStatus,
    reason: Option<String>,
    elapsed_ms: u64,
    /// What came of it, without links: they do not outlive the system in this process.
    result: Map<String, Value>,
    /// Where its file was saved, if it was wanted.
    file: Option<PathBuf>,
}

impl Summary {
    pub(crate) fn new(task: &TaskView, elapsed: Duration, file: Option<PathBuf>) -> Self {
        let result = task.result.as_ref().and_then(Value::as_object);
        let mut result = result.cloned().unwrap_or_default();
        result.retain(|name, _| name != "link" && !name.ends_with("_url"));
        Self {
            task_id: task.task_id,
            status: task.status,
            reason: task.reason.clone(),
            elapsed_ms: elapsed.as_millis() as u64,
            result,
            file,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        exit_code(self.status)
    }
}

impl Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Task          {}", self.task_id)?;
        writeln!(f, "Status        {} {}", self.status.number(), self.status)?;
        if let Some(reason) = &self.reason {
            writeln!(f, "Reason        {}", printable(reason))?;
        }
        for (name, value) in &self.result {
            line(f, name, value)?;
        }
        if let Some(file) = &self.file {
            writeln!(f, "File          {}", file.display())?;
        }
        write!(f, "Time          {:.1} s", self.elapsed_ms as f64 / 1_000.0)
    }
}

/// Writes a value of a result with its name; those within it as `name value`, with commas between.
fn line(f: &mut fmt::Formatter<'_>, name: &str, value: &Value) -> fmt::Result {
    let text = match value {
        Value::Null => return Ok(()),
        Value::Object(inner) if inner.is_empty() => return Ok(()),
        Value::Object(inner) => {
            let inner = inner.iter();
            let inner: Vec<String> = inner
                .map(|(name, value)| format!("{name} {}", plain(value)))
                .collect();
            inner.join(", ")
        }
        value => plain(value),
    };
    let mut title = name.replace('_', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    writeln!(f, "{title:<13} {}", printable(&text))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_ends_differ_from_each_other_and_from_those_of_errors() {
        let ends = [
            TaskStatus::Finished,
            TaskStatus::PartlySucceeded,
            TaskStatus::Failed,
        ];
        assert_eq!(ends.map(code_of), [0, 2, 3]);
        assert!(!ends.map(code_of).contains(&crate::cli::USAGE));
        assert_eq!(code_of(TaskStatus::Running), 1);
    }

    #[test]
    fn a_result_is_shown_by_its_names_without_what_is_not_there() {
        let result = serde_json::json!({
            "period": "2026-01", "again": false, "tiers": { "gold": 2, "silver": 1 },
            "no_longer_earned": {}, "note": null,
        });
        let summary = Summary {
            task_id: "7".parse().expect("an id"),
            status: TaskStatus::Finished,
            reason: None,
            elapsed_ms: 1_250,
            result: serde_json::from_value(result).expect("an object"),
            file: None,
        };
        let shown = summary.to_string();
        for line in [
            "Status        3 finished",
            "Period        2026-01",
            "Again         false",
            "Tiers         gold 2, silver 1",
            "Time          1.2 s",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line}: {shown}");
        }
        assert_eq!(shown.lines().count(), 6, "{shown}");
    }
}
