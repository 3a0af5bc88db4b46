//! The webhooks that a station has set up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::address::{UrlProblem, check_url};
use super::event::TaskEventKind;
use super::secret::{SecretProblem, WebhookSecret};

/// How many webhooks a station has at most.
pub const MAX_WEBHOOKS: usize = 5;
/// The address that means the deployment's event bus.
const EVENT_BUS: &str = "eventbridge:";

/// A webhook's name in its station.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(String);

/// All webhooks of a station.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// By their ids.
    #[serde(default)]
    pub webhooks: BTreeMap<WebhookId, Webhook>,
}

/// A webhook, as it is stored. Its secret is kept elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where messages are sent.
    pub url: String,
    /// What it is told.
    pub events: Vec<TaskEventKind>,
    /// Whether it is told anything.
    pub enabled: bool,
    /// By which its secret is known again.
    pub key_id: String,
}

impl Webhook {
    /// Whether it is told of an event.
    pub fn wants(&self, event: TaskEventKind) -> bool {
        self.enabled && self.events.contains(&event)
    }

    /// Whether it is told by an event on the deployment's event bus, and not by a request.
    pub fn is_event_bus(&self) -> bool {
        self.url == EVENT_BUS
    }
}

/// A webhook as a caller sends it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentWebhook {
    /// Its name in the station.
    pub id: WebhookId,
    /// Where messages are sent: `https://` and a public host; or `eventbridge:`, the deployment's event bus.
    #[schemars(length(max = 500), extend("format" = "uri"))]
    pub url: String,
    /// What it is told; everything if nothing is said.
    #[serde(default)]
    pub events: Option<Vec<TaskEventKind>>,
    /// Whether it is told anything. An answer of 410 makes it false.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// `whsec_` and 24 to 64 random bytes in base64. It is never shown again. Without one a webhook keeps the
    /// secret that it has. An event bus has none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub secret: Option<HiddenText>,
}

fn yes() -> bool {
    true
}

/// A text of a caller that must not be shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct HiddenText(String);

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenText(…)")
    }
}

/// What is wrong with webhooks that a caller sends. The message names the field.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// Too many.
    #[error("webhooks: {0} webhooks, at most {MAX_WEBHOOKS} are taken")]
    TooMany(usize),
    /// Two with one id.
    #[error("webhooks: the id `{0}` is there twice")]
    Twice(WebhookId),
    /// A wrong address.
    #[error("webhooks: the url of `{0}` {1}")]
    Url(WebhookId, UrlProblem),
    /// A wrong secret.
    #[error("webhooks: the secret of `{0}` {1}")]
    Secret(WebhookId, SecretProblem),
    /// A new webhook without a secret.
    #[error("webhooks: `{0}` is new and needs a secret")]
    NoSecret(WebhookId),
    /// An event bus that there is not.
    #[error("webhooks: `{0}` leads to an event bus, and this deployment has none")]
    NoEventBus(WebhookId),
    /// An event bus with a secret.
    #[error(
        "webhooks: `{0}` leads to an event bus, whose events are not signed: leave the secret out"
    )]
    NotSigned(WebhookId),
    /// A webhook that is told nothing.
    #[error("webhooks: `{0}` lists no events: leave `events` out for all, or set enabled: false")]
    NoEvents(WebhookId),
}

/// What becomes of a station's webhooks.
#[derive(Clone, Debug)]
pub struct SettledWebhooks {
    /// All of them.
    pub webhooks: Webhooks,
    /// Secrets that are new, or replace others.
    pub secrets: Vec<(WebhookId, WebhookSecret)>,
    /// Webhooks that have no secret any more.
    pub removed: Vec<WebhookId>,
}

/// Where webhooks may lead beside the public internet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    /// To loopback addresses, which is for the system on one machine.
    pub this_machine: bool,
    /// To the deployment's event bus.
    pub event_bus: bool,
}

