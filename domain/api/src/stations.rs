//! What a station sets for itself, and what became of messages to its webhooks.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use sluice_basics::ids::TaskId;
use sluice_basics::notify::Notify;
use sluice_basics::station::{
    Country, DateOrder, ReportLanguage, SentStationConfig, StationConfig, StationConfigError,
    ZoneName,
};
use sluice_definition::email_address;
use sluice_webhooks::{
    Delivery, DeliveryId, DeliveryState, EventId, SentWebhook, TaskEventKind, WebhookId, Webhooks,
};

/// The answer of `GET` and `PUT /station/config`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ConfigAnswer {
    /// Counts the changes; 0 as long as nothing was set.
    pub version: u64,
    /// Where times without an offset are meant.
    pub time_zone: ZoneName,
    /// Where phone numbers without a `+` are meant.
    pub country: Country,
    /// What `03/04/2026` means.
    pub date_order: DateOrder,
    /// In which language failed-rows files say what is wrong.
    pub language: ReportLanguage,
    /// What members get that an import with `options.notify` has created; null if they get nothing.
    pub notify: Option<Notify>,
    /// Who is told when tasks end; null for callers without the scope `station:admin`.
    pub webhooks: Option<Vec<WebhookView>>,
}

/// A webhook, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookView {
    /// Its name in the station.
    pub id: WebhookId,
    /// Where messages are sent.
    pub url: String,
    /// What it is told.
    pub events: Vec<TaskEventKind>,
    /// Whether it is told anything.
    pub enabled: bool,
}

/// `PUT /station/config`
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfigRequest {
    /// The version that was read.
    #[schemars(range(max = u64::MAX))]
    pub version: u64,
    /// Where times without an offset are meant.
    #[schemars(with = "ZoneName")]
    pub time_zone: String,
    /// Where phone numbers without a `+` are meant.
    #[schemars(with = "Country")]
    pub country: String,
    /// What `03/04/2026` means.
    pub date_order: DateOrder,
    /// In which language failed-rows files say what is wrong. Nothing changes nothing.
    pub language: Option<ReportLanguage>,
    /// What members get that an import with `options.notify` has created. Null takes it away, and nothing changes
    /// nothing.
    #[serde(default)]
    #[schemars(with = "Option<Notify>")]
    pub notify: Said<Notify>,
    /// Who is told when tasks end, all of them: one that is left out is removed. Null or nothing changes none.
    #[serde(default)]
    #[schemars(length(max = 5))]
    pub webhooks: Option<Vec<SentWebhook>>,
}

impl ConfigAnswer {
    /// The answer about a configuration, to a caller who may see these webhooks.
    pub fn new(config: &StationConfig, webhooks: Option<&Webhooks>) -> Self {
        let view = |all: &Webhooks| {
            let webhooks = all.webhooks.iter();
            let views = webhooks.map(|(id, webhook)| WebhookView {
                id: id.clone(),
                url: webhook.url.clone(),
                events: webhook.events.clone(),
                enabled: webhook.enabled,
            });
            views.collect()
        };
        Self {
            version: config.version,
            time_zone: config.time_zone.clone(),
            country: config.country,
            date_order: config.date_order,
            language: config.language,
            notify: config.notify.clone(),
            webhooks: webhooks.map(view),
        }
    }
}

impl ConfigRequest {
    /// Returns the configuration that is asked for, beside the webhooks. `now` is what is set.
    pub fn config(&self, now: &StationConfig) -> Result<StationConfig, StationConfigError> {
        let sent = SentStationConfig {
            version: self.version,
            time_zone: self.time_zone.clone(),
            country: self.country.clone(),
            date_order: self.date_order,
            language: self.language.unwrap_or(now.language),
            notify: match &self.notify {
                Said::Nothing => now.notify.clone(),
                Said::Null => None,
                Said::Value(notify) => Some(checked(notify)?),
            },
        };
        sent.try_into()
    }
}

fn checked(notify: &Notify) -> Result<Notify, StationConfigError> {
    let reply_to = notify.reply_to.as_deref().map(email_address).transpose();
    Ok(Notify {
        reply_to: reply_to.map_err(|_| StationConfigError::ReplyTo)?,
        ..notify.clone()
    })
}

/// What a request says of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Said<T> {
    /// Nothing: it stays as it is.
    #[default]
    Nothing,
    /// Null: it is taken away.
    Null,
    /// What it is to be.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Said<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|said| said.map_or(Self::Null, Self::Value))
    }
}

/// A message to a webhook, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryView {
    /// Names it in the station.
    pub id: DeliveryId,
    /// The message's id, which its header `webhook-id` has.
    pub event_id: EventId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: TaskEventKind,
    /// To which task.
    pub task_id: TaskId,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it happened.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When it was last tried.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub last_attempt_at: Timestamp,
    /// When it is tried again; null if it is not.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_attempt_at: Option<Timestamp>,
    /// The HTTP status of the last answer; null if there was none.
    pub response_status: Option<u16>,
    /// Why it was not taken; null if it was.
    pub problem: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id(),
            event_id: delivery.event_id,
            webhook_id: delivery.webhook,
            kind: delivery.event,
            task_id: delivery.task_id,
            state: delivery.state,
            attempts: delivery.attempts,
            created_at: delivery.created_at,
            last_attempt_at: delivery.last_attempt_at,
            next_attempt_at: delivery.next_attempt_at,
            response_status: delivery.response_status,
            problem: delivery.problem,
        }
    }
}

/// A page of deliveries.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct DeliveryList {
    /// Newest first.
    pub deliveries: Vec<DeliveryView>,
    /// Where the next page begins; null if this is the last.
    pub next_cursor: Option<String>,
}
