//! The splitter: begins with tasks that are asked for or whose file has arrived, and cuts their work into chunks.

use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use kind_import::{ArrivalError, Arrivals};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{Queue, Settings};
use sluice_engine::{Begin, PlanError, Planner, leased};
use sluice_lambda::{Batch, Deadline, Function, Init, Telemetry, Work, messages};
use sluice_task::message::{MessageError, UploadsMessage};

/// The function's name in metrics and traces.
const FUNCTION: &str = "splitter";

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Splitter {
    planner: Planner,
    arrivals: Arrivals,
    uploads: Queue,
    lease: Duration,
    telemetry: Telemetry,
}

/// Why a message could not be handled now; it comes again.
#[derive(Debug, thiserror::Error)]
enum SplitError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error(transparent)]
    Arrival(#[from] ArrivalError),
    #[error(transparent)]
    Plan(#[from] PlanError),
}

#[async_trait]
impl Function for Splitter {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            planner: Planner::new(init, &kind_list::all())?,
            arrivals: Arrivals::new(init)?,
            uploads: Queue::new(init.clients, settings.required("UPLOADS_QUEUE_URL")?),
            lease: Duration::from_secs(settings.parsed("LEASE_SECONDS")?),
            telemetry: init.telemetry.clone(),
        })
    }

    /// Handles messages of the uploads queue: objects that arrived, and its own.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let deadline = Deadline::of(&event.context);
        let mut batch = Batch::of(&self.uploads);
        for (body, message) in messages(event.payload) {
            // Tasks of the inbox are added in the trace of this invocation.
            let work = Work::invocation(FUNCTION, &event.context);
            let handled = async {
                match UploadsMessage::parse(&body) {
                    Err(error) if !error.is_passing() => {
                        batch.drop_unreadable(&message, &body, &error);
                    }
                    parsed => {
                        let handle = message.receipt_handle.as_deref();
                        let work = Box::pin(self.message(parsed, deadline));
                        let outcome = leased(&self.uploads, handle, self.lease, work).await;
                        batch.settle(message, outcome).await;
                    }
                }
            };
            let watched = self.telemetry.watch(work, handled, |()| false);
            Box::pin(watched).await;
        }
        Ok(batch.into_response())
    }
}

impl Splitter {
    async fn message(
        &self,
        parsed: Result<UploadsMessage, MessageError>,
        deadline: Deadline,
    ) -> Result<(), SplitError> {
        let objects = match parsed? {
            UploadsMessage::Split(message) => {
                let begin = match message.resume {
                    Some(rest) => Begin::Rest(Box::new(rest)),
                    None if message.go_on => Begin::GoOn,
                    None => Begin::Asked,
                };
                return Ok(self.planner.begin(&message.split, begin, deadline).await?);
            }
            UploadsMessage::Arrived(objects) => objects,
        };
        for arrived in self.arrivals.of(objects).await? {
            let begin = Begin::Arrived(arrived.object_key);
            self.planner.begin(&arrived.task, begin, deadline).await?;
        }
        Ok(())
    }
}
