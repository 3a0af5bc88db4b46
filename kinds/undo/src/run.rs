//! Running a chunk of an undo. It may be run again at any point: what is decided depends on what is stored.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use sluice_aws::{
    AwsError, Clients, Images, ObjectError, Objects, Pace, RowWriter, Settings, StationConfigs,
    TaskStore, WriteError, row_tables,
};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_basics::rows::RowCounts;
use sluice_definition::{Catalog, Definition, HeaderProblem, Target};
use sluice_engine::{Attempt, BoxError, ChunkOutcome, RunChunk, RunError};
use sluice_lambda::Init;
use sluice_task::message::ChunkMessage;
use sluice_undo::{KeptRows, RowSet, UndoCounts, UndoPlan, UndoneChunk};

use crate::known::{Known, KnownError};
use crate::rows::{self, RowsError};
use crate::take_back::{TakeBack, TakeBackError};

/// Requests to a table in flight: at first, and at most.
const REQUESTS_AT_FIRST: usize = 4;
const REQUESTS_AT_MOST: usize = 16;

/// Runs chunks of undos.
#[derive(Debug)]
pub(crate) struct RunUndo {
    clients: Clients,
    tasks: TaskStore,
    objects: Objects,
    configs: StationConfigs,
    catalog: Catalog,
    row_tables: HashMap<String, String>,
    /// What this instance has learnt of the table's speed.
    pace: Arc<Pace>,
}

