//! An import on its way: started, split, told to stop.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use jiff::Timestamp;
use sluice_basics::ids::TaskRef;
use sluice_definition::FileColumns;
use sluice_import::{DetectedFile, ImportPlan};
use sluice_retry::RetryPolicy;
use sluice_task::history::{Actor, Event, EventKind};
use sluice_task::{Task, TaskStatus};

use super::TaskStore;
use super::history::Append;
use super::item::{n, reason_text, s, task_key, time};
use crate::error::AwsError;

/// What came of starting an import.
#[derive(Clone, Debug)]
pub enum Started {
    /// It runs.
    Now,
    /// It was not waiting to start.
    Not,
    /// It may not repeat, and this equal task is waiting, running or has succeeded.
    Equal(Box<Task>),
}

impl TaskStore {
    /// Starts an import whose header was accepted: it takes the claim of its work, if it has
    /// one, and its run begins. A process that dies between the two leaves a task that waits and holds the claim,
    /// and is started when its file is announced again.
    pub async fn start_import(
        &self,
        task: &Task,
        plan: &ImportPlan,
        work: Option<&str>,
        detected: &DetectedFile,
        columns: &FileColumns,
    ) -> Result<Started, AwsError> {
        if let Some(work) = work
            && let Some(equal) = self.hold_work(task, work).await?
        {
            return Ok(Started::Equal(equal));
        }
        let detected = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(detected)
            .map_err(|error| AwsError::new("writing an item", error))?;
        let columns = serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value(columns)
            .map_err(|error| AwsError::new("writing an item", error))?;
        let mut set = "SET #status = :running, start_time = :now, modify_time = :now, \
                       etag = :etag, file_bytes = :file, \
                       chunk_bytes = :chunk, run_count = :run, \
                       detected = :detected, #columns = :columns"
            .to_owned();
        // As a record that is read and written again: a number that is zero is not stored.
        let mut remove = Vec::new();
        let mut update = self
            .update_task(&plan.task)
            .condition_expression("#status = :submitted AND run_count = :before")
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":etag", s(&plan.etag))
            .expression_attribute_values(":file", n(plan.file_bytes))
            .expression_attribute_values(":chunk", n(plan.chunk_bytes))
            .expression_attribute_values(":run", n(plan.run))
            .expression_attribute_values(":before", n(plan.run.saturating_sub(1)))
            .expression_attribute_values(":detected", detected)
            .expression_attribute_names("#columns", "columns")
            .expression_attribute_values(":columns", columns);
        for (name, assignment, value, number) in [
            (
                "header_bytes",
                ", header_bytes = :header",
                ":header",
                plan.data_start,
            ),
            (
                "config_version",
                ", config_version = :config",
                ":config",
                plan.config_version,
            ),
        ] {
            if number == 0 {
                remove.push(name);
            } else {
                set.push_str(assignment);
                update = update.expression_attribute_values(value, n(number));
            }
        }
        if let Some(work) = work {
            set.push_str(", #work = :work");
            update = update
                .expression_attribute_names("#work", "work")
                .expression_attribute_values(":work", s(work));
        }
        if let Some(root) = plan.continues.filter(|_| !plan.dry_run) {
            set.push_str(", continues = :root");
            update = update.expression_attribute_values(":root", n(root));
        }
        if !remove.is_empty() {
            set.push_str(" REMOVE ");
            set.push_str(&remove.join(", "));
        }
        let started = self.send_conditional(update.update_expression(set)).await?;
        Ok(if started { Started::Now } else { Started::Not })
    }

    /// Starts run `run` of a task that waits and needs no file. False if it does not wait for that run.
    pub async fn start_run(&self, task: &TaskRef, run: u32) -> Result<bool, AwsError> {
        let update = self
            .update_task(task)
            .update_expression(
                "SET #status = :running, start_time = :now, modify_time = :now, run_count = :run",
            )
            .condition_expression("#status = :submitted AND run_count = :before")
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":run", n(run))
            .expression_attribute_values(":before", n(run.saturating_sub(1)));
        self.send_conditional(update).await
    }

    /// Says how many chunks there are, once in a run: the splitter has seen the end of the file.
    /// `fault` keeps the task from finishing well.
    pub async fn set_chunks_total(
        &self,
        task: &TaskRef,
        run: u32,
        chunks_total: u32,
        fault: Option<&str>,
    ) -> Result<bool, AwsError> {
        let mut expression = "SET chunks_total = :total, modify_time = :now".to_owned();
        let mut update = self
            .update_task(task)
            .condition_expression(
                "#status = :running AND run_count = :run AND attribute_not_exists(chunks_total)",
            )
            .expression_attribute_values(":run", n(run))
            .expression_attribute_values(":total", n(chunks_total));
        if let Some(fault) = fault {
            expression.push_str(", fault = if_not_exists(fault, :fault)");
            update = update.expression_attribute_values(":fault", reason_text(fault));
        }
        self.send_conditional(update.update_expression(expression))
            .await
    }

    /// Tells a running import to stop: chunks that have not begun are left out, what is stored
    /// stays and is counted, and the task ends with this reason. False if it is not running, or
    /// all its chunks are done.
    pub async fn stop(&self, task: &TaskRef, reason: &str) -> Result<bool, AwsError> {
        self.stop_and(task, reason, Append::default()).await
    }

    /// Tells a running task to stop because a caller cancels it.
    pub async fn stop_for(
        &self,
        task: &Task,
        reason: &str,
        by: Option<&Actor>,
    ) -> Result<bool, AwsError> {
        let cancelled = Append::if_room(task, &Event::now(EventKind::Cancelled, by))?;
        self.stop_and(&task.reference(), reason, cancelled).await
    }

    async fn stop_and(
        &self,
        task: &TaskRef,
        reason: &str,
        append: Append,
    ) -> Result<bool, AwsError> {
        let update = self
            .update_task(task)
            .update_expression(format!(
                "SET stopping = :yes, fault = if_not_exists(fault, :reason), modify_time = :now{} \
                 REMOVE paused, resume_at",
                append.set
            ))
            .condition_expression(
                "#status = :running AND \
                 (attribute_not_exists(chunks_total) OR chunks_done < chunks_total)",
            )
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .expression_attribute_values(":reason", reason_text(reason));
        self.send_conditional(with_values(update, append)).await
    }

    /// Pauses a task that Sluice does itself. False if it has ended, is stopping, or all its chunks are done.
    pub async fn pause(&self, task: &Task, by: Option<&Actor>) -> Result<bool, AwsError> {
        let append = Append::if_room(task, &Event::now(EventKind::Paused, by))?;
        let update = self
            .update_task(&task.reference())
            .update_expression(format!(
                "SET paused = :yes, modify_time = :now{} REMOVE resume_at",
                append.set
            ))
            .condition_expression(
                "#status IN (:submitted, :running) AND attribute_not_exists(stopping) AND \
                 (attribute_not_exists(chunks_total) OR chunks_done < chunks_total)",
            )
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        self.send_conditional(with_values(update, append)).await
    }

    /// Pauses a running task until a time, when the sweeper lets it go on. `reason` is why. False if it is not running,
    /// is stopping, paused by somebody, or all its chunks are done.
    pub async fn park(
        &self,
        task: &TaskRef,
        until: Timestamp,
        reason: &str,
    ) -> Result<bool, AwsError> {
        let update = self
            .update_task(task)
            .update_expression(
                "SET paused = :yes, resume_at = :until, reason = :reason, modify_time = :now",
            )
            .condition_expression(
                "#status = :running AND attribute_not_exists(stopping) AND \
                 (attribute_not_exists(paused) OR attribute_exists(resume_at)) AND \
                 (attribute_not_exists(chunks_total) OR chunks_done < chunks_total)",
            )
            .expression_attribute_values(":until", time(until))
            .expression_attribute_values(":reason", reason_text(reason))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        self.send_conditional(update).await
    }

    /// Lets a paused task go on. False if it was not paused.
    pub async fn resume(&self, task: &Task, by: Option<&Actor>) -> Result<bool, AwsError> {
        let append = Append::if_room(task, &Event::now(EventKind::Resumed, by))?;
        let update = self
            .update_task(&task.reference())
            .update_expression(format!(
                "SET modify_time = :now{} REMOVE paused, resume_at, reason",
                append.set
            ))
            .condition_expression("#status IN (:submitted, :running) AND paused = :yes")
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":yes", AttributeValue::Bool(true));
        self.send_conditional(with_values(update, append)).await
    }

    /// Touches a task that has not ended and is as it was read, so that the stream shows it
    /// once more and it counts as moving. False if it has changed since: it moves by itself.
    pub async fn nudge(&self, task: &Task) -> Result<bool, AwsError> {
        let update = self
            .update_task(&task.reference())
            .update_expression("SET modify_time = :now ADD nudges :one")
            .condition_expression("#status IN (:submitted, :running) AND modify_time = :before")
            .expression_attribute_values(":submitted", n(TaskStatus::Submitted.number()))
            .expression_attribute_values(":before", time(task.modify_time))
            .expression_attribute_values(":one", n(1));
        self.send_conditional(update).await
    }

    /// Whether a running import was told to stop, and why.
    pub async fn stopping(&self, task: &TaskRef) -> Result<Option<String>, AwsError> {
        let task = self.get(task).await?.filter(|task| task.chunks.stopping);
        Ok(task.map(|task| task.chunks.fault.unwrap_or_default()))
    }

    /// An update of a task with `#status`, `:running` and `:now` at hand.
    pub(super) fn update_task(&self, task: &TaskRef) -> UpdateItemFluentBuilder {
        self.dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(task_key(task)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":running", n(TaskStatus::Running.number()))
            .expression_attribute_values(":now", time(Timestamp::now()))
    }

    /// Sends an update; false if its condition did not hold. Chunks of the task commit at the
    /// same moment, in transactions that an update can meet: it is then sent again.
    pub(super) async fn send_conditional(
        &self,
        update: UpdateItemFluentBuilder,
    ) -> Result<bool, AwsError> {
        let mut conflicts = RetryPolicy::CONFLICT.backoff();
        loop {
            let error = match update.clone().send().await {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(true);
                }
                Err(error) => error,
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => return Ok(false),
                Some(UpdateItemError::TransactionConflictException(_))
                    if conflicts.wait().await.is_ok() => {}
                _ => return Err(AwsError::of("UpdateItem")(error)),
            }
        }
    }
}

/// Adds the values of what is appended to a history.
pub(super) fn with_values(
    update: UpdateItemFluentBuilder,
    append: Append,
) -> UpdateItemFluentBuilder {
    (append.values.into_iter()).fold(update, |update, (name, value)| {
        update.expression_attribute_values(name, value)
    })
}

/// Attribute names for expressions that name the status.
pub(super) fn status_name() -> HashMap<String, String> {
    HashMap::from([("#status".to_owned(), "status".to_owned())])
}
