//! What is printed in the end.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use indicatif::HumanCount;
use serde::Serialize;
use sluice_api::RowsView;
use sluice_aws::Usage;
use sluice_basics::ids::TaskId;
use sluice_definition::FileColumns;
use sluice_task::TaskStatus;

use super::{Ended, advice};
use crate::outcome::exit_code;

/// The end of an import, as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The task.
    pub task_id: TaskId,
    /// How it ended.
    pub status: TaskStatus,
    /// Whether rows were only checked.
    pub dry_run: bool,
    /// Why not better.
    pub reason: Option<String>,
    /// Its rows by outcome.
    pub rows: RowsView,
    /// Lines of the file that are no rows.
    pub ignored_lines: u64,
    /// Which of its columns were imported, if it was looked at.
    pub columns: Option<FileColumns>,
    /// From asking for the import to its end.
    pub elapsed_ms: u64,
    rows_per_second: u64,
    /// What the system in this process used; null for another.
    requests: Option<Requests>,
    write_units: Option<f64>,
    s3_bytes_read: Option<u64>,
    /// What it cost by the API's account, if that says so.
    dollars: Option<f64>,
    chunks: u32,
    /// Where the rows are that were not imported.
    pub failed_rows_file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Requests {
    dynamodb: u64,
    s3: u64,
    sqs: u64,
}

impl Summary {
    /// Sums an import up. `usage` is what it used of the system in this process.
    pub(super) fn new(ended: Ended, usage: Option<Usage>) -> Self {
        let Ended {
            task,
            elapsed,
            failed_rows,
            dry_run,
        } = ended;
        let actual = task.result.as_ref().map(|result| &result["actual"]);
        let actual = |name: &str| actual.and_then(|actual| actual[name].as_f64());
        let rows = task.rows.unwrap_or_default();
        Self {
            task_id: task.task_id,
            status: task.status,
            dry_run,
            rows,
            ignored_lines: task.ignored_lines.unwrap_or_default(),
            columns: task.columns.clone(),
            elapsed_ms: elapsed.as_millis() as u64,
            rows_per_second: (rows.read as f64 / elapsed.as_secs_f64().max(0.001)) as u64,
            requests: usage.map(|usage| Requests {
                dynamodb: usage.dynamodb_requests,
                s3: usage.s3_requests,
                sqs: usage.sqs_requests,
            }),
            write_units: usage.map_or(actual("write_units"), |usage| Some(usage.write_units)),
            s3_bytes_read: usage.map(|usage| usage.s3_bytes_read),
            dollars: actual("dollars"),
            chunks: task.chunks.map_or(0, |chunks| chunks.done),
            failed_rows_file: failed_rows,
            reason: task.reason.as_deref().map(advice::reworded),
        }
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        exit_code(self.status)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowsView {
            read,
            succeeded,
            failed,
            duplicate,
            skipped,
        } = self.rows;
        writeln!(f, "Task          {}", self.task_id)?;
        write!(f, "Status        {} {}", self.status.number(), self.status)?;
        let good = if self.dry_run {
            writeln!(f, "; a dry run: nothing was written")?;
            "good     "
        } else {
            writeln!(f)?;
            "succeeded"
        };
        if let Some(reason) = &self.reason {
            writeln!(f, "Reason        {reason}")?;
            if let Some(hint) = advice::hint(reason) {
                writeln!(f, "Try           {hint}")?;
            }
        }
        writeln!(f, "Rows read     {}", HumanCount(read))?;
        writeln!(f, "  {good}   {}", HumanCount(succeeded))?;
        writeln!(f, "  failed      {}", HumanCount(failed))?;
        writeln!(f, "  duplicate   {}", HumanCount(duplicate))?;
        writeln!(f, "  skipped     {}", HumanCount(skipped))?;
        if self.ignored_lines > 0 {
            writeln!(
                f,
                "No rows       {} (blank lines, or the header once more)",
                HumanCount(self.ignored_lines)
            )?;
        }
        if let Some(columns) = &self.columns {
            if !columns.ignored.is_empty() {
                writeln!(f, "Not imported  {}", quoted(&columns.ignored))?;
            }
            if !columns.missing.is_empty() {
                writeln!(f, "Not in file   {}", quoted(&columns.missing))?;
            }
        }
        writeln!(
            f,
            "Time          {:.1} s, {} rows/s",
            self.elapsed_ms as f64 / 1_000.0,
            HumanCount(self.rows_per_second)
        )?;
        if let Some(requests) = &self.requests {
            writeln!(
                f,
                "Requests      {} DynamoDB, {} S3, {} SQS, in {} chunks",
                HumanCount(requests.dynamodb),
                HumanCount(requests.s3),
                HumanCount(requests.sqs),
                HumanCount(u64::from(self.chunks))
            )?;
        }
        if let Some(write_units) = self.write_units {
            let units = HumanCount(write_units.round() as u64);
            write!(f, "Used          {units} write units")?;
            match (self.s3_bytes_read, self.dollars) {
                (Some(bytes), _) => writeln!(f, ", {} bytes of S3 read", HumanCount(bytes))?,
                (None, Some(dollars)) => writeln!(f, ", ${dollars:.6}")?,
                (None, None) => writeln!(f)?,
            }
        }
        match &self.failed_rows_file {
            Some(path) => write!(f, "Failed rows   {}", path.display()),
            None => write!(f, "Failed rows   none"),
        }
    }
}

/// How many names of columns are printed.
const SHOWN_NAMES: usize = 20;

/// Names of columns as a terminal may show them: the first, and how many there are beside them.
fn quoted(names: &[String]) -> String {
    let shown = names.iter().take(SHOWN_NAMES);
    let quoted: Vec<String> = shown.map(|name| format!("{name:?}")).collect();
    let text = quoted.join(", ");
    match names.len().saturating_sub(SHOWN_NAMES) {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_names_ends_with_how_many_more_there_are() {
        let names: Vec<String> = (0..25).map(|place| format!("c{place}")).collect();
        assert_eq!(quoted(&names[..2]), r#""c0", "c1""#);
        assert!(quoted(&names).ends_with(r#""c19" and 5 more"#));
    }
}
