//! A system of its own in a temporary folder, with faults on its roads, and what clients do with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use local_ses::Quota;
use serde_json::Value;
use sluice_api::{ExportRequest, TaskView, UndoRequest, UploadRequest};
use sluice_basics::ids::TaskId;
use sluice_import::ImportOptions;
use sluice_retry::RetryPolicy;
use tempfile::TempDir;

use crate::cli::options;
use crate::client::{Client, may_pass};
use crate::faults::{Fault, FaultPlan, FaultyRoad, Service};
use crate::progress::Progress;
use crate::records::{Record, records};
use crate::source_file::SourceFile;
use crate::system::System;

use super::model::File;
use super::oracle::Told;

/// Chunks of some forty rows, so that a small file has many.
const CHUNK_BYTES: u64 = 2 << 10;
/// How long a function may take here: one that waits for an answer that never comes is over soon.
const API_TIME: Duration = Duration::from_secs(8);
const WORKER_TIME: Duration = Duration::from_secs(30);
/// The mailer calls SES only if it can wait a minute for the answer.
const MAILER_TIME: Duration = Duration::from_mins(2);
/// The finisher begins nothing in its last minute, and an export that cannot be joined before has failed.
const FINISHER_TIME: Duration = Duration::from_mins(3);
/// The settings that say when what was lost is missed, in seconds: a moment after what does it has run out of time.
const SETTINGS: [(&str, &str); 9] = [
    ("RECONCILE_WAIT_SECONDS", "2"),
    ("UNKNOWN_AFTER_SECONDS", "15"),
    ("MAILING_CHUNK", "100"),
    ("WORKER_SECONDS", "30"),
    ("LEASE_SECONDS", "15"),
    ("BEGIN_AFTER_SECONDS", "15"),
    ("RESEND_AFTER_SECONDS", "35"),
    ("STALE_AFTER_SECONDS", "40"),
    ("ROOM_WAIT_SECONDS", "5"),
];
/// More than a rehearsal sends.
const QUOTA: Quota = Quota {
    max_24_hours: 10_000_000,
    max_per_second: 1_000,
};
/// How long to wait before a request is made again.
const AGAIN: Duration = Duration::from_millis(500);
/// How often the sweeper runs, beside its schedule.
const SWEEPS: Duration = Duration::from_secs(5);

/// A system with faults.
pub(super) struct Stage {
    pub(super) system: System,
    pub(super) plan: Arc<FaultPlan>,
    folder: TempDir,
    /// The tasks that somebody waits for.
    open: Mutex<BTreeSet<(String, TaskId)>>,
}

impl Stage {
    /// Starts a system whose requests meet the faults of a plan.
    pub(super) async fn start(plan: FaultPlan, seed: u64) -> Result<Self> {
        let plan = Arc::new(plan);
        let folder = TempDir::new().context("there is no temporary folder")?;
        let (dynamodb, sqs) = (
            FaultyRoad::open(Service::DynamoDb).await?,
            FaultyRoad::open(Service::Sqs).await?,
        );
        let of = Arc::clone(&plan);
        dynamodb.set_rule_of_bodies(move |operation, body| of.of_dynamodb(operation, body));
        let of = Arc::clone(&plan);
        sqs.set_rule_of_bodies(move |operation, body| of.of_sqs(operation, body));
        let mut options = options(folder.path().join("data"), true, Some(CHUNK_BYTES));
        options.dynamodb_url = Some(dynamodb.url.clone());
        options.sqs_url = Some(sqs.url.clone());
        options.faults = Some(Arc::clone(&plan));
        options.disorder.insert("summer".to_owned(), seed);
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        options.environment.extend(settings);
        for (function, time) in [
            ("upload", API_TIME),
            ("status", API_TIME),
            ("export", API_TIME),
            ("lifecycle", API_TIME),
            ("orders", API_TIME),
            ("scores", API_TIME),
            ("mail", API_TIME),
            ("feedback", API_TIME),
            ("summer", API_TIME),
            ("mailer", MAILER_TIME),
            ("splitter", WORKER_TIME),
            ("worker", WORKER_TIME),
            ("finisher", FINISHER_TIME),
        ] {
            options.timeouts.insert(function.to_owned(), time);
        }
        let system = System::start(options).await?;
        let ses = &system.services.ses;
        ses.set_quota(QUOTA);
        let of = Arc::clone(&plan);
        ses.set_rule(move |operation, body| match of.of_ses(operation, body) {
            Fault::Throttled => local_ses::Fault::Throttled,
            Fault::HalfThrottled => local_ses::Fault::HalfThrottled,
            Fault::Internal => local_ses::Fault::Internal,
            Fault::AnswerLost => local_ses::Fault::AnswerLost,
            Fault::Silence => local_ses::Fault::Silence,
            _ => local_ses::Fault::None,
        });
        dynamodb.lead_to(&system.urls);
        sqs.lead_to(&system.urls);
        Ok(Self {
            system,
            plan,
            folder,
            open: Mutex::default(),
        })
    }

