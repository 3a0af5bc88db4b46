//! Starting a task that Sluice does itself and that needs no file.

use jiff::Timestamp;
use serde_json::Value;
use sluice_aws::{Added, AwsError, NewTask, Queue, Settings, TaskStore};
use sluice_basics::ids::TaskRef;
use sluice_kind::OfKind;
use sluice_lambda::Init;
use sluice_task::message::SplitMessage;
use sluice_task::{Task, TaskStatus};

use crate::kind::BoxError;

/// Adds tasks and sets them going.
#[derive(Clone, Debug)]
pub struct Starter {
    tasks: TaskStore,
    uploads: Queue,
}

impl Starter {
    /// A starter. Needs `TASKS_TABLE` and `UPLOADS_QUEUE_URL`.
    ///
    /// # Errors
    ///
    /// Names the setting that is missing.
    pub fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            tasks: TaskStore::new(init.clients, settings.required("TASKS_TABLE")?),
            uploads: Queue::new(init.clients, settings.required("UPLOADS_QUEUE_URL")?),
        })
    }

    /// Adds a task and sets it going. Asking again with the same `user_task_id` gives the same task, and sets
    /// it going if the first request ended before it did.
    pub async fn start(
        &self,
        new: &NewTask,
        input: impl Fn(&TaskRef) -> Value + Sync,
    ) -> Result<Added, AwsError> {
        let added = self.tasks.add(new, input).await?;
        if let Added::New(task) | Added::Before(task) = &added {
            self.begin(task).await?;
        }
        Ok(added)
    }

    /// Sets a task going that waits. Should the message be lost, the sweeper sends another.
    async fn begin(&self, task: &Task) -> Result<(), AwsError> {
        // One that waits for a time is begun by the sweeper.
        let waits = task.waits_until(Timestamp::now()).is_some();
        // One that a service runs is begun by the service.
        let waits = waits || !task.kind().has_chunks();
        if waits || task.status != TaskStatus::Submitted {
            return Ok(());
        }
        let message = SplitMessage::begin(task.reference());
        self.uploads.send(&task.station_id, &[message]).await
    }
}
