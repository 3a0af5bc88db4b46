//! Undoing an import, as any client would: over HTTP, with a token. The system that undoes it runs in this process,
//! or elsewhere.

mod summary;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use sluice_api::UndoRequest;

use crate::cli::Undo;
use crate::connection::{Connection, fresh_id};
use crate::outcome;
use crate::progress::Progress;

use summary::Summary;

/// Undoes an import and prints what became of its rows.
pub async fn run(arguments: Undo) -> Result<ExitCode> {
    let request = UndoRequest {
        start_at: None,
        task_id: arguments.task_id,
        dry_run: arguments.dry_run,
        user_task_id: Some(match &arguments.user_task_id {
            Some(id) => id.clone(),
            None => fresh_id(&format!("undo-{}", arguments.task_id))?,
        }),
    };
    let connection = Connection::open(&arguments.place).await?;
    let stopped = |is_here| {
        if is_here {
            "stopped; what is left is undone as soon as a system runs on this folder".to_owned()
        } else {
            let import = arguments.task_id;
            format!("stopped; an undo that was begun goes on all the same: see task {import}")
        }
    };
    let work = async |connection: &Connection| undo(connection, &request).await;
    let summary = connection.work(stopped, work).await?;
    outcome::print(&summary, arguments.json)?;
    Ok(summary.exit_code())
}

/// Undoes an import, waits for the end, and downloads the file of kept rows if there is one.
async fn undo(connection: &Connection, request: &UndoRequest) -> Result<Summary> {
    let started = Instant::now();
    let folder = connection.folder("kept_rows")?;
    let begun = connection.client.begin_undo(request).await?;
    let verb = if request.dry_run {
        "counting"
    } else {
        "undoing"
    };
    let progress = Progress::of_task(verb, format!("the import {}", request.task_id));
    let task = connection.ended(begun.task_id, &progress).await?;
    let elapsed = started.elapsed();
    let kept_rows = connection.client.download_kept_rows(&task, &folder).await?;
    Ok(Summary::new(&task, elapsed, kept_rows))
}
