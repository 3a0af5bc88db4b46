//! An event bus of EventBridge, for stations that hear there of the ends of their tasks.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use sluice_webhooks::Notice;

use crate::clients::Clients;
use crate::error::AwsError;

/// Who all events are from.
const SOURCE: &str = "sluice";
const PUT: &str = "PutEvents";

/// An event bus.
#[derive(Clone, Debug)]
pub struct EventBus {
    client: Client,
    name: String,
}

impl EventBus {
    /// The bus named `name`; with `url` that of another place than AWS.
    pub fn new(clients: &Clients, name: String, url: Option<String>) -> Self {
        Self {
            client: clients.event_bridge(url),
            name,
        }
    }

    /// Puts an event on the bus. It may be there twice when the answer is lost; its `id` says so.
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
    pub async fn put(&self, notice: &Notice) -> Result<(), AwsError> {
        let detail = notice.event_detail();
        let detail = detail.map_err(|error| AwsError::new(PUT, error))?;
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(SOURCE)
            .detail_type(notice.event.as_str())
            .detail(detail)
            .time(DateTime::from_millis(notice.created_at.as_millisecond()))
            .build();
        let put = self.client.put_events().entries(entry).send().await;
        let answer = put.map_err(AwsError::of(PUT))?;
        let refused = answer
            .entries()
            .iter()
            .find(|entry| entry.error_code().is_some());
        match refused {
            None => Ok(()),
            Some(refused) => {
                let code = refused.error_code().unwrap_or_default();
                let message = refused.error_message().unwrap_or_default().to_owned();
                Err(AwsError::answered(PUT, code, true, message))
            }
        }
    }
}
