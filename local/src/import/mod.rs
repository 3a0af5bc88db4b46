//! Importing one file, as any client would: over HTTP, with a token, through presigned URLs. The
//! system that imports it runs in this process, or elsewhere.

mod advice;
mod resume;
mod space;
mod summary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use sluice_api::{TaskView, UploadRequest};
use sluice_retry::RetryPolicy;

use crate::cli::{Import, options};
use crate::client::{ApiUrl, Client, may_pass};
use crate::outcome;
use crate::progress::Progress;
use crate::system::System;

pub use resume::Resume;
pub use summary::Summary;

pub use crate::source_file::SourceFile;

/// Imports a file and prints what became of its rows.
pub async fn run(arguments: Import) -> Result<ExitCode> {
    let file = SourceFile::open(&arguments.file)?;
    let (summary, resume) = match &arguments.place.api {
        Some(api) => elsewhere(api, &arguments, &file).await?,
        None => here(&arguments, &file).await?,
    };
    outcome::print(&summary, arguments.json)?;
    // Only now: a process killed before this line shows the same import again.
    resume.forget();
    Ok(summary.exit_code())
}

/// Imports a file into a system that runs for it, in this process.
async fn here(arguments: &Import, file: &SourceFile) -> Result<(Summary, Resume)> {
    let system = System::start(options(
        arguments.place.data_dir(),
        arguments.fresh,
        arguments.chunk_bytes,
    ))
    .await?;
    let outcome = tokio::select! {
        outcome = import(&system, arguments, file) => outcome,
        _ = tokio::signal::ctrl_c() => {
            Err(anyhow!("stopped; the same command again goes on with this import"))
        }
    };
    system.stop().await;
    outcome
}

/// Imports a file into a running system of this process. Until the answer's [`Resume`] is told to
/// forget, the same import is found again.
pub async fn import(
    system: &System,
    arguments: &Import,
    file: &SourceFile,
) -> Result<(Summary, Resume)> {
    let folder = system.data.join("");
    let resume = Resume::find(Some(&folder), "", arguments, file)?;
    if !resume.is_known {
        space::check_before(&folder, file.size_bytes).inspect_err(|_| resume.forget())?;
    }
    let before = system.clients.meter.usage();
    let token = system.tokens.development(&arguments.place.station()?)?;
    let sending = Sending {
        client: Client::new(&system.urls.api, token)?,
        looks: RetryPolicy::LOOK_HERE,
        watched: Some(&folder),
        failed_rows: system.data.folder("failed_rows")?,
    };
    let ended = Box::pin(sending.import(arguments, file, &resume)).await?;
    let usage = system.clients.meter.usage() - before;
    Ok((Summary::new(ended, Some(usage)), resume))
}

/// Imports a file into a deployed system.
async fn elsewhere(
    api: &ApiUrl,
    arguments: &Import,
    file: &SourceFile,
) -> Result<(Summary, Resume)> {
    let token = arguments.place.token.as_ref();
    let token = token.context("the API asks for a token")?;
    let folder = resume::state_folder();
    let resume = Resume::find(folder.as_deref(), api.as_str(), arguments, file)?;
    let sending = Sending {
        client: Client::new(api.as_str(), token.as_str().to_owned())?,
        looks: RetryPolicy::LOOK_ELSEWHERE,
        watched: None,
        failed_rows: PathBuf::new(),
    };
    let ended = tokio::select! {
        ended = Box::pin(sending.import(arguments, file, &resume)) => ended?,
        _ = tokio::signal::ctrl_c() => {
            return Err(anyhow!(
                "stopped; a file that was sent is imported all the same, and the same command again \
                 goes on with this import"
            ));
        }
    };
    Ok((Summary::new(ended, None), resume))
}

/// An import that has ended.
struct Ended {
    task: TaskView,
    elapsed: Duration,
    failed_rows: Option<PathBuf>,
    dry_run: bool,
}

/// Where a file is sent, and where what comes back is kept.
struct Sending<'a> {
    client: Client,
    /// How long at most until the task is looked at again.
    looks: RetryPolicy,
    /// The folder whose disk must not fill up.
    watched: Option<&'a Path>,
    failed_rows: PathBuf,
}

impl Sending<'_> {
    async fn import(
        &self,
        arguments: &Import,
        file: &SourceFile,
        resume: &Resume,
    ) -> Result<Ended> {
        let mut request = UploadRequest {
            business: arguments.business.clone(),
            file_name: file.name.clone(),
            size_bytes: file.size_bytes,
            user_task_id: Some(resume.user_task_id.clone()),
            repeat: arguments.repeat,
            start_at: None,
            upload_id: None,
            options: arguments.options(),
        };
        let started = Instant::now();
        let progress = Progress::of_file(file, arguments.dry_run);
        if resume.is_known {
            eprintln!("going on with the import of {} that was cut off", file.name);
        }
        // Nothing was begun if it is refused; if there was no answer, it may have been.
        let answer = self.client.begin(&request).await.inspect_err(|error| {
            if !may_pass(error) {
                resume.forget();
            }
        })?;
        if let Some(ticket) = answer.upload {
            self.client
                .send(answer.task_id, ticket, &mut request, file, &progress)
                .await?;
        }
        let show = |task: Option<&TaskView>| {
            if let Some(task) = task {
                progress.show(task);
            }
            self.watched.map_or(Ok(()), space::check_during)
        };
        let task = self.client.ended(answer.task_id, self.looks, show).await?;
        let elapsed = started.elapsed();
        progress.clear();
        let failed_rows = self
            .client
            .download_failed_rows(&task, &self.failed_rows)
            .await?;
        Ok(Ended {
            task,
            elapsed,
            failed_rows,
            dry_run: arguments.dry_run,
        })
    }
}
