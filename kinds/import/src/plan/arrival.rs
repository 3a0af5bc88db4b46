//! Objects that arrived: which import each belongs to. A file in the inbox gets its task here.

use sluice_aws::{Added, Admission, AwsError, ImportLimits, NewTask, Settings, TaskStore, chain};
use sluice_basics::ids::{BusinessId, StationId, TaskRef};
use sluice_basics::object_key::{self, Arrival};
use sluice_definition::Catalog;
use sluice_engine::BoxError;
use sluice_import::{ImportInput, ImportOptions};
use sluice_kind::IMPORT;
use sluice_lambda::Init;
use sluice_task::TaskType;
use sluice_task::message::ArrivedObject;

/// An object that may be the file of a task.
#[derive(Debug)]
pub struct Arrived {
    /// The task.
    pub task: TaskRef,
    /// The object's key.
    pub object_key: String,
}

/// Finds the tasks of objects that arrive.
#[derive(Debug)]
pub struct Arrivals {
    tasks: TaskStore,
    limits: ImportLimits,
    catalog: Catalog,
}

/// Why the task of an object could not be found or added now.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    /// Others were faster too often.
    #[error("others write to the same tasks at the same moment")]
    Busy,
    /// The station's limit is reached.
    #[error("so many imports of the station wait that its file in the inbox gets no task yet")]
    Full,
    /// Its input is no JSON.
    #[error("the import's input cannot be written")]
    Input(#[source] serde_json::Error),
    /// A service failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// A file in the inbox.
struct InboxFile {
    station_id: StationId,
    business: BusinessId,
    file_name: String,
    object_key: String,
    etag: String,
    /// Tells two arrivals apart.
    version_id: Option<String>,
    size_bytes: u64,
    /// S3's order of events of one key; tells them apart in a bucket without versions.
    sequencer: String,
}

impl Arrivals {
    /// Builds what finds tasks; an error names the setting that is missing or wrong. Needs `TASKS_TABLE` and
    /// the limits of stations.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        let (clients, table) = (init.clients, settings.required("TASKS_TABLE")?);
        Ok(Self {
            limits: ImportLimits::new(clients, table.clone(), settings.limits()?),
            tasks: TaskStore::new(clients, table),
            catalog: Catalog::load()?,
        })
    }

    /// The tasks whose files an S3 event announces.
    pub async fn of(&self, objects: Vec<ArrivedObject>) -> Result<Vec<Arrived>, ArrivalError> {
        let mut tasks = Vec::new();
        for object in objects {
            let key = object_key::decoded(&object.key);
            match Arrival::parse(&key) {
                Ok(Arrival::Upload(task)) => tasks.push(Arrived {
                    task,
                    object_key: key,
                }),
                Ok(Arrival::Inbox {
                    station_id,
                    business,
                    file_name,
                }) => {
                    let file = InboxFile {
                        station_id,
                        business,
                        file_name,
                        object_key: key,
                        etag: object.etag,
                        version_id: object.version_id,
                        size_bytes: object.size_bytes,
                        sequencer: object.sequencer,
                    };
                    let object_key = file.object_key.clone();
                    let task = self.add_inbox_task(file).await?;
                    tasks.extend(task.map(|task| Arrived { task, object_key }));
                }
                Ok(Arrival::Staged) => {}
                Err(error) => tracing::warn!(%error, "an object starts no import"),
            }
        }
        Ok(tasks)
    }

    /// Adds the task of a file in the inbox. The event may come twice: its user id is made from
    /// the arrival, so that both give one task.
    async fn add_inbox_task(&self, file: InboxFile) -> Result<Option<TaskRef>, ArrivalError> {
        let key = &file.object_key;
        let arrival = match &file.version_id {
            Some(version_id) => format!("{key}\n{version_id}"),
            None => format!("{key}\n{}\n{}", file.etag, file.sequencer),
        };
        let user_task_id = format!("inbox-{}", sluice_basics::fingerprint(arrival.as_bytes()));
        let definition = self.catalog.get(&file.business);
        let most = self.limits.of(&file.station_id).await?.max_open_tasks;
        let new = NewTask {
            created_by: None,
            station_id: file.station_id,
            user_task_id: user_task_id.parse().ok(),
            name: IMPORT.to_owned(),
            business_id: file.business.to_string(),
            business_name: definition.map_or_else(
                || file.business.to_string(),
                |definition| definition.title.clone(),
            ),
            task_type: TaskType::Import,
            repeat: false,
            // Known when the file is opened.
            work: None,
            fingerprint: user_task_id,
            admission: Admission::Waiting(most),
            start_at: None,
        };
        let input = ImportInput {
            business: file.business,
            file_name: file.file_name,
            size_bytes: file.size_bytes,
            object_key: file.object_key,
            etag: Some(file.etag),
            version_id: file.version_id,
            options: ImportOptions::default(),
            // Nobody can ask for it in the inbox.
            notify: None,
        };
        let input = serde_json::to_value(&input).map_err(ArrivalError::Input)?;
        let added = match self.tasks.add(&new, |_| input.clone()).await {
            // It was added before, and its record cannot be read: other files are still to come.
            Err(error) if error.is_unreadable() => {
                tracing::error!(error = chain(&error), "a file in the inbox is left alone");
                return Ok(None);
            }
            added => added?,
        };
        Ok(match added {
            Added::New(task) | Added::Before(task) => Some(task.reference()),
            Added::Conflict(_) | Added::Equal(_) => None,
            Added::NoRoom => return Err(ArrivalError::Full),
            Added::Busy => return Err(ArrivalError::Busy),
        })
    }
}
