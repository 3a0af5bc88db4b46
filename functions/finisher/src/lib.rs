//! The finisher: sees in the tasks table's stream that all chunks of an import are committed,
//! balances the books, merges the failed rows and ends the task. It may run twice for one task:
//! the ending is a conditional write.

mod config;
mod costs;
mod finish;
mod merge;
mod settle;

use std::collections::HashMap;

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::LambdaEvent;
use sluice_aws::{
    AwsError, Clients, ObjectError, Objects, TaskStore, chain, metered, task_of_image,
};
use sluice_core::definition::{Catalog, CatalogError};
use sluice_core::estimate::Capacity;
use sluice_core::ids::TaskRef;
use sluice_core::task::TaskStatus;

pub use config::Config;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Finisher {
    tasks: TaskStore,
    objects: Objects,
    catalog: Catalog,
    capacity: Capacity,
}

/// Why a task could not be ended now.
#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error("a part of the failed rows cannot be read")]
    Part(#[from] csv::Error),
    #[error("a part of the failed rows has a line without a row number")]
    PartLine,
}

impl Finisher {
    /// Builds what is kept.
    pub fn new(clients: &Clients, config: Config) -> Result<Self, CatalogError> {
        Ok(Self {
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: Catalog::load()?,
            capacity: config.capacity,
        })
    }
}

/// Handles changes of the tasks table. A task that cannot be ended now is answered as a
/// failure, so that the stream shows it again.
pub async fn handle(finisher: &Finisher, event: LambdaEvent<Event>) -> DynamoDbEventResponse {
    // A busy import changes its task often: only the first sight of completeness matters.
    let mut complete: HashMap<TaskRef, Option<String>> = HashMap::new();
    for record in event.payload.records {
        let sequence_number = record.change.sequence_number;
        let Some(task) = task_of_image(record.change.new_image) else {
            continue;
        };
        if task.status == TaskStatus::Running && task.import.is_complete() {
            complete.entry(task.reference()).or_insert(sequence_number);
        }
    }
    let mut response = DynamoDbEventResponse::default();
    for (task, sequence_number) in complete {
        if let Err(error) = metered(Box::pin(finisher.finish(&task))).await {
            tracing::error!(%task, error = chain(&error), "a task could not be ended");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = sequence_number;
            response.batch_item_failures.push(failure);
        }
    }
    response
}
