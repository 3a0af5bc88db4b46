//! Open tasks: what the sweeper looks after.

use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_task::Task;

use super::TaskStore;
use super::item::{Item, OPEN, TASK_PREFIX, s, time};
use crate::error::AwsError;

/// A task that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenTask {
    /// Which.
    pub task: TaskRef,
    /// Since when it is known.
    pub create_time: Timestamp,
}

impl TaskStore {
    /// All tasks that have not ended, of all stations. Read from their own partition, which
    /// holds nothing else.
    pub async fn open_tasks(&self) -> Result<Vec<OpenTask>, AwsError> {
        let mut tasks = Vec::new();
        let mut start: Option<Item> = None;
        loop {
            let answer = self
                .dynamodb
                .query()
                .table_name(&self.table)
                .key_condition_expression("pk = :open")
                .expression_attribute_values(":open", s(OPEN))
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(AwsError::of("Query"))?;
            tasks.extend(answer.items().iter().filter_map(open_task));
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(tasks);
            }
        }
    }

    /// Notes that a task still waits to be started, so that the sweeper does not take it for lost.
    /// False if it has changed since it was read.
    pub async fn still_waits(&self, task: &Task) -> Result<bool, AwsError> {
        let update = self
            .update_task(&task.reference())
            .update_expression("SET modify_time = :now")
            .condition_expression("modify_time = :before AND #status <> :running")
            .expression_attribute_values(":before", time(task.modify_time));
        self.send_conditional(update).await
    }
}

fn open_task(item: &Item) -> Option<OpenTask> {
    Some(OpenTask {
        task: task_of_mark(item)?,
        create_time: item.get("create_time")?.as_s().ok()?.parse().ok()?,
    })
}

/// The task that a mark stands for.
pub(super) fn task_of_mark(item: &Item) -> Option<TaskRef> {
    let (station, task) = item
        .get("sk")?
        .as_s()
        .ok()?
        .strip_prefix(TASK_PREFIX)?
        .split_once('#')?;
    Some(TaskRef {
        station_id: station.parse().ok()?,
        task_id: task.parse().ok()?,
    })
}