/// Decides what a change of the webhooks that there are `now` comes to.
pub fn settle(
    now: &Webhooks,
    sent: &[SentWebhook],
    reach: Reach,
) -> Result<SettledWebhooks, WebhookError> {
    if sent.len() > MAX_WEBHOOKS {
        return Err(WebhookError::TooMany(sent.len()));
    }
    let mut settled = SettledWebhooks {
        webhooks: Webhooks::default(),
        secrets: Vec::new(),
        removed: Vec::new(),
    };
    for one in sent {
        let id = || one.id.clone();
        let is_event_bus = one.url == EVENT_BUS;
        let url = if is_event_bus {
            EVENT_BUS.to_owned()
        } else {
            let url = check_url(&one.url, reach.this_machine);
            url.map_err(|problem| WebhookError::Url(id(), problem))?
                .into()
        };
        if is_event_bus && !reach.event_bus {
            return Err(WebhookError::NoEventBus(id()));
        }
        let mut events = one.events.clone().unwrap_or(TaskEventKind::ALL.to_vec());
        events.sort_unstable();
        events.dedup();
        if events.is_empty() {
            return Err(WebhookError::NoEvents(id()));
        }
        let known = now
            .webhooks
            .get(&one.id)
            .filter(|known| !known.is_event_bus());
        let known = known.map(|known| &known.key_id);
        let key_id = match (&one.secret, known) {
            (None, _) if is_event_bus => String::new(),
            (Some(_), _) if is_event_bus => return Err(WebhookError::NotSigned(id())),
            (Some(HiddenText(text)), known) => {
                let secret: WebhookSecret = text
                    .parse()
                    .map_err(|problem| WebhookError::Secret(id(), problem))?;
                let key_id = secret.key_id();
                // The same secret once more replaces none.
                if known != Some(&key_id) {
                    settled.secrets.push((id(), secret));
                }
                key_id
            }
            (None, Some(key_id)) => key_id.clone(),
            (None, None) => return Err(WebhookError::NoSecret(id())),
        };
        let webhook = Webhook {
            url,
            events,
            enabled: one.enabled,
            key_id,
        };
        if settled.webhooks.webhooks.insert(id(), webhook).is_some() {
            return Err(WebhookError::Twice(id()));
        }
    }
    // An event bus has no use for the secret that the webhook had.
    let is_gone = |id: &&WebhookId| {
        let stays = settled.webhooks.webhooks.get(*id);
        stays.is_none_or(Webhook::is_event_bus)
    };
    settled.removed = now.webhooks.keys().filter(is_gone).cloned().collect();
    Ok(settled)
}

/// A text is no id of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of a webhook has 1 to 32 lower-case letters, digits, '-' and '_'")]
pub struct NoWebhookId;

impl FromStr for WebhookId {
    type Err = NoWebhookId;

    fn from_str(text: &str) -> Result<Self, NoWebhookId> {
        let is_taken =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(is_taken) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoWebhookId)
        }
    }
}

