//! Importing one file, as any client would: over HTTP, with a token, through the presigned URL.

mod client;
mod file;
mod progress;
mod resume;
mod space;
mod summary;

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use sluice_core::api::{TaskView, UploadRequest};
use sluice_core::ids::TaskId;
use sluice_core::import::ImportOptions;

use crate::cli::{Import, options};
use crate::system::System;

use client::Client;
pub use file::SourceFile;
use progress::Progress;
pub use resume::Resume;
pub use summary::Summary;

/// How often the task is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Imports a file and prints what became of its rows.
pub async fn run(arguments: Import) -> Result<ExitCode> {
    let file = SourceFile::open(&arguments.file)?;
    let system = System::start(options(
        arguments.data_dir.clone(),
        arguments.fresh,
        arguments.chunk_bytes,
    ))
    .await?;
    let outcome = tokio::select! {
        outcome = import(&system, &arguments, &file) => outcome,
        _ = tokio::signal::ctrl_c() => {
            Err(anyhow!("stopped; the same command again goes on with this import"))
        }
    };
    system.stop().await;
    let (summary, resume) = outcome?;
    summary.print(arguments.json)?;
    // Only now: a process killed before this line shows the same import again.
    resume.forget();
    Ok(summary.exit_code())
}

/// Imports a file into a running system. Until the answer's [`Resume`] is told to forget, the
/// same import is found again.
pub async fn import(
    system: &System,
    arguments: &Import,
    file: &SourceFile,
) -> Result<(Summary, Resume)> {
    let folder = system.data.join("");
    let resume = Resume::find(&system.data, arguments, file)?;
    if !resume.is_known {
        space::check_before(&folder, file.size_bytes).inspect_err(|_| resume.forget())?;
    }
    let request = UploadRequest {
        business: arguments.business.clone(),
        file_name: file.name.clone(),
        size_bytes: file.size_bytes,
        user_task_id: Some(resume.user_task_id.clone()),
        repeat: arguments.repeat,
        upload_id: None,
        options: ImportOptions {
            on_duplicate: arguments.on_duplicate.map(Into::into),
            ..ImportOptions::default()
        },
    };
    let before = system.clients.meter.usage();
    let started = Instant::now();
    let token = system.tokens.development(&arguments.station)?;
    let client = Client::new(&system.urls.api, token);
    let progress = Progress::new(&resume, file);
    let answer = client
        .begin(&request)
        .await
        .inspect_err(|_| resume.forget())?;
    if let Some(ticket) = &answer.upload {
        client.send(answer.task_id, ticket, file, &progress).await?;
    }
    let task = watch(&client, answer.task_id, &folder, &progress).await?;
    let elapsed = started.elapsed();
    progress.clear();
    let failed_rows = client.download_failed_rows(&task, &system.data).await?;
    let usage = system.clients.meter.usage() - before;
    Ok((Summary::new(&task, elapsed, usage, failed_rows), resume))
}

/// Waits until the task has ended.
async fn watch(
    client: &Client,
    task_id: TaskId,
    folder: &Path,
    progress: &Progress,
) -> Result<TaskView> {
    loop {
        let task = client.task(task_id).await?;
        progress.show(&task);
        if task.status.has_ended() {
            return Ok(task);
        }
        space::check_during(folder)?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
