//! The notifier: tells the webhooks of a station that its tasks have ended. A message names a notice; whoever
//! takes the notice tells all webhooks that are to be told, at the same time, and writes down what became of it.
//! A message that comes twice finds the notice taken or gone.

mod send;

use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use sluice_aws::{
    AwsError, EventBus, Queue, Settings, WebhookSecrets, WebhookStore, chain, observe,
};
use sluice_basics::metric::Metric;
use sluice_lambda::{Batch, Function, Init, Telemetry, Work, messages};
use sluice_outbound::PublicClients;
use sluice_webhooks::{
    Delivery, DeliveryState, Meaning, Notice, NoticeMessage, Webhook, WebhookId, wait_after,
};

use send::Outcome;

/// The function's name in metrics and traces.
const FUNCTION: &str = "notifier";
/// The longest wait of SQS. What waits longer is sent by the sweeper.
const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// What an instance keeps between invocations.
#[derive(Debug)]
pub struct Notifier {
    webhooks: WebhookStore,
    secrets: WebhookSecrets,
    notices: Queue,
    clients: PublicClients,
    event_bus: Option<EventBus>,
    telemetry: Telemetry,
}

/// Why a message could not be handled now; it comes again.
#[derive(Debug, thiserror::Error)]
enum NoticeError {
    #[error(transparent)]
    Aws(#[from] AwsError),
}

#[async_trait]
impl Function for Notifier {
    type Event = SqsEvent;
    type Answer = SqsBatchResponse;

    fn new(init: &Init<'_>) -> Result<Self, Error> {
        let (settings, clients) = (Settings::new(init.lookup), init.clients);
        Ok(Self {
            webhooks: WebhookStore::new(clients, settings.required("TASKS_TABLE")?),
            secrets: WebhookSecrets::new(clients, settings.required("WEBHOOK_SECRETS_TABLE")?),
            notices: Queue::new(clients, settings.required("NOTICES_QUEUE_URL")?),
            clients: PublicClients::new(settings.parsed("WEBHOOKS_ON_THIS_MACHINE")?),
            event_bus: settings.optional("EVENT_BUS").map(|name| {
                let url = settings.optional("AWS_ENDPOINT_URL_EVENTBRIDGE");
                EventBus::new(clients, name, url)
            }),
            telemetry: init.telemetry.clone(),
        })
    }

    /// Handles messages of the notices queue.
    async fn handle(&self, event: LambdaEvent<Self::Event>) -> Result<Self::Answer, Error> {
        let mut batch = Batch::of(&self.notices);
        for (body, message) in messages(event.payload) {
            let work = Work::invocation(FUNCTION, &event.context);
            let handled = async {
                match serde_json::from_str::<NoticeMessage>(&body) {
                    Err(error) => batch.drop_unreadable(&message, &body, &error),
                    Ok(parsed) => {
                        let outcome = self.tell(&parsed).await;
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

/// What came of telling one webhook.
struct Told {
    delivery: Delivery,
    again: Option<(Notice, Duration)>,
}

impl Notifier {
    async fn tell(&self, message: &NoticeMessage) -> Result<(), NoticeError> {
        let Some(notice) = self.webhooks.take(&message.notice).await? else {
            return Ok(());
        };
        let all = self.webhooks.of(&notice.station_id).await?.webhooks;
        let told = if let Some(id) = &notice.webhook {
            vec![self.tell_one(&notice, id, all.get(id)).await?]
        } else {
            let wants = all.iter().filter(|(_, one)| one.wants(notice.event));
            let told = wants.map(|(id, one)| self.tell_one(&notice, id, Some(one)));
            join_all(told).await.into_iter().collect::<Result<_, _>>()?
        };
        let (deliveries, again): (Vec<_>, Vec<_>) = told
            .into_iter()
            .map(|told| (told.delivery, told.again))
            .unzip();
        let again: Vec<(Notice, Duration)> = again.into_iter().flatten().collect();
        let notices: Vec<Notice> = again.iter().map(|(notice, _)| notice.clone()).collect();
        if !self.webhooks.settle(&notice, &deliveries, &notices).await? {
            return Ok(());
        }
        for delivery in &deliveries {
            count(delivery);
        }
        for (notice, wait) in again.iter().filter(|(_, wait)| *wait <= LONGEST_DELAY) {
            let message = notice.message();
            let later = self.notices.send_later(&notice.station_id, &message, *wait);
            if let Err(error) = later.await {
                // The sweeper sends it.
                tracing::warn!(error = chain(&error), "webhooks are told later");
            }
        }
        Ok(())
    }

    async fn tell_one(
        &self,
        notice: &Notice,
        id: &WebhookId,
        webhook: Option<&Webhook>,
    ) -> Result<Told, NoticeError> {
        let Some(webhook) = webhook.filter(|webhook| webhook.enabled) else {
            let why = "the webhook was removed or disabled".to_owned();
            let delivery = Delivery {
                attempts: notice.before + notice.tries,
                state: DeliveryState::Failed,
                problem: Some(why),
                ..Delivery::tried(notice, id, Timestamp::now())
            };
            let again = None;
            return Ok(Told { delivery, again });
        };
        let outcome = if webhook.is_event_bus() {
            self.put(notice).await
        } else {
            self.send(notice, id, webhook).await?
        };
        if outcome.meaning == Meaning::Gone {
            self.webhooks
                .disable(&notice.station_id, id, webhook)
                .await?;
        }
        Ok(told(notice, id, outcome))
    }
}

/// What follows from a try.
fn told(notice: &Notice, id: &WebhookId, outcome: Outcome) -> Told {
    let now = Timestamp::now();
    let mut delivery = Delivery {
        response_status: outcome.status,
        problem: outcome.problem,
        ..Delivery::tried(notice, id, now)
    };
    let wait = match outcome.meaning {
        Meaning::Taken => {
            delivery.state = DeliveryState::Delivered;
            None
        }
        Meaning::Gone => None,
        Meaning::Later => wait_after(notice.tries + 1, outcome.retry_after),
    };
    let due = wait.and_then(|wait| now.checked_add(wait).ok());
    let again = due
        .zip(wait)
        .map(|(due, wait)| (notice.again(id, due), wait));
    if again.is_none() && delivery.state != DeliveryState::Delivered {
        delivery.state = DeliveryState::Failed;
    }
    delivery.next_attempt_at = due;
    Told { delivery, again }
}

fn count(delivery: &Delivery) {
    match delivery.state {
        DeliveryState::Delivered => observe(Metric::WebhooksDelivered, 1.0),
        DeliveryState::Failed => {
            observe(Metric::WebhooksFailed, 1.0);
            tracing::warn!(
                event = %delivery.event_id,
                webhook = %delivery.webhook,
                attempts = delivery.attempts,
                response_status = delivery.response_status,
                "a webhook was told in vain"
            );
        }
        DeliveryState::Pending => {}
    }
}
