//! What a client does with the system, as the other commands do it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::{Value, json};
use sluice_api::{ExportRequest, TaskView};
use sluice_basics::ids::{StationId, TaskId};
use sluice_export::{ExportFormat, Wanted};
use sluice_retry::RetryPolicy;

use crate::cli::Import;
use crate::client::Client;
use crate::import::{SourceFile, import};
use crate::progress::Progress;
use crate::records::{Record, records};
use crate::system::System;

/// A client of a system of this process.
pub(super) struct Guide<'a> {
    pub(super) system: &'a System,
    pub(super) client: Client,
    station: StationId,
    /// Where the files are.
    folder: PathBuf,
}

/// An import that has ended.
pub(super) struct Imported {
    pub(super) task: TaskView,
    /// Why it did not end better, in the words of the command line.
    pub(super) reason: Option<String>,
    /// The rows that were refused.
    pub(super) refused: Vec<Record>,
}

impl<'a> Guide<'a> {
    pub(super) fn new(system: &'a System, station: StationId) -> Result<Self> {
        let token = system.tokens.development(&station)?;
        Ok(Self {
            client: Client::new(&system.urls.api, token)?,
            station,
            folder: system.data.folder("demo")?,
            system,
        })
    }

    /// Writes a file.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.folder.join(name);
        let written = std::fs::write(&path, content);
        written.with_context(|| format!("{} cannot be written", path.display()))
    }

    /// Imports a file and waits for the end.
    pub(super) async fn import(
        &self,
        name: &str,
        business: &str,
        change: impl FnOnce(&mut Import),
    ) -> Result<Imported> {
        let path = self.folder.join(name);
        let file = SourceFile::open(&path)?;
        let data_dir = self.system.data.join("");
        let mut arguments = Import::new(&path, self.station.clone(), business.parse()?, &data_dir);
        change(&mut arguments);
        let (summary, resume) = Box::pin(import(self.system, &arguments, &file)).await?;
        resume.forget();
        let refused = match &summary.failed_rows_file {
            Some(path) => records(&std::fs::read(path)?)?,
            None => Vec::new(),
        };
        Ok(Imported {
            reason: summary.reason,
            task: self.client.task(summary.task_id).await?,
            refused,
        })
    }

    /// Exports rows of a business and waits for the end. Returns the task and the records of the file.
    pub(super) async fn export(
        &self,
        business: &str,
        name: &str,
        filter: &[(&str, &str)],
    ) -> Result<(TaskView, Vec<Record>)> {
        let filter = filter.iter().map(|(column, value)| {
            let wanted: Wanted = serde_json::from_value(json!(value))?;
            Ok(((*column).to_owned(), wanted))
        });
        let request = ExportRequest {
            business: business.parse()?,
            format: ExportFormat::Csv,
            filter: filter.collect::<Result<_>>()?,
            columns: None,
            user_task_id: None,
            start_at: None,
        };
        let begun = self.client.begin_export(&request).await?;
        let task = self.ended(begun.task_id, "exporting", business).await?;
        let records = records(&self.linked(&task, name).await?)?;
        Ok((task, records))
    }

    /// Begins a task by a request and waits for the end.
    pub(super) async fn task(
        &self,
        path: &str,
        request: &impl Serialize,
        (verb, subject): (&'static str, &str),
    ) -> Result<TaskView> {
        let task_id = self.client.begin_task(path, request).await?;
        self.ended(task_id, verb, subject).await
    }

    /// Waits for the end of a task.
    pub(super) async fn ended(
        &self,
        task_id: TaskId,
        verb: &'static str,
        subject: &str,
    ) -> Result<TaskView> {
        let progress = Progress::of_task(verb, subject.to_owned());
        let show = |task: Option<&TaskView>| {
            if let Some(task) = task {
                progress.show(task);
            }
            Ok(())
        };
        let task = self.client.ended(task_id, RetryPolicy::LOOK_HERE, show);
        let task = task.await;
        progress.clear();
        task
    }

    /// Saves the file that a result has a link to, and returns its bytes.
    pub(super) async fn linked(&self, task: &TaskView, name: &str) -> Result<Vec<u8>> {
        let link = result(task)["link"].as_str();
        let why = || format!("task {} has no file: {:?}", task.task_id, task.reason);
        let path = self.folder.join(name);
        self.client
            .download(link.with_context(why)?, &path, name)
            .await?;
        Ok(std::fs::read(path)?)
    }
}

/// The result of a task; null if there is none.
pub(super) fn result(task: &TaskView) -> &Value {
    task.result.as_ref().unwrap_or(&Value::Null)
}

/// A number of the result of a task.
pub(super) fn number(task: &TaskView, name: &str) -> u64 {
    result(task)[name].as_u64().unwrap_or_default()
}
