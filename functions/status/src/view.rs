//! Tasks as clients see them.

use std::collections::HashMap;

use sluice_core::api::{Refusal, TaskView};
use sluice_core::ids::TaskId;
use sluice_core::task::Task;
use sluice_lambda::http::internal;

use crate::Status;

impl Status {
    /// The views of tasks of one station. A corrected file has the counts of the import that it
    /// continues, for which all those imports are asked for in one request.
    pub(crate) async fn views(&self, tasks: Vec<Task>) -> Result<Vec<TaskView>, Refusal> {
        let of_task = |task: &Task| task.import.continues;
        let roots: Vec<TaskId> = tasks.iter().filter_map(of_task).collect();
        let mut combined = HashMap::new();
        if let (Some(task), false) = (tasks.first(), roots.is_empty()) {
            let roots = self.tasks.get_many(&task.station_id, &roots).await;
            for root in roots.map_err(internal)? {
                combined.insert(root.task_id, TaskView::from(root).combined_rows);
            }
        }
        let view = |task: Task| {
            let root = of_task(&task);
            let mut view = TaskView::from(task);
            if let Some(root) = root {
                view.combined_rows = combined.get(&root).copied().flatten();
            }
            view
        };
        Ok(tasks.into_iter().map(view).collect())
    }
}