impl WebhookId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebhookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for WebhookId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for WebhookId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for WebhookId {
    fn schema_name() -> Cow<'static, str> {
        "WebhookId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[a-z0-9_-]{1,32}$" })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const OTHER: &str = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";

    fn sent(webhooks: Value) -> Vec<SentWebhook> {
        serde_json::from_value(webhooks).expect("webhooks")
    }

    fn shop(more: &Value) -> Value {
        let mut webhook = json!({ "id": "shop", "url": "https://shop.example/hook" });
        let more = more.as_object().expect("an object").clone();
        webhook.as_object_mut().expect("an object").extend(more);
        webhook
    }

    fn of(webhooks: Value) -> Webhooks {
        let settled = settle(&Webhooks::default(), &sent(webhooks), Reach::default());
        settled.expect("webhooks").webhooks
    }

    #[test]
    fn a_webhook_keeps_its_secret_until_it_is_given_another() {
        let now = of(json!([shop(&json!({ "secret": SECRET }))]));
        let id: WebhookId = "shop".parse().expect("an id");
        assert_eq!(now.webhooks[&id].events, TaskEventKind::ALL);
        // As it was read, and with the secret once more.
        for again in [shop(&json!({})), shop(&json!({ "secret": SECRET }))] {
            let settled = settle(&now, &sent(json!([again])), Reach::default()).expect("webhooks");
            assert_eq!(settled.webhooks, now);
            assert!(settled.secrets.is_empty() && settled.removed.is_empty());
        }
        let rotated = sent(json!([shop(&json!({ "secret": OTHER }))]));
        let settled = settle(&now, &rotated, Reach::default()).expect("webhooks");
        assert_eq!(settled.secrets.len(), 1);
        assert_ne!(settled.webhooks, now);
        let settled = settle(&now, &[], Reach::default()).expect("webhooks");
        assert_eq!(settled.removed, [id]);
    }

    #[test]
    fn wrong_webhooks_are_refused_and_nothing_secret_is_quoted() {
        for (wrong, words) in [
            (
                json!([shop(&json!({}))]),
                "`shop` is new and needs a secret",
            ),
            (
                json!([shop(&json!({ "secret": "hush" }))]),
                "the secret of `shop` must be `whsec_`",
            ),
            (
                json!([shop(
                    &json!({ "secret": SECRET, "url": "http://shop.example/?key=hush" })
                )]),
                "the url of `shop` must begin with https://",
            ),
            (
                json!([shop(&json!({ "secret": SECRET, "events": [] }))]),
                "`shop` lists no events",
            ),
            (
                json!([shop(&json!({ "url": "eventbridge:" }))]),
                "this deployment has none",
            ),
            (
                json!([shop(
                    &json!({ "secret": SECRET, "url": "eventbridge:other" })
                )]),
                "the url of `shop` must begin with https://",
            ),
            (
                json!([
                    shop(&json!({ "secret": SECRET })),
                    shop(&json!({ "secret": OTHER }))
                ]),
                "`shop` is there twice",
            ),
            (
                json!(vec![shop(&json!({ "secret": SECRET })); MAX_WEBHOOKS + 1]),
                "6 webhooks, at most 5",
            ),
        ] {
            let sent = sent(wrong);
            let error = settle(&Webhooks::default(), &sent, Reach::default()).expect_err(words);
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(!text.contains("hush") && !format!("{sent:?}").contains(SECRET));
        }
        for id in ["", "Shop", "a b", "a/b", "ä", &"x".repeat(33)] {
            assert!(id.parse::<WebhookId>().is_err(), "{id}");
        }
    }

    #[test]
    fn an_event_bus_has_no_secret_and_gives_none_to_the_webhook_after_it() {
        let reach = Reach {
            event_bus: true,
            ..Reach::default()
        };
        let bus = shop(&json!({ "url": "eventbridge:" }));
        let signed = of(json!([shop(&json!({ "secret": SECRET }))]));
        let settled = settle(&signed, &sent(json!([bus])), reach).expect("a bus");
        let now = settled.webhooks;
        assert!(now.webhooks.values().all(Webhook::is_event_bus) && settled.secrets.is_empty());
        assert_eq!(settled.removed.len(), 1, "its secret is forgotten");
        let secret = shop(&json!({ "url": "eventbridge:", "secret": SECRET }));
        for (wrong, words) in [
            (secret, "leave the secret out"),
            (shop(&json!({})), "needs a secret"),
        ] {
            let error = settle(&now, &sent(json!([wrong])), reach).expect_err(words);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_webhook_hears_what_it_asks_for_while_it_is_enabled() {
        let failures = json!({ "secret": SECRET, "events": ["task.failed", "task.failed"] });
        let now = of(json!([shop(&failures)]));
        let webhook = now.webhooks.values().next().expect("a webhook");
        assert_eq!(webhook.events, [TaskEventKind::Failed]);
        assert!(webhook.wants(TaskEventKind::Failed) && !webhook.wants(TaskEventKind::Finished));
        let off = Webhook {
            enabled: false,
            ..webhook.clone()
        };
        assert!(!off.wants(TaskEventKind::Failed));
    }
}