    /// Runs the sweeper again and again.
    pub(super) async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEPS).await;
            // One that fails or is killed leaves its work to the next.
            let swept = self
                .system
                .functions()
                .invoke("sweeper", serde_json::json!({}));
            let _ = swept.await;
        }
    }

    /// A client of a station.
    pub(super) fn client(&self, station: &str) -> Result<Client> {
        let token = self.system.tokens.development(&station.parse()?)?;
        Client::new(&self.system.urls.api, token)
    }

    /// Imports a file and waits for the end. Whatever is not answered is asked again.
    pub(super) async fn import(
        &self,
        (station, business): (&str, &str),
        name: &str,
        file: &File,
        undoable: bool,
    ) -> Result<TaskView> {
        let path = self.folder.path().join(format!("{station}-{name}.csv"));
        std::fs::write(&path, &file.bytes)?;
        let source = SourceFile::open(&path)?;
        let mut request = UploadRequest {
            business: business.parse()?,
            file_name: source.name.clone(),
            size_bytes: source.size_bytes,
            user_task_id: Some(name.parse()?),
            repeat: true,
            start_at: None,
            upload_id: None,
            options: ImportOptions {
                on_duplicate: Some(file.rule),
                undoable,
                ..ImportOptions::default()
            },
        };
        let client = self.client(station)?;
        let progress = Progress::hidden();
        loop {
            let answer = insist(async || client.begin(&request).await).await?;
            let Some(ticket) = answer.upload else {
                return self.ended(station, answer.task_id).await;
            };
            let sent = client.send(answer.task_id, ticket, &mut request, &source, &progress);
            match sent.await {
                Ok(()) => return self.ended(station, answer.task_id).await,
                Err(error) if may_pass(&error) => tokio::time::sleep(AGAIN).await,
                Err(error) => return Err(error),
            }
        }
    }

    /// Exports the rows of a business and waits for the end.
    pub(super) async fn export(&self, station: &str, request: &ExportRequest) -> Result<TaskView> {
        let client = self.client(station)?;
        let begun = insist(async || client.begin_export(request).await).await?;
        self.ended(station, begun.task_id).await
    }

    /// Has a task done that a request asks for, and waits for the end. The request must be one that can be repeated.
    pub(super) async fn done(
        &self,
        station: &str,
        path: &str,
        request: &Value,
    ) -> Result<TaskView> {
        let client = self.client(station)?;
        let begun = insist(async || client.post::<Value>(path, request).await).await?;
        let task_id = begun.and_then(|begun| begun["task_id"].as_u64());
        let task_id = task_id.with_context(|| format!("POST {path} answered without a task"))?;
        self.ended(station, TaskId::try_from(task_id)?).await
    }

    /// Undoes an import and waits for the end.
    pub(super) async fn undo(
        &self,
        station: &str,
        task_id: TaskId,
        name: &str,
    ) -> Result<TaskView> {
        let request = UndoRequest {
            start_at: None,
            task_id,
            dry_run: false,
            user_task_id: Some(name.parse()?),
        };
        let client = self.client(station)?;
        let begun = insist(async || client.begin_undo(&request).await).await?;
        self.ended(station, begun.task_id).await
    }

    /// Waits for the end of a task.
    pub(super) async fn ended(&self, station: &str, task_id: TaskId) -> Result<TaskView> {
        let open = (station.to_owned(), task_id);
        self.open().insert(open.clone());
        let client = self.client(station)?;
        let task = client
            .ended(task_id, RetryPolicy::LOOK_HERE, |_| Ok(()))
            .await?;
        self.open().remove(&open);
        Ok(task)
    }

    fn open(&self) -> std::sync::MutexGuard<'_, BTreeSet<(String, TaskId)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what is known of the tasks that have not ended.
    pub(super) async fn unfinished(&self) -> Vec<String> {
        let open = self.open().clone();
        let mut told = Vec::new();
        for (station, task_id) in open {
            let explained = match self.client(&station) {
                Ok(client) => client.explained(task_id).await,
                Err(error) => Err(error),
            };
            let explained = explained.map_or_else(
                |error| format!("{error:#}"),
                |explained| explained.to_string(),
            );
            told.push(format!("task {task_id} of {station}: {explained}"));
        }
        told
    }

    /// What the system says of an import that has ended.
    pub(super) async fn told(&self, station: &str, task: &TaskView) -> Result<Told> {
        let client = self.client(station)?;
        let download = async || client.download_failed_rows(task, self.folder.path()).await;
        let mut reported = BTreeMap::new();
        if let Some(path) = insist(download).await? {
            for line in records(&std::fs::read(path)?)? {
                let field = |name: &str| line.get(name).cloned().unwrap_or_default();
                reported.insert(field("error_row").parse()?, field("error_code"));
            }
        }
        Ok(Told {
            task: task.task_id.get(),
            rows: task.rows.context("an import without counts")?.into(),
            reported,
        })
    }

    /// The records of a file that a link of a task's result leads to.
    pub(super) async fn linked(&self, station: &str, task: &TaskView) -> Result<Vec<Record>> {
        records(&self.linked_file(station, task).await?)
    }

    /// The file that a link of a task's result leads to.
    pub(super) async fn linked_file(&self, station: &str, task: &TaskView) -> Result<Vec<u8>> {
        let link = task
            .result
            .as_ref()
            .and_then(|result| result["link"].as_str());
        let link = link.with_context(|| format!("no link: {:?}", task.reason))?;
        let path = self.folder.path().join(format!("{}.out", task.task_id));
        let client = self.client(station)?;
        let download = async || client.download(link, &path, "the exported rows").await;
        insist(download).await?;
        Ok(std::fs::read(path)?)
    }
}

/// Makes a call until it is answered.
pub(super) async fn insist<T>(call: impl AsyncFn() -> Result<T>) -> Result<T> {
    loop {
        match call().await {
            Err(error) if may_pass(&error) => tokio::time::sleep(AGAIN).await,
            answer => return answer,
        }
    }
}
