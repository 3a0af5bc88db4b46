//! What is printed in the end.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use indicatif::HumanCount;
use serde::Serialize;
use serde_json::Value;
use sluice_api::TaskView;
use sluice_basics::ids::TaskId;
use sluice_task::TaskStatus;
use sluice_undo::UndoCounts;

use crate::outcome::exit_code;

/// The end of an undo, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// The task of the undo.
    task_id: TaskId,
    /// The import.
    import: Option<TaskId>,
    status: TaskStatus,
    dry_run: bool,
    reason: Option<String>,
    /// What became of its rows. Null if the undo came to no result.
    rows: Option<UndoCounts>,
    elapsed_ms: u64,
    estimate: Value,
    actual: Value,
    /// What is not taken back.
    note: Option<String>,
    kept_rows_file: Option<PathBuf>,
}

impl Summary {
    pub(super) fn new(task: &TaskView, elapsed: Duration, kept_rows: Option<PathBuf>) -> Self {
        let result = task.result.clone().unwrap_or_default();
        Self {
            task_id: task.task_id,
            import: task.parent,
            status: task.status,
            dry_run: task.input["dry_run"] == true,
            reason: task.reason.clone(),
            rows: (result.get("deleted").is_some())
                .then(|| serde_json::from_value(result.clone()).unwrap_or_default()),
            elapsed_ms: elapsed.as_millis() as u64,
            estimate: task.input["estimate"].clone(),
            actual: result["actual"].clone(),
            note: task.input["note"].as_str().map(str::to_owned),
            kept_rows_file: kept_rows,
        }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        exit_code(self.status)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Task          {}", self.task_id)?;
        match self.import {
            Some(import) => writeln!(f, ", of the import {import}")?,
            None => writeln!(f)?,
        }
        write!(f, "Status        {} {}", self.status.number(), self.status)?;
        let changed = if self.dry_run {
            writeln!(f, "; a dry run: nothing was changed")?;
            ["to delete ", "to restore", "to keep   "]
        } else {
            writeln!(f)?;
            ["deleted   ", "restored  ", "kept      "]
        };
        if let Some(reason) = &self.reason {
            writeln!(f, "Reason        {reason}")?;
        }
        if let Some(rows) = &self.rows {
            let [deleted, restored, kept] = changed;
            writeln!(f, "Rows          {}", HumanCount(rows.rows()))?;
            writeln!(f, "  {deleted}  {}", HumanCount(rows.deleted))?;
            writeln!(f, "  {restored}  {}", HumanCount(rows.restored))?;
            writeln!(f, "  {kept}  {}", HumanCount(rows.kept))?;
            writeln!(f, "  gone        {}", HumanCount(rows.gone))?;
        }
        writeln!(f, "Time          {:.1} s", self.elapsed_ms as f64 / 1_000.0)?;
        for (name, cost) in [
            ("Estimated     ", &self.estimate),
            ("Used          ", &self.actual),
        ] {
            if let Some(cost) = cost_of(cost) {
                writeln!(f, "{name}{cost}")?;
            }
        }
        match &self.kept_rows_file {
            Some(path) => write!(f, "Kept rows     {}", path.display())?,
            None => write!(f, "Kept rows     none")?,
        }
        match &self.note {
            Some(note) => write!(f, "\nNote          {note}"),
            None => Ok(()),
        }
    }
}

/// Units and dollars for people.
fn cost_of(cost: &Value) -> Option<String> {
    let units = HumanCount(cost["write_units"].as_u64()?);
    let read = cost["read_units"].as_u64();
    let read = read.map_or(String::new(), |read| {
        format!(", {} read units", HumanCount(read))
    });
    let dollars = cost["dollars"].as_f64()?;
    Some(format!("{units} write units{read}, ${dollars:.6}"))
}
