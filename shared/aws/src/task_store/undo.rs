//! Imports that are undone: the mark that they are neither retried nor corrected any more, and what the end
//! of an undo changes about them.

use sluice_kind::OfKind;
use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem, Update};
use jiff::Timestamp;
use sluice_basics::ids::{TaskId, TaskRef};
use sluice_kind::{IMPORT, UNDO, Undoes};
use sluice_retry::RetryPolicy;
use sluice_task::books::Ending;
use sluice_task::history::{Event, EventKind};
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::history::Append;
use super::item::{n, one_id, task_key, time};
use super::progress::status_name;
use super::tries::Tries;
use crate::error::AwsError;

/// How many runs of an import are looked at, the last ones: nobody retries more often in the time of a worker.
const RUNS: usize = 10;

/// How many tasks are read at once.
const READ_AT_ONCE: usize = 100;

impl TaskStore {
    /// The corrected files that continue an import, or are about to, as far as its record names them.
    pub async fn corrections_of(&self, import: &Task) -> Result<Vec<Task>, AwsError> {
        let mut children = self.children_of(import).await?;
        children.retain(|task| task.name == IMPORT);
        Ok(children)
    }

    /// The tasks that undo an import, or have tried to.
    pub async fn undos_of(&self, import: &Task) -> Result<Vec<Task>, AwsError> {
        let mut children = self.children_of(import).await?;
        children.retain(|task| task.name == UNDO);
        Ok(children)
    }

    async fn children_of(&self, import: &Task) -> Result<Vec<Task>, AwsError> {
        let ids: Vec<TaskId> = import.children.iter().copied().collect();
        let mut children = Vec::new();
        for ids in ids.chunks(READ_AT_ONCE) {
            children.extend(self.get_many(&import.station_id, ids).await?);
        }
        Ok(children)
    }

    /// Whether a worker may still be busy with a chunk of a task that has ended: what it stores after its row was
    /// undone would stay, and what it takes back after its row was stored again would be lost. A worker has so
    /// long for a chunk.
    pub async fn may_be_busy(&self, task: &Task, worker_time: Duration) -> Result<bool, AwsError> {
        let now = Timestamp::now();
        let reference = task.reference();
        let mut committed: Option<HashMap<u32, u32>> = None;
        for run in (1..=task.run_count).rev().take(RUNS) {
            let tries = self.tries(&reference, run).await?;
            // A chunk that is committed has one try that ended by that, in the run that committed it.
            let recent = |tries: &&Tries| tries.is_under_way(now, worker_time);
            for tries in tries.values().filter(recent) {
                let committed = match &mut committed {
                    Some(committed) => committed,
                    none => none.insert(self.committed_by(task).await?),
                };
                let is_committed = committed.get(&tries.chunk) == Some(&run);
                if !is_committed || tries.may_go_on(now, worker_time) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Which run has committed the chunks of a task, by chunk. Those that were given up are not among them.
    async fn committed_by(&self, task: &Task) -> Result<HashMap<u32, u32>, AwsError> {
        let reports = self
            .chunk_reports(&task.reference(), task.run_count)
            .await?;
        let done = reports.iter().filter(|report| report.lost.is_none());
        Ok(done.map(|report| (report.chunk, report.run)).collect())
    }

    /// Marks an import that has ended as being undone by a task that has not. That no two tasks undo it at the
    /// same time is due to the claim of their work. False if the import has not ended or is undone, or if the
    /// task has ended: nothing would take the mark away.
    pub async fn begin_undo(&self, import: &TaskRef, undo: &Task) -> Result<bool, AwsError> {
        let broken = |error| AwsError::new("TransactWriteItems", error);
        let mark = Update::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(import)))
            .update_expression("SET undoing = :own, modify_time = :now ADD children :child")
            .condition_expression(
                "#status <> :running AND #status <> :submitted AND attribute_exists(pk) AND \
                 attribute_not_exists(undone_by)",
            )
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_values(":running", n(TaskStatus::Running.number()))
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":own", n(undo.task_id))
            .expression_attribute_values(":child", one_id(undo.task_id))
            .expression_attribute_values(":now", time(Timestamp::now()))
            .build()
            .map_err(broken)?;
        let is_open = ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(task_key(&undo.reference())))
            .condition_expression("#status = :running OR #status = :submitted")
            .set_expression_attribute_names(Some(status_name()))
            .expression_attribute_values(":running", n(TaskStatus::Running.number()))
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .build()
            .map_err(broken)?;
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let parts = vec![
                TransactWriteItem::builder().update(mark.clone()).build(),
                TransactWriteItem::builder()
                    .condition_check(is_open.clone())
                    .build(),
            ];
            match self.transact(parts).await {
                Ok(()) => return Ok(true),
                Err(cancelled) if cancelled.refused().is_some() => return Ok(false),
                Err(cancelled) => cancelled.wait(&mut conflicts).await?,
            }
        }
    }

    /// Whether an import is marked as being undone by a task.
    pub async fn is_undoing(&self, import: &TaskRef, undo: TaskId) -> Result<bool, AwsError> {
        let import = self.get(import).await?;
        Ok(import.is_some_and(|import| import.import.undoing == Some(undo)))
    }

    /// What the end of a task changes about the import that it undoes, if it undoes one: in the same
    /// transaction it says so, its file may be imported again, and an import that it corrects counts without
    /// it. An undo that has done nothing leaves no mark, also none that is made at this moment.
    pub(super) async fn undone(
        &self,
        task: &Task,
        ending: &Ending,
    ) -> Result<Vec<TransactWriteItem>, AwsError> {
        let (task_id, is_whole) = match task.kind().undoes(task, ending) {
            None => return Ok(Vec::new()),
            Some(Undoes::Whole(import)) => (import, true),
            Some(Undoes::Nothing(import)) => (import, false),
        };
        let import = TaskRef {
            task_id,
            ..task.reference()
        };
        let Some(undone) = self.get(&import).await? else {
            return Ok(Vec::new());
        };
        let is_marked = undone.import.undoing == Some(task.task_id);
        let update = if is_whole && is_marked {
            let undone = Event::now(EventKind::Undone, task.created_by.as_ref());
            let append = Append::always(&undone)?;
            let change = format!(
                "SET undone_by = :own, modify_time = :now{} REMOVE undoing, contributed",
                append.set
            );
            append.values.into_iter().fold(
                Update::builder()
                    .update_expression(change)
                    .condition_expression("undoing = :own"),
                |update, (name, value)| update.expression_attribute_values(name, value),
            )
        } else if !is_whole && (is_marked || undone.import.undoing.is_none()) {
            Update::builder()
                .update_expression("SET modify_time = :now REMOVE undoing")
                .condition_expression(
                    "undoing = :own OR (attribute_exists(pk) AND attribute_not_exists(undoing))",
                )
        } else {
            return Ok(Vec::new());
        };
        let update = update
            .table_name(&self.table)
            .set_key(Some(task_key(&import)))
            .expression_attribute_values(":own", n(task.task_id))
            .expression_attribute_values(":now", time(Timestamp::now()))
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build()];
        if is_whole && let Some(correction) = self.correction_undone(&undone).await? {
            parts.push(self.add_to_root(&correction)?);
        }
        Ok(parts)
    }
}
