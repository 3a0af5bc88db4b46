//! Finishing an import: rows that want the same are decided on, the failed rows of all chunks are merged, and
//! what it took is set beside what it was expected to take.

mod config;
mod merge;
mod settle;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde_json::{Map, json};
use sluice_aws::{
    AwsError, Clients, Images, ObjectError, Objects, Pace, RowWriter, StationConfigs, TaskStore,
    WriteError, chain,
};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_definition::{Catalog, HeaderProblem};
use sluice_engine::{BoxError, CompleteTask, FinishTask, Finished};
use sluice_import::report::PartError;
use sluice_import::{ImportInput, ImportPlan};
use sluice_lambda::Init;
use sluice_task::Task;
use sluice_task::books::{self, ChunkReport, NO_REPORT, Trouble};
use sluice_task::estimate::{Capacity, CountedFile, Estimate};
use sluice_task::manifest::Manifest;
use sluice_undo::{RowSet, RowSetError};

use config::Config;
use settle::Settlement;

/// Write requests in flight.
const REQUESTS: usize = 16;

/// What a task is told whose deferred rows could not be decided on.
const UNDECIDED: &str = "rows that want the same as others of the file are counted as not stored, although \
                         some of them may be: the table could not take them";

/// What was planned for an import.
pub(crate) type ImportManifest = Manifest<ImportPlan>;

/// Finishes imports.
#[derive(Debug)]
pub struct FinishImport {
    clients: Clients,
    tasks: TaskStore,
    objects: Objects,
    configs: StationConfigs,
    catalog: Catalog,
    row_tables: HashMap<String, String>,
    pace: Arc<Pace>,
    capacity: Capacity,
    worker_time: Duration,
}

/// Why an import could not be finished now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FinishError {
    #[error("the plan of an import cannot be read")]
    Plan(#[source] serde_json::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the header of an import is not accepted")]
    Header(#[from] HeaderProblem),
    #[error("the table `{0}` is not known here")]
    Table(String),
    #[error("the store refuses a row that is to be stored: {0}")]
    Refused(String),
    #[error("a chunk that is committed is still being worked on elsewhere")]
    Busy,
    #[error("the list of rows that are stored cannot be read")]
    Settled(#[from] RowSetError),
    #[error("others keep writing the rows that are being settled")]
    Contested,
    #[error("a part of the failed rows cannot be read")]
    Part(#[from] PartError),
}

impl FinishImport {
    /// Builds what finishes imports; an error names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            clients: clients.clone(),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: config.catalog,
            capacity: config.capacity,
            worker_time: config.worker_time,
            row_tables: config.row_tables,
            pace: Arc::new(Pace::new(REQUESTS, REQUESTS)),
        })
    }

    fn writer(&self, until: Instant) -> RowWriter {
        RowWriter::new(&self.clients, Arc::clone(&self.pace), until)
    }

    async fn finish_import(&self, complete: CompleteTask<'_>) -> Result<Finished, FinishError> {
        let CompleteTask { task, reports, .. } = complete;
        let mut trouble = complete.trouble.cloned();
        let manifest = match complete.manifest {
            Some(manifest) => Some(ImportManifest {
                plan: manifest.plan.read().map_err(FinishError::Plan)?,
                chunks: manifest.chunks.clone(),
                is_sent: manifest.is_sent,
                window: manifest.window,
                used: manifest.used,
            }),
            None => None,
        };
        let mut settlement = Settlement::default();
        let mut result = Map::new();
        if let Some(manifest) = &manifest {
            match self.settle(manifest, reports, complete.until).await {
                Ok(settled) => settlement = settled,
                Err(error) if complete.is_last_try => {
                    let task = task.reference();
                    tracing::error!(%task, error = chain(&error), "rows are left undecided");
                    trouble = Some(Trouble::add(trouble, UNDECIDED));
                }
                Err(error) => return Err(error),
            }
            if !settlement.settled().is_empty() && !manifest.plan.dry_run {
                self.note_settled(&manifest.plan.task, settlement.settled())
                    .await?;
            }
            result.insert("delimiter".to_owned(), json!(manifest.plan.delimiter));
            result.insert("on_duplicate".to_owned(), json!(manifest.plan.on_duplicate));
            if manifest.plan.undoable {
                result.insert("undoable".to_owned(), json!(true));
                let images = Images {
                    objects: &self.objects,
                    task: &manifest.plan.task,
                    chunk: None,
                };
                let images = images.count().await?;
                result.insert(sluice_undo::DEFERRED_IMAGES.to_owned(), json!(images));
            }
            if manifest.plan.dry_run {
                result.insert("dry_run".to_owned(), json!(true));
            }
            if let Some(root) = manifest.plan.continues {
                result.insert("parent".to_owned(), json!(root));
            }
            let merged = self.merge_failed_rows(manifest, reports, &settlement);
            match merged.await {
                Ok(None) => {}
                Ok(Some(findings)) => {
                    let key = object_key::failed_rows(&task.reference());
                    result.insert("failed_rows".to_owned(), json!(key));
                    result.insert("problems".to_owned(), json!(findings.problems()));
                    result.insert("problem_counts".to_owned(), json!(findings.counts()));
                }
                Err(error) if complete.is_last_try => {
                    let task = task.reference();
                    tracing::error!(%task, error = chain(&error), "a report is left out");
                    trouble = Some(Trouble::add(trouble, NO_REPORT));
                }
                Err(error) => return Err(error),
            }
        }
        let moved = settlement.moved;
        let dry_run = manifest.as_ref().is_some_and(|one| one.plan.dry_run);
        let ending = books::ending(&moved.settled(task.chunks.rows), trouble, dry_run);
        Ok(Finished {
            estimate: manifest.and_then(|manifest| self.estimate(task, &manifest, reports)),
            ending,
            moved,
            counted: settlement.rows,
            result,
        })
    }

    /// Notes which rows are stored whatever the reports on their chunks say: also those of earlier runs.
    async fn note_settled(&self, task: &TaskRef, settled: &RowSet) -> Result<(), FinishError> {
        let key = object_key::settled(task);
        let mut rows = settled.clone();
        if let Some(before) = self.objects.find(&key).await? {
            rows = rows.with(&RowSet::parse(&String::from_utf8_lossy(&before))?);
        }
        self.objects.put(&key, "text/plain", rows.to_text()).await?;
        Ok(())
    }

    /// What an import was expected to take. A dry run has counted the rows, and says what an import of them
    /// takes. None if there is no definition to estimate with.
    fn estimate(
        &self,
        task: &Task,
        manifest: &ImportManifest,
        reports: &[ChunkReport],
    ) -> Option<Estimate> {
        let input: ImportInput = serde_json::from_value(task.input.clone()).ok()?;
        let definition = self.catalog.get(&input.business)?;
        let (plan, capacity) = (&manifest.plan, &self.capacity);
        if !plan.dry_run {
            let (name, size) = (&input.file_name, input.size_bytes);
            return Some(Estimate::of_file(definition, name, size, capacity));
        }
        let file = CountedFile {
            rows: reports.iter().map(|report| report.rows.read).sum(),
            bytes: plan.file_bytes.saturating_sub(plan.data_start),
            chunks: manifest.chunks.len() as u64,
        };
        Some(Estimate::of_rows(definition, &file, capacity))
    }
}

#[async_trait]
impl FinishTask for FinishImport {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        Ok(Box::pin(self.finish_import(complete)).await?)
    }
}
