//! Undoing an import, as any client would: over HTTP, with a token. The system that undoes it runs in this process,
//! or elsewhere.

mod summary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use sluice_core::api::UndoRequest;
use sluice_core::ids::UserTaskId;
use sluice_retry::RetryPolicy;

use crate::cli::{Undo, options};
use crate::client::Client;
use crate::system::System;

use summary::Summary;

/// Undoes an import and prints what became of its rows.
pub async fn run(arguments: Undo) -> Result<ExitCode> {
    let request = UndoRequest {
        start_at: None,
        task_id: arguments.task_id,
        dry_run: arguments.dry_run,
        user_task_id: Some(match &arguments.user_task_id {
            Some(id) => id.clone(),
            None => fresh_id(&arguments)?,
        }),
    };
    let summary = match &arguments.place.api {
        Some(api) => {
            let token = arguments.place.token.as_ref();
            let token = token.context("the API asks for a token")?;
            let client = Client::new(api.as_str(), token.as_str().to_owned())?;
            let looks = RetryPolicy::LOOK_ELSEWHERE;
            tokio::select! {
                summary = undo(&client, &request, Path::new(""), looks) => summary?,
                _ = tokio::signal::ctrl_c() => {
                    return Err(anyhow!(
                        "stopped; an undo that was begun goes on all the same: see task {}",
                        arguments.task_id
                    ));
                }
            }
        }
        None => here(&arguments, &request).await?,
    };
    summary.print(arguments.json)?;
    Ok(summary.exit_code())
}

async fn here(arguments: &Undo, request: &UndoRequest) -> Result<Summary> {
    let system = System::start(options(arguments.place.data_dir(), false, None)).await?;
    let token = system.tokens.development(&arguments.place.station()?)?;
    let client = Client::new(&system.urls.api, token)?;
    let kept_rows: PathBuf = system.data.folder("kept_rows")?;
    let summary = tokio::select! {
        summary = undo(&client, request, &kept_rows, RetryPolicy::LOOK_HERE) => summary,
        _ = tokio::signal::ctrl_c() => Err(anyhow!(
            "stopped; what is left is undone as soon as a system runs on this folder"
        )),
    };
    system.stop().await;
    summary
}

/// Undoes an import, waits for the end, and downloads the file of kept rows into a folder if there is one.
async fn undo(
    client: &Client,
    request: &UndoRequest,
    folder: &Path,
    looks: RetryPolicy,
) -> Result<Summary> {
    let started = Instant::now();
    let begun = client.begin_undo(request).await?;
    let task = client.ended(begun.task_id, looks).await?;
    let elapsed = started.elapsed();
    let kept_rows = client.download_kept_rows(&task, folder).await?;
    Ok(Summary::new(&task, elapsed, kept_rows))
}

/// An id that no other command has: a request whose answer is lost is repeated with it.
fn fresh_id(arguments: &Undo) -> Result<UserTaskId> {
    let now = Timestamp::now().as_nanosecond();
    Ok(format!("undo-{}-{now}", arguments.task_id).parse()?)
}
