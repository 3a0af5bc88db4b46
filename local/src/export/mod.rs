//! Exporting the rows of a business into a file, as any client would: over HTTP, with a token and a link. The
//! system that exports them runs in this process, or elsewhere.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use indicatif::HumanCount;
use serde_json::json;
use sluice_api::{ExportRequest, TaskView};
use sluice_export::ExportFormat;
use sluice_task::TaskStatus;

use crate::cli::Export;
use crate::connection::Connection;
use crate::progress::Progress;

/// Exports rows and prints how many.
pub async fn run(arguments: Export) -> Result<ExitCode> {
    let path = &arguments.file;
    if !arguments.force && path.exists() {
        bail!(
            "{} is there already: name another file, or give --force",
            path.display()
        );
    }
    let request = ExportRequest {
        business: arguments.business.clone(),
        format: format_of(path),
        filter: arguments.filter.iter().cloned().collect(),
        columns: (!arguments.column.is_empty()).then(|| arguments.column.clone()),
        user_task_id: None,
        start_at: None,
    };
    let started = Instant::now();
    let connection = Connection::open(&arguments.place).await?;
    let stopped = |_| "stopped; there is no file".to_owned();
    let work = async |connection: &Connection| export(connection, &request, path).await;
    let task = connection.work(stopped, work).await?;
    print(&arguments, &task, started)
}

/// Exports, waits for the end, and downloads the file if there is one.
async fn export(connection: &Connection, request: &ExportRequest, path: &Path) -> Result<TaskView> {
    let client = &connection.client;
    let begun = client.begin_export(request).await?;
    let progress = Progress::of_task("exporting", request.business.to_string());
    let task = connection.ended(begun.task_id, &progress).await?;
    let result = task.result.as_ref();
    let link = result.and_then(|result| result["link"].as_str());
    if let (TaskStatus::Finished, Some(link)) = (task.status, link) {
        // Whoever finds the file finds it whole.
        let unfinished = path.with_added_extension("part");
        client
            .download(link, &unfinished, "the exported rows")
            .await?;
        std::fs::rename(&unfinished, path)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(task)
}

fn print(arguments: &Export, task: &TaskView, started: Instant) -> Result<ExitCode> {
    let result = task.result.clone().unwrap_or_default();
    let is_exported = task.status == TaskStatus::Finished;
    let elapsed_ms = started.elapsed().as_millis() as u64;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        let summary = json!({
            "task_id": task.task_id, "status": task.status, "reason": task.reason,
            "file": is_exported.then_some(&arguments.file), "rows": result["rows"],
            "bytes": result["bytes"], "crc64nvme": result["crc64nvme"], "as_of": result["as_of"],
            "elapsed_ms": elapsed_ms,
        });
        writeln!(out, "{summary}")?;
    } else if is_exported {
        let rows = result["rows"].as_u64().unwrap_or_default();
        let file = arguments.file.display();
        let seconds = elapsed_ms as f64 / 1e3;
        let s = if rows == 1 { "" } else { "s" };
        let rows = HumanCount(rows);
        writeln!(out, "{rows} row{s} exported to {file} in {seconds:.1} s")?;
    }
    if is_exported {
        return Ok(ExitCode::SUCCESS);
    }
    let reason = task.reason.clone().unwrap_or_default();
    eprintln!("error: nothing was exported: {reason}");
    Ok(ExitCode::FAILURE)
}

/// The form of a file by its name.
fn format_of(path: &Path) -> ExportFormat {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension {
        Some(extension) if extension.eq_ignore_ascii_case("xlsx") => ExportFormat::Xlsx,
        _ => ExportFormat::Csv,
    }
}
