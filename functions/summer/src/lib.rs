//! The summer: keeps the sums of score entries. It hears of changed entries by the stream of their table, which may
//! show them twice, late and out of order, and makes the sums anew of the days that they count for.
//!
//! What cannot be made anew goes to a queue of repairs, and the stream goes on.

mod changes;
mod event;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures::StreamExt as _;
use lambda_runtime::{Context, Error, LambdaEvent};
use sluice_aws::{Queue, Settings, SumError, Sums, chain, observe};
use sluice_basics::ids::StationId;
use sluice_basics::metric::Metric;
use sluice_definition::Catalog;
use sluice_lambda::{Batch, Deadline, Function, Init, Telemetry, Work, messages};
use sluice_scores::{Days, MemberMonth, ScoreTables};
use sluice_task::message::{MessageError, RepairMessage};

use changes::Touched;
pub use event::{SummerAnswer, SummerEvent};

/// The function's name in metrics and traces.
const FUNCTION: &str = "summer";
/// Sums that are made anew at the same time.
const AT_ONCE: usize = 16;

/// The time kept for leaving to the queue of repairs what could not be made anew.
const MARGIN: Duration = Duration::from_secs(20);

/// Why sums were not made anew.
#[derive(Debug, thiserror::Error)]
enum RecountError {
    #[error(transparent)]
    Sums(#[from] SumError),
    #[error("there was no time left")]
    OutOfTime,
}

/// Why a repair failed; its message comes again.
#[derive(Debug, thiserror::Error)]
enum RepairError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error(transparent)]
    Sums(#[from] SumError),
}

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Summer {
    sums: Sums,
    repairs: Queue,
    telemetry: Telemetry,
}

#[async_trait]
impl Function for Summer {
    type Event = SummerEvent;
    type Answer = SummerAnswer;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        let tables = ScoreTables::of(&Catalog::load()?)?;
        let entries = settings.required("TABLE_SCORES")?;
        let table = settings.required("SUMS_TABLE")?;
        Ok(Self {
            sums: Sums::new(init.clients, &tables, entries, table),
            repairs: Queue::new(init.clients, settings.required("REPAIRS_QUEUE_URL")?),
            telemetry: init.telemetry.clone(),
        })
    }

    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let context = &event.context;
        Ok(match event.payload {
            SummerEvent::Changes(changes) => {
                SummerAnswer::Changes(self.handle_changes(changes, context).await)
            }
            SummerEvent::Repairs(repairs) => {
                SummerAnswer::Repairs(self.handle_repairs(repairs, context).await)
            }
        })
    }
}

impl Summer {
    async fn handle_changes(&self, event: StreamEvent, context: &Context) -> DynamoDbEventResponse {
        let work = Work::invocation(FUNCTION, context);
        let touched = Touched::of(event.records);
        if touched.passed_over > 0 {
            tracing::warn!(
                records = touched.passed_over,
                "changes of rows that are counted in no sums were passed over"
            );
        }
        let until = Deadline::of(context).less(MARGIN);
        let recounted = Box::pin(self.recount(touched, until));
        self.telemetry
            .watch(work, recounted, |answer| {
                !answer.batch_item_failures.is_empty()
            })
            .await
    }

    /// Makes all sums anew that changes have touched. The answer names the first change of each that could neither be
    /// made anew nor be left to the queue of repairs: the stream shows these again, and all that came after them.
    async fn recount(&self, touched: Touched, until: Instant) -> DynamoDbEventResponse {
        let mut first = touched.first;
        let recounts = touched.sums.into_iter().map(|(key, days)| async move {
            let (station, of) = &key;
            let outcome = if Instant::now() < until {
                let recounted = self.sums.recount(station, of, &days).await;
                recounted.map_err(RecountError::from)
            } else {
                Err(RecountError::OutOfTime)
            };
            outcome.err().map(|error| (key, error))
        });
        let failed: Vec<_> = futures::stream::iter(recounts)
            .buffer_unordered(AT_ONCE)
            .filter_map(async |failed| failed)
            .collect()
            .await;
        let mut repairs: BTreeMap<StationId, Vec<MemberMonth>> = BTreeMap::new();
        for ((station, of), error) in failed {
            observe(Metric::Failures, 1.0);
            tracing::error!(
                station_id = %station,
                month = %of.month,
                error = chain(&error),
                "sums could not be made anew; they go to the queue of repairs"
            );
            repairs.entry(station).or_default().push(of);
        }
        let mut response = DynamoDbEventResponse::default();
        for (station, sums) in repairs {
            let messages = sums.iter().cloned();
            let messages = messages.map(|of| RepairMessage::new(station.clone(), of));
            let messages: Vec<RepairMessage> = messages.collect();
            let Err(error) = self.repairs.send(&station, &messages).await else {
                continue;
            };
            tracing::error!(error = chain(&error), "repairs could not be sent");
            for of in sums {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = first.remove(&(station.clone(), of));
                response.batch_item_failures.push(failure);
            }
        }
        response
    }

    async fn handle_repairs(&self, event: SqsEvent, context: &Context) -> SqsBatchResponse {
        let mut batch = Batch::of(&self.repairs);
        for (body, message) in messages(event) {
            let work = Work::invocation(FUNCTION, context);
            let handled = async {
                let outcome = match RepairMessage::parse(&body) {
                    Err(error) if !error.is_passing() => {
                        batch.drop_unreadable(&message, &body, &error);
                        return true;
                    }
                    Err(error) => Err(RepairError::from(error)),
                    Ok(RepairMessage { station_id, of, .. }) => {
                        let recounted = self.sums.recount(&station_id, &of, &Days::All);
                        recounted.await.map_err(Into::into)
                    }
                };
                let has_failed = outcome.is_err();
                batch.settle(message, outcome).await;
                has_failed
            };
            let watched = self.telemetry.watch(work, handled, |failed| *failed);
            Box::pin(watched).await;
        }
        batch.into_response()
    }
}