#[derive(Debug, thiserror::Error)]
enum UndoChunkError {
    #[error("the plan of an undo cannot be read or written")]
    Plan(#[from] serde_json::Error),
    #[error("there is no definition of `{0}` with a table in this release")]
    Unknown(String),
    #[error("{0}")]
    Expired(String),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Known(#[from] KnownError),
    #[error(transparent)]
    Rows(#[from] RowsError),
    #[error(transparent)]
    TakeBack(#[from] TakeBackError),
    #[error("the header of an import is not accepted")]
    Header(#[from] HeaderProblem),
}

impl UndoChunkError {
    fn for_people(&self) -> String {
        match self {
            Self::Unknown(_) | Self::Expired(_) | Self::Known(KnownError::Unnoted) => {
                self.to_string()
            }
            Self::TakeBack(TakeBackError::Write(WriteError::OutOfTime(_))) => {
                "the table did not take the changes in time".to_owned()
            }
            _ => RunError::OUR_FAULT.to_owned(),
        }
    }

    /// Whether no other try can do better.
    fn stops(&self) -> bool {
        matches!(
            self,
            Self::Expired(_)
                | Self::Known(KnownError::Unnoted)
                | Self::Rows(RowsError::Object(ObjectError::Changed))
        )
    }
}

impl RunUndo {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let tasks_table = settings.required("TASKS_TABLE")?;
        let catalog = Catalog::load()?;
        Ok(Self {
            clients: init.clients.clone(),
            tasks: TaskStore::new(init.clients, tasks_table.clone()),
            configs: StationConfigs::new(init.clients, tasks_table),
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            row_tables: row_tables(&settings, &catalog)?,
            catalog,
            pace: Arc::new(Pace::new(REQUESTS_AT_FIRST, REQUESTS_AT_MOST)),
        })
    }

    /// The definition of a plan's rows, and the table that they are in.
    fn table_of(&self, plan: &UndoPlan) -> Option<(&Definition, &String)> {
        let definition = self.catalog.get(&plan.import.business)?;
        let Target::Table(table) = &definition.target else {
            return None;
        };
        Some((definition, self.row_tables.get(table)?))
    }

    async fn undo_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<UndoneChunk, UndoChunkError> {
        let plan: UndoPlan = message.plan.read()?;
        let unknown = || UndoChunkError::Unknown(plan.import.business.to_string());
        let (definition, table) = self.table_of(&plan).ok_or_else(unknown)?;
        let (task, import) = (&message.plan.task, &plan.import.task);
        let number = message.chunk.number;
        if !plan.counts_only && !self.tasks.is_undoing(import, task.task_id).await? {
            return Err(UndoChunkError::Expired(sluice_undo::changed_since(
                import.task_id,
            )));
        }
        let known = Known::read(&self.tasks, &self.objects, import, number).await?;
        let expired = || UndoChunkError::Expired(sluice_undo::plan_expired(import.task_id));
        let known = known.ok_or_else(expired)?;
        let version = plan.import.config_version;
        let config = self.configs.at(&import.station_id, version).await?;
        let checker = plan.import.checker(definition, &config)?;
        let rows = rows::read(&self.objects, &plan.import, &checker, &known).await?;
        let images = self.images(&plan, &known, &rows).await?;
        let images = images.ok_or_else(expired)?;
        let writer = RowWriter::new(&self.clients, Arc::clone(&self.pace), attempt.until);
        let name = format!("{:08x}", fresh_number());
        let mut take_back = TakeBack {
            objects: &self.objects,
            task,
            chunk: number,
            import,
            definition,
            table,
            writer: &writer,
            known: &known,
            images: &images,
            counts_only: plan.counts_only,
            about_to_delete: RowSet::default(),
            name: name.clone(),
            counts: UndoCounts::default(),
            kept: KeptRows::new(definition, import.task_id),
        };
        take_back.look_at_earlier_tries().await?;
        take_back.run(&rows).await?;
        let (counts, kept) = (take_back.counts, take_back.kept);
        let mut kept_rows = None;
        if !kept.is_empty() {
            let key = object_key::part(task, number, &name);
            self.objects
                .put(&key, sluice_aws::CSV, kept.into_bytes())
                .await?;
            kept_rows = Some(key);
        }
        Ok(UndoneChunk { counts, kept_rows })
    }

    /// What the rows of a chunk have replaced: those that the worker stored, and those that waited for the end.
    /// None if that is not there any more.
    async fn images(
        &self,
        plan: &UndoPlan,
        known: &Known,
        rows: &[rows::ImportedRow],
    ) -> Result<Option<HashMap<u64, sluice_aws::Image>>, AwsError> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(Some(HashMap::new()));
        };
        if !plan.import.undoable {
            return Ok(Some(HashMap::new()));
        }
        let rows = first.number..=last.number;
        let of = |chunk: Option<u32>| Images {
            objects: &self.objects,
            task: &plan.import.task,
            chunk,
        };
        let of_chunk = of(Some(known.chunk.number));
        let of_chunk = of_chunk.of_rows(rows.clone(), known.images).await?;
        let deferred = of(None).of_rows(rows, plan.deferred_images).await?;
        let (Some(mut images), Some(deferred)) = (of_chunk, deferred) else {
            return Ok(None);
        };
        // A row is stored by one of the two, and kept by the one that stored it.
        images.extend(deferred);
        Ok(Some(images))
    }
}

#[async_trait]
impl RunChunk for RunUndo {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let undone = Box::pin(self.undo_chunk(message, attempt)).await;
        let undone = undone.map_err(|error| match error {
            UndoChunkError::Rows(RowsError::Object(ObjectError::Changed)) => {
                RunError::Stop(sluice_undo::file_expired(import_of(message)))
            }
            error if error.stops() => RunError::Stop(error.to_string()),
            error => RunError::Failed {
                words: error.for_people(),
                source: error.into(),
            },
        })?;
        let counts = undone.counts;
        let rows = RowCounts {
            read: counts.rows(),
            succeeded: counts.rows() - counts.kept,
            failed: counts.kept,
            ..RowCounts::default()
        };
        ChunkOutcome::done(message, rows, &undone)
    }
}

/// The import that a chunk's undo is about; that of the undo itself if the plan cannot be read.
fn import_of(message: &ChunkMessage) -> sluice_basics::ids::TaskId {
    let task: &TaskRef = &message.plan.task;
    let plan = message.plan.read::<UndoPlan>();
    plan.map_or(task.task_id, |plan| plan.import.task.task_id)
}

/// Tells the objects of this try from those of others.
fn fresh_number() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0) as u32
}
