//! The finisher: sees in the tasks table's stream that all chunks of an import are committed,
//! balances the books, merges the failed rows and ends the task. It may run twice for one task:
//! the ending is a conditional write.

mod config;
mod costs;
mod finish;
mod merge;
mod settle;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{
    AwsError, Clients, ObjectError, Objects, Pace, RowWriter, StationConfigs, TaskStore,
    WriteError, chain, metered, observe, task_of_image,
};
use sluice_core::definition::{Catalog, HeaderProblem};
use sluice_core::estimate::Capacity;
use sluice_core::ids::TaskRef;
use sluice_core::metric::Metric;
use sluice_core::report::PartError;
use sluice_core::task::TaskStatus;
use sluice_core::trace::Trace;
use sluice_lambda::{Deadline, Function, Init, Telemetry, Work};

use config::Config;

/// By this name it is known in metrics and traces.
const FUNCTION: &str = "finisher";
/// The time kept for ending a task whose rows are settled.
const MARGIN: Duration = Duration::from_mins(1);
/// Write requests in flight.
const REQUESTS: usize = 16;

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Finisher {
    clients: Clients,
    tasks: TaskStore,
    objects: Objects,
    configs: StationConfigs,
    catalog: Catalog,
    row_tables: HashMap<String, String>,
    pace: Arc<Pace>,
    capacity: Capacity,
    worker_time: Duration,
    telemetry: Telemetry,
}

/// Where a task is seen to be complete for the first time.
struct Complete {
    sequence_number: Option<String>,
    trace: Option<Trace>,
}

/// Why a task could not be ended now.
#[derive(Debug, thiserror::Error)]
enum FinishError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("the header of an import is not accepted")]
    Header(#[from] HeaderProblem),
    #[error("the table `{0}` is not known here")]
    Table(String),
    #[error("the store refuses a row that is to be stored: {0}")]
    Refused(String),
    #[error("a chunk that is committed is still being worked on elsewhere")]
    Busy,
    #[error("others keep writing the rows that are being settled")]
    Contested,
    #[error("a part of the failed rows cannot be read")]
    Part(#[from] PartError),
}

impl Finisher {
    fn writer(&self, until: Instant) -> RowWriter {
        RowWriter::new(&self.clients, Arc::clone(&self.pace), until)
    }
}

#[async_trait]
impl Function for Finisher {
    type Event = Event;
    type Answer = DynamoDbEventResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            clients: clients.clone(),
            telemetry: init.telemetry.clone(),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            catalog: config.catalog,
            capacity: config.capacity,
            worker_time: config.worker_time,
            row_tables: config.row_tables,
            pace: Arc::new(Pace::new(REQUESTS, REQUESTS)),
        })
    }

    /// Handles changes of the tasks table. A task that cannot be ended now is answered as a
    /// failure, so that the stream shows it again.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        // A busy import changes its task often: only the first sight of completeness matters.
        let until = Deadline::of(&event.context).less(MARGIN);
        let mut complete: HashMap<TaskRef, Complete> = HashMap::new();
        for record in event.payload.records {
            let sequence_number = record.change.sequence_number;
            let Some(task) = task_of_image(record.change.new_image) else {
                continue;
            };
            if task.status == TaskStatus::Running && task.import.is_complete() {
                let reference = task.reference();
                complete.entry(reference).or_insert(Complete {
                    sequence_number,
                    trace: task.trace,
                });
            }
        }
        let mut response = DynamoDbEventResponse::default();
        for (task, seen) in complete {
            let work = Work::of_task(FUNCTION, task.clone(), seen.trace);
            let outcome = async {
                let outcome = metered(Box::pin(self.finish(&task, until))).await;
                outcome.inspect_err(|_| observe(Metric::Failures, 1.0))
            };
            let telemetry = &self.telemetry;
            if let Err(error) = telemetry.watch(work, outcome, Result::is_err).await {
                tracing::error!(%task, error = chain(&error), "a task could not be ended");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = seen.sequence_number;
                response.batch_item_failures.push(failure);
            }
        }
        Ok(response)
    }
}
