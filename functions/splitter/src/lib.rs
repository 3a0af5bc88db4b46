//! The splitter: reads a file once, finds where records begin, and sends one message per chunk.
//! It may run twice for one file, or in several legs: the plan depends on the file alone.

mod arrival;
mod begin;
mod config;
mod convert;
mod correct;
mod header;
mod open;
mod room;
mod split;

use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{
    AwsError, ImportLimits, ObjectError, Objects, Queue, StationConfigs, TaskStore, metered,
};
use sluice_core::definition::Catalog;
use sluice_core::message::{MessageError, SplitMessage};
use sluice_formats::FormatError;
use sluice_lambda::{Batch, Deadline, Function, Init, Telemetry, Work, messages};

use config::Config;

/// By this name it is known in metrics and traces.
const FUNCTION: &str = "splitter";

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Splitter {
    tasks: TaskStore,
    configs: StationConfigs,
    objects: Objects,
    uploads: Queue,
    chunks: Queue,
    catalog: Catalog,
    chunk_bytes: u64,
    limits: ImportLimits,
    room_wait: Duration,
    telemetry: Telemetry,
}

/// Why a message could not be handled now; it will come again.
#[derive(Debug, thiserror::Error)]
enum SplitError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("the event is not one of S3")]
    Event(#[source] serde_json::Error),
    #[error("the import's input cannot be read")]
    Input(#[source] serde_json::Error),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Object(#[from] ObjectError),
    #[error(transparent)]
    Format(#[from] FormatError),
}

#[async_trait]
impl Function for Splitter {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (clients, config) = (init.clients, Config::from_lookup(init.lookup)?);
        Ok(Self {
            telemetry: init.telemetry.clone(),
            configs: StationConfigs::new(clients, config.tasks_table.clone()),
            limits: ImportLimits::new(clients, config.tasks_table.clone(), config.limits),
            room_wait: config.room_wait,
            tasks: TaskStore::new(clients, config.tasks_table),
            objects: Objects::new(clients, config.files_bucket),
            uploads: Queue::new(clients, config.uploads_queue_url),
            chunks: Queue::new(clients, config.chunks_queue_url),
            catalog: Catalog::load()?,
            chunk_bytes: config.chunk_bytes.get(),
        })
    }

    /// Messages of the uploads queue: objects that arrived, and its own.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let deadline = Deadline::of(&event.context);
        let mut batch = Batch::of(&self.uploads);
        for (body, message) in messages(event.payload) {
            // Tasks of the inbox are added in the trace of this invocation.
            let work = Work::invocation(FUNCTION, &event.context);
            let handled = async {
                let outcome = self.message(&body, deadline).await;
                batch.settle(message, outcome).await;
            };
            let watched = self.telemetry.watch(work, handled, |()| false);
            Box::pin(watched).await;
        }
        Ok(batch.into_response())
    }
}

impl Splitter {
    async fn message(&self, body: &str, deadline: Deadline) -> Result<(), SplitError> {
        // Its own messages name what they are; all others are events of S3.
        if body.contains("\"split\"") {
            let message = SplitMessage::parse(body)?;
            return match message.resume {
                Some(resume) => metered(Box::pin(self.resume(resume, deadline))).await,
                None => metered(Box::pin(self.begin(&message.split, None, deadline))).await,
            };
        }
        for arrived in self.arrivals(body).await? {
            let begun = self.begin(&arrived.task, Some(&arrived.object_key), deadline);
            metered(Box::pin(begun)).await?;
        }
        Ok(())
    }
}
