//! What became of a message to one webhook.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sluice_basics::ids::TaskId;

use super::config::WebhookId;
use super::event::{EventId, TaskEventKind};
use super::notice::Notice;

/// For how long deliveries are kept, in seconds.
const KEPT_SECONDS: i64 = 30 * 24 * 3_600;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried again.
    Pending,
    /// The receiver has taken it.
    Delivered,
    /// It is not tried again.
    Failed,
}

/// A delivery: one message to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The message.
    pub event_id: EventId,
    /// To whom.
    pub webhook: WebhookId,
    /// What happened.
    pub event: TaskEventKind,
    /// To which task.
    pub task_id: TaskId,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it happened.
    pub created_at: Timestamp,
    /// When it was last tried.
    pub last_attempt_at: Timestamp,
    /// When it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// What the receiver answered last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_status: Option<u16>,
    /// Why it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The message's bytes.
    pub body: String,
    /// When it was written.
    pub updated_at: Timestamp,
    /// When it is deleted, in seconds since 1970.
    pub expires_at: i64,
}

impl Delivery {
    /// Its id.
    pub fn id(&self) -> DeliveryId {
        DeliveryId {
            event: self.event_id.clone(),
            webhook: self.webhook.clone(),
        }
    }

    /// A delivery that was just tried: `outcome` says how often by now, and what the receiver answered.
    pub fn tried(notice: &Notice, webhook: &WebhookId, now: Timestamp) -> Self {
        Self {
            event_id: notice.event_id.clone(),
            webhook: webhook.clone(),
            event: notice.event,
            task_id: notice.task_id,
            state: DeliveryState::Pending,
            attempts: notice.before + notice.tries + 1,
            created_at: notice.created_at,
            last_attempt_at: now,
            next_attempt_at: None,
            response_status: None,
            problem: None,
            body: notice.body.clone(),
            updated_at: now,
            expires_at: now.as_second() + KEPT_SECONDS,
        }
    }

    /// The notice that has it sent once more, now, whatever became of it before.
    pub fn resent(&self, station: &sluice_basics::ids::StationId, now: Timestamp) -> Notice {
        Notice {
            station_id: station.clone(),
            event_id: self.event_id.clone(),
            event: self.event,
            task_id: self.task_id,
            created_at: self.created_at,
            body: self.body.clone(),
            webhook: Some(self.webhook.clone()),
            due: now,
            tries: 0,
            before: self.attempts,
            leased_until: None,
            expires_at: Notice::expiry(now),
        }
    }
}

/// Names a delivery in its station.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryId {
    /// The message.
    pub event: EventId,
    /// To whom.
    pub webhook: WebhookId,
}

/// A text is no id of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of a delivery")]
pub struct NoDeliveryId;

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.event, self.webhook)
    }
}

impl FromStr for DeliveryId {
    type Err = NoDeliveryId;

    fn from_str(text: &str) -> Result<Self, NoDeliveryId> {
        let (event, rest) = EventId::split(text).ok_or(NoDeliveryId)?;
        let webhook = rest.strip_prefix('_').ok_or(NoDeliveryId)?;
        Ok(Self {
            event,
            webhook: webhook.parse().map_err(|_| NoDeliveryId)?,
        })
    }
}

impl Serialize for DeliveryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DeliveryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for DeliveryId {
    fn schema_name() -> Cow<'static, str> {
        "DeliveryId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "pattern": "^evt_[0-9]{13}_[0-9a-f]{20}_[a-z0-9_-]{1,32}$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_was_written_whatever_the_webhook_is_called() {
        let event = "evt_1764237600001_0123456789abcdef0123";
        for webhook in ["shop", "a_b-c", "_", "evt_1"] {
            let text = format!("{event}_{webhook}");
            let id: DeliveryId = text.parse().expect("an id");
            assert_eq!(
                (id.event.as_str(), id.webhook.as_str(), id.to_string()),
                (event, webhook, text)
            );
        }
        for bad in ["", event, &format!("{event}_"), &format!("{event}#shop")] {
            assert_eq!(bad.parse::<DeliveryId>(), Err(NoDeliveryId), "{bad}");
        }
    }
}
