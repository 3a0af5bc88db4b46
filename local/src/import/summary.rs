//! What is printed in the end.

use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use indicatif::HumanCount;
use serde::Serialize;
use sluice_aws::Usage;
use sluice_core::api::{RowsView, TaskView};
use sluice_core::ids::TaskId;
use sluice_core::task::TaskStatus;

/// The end of an import, as `--json` prints it.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// The task.
    pub task_id: TaskId,
    /// How it ended.
    pub status: TaskStatus,
    /// Why not better.
    pub reason: Option<String>,
    /// Its rows by outcome.
    pub rows: RowsView,
    /// From asking for the import to its end.
    pub elapsed_ms: u64,
    rows_per_second: u64,
    requests: Requests,
    write_units: f64,
    s3_bytes_read: u64,
    chunks: u32,
    failed_rows_file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Requests {
    dynamodb: u64,
    s3: u64,
    sqs: u64,
}

impl Summary {
    pub(super) fn new(
        task: &TaskView,
        elapsed: Duration,
        usage: Usage,
        failed_rows_file: Option<PathBuf>,
    ) -> Self {
        let rows = task.rows.unwrap_or_default();
        Self {
            task_id: task.task_id,
            status: task.status,
            reason: task.reason.clone(),
            rows,
            elapsed_ms: elapsed.as_millis() as u64,
            rows_per_second: (rows.read as f64 / elapsed.as_secs_f64().max(0.001)) as u64,
            requests: Requests {
                dynamodb: usage.dynamodb_requests,
                s3: usage.s3_requests,
                sqs: usage.sqs_requests,
            },
            write_units: usage.write_units,
            s3_bytes_read: usage.s3_bytes_read,
            chunks: task.chunks.map_or(0, |chunks| chunks.done),
            failed_rows_file,
        }
    }

    pub(super) fn print(&self, json: bool) -> Result<()> {
        let text = if json {
            serde_json::to_string(self)?
        } else {
            self.to_string()
        };
        // A reader that has seen enough, such as `head`, is no failure of the import.
        let _ = writeln!(std::io::stdout(), "{text}");
        Ok(())
    }

    pub(super) fn exit_code(&self) -> ExitCode {
        match self.status {
            TaskStatus::Finished => ExitCode::SUCCESS,
            TaskStatus::PartlySucceeded => ExitCode::from(2),
            TaskStatus::Failed => ExitCode::from(3),
            TaskStatus::Submitted | TaskStatus::Running => ExitCode::FAILURE,
        }
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
        writeln!(f, "Status        {} {}", self.status.number(), self.status)?;
        if let Some(reason) = &self.reason {
            writeln!(f, "Reason        {reason}")?;
        }
        writeln!(f, "Rows read     {}", HumanCount(read))?;
        writeln!(f, "  succeeded   {}", HumanCount(succeeded))?;
        writeln!(f, "  failed      {}", HumanCount(failed))?;
        writeln!(f, "  duplicate   {}", HumanCount(duplicate))?;
        writeln!(f, "  skipped     {}", HumanCount(skipped))?;
        writeln!(
            f,
            "Time          {:.1} s, {} rows/s",
            self.elapsed_ms as f64 / 1_000.0,
            HumanCount(self.rows_per_second)
        )?;
        writeln!(
            f,
            "Requests      {} DynamoDB, {} S3, {} SQS, in {} chunks",
            HumanCount(self.requests.dynamodb),
            HumanCount(self.requests.s3),
            HumanCount(self.requests.sqs),
            HumanCount(u64::from(self.chunks))
        )?;
        writeln!(
            f,
            "Used          {} write units, {} bytes of S3 read",
            HumanCount(self.write_units.round() as u64),
            HumanCount(self.s3_bytes_read)
        )?;
        match &self.failed_rows_file {
            Some(path) => write!(f, "Failed rows   {}", path.display()),
            None => write!(f, "Failed rows   none"),
        }
    }
}
