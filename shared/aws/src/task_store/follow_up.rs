//! Tasks that follow others: the mark that one is due, which the transaction that ends a task sets, and its end.

use jiff::Timestamp;
use sluice_basics::ids::{TaskId, TaskRef};
use sluice_kind::{FollowUp, MAILING};
use sluice_task::{MOST_CHILDREN, Task, TaskStatus};

use super::TaskStore;
use super::item::{n, one_id, time};
use crate::error::AwsError;

impl TaskStore {
    /// Notes that the task is there that was to follow another one.
    pub async fn has_followed(&self, task: &Task, child: TaskId) -> Result<(), AwsError> {
        let now = time(Timestamp::now());
        let update = self
            .update_task(&task.reference())
            .condition_expression(
                "attribute_exists(follow_up) AND run_count = :run AND #status <> :running",
            )
            .expression_attribute_values(":run", n(task.run_count))
            .expression_attribute_values(":running", n(TaskStatus::Running.number()))
            .expression_attribute_values(":now", now);
        let update = if task.children.len() < MOST_CHILDREN {
            update
                .update_expression("SET modify_time = :now REMOVE follow_up ADD children :child")
                .expression_attribute_values(":child", one_id(child))
        } else {
            update.update_expression("SET modify_time = :now REMOVE follow_up")
        };
        self.send_conditional(update).await?;
        Ok(())
    }

    /// The other mailings to those that an import has created: one after each of its runs. They are found by their
    /// ids, since an import that is tried again at once may not know of the one before as its child.
    pub async fn other_mailings_of(
        &self,
        import: &TaskRef,
        own: TaskId,
    ) -> Result<Vec<Task>, AwsError> {
        let runs = self.get(import).await?.map_or(0, |task| task.run_count);
        let mut others = Vec::new();
        for run in 1..=runs {
            let id = FollowUp::user_task_id(MAILING, import.task_id, run);
            let found = self.get_by_user_id(&import.station_id, &id).await?;
            others.extend(found.filter(|task| task.name == MAILING && task.task_id != own));
        }
        Ok(others)
    }
}
