//! Planning an import: reads the file once, finds where records begin, and sends one message per chunk. It may run
//! twice for one file, or in several legs: the plan depends on the file alone.

mod arrival;
mod begin;
mod config;
mod convert;
mod correct;
mod open;
mod room;
mod search;
mod split;

use sluice_kind::OfKind;
use std::time::Duration;

use async_trait::async_trait;
use sluice_aws::{AwsError, ImportLimits, ObjectError, Objects, Queue, StationConfigs, TaskStore};
use sluice_definition::{Catalog, HeaderProblem};
use sluice_engine::{Begin, BoxError, Dispatch, PlanTask};
use sluice_formats::FormatError;
use sluice_lambda::{Deadline, Init, Telemetry};
use sluice_task::{Task, TaskStatus};

pub use arrival::{ArrivalError, Arrivals, Arrived};
use config::Config;

/// The function's name in metrics and traces.
const FUNCTION: &str = "splitter";

/// Plans imports.
#[derive(Debug)]
pub struct PlanImport {
    tasks: TaskStore,
    configs: StationConfigs,
    objects: Objects,
    uploads: Queue,
    dispatch: Dispatch,
    catalog: Catalog,
    chunk_bytes: u64,
    limits: ImportLimits,
    room_wait: Duration,
    telemetry: Telemetry,
}

/// Why an import could not be planned now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SplitError {
    #[error("the import's input cannot be read")]
    Input(#[source] serde_json::Error),
    #[error("a plan cannot be written")]
    Plan(#[source] serde_json::Error),
    #[error("the header of a running import is not accepted")]
    Header(#[from] HeaderProblem),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Format(#[from] FormatError),
}

impl PlanImport {
    /// Builds what plans imports; an error names the setting that is missing or wrong.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        let objects = Objects::new(clients, config.files_bucket);
        Ok(Self {
            telemetry: init.telemetry.clone(),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            room_wait: config.room_wait,
            tasks: TaskStore::new(clients, config.tasks_table),
            dispatch: Dispatch::new(init)?,
            objects,
            uploads: Queue::new(clients, config.uploads_queue_url),
            catalog: Catalog::load()?,
            chunk_bytes: config.chunk_bytes.get(),
        })
    }

    /// Whether a task waits for its file, which is not there yet.
    async fn is_awaited(&self, task: &Task) -> Result<bool, AwsError> {
        if task.status != TaskStatus::Submitted {
            return Ok(false);
        }
        let Ok(Some(object)) = task.kind().object(task) else {
            return Ok(false);
        };
        let version_id = object.version_id.as_deref();
        let file = self.objects.head_version(&object.key, version_id).await?;
        Ok(file.is_none())
    }
}

#[async_trait]
impl PlanTask for PlanImport {
    async fn begin(&self, task: Task, begin: Begin, deadline: Deadline) -> Result<(), BoxError> {
        let outcome = match begin {
            // Its arrival will set it going.
            Begin::GoOn if self.is_awaited(&task).await? => Ok(()),
            Begin::Asked | Begin::GoOn => Box::pin(self.begin(task, None, deadline)).await,
            Begin::Arrived(key) => Box::pin(self.begin(task, Some(&key), deadline)).await,
            Begin::Rest(rest) => Box::pin(self.resume(task, *rest, deadline)).await,
        };
        Ok(outcome?)
    }
}
