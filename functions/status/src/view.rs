//! Tasks as clients see them.

use std::collections::HashMap;

use sluice_api::{Refusal, TaskAction, TaskView};
use sluice_basics::ids::TaskId;
use sluice_lambda::http::internal;
use sluice_task::Task;

use crate::Status;

/// Records that are read at the same time: they may be large.
const ROOTS: usize = 25;

impl Status {
    /// The views of tasks of one station. A corrected file has the counts of the import that it
    /// continues, for which those imports are asked for together.
    pub(crate) async fn views(&self, tasks: Vec<Task>) -> Result<Vec<TaskView>, Refusal> {
        let of_task = |task: &Task| task.import.continues;
        let roots: Vec<TaskId> = tasks.iter().filter_map(of_task).collect();
        let mut combined = HashMap::new();
        if let (Some(task), false) = (tasks.first(), roots.is_empty()) {
            for roots in roots.chunks(ROOTS) {
                let roots = self.tasks.get_many(&task.station_id, roots).await;
                for root in roots.map_err(internal)? {
                    combined.insert(root.task_id, TaskView::from(root).combined_rows);
                }
            }
        }
        let view = |task: Task| {
            let root = of_task(&task);
            let mut view = TaskView::from(task);
            if let Some(root) = root {
                view.combined_rows = combined.get(&root).copied().flatten();
                let whole = view.combined_rows;
                if whole.is_some_and(|rows| rows.failed + rows.duplicate == 0) {
                    view.actions.retain(|action| *action != TaskAction::Correct);
                }
            }
            view
        };
        Ok(tasks.into_iter().map(view).collect())
    }
}
