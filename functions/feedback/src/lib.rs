//! The feedback function: takes what SES says of e-mails. Addresses that bounce for good, or whose owners complain, get
//! no more e-mails of the station. Who was sent to is noted of batches whose answer nobody knows.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{AwsError, BatchRef, Mailings, Queue, Settings};
use sluice_basics::ids::{StationId, TaskRef};
use sluice_lambda::{Batch, Function, Init, Telemetry, Work, messages};
use sluice_mail::MailEvent;

/// The function's name in metrics and traces.
const FUNCTION: &str = "feedback";

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Feedback {
    events: Queue,
    mailings: Mailings,
    telemetry: Telemetry,
}

/// Events that say of recipients of one batch that they were sent to.
#[derive(Default)]
struct Accepted {
    places: BTreeSet<usize>,
    messages: Vec<SqsMessage>,
}

/// Why an event could not be taken now; it comes again.
#[derive(Clone, Debug, thiserror::Error)]
#[error("an event of SES could not be noted: {0}")]
struct NotNoted(String);

impl From<&AwsError> for NotNoted {
    fn from(error: &AwsError) -> Self {
        Self(sluice_aws::chain(error))
    }
}

#[async_trait]
impl Function for Feedback {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            events: Queue::new(init.clients, settings.required("MAIL_EVENTS_QUEUE_URL")?),
            mailings: Mailings::new(init.clients, settings.required("MAIL_TABLE")?),
            telemetry: init.telemetry.clone(),
        })
    }

    /// Handles messages of the queue of events. Those of one batch are noted together.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let work = Work::invocation(FUNCTION, &event.context);
        let taken = Box::pin(self.take(event.payload));
        Ok(self.telemetry.watch(work, taken, |_| false).await)
    }
}

impl Feedback {
    async fn take(&self, event: SqsEvent) -> SqsBatchResponse {
        let mut batch = Batch::of(&self.events);
        let mut accepted: BTreeMap<(StationId, BatchRef), Accepted> = BTreeMap::new();
        for (body, message) in messages(event) {
            let event = match MailEvent::parse(&body) {
                Ok(event) => event,
                Err(error) => {
                    batch.drop_unreadable(&message, &body, &error);
                    continue;
                }
            };
            if let Err(error) = self.suppress(&event).await {
                batch.settle(message, Err(NotNoted::from(&error))).await;
                continue;
            }
            match event.batch.parse() {
                Ok(of) if event.is_accepted => {
                    let noted = accepted.entry((event.station, of)).or_default();
                    noted.places.insert(event.place);
                    noted.messages.push(message);
                }
                Ok(_) => tracing::error!(
                    batch = event.batch,
                    "SES took an e-mail and did not send it"
                ),
                Err(error) => batch.drop_unreadable(&message, &body, &error),
            }
        }
        let unanswered = self.mailings.unanswered(accepted.keys()).await;
        for (of, noted) in accepted {
            let outcome = match &unanswered {
                Ok(unanswered) if unanswered.contains(&of) => self.note(of, &noted.places).await,
                Ok(_) => Ok(()),
                Err(error) => Err(NotNoted::from(error)),
            };
            for message in noted.messages {
                batch.settle(message, outcome.clone()).await;
            }
        }
        batch.into_response()
    }

    async fn note(
        &self,
        (station_id, of): (StationId, BatchRef),
        places: &BTreeSet<usize>,
    ) -> Result<(), NotNoted> {
        let task = TaskRef {
            station_id,
            task_id: of.task_id,
        };
        let noted = self.mailings.note_accepted(&task, &of, places).await;
        noted.map_err(|error| NotNoted::from(&error))
    }

    async fn suppress(&self, event: &MailEvent) -> Result<(), AwsError> {
        for (address, reason) in &event.suppress {
            self.mailings
                .suppress(&event.station, address, *reason)
                .await?;
        }
        Ok(())
    }
}
