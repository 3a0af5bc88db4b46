//! The system that a command works with: one that runs for it in this process, or a deployed one.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use sluice_api::TaskView;
use sluice_basics::ids::{TaskId, UserTaskId};
use sluice_retry::RetryPolicy;

use crate::cli::{Place, options};
use crate::client::Client;
use crate::progress::Progress;
use crate::system::System;

/// A client of the system, and the system itself if it runs in this process.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// How often a task is asked for until it has ended.
    looks: RetryPolicy,
    system: Option<System>,
}

impl Connection {
    /// Starts the system that the options mean, or makes a client of the deployed one.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        if let Some(api) = &place.api {
            let token = place.token.as_ref();
            let token = token.context("the API asks for a token")?;
            return Ok(Self {
                client: Client::new(api.as_str(), token.as_str().to_owned())?,
                looks: RetryPolicy::LOOK_ELSEWHERE,
                system: None,
            });
        }
        let system = System::start(options(place.data_dir(), false, None)).await?;
        let token = system.tokens.development(&place.station()?)?;
        Ok(Self {
            client: Client::new(&system.urls.api, token)?,
            looks: RetryPolicy::LOOK_HERE,
            system: Some(system),
        })
    }

    /// Does some work, and stops the system of this process. Ctrl-C ends the work early: `stopped` says what that
    /// means, given whether the system runs in this process.
    pub(crate) async fn work<T>(
        self,
        stopped: impl FnOnce(bool) -> String,
        work: impl AsyncFnOnce(&Self) -> Result<T>,
    ) -> Result<T> {
        let outcome = tokio::select! {
            outcome = work(&self) => outcome,
            _ = tokio::signal::ctrl_c() => Err(anyhow!(stopped(self.system.is_some()))),
        };
        if let Some(system) = self.system {
            system.stop().await;
        }
        outcome
    }

    /// Returns the folder for downloads: one of the data folder, or the current one for a deployed system.
    pub(crate) fn folder(&self, name: &str) -> Result<PathBuf> {
        match &self.system {
            Some(system) => Ok(system.data.folder(name)?),
            None => Ok(PathBuf::new()),
        }
    }

    /// Saves the file that a result has a link to, if that is wanted. Returns where it is. `what` it is, for an
    /// error.
    pub(crate) async fn save(
        &self,
        task: &TaskView,
        wanted: Option<&Path>,
        what: &str,
    ) -> Result<Option<PathBuf>> {
        let result = task.result.as_ref();
        let link = result.and_then(|result| result["link"].as_str());
        let (Some(path), Some(link)) = (wanted, link) else {
            return Ok(None);
        };
        self.client.download(link, path, what).await?;
        Ok(Some(path.to_owned()))
    }

    /// Waits until a task has ended.
    pub(crate) async fn ended(&self, task_id: TaskId, progress: &Progress) -> Result<TaskView> {
        let show = |task: Option<&TaskView>| {
            if let Some(task) = task {
                progress.show(task);
            }
            Ok(())
        };
        let task = self.client.ended(task_id, self.looks, show).await;
        progress.clear();
        task
    }
}

/// Returns an id that no other command has: a request whose answer is lost is repeated with it.
pub(crate) fn fresh_id(begins: &str) -> Result<UserTaskId> {
    let now = Timestamp::now().as_nanosecond();
    Ok(format!("{begins}-{now}").parse()?)
}
