//! Files in the inbox begin in their order, as many of a station at a time as may: the others wait
//! in the queue, and none is lost.

use std::time::Duration;

use jiff::Timestamp;
use sluice_import::ImportInput;
use sluice_task::message::SplitMessage;
use sluice_task::{Task, TaskStatus};

use crate::plan::{PlanImport, SplitError};

/// A task that has not changed for longer is noted to wait still. The sweeper takes one for lost
/// after a little more than twice as long.
const NOTED_EVERY: Duration = Duration::from_mins(30);

impl PlanImport {
    /// Puts a file of the inbox back into the queue as long as too many older imports of its
    /// station have not ended. Whether it waits. Files that came by `POST /upload` were admitted
    /// there.
    pub(crate) async fn waits_for_room(
        &self,
        task: &Task,
        input: &ImportInput,
    ) -> Result<bool, SplitError> {
        if task.status != TaskStatus::Submitted || !input.is_from_inbox() {
            return Ok(false);
        }
        let station = &task.station_id;
        let most = self.limits.of(station).await?.max_running_imports;
        if self.tasks.admit(task, most).await? {
            return Ok(false);
        }
        let unchanged_for = Timestamp::now().duration_since(task.modify_time);
        if Duration::try_from(unchanged_for).is_ok_and(|time| time > NOTED_EVERY) {
            self.tasks.still_waits(task).await?;
        }
        // A new message: one that is received again and again would become a dead letter.
        let message = SplitMessage::begin(task.reference());
        self.uploads
            .send_later(station, &message, self.room_wait)
            .await?;
        tracing::info!(task = %task.reference(), "an import waits for room");
        Ok(true)
    }
}
