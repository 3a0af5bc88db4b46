//! Histories: what happened to a task.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::TaskId;
use sluice_task::Task;
use sluice_task::history::{self, Event, EventKind};

/// The answer to `GET /task/history`: who did what with a task, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskHistory {
    /// The task.
    pub task_id: TaskId,
    /// What happened, oldest first, at most about a hundred events.
    pub events: Vec<Event>,
}

impl TaskHistory {
    /// Returns the history of a task.
    pub fn of(task: &Task) -> Self {
        let mut events = vec![Event {
            at: task.create_time,
            what: EventKind::Added,
            by: task.created_by.clone(),
        }];
        events.extend(history::of(task));
        Self {
            task_id: task.task_id,
            events,
        }
    }
}
