//! The events of a configuration set, as `EventBridge` delivers them to a queue.
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html>

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::message::Message;
use crate::simulator::Fate;

/// What happened to an e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventType {
    /// SES accepted it.
    Send,
    /// The recipient's server accepted it.
    Delivery,
    /// It will not arrive.
    Bounce,
    /// The recipient calls it spam.
    Complaint,
    /// Its template could not be filled.
    RenderingFailure,
}

impl EventType {
    /// Its name in the event.
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "Send",
            Self::Delivery => "Delivery",
            Self::Bounce => "Bounce",
            Self::Complaint => "Complaint",
            Self::RenderingFailure => "Rendering Failure",
        }
    }

    /// Its name among the types that an event destination of `CloudFormation` matches.
    fn matching(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Delivery => "delivery",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::RenderingFailure => "renderingFailure",
        }
    }

    fn detail_type(self) -> &'static str {
        match self {
            Self::Send => "Email Sent",
            Self::Delivery => "Email Delivered",
            Self::Bounce => "Email Bounced",
            Self::Complaint => "Email Complaint Received",
            Self::RenderingFailure => "Email Rendering Failed",
        }
    }
}

/// Where the events of a configuration set go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventDestination {
    /// The queue that they are put into.
    pub queue_url: String,
    /// Which are put there: `send`, `delivery`, `bounce`, `complaint`, `renderingFailure`.
    pub matching: Vec<String>,
}

impl EventDestination {
    pub(crate) fn takes(&self, kind: EventType) -> bool {
        self.matching.iter().any(|name| name == kind.matching())
    }
}

/// An event that is to be put into a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SesEvent {
    /// Identifies it to [`Ses::acknowledge`](crate::Ses::acknowledge).
    pub id: i64,
    /// Where it goes.
    pub queue_url: String,
    /// The message's body.
    pub body: String,
}

/// The events that an e-mail causes, in their order.
pub(crate) fn types_of(fate: Fate) -> &'static [EventType] {
    match fate {
        Fate::Delivered => &[EventType::Send, EventType::Delivery],
        Fate::Bounced | Fate::Suppressed | Fate::OnAccountList => {
            &[EventType::Send, EventType::Bounce]
        }
        Fate::Complained => &[EventType::Send, EventType::Delivery, EventType::Complaint],
        Fate::NotRendered => &[EventType::RenderingFailure],
    }
}

/// The event as a queue's message has it.
pub(crate) fn body(kind: EventType, message: &Message, why: Option<&str>) -> String {
    let time = now();
    let mut tags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tag in &message.tags {
        tags.entry(&tag.name).or_default().push(&tag.value);
    }
    if let Some(set) = &message.configuration_set {
        tags.insert("ses:configuration-set", vec![set]);
    }
    let mut detail = json!({
        "eventType": kind.name(),
        "mail": {
            "timestamp": time,
            "source": message.from,
            "sendingAccountId": "000000000000",
            "messageId": message.id,
            "destination": [message.to],
            "headersTruncated": false,
            "headers": message.headers.iter().map(|header| json!({
                "name": header.name,
                "value": header.value,
            })).collect::<Vec<_>>(),
            "tags": tags,
        },
    });
    let (name, what) = part(kind, message, why, &time);
    detail[name] = what;
    let set = message.configuration_set.as_deref().unwrap_or_default();
    let event = json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": kind.detail_type(),
        "source": "aws.ses",
        "account": "000000000000",
        "time": time,
        "region": "us-east-1",
        "resources": [format!("arn:aws:ses:us-east-1:000000000000:configuration-set/{set}")],
        "detail": detail,
    });
    event.to_string()
}

/// What an event says of its own type.
fn part(
    kind: EventType,
    message: &Message,
    why: Option<&str>,
    time: &str,
) -> (&'static str, Value) {
    match kind {
        EventType::Send => ("send", json!({})),
        EventType::Delivery => {
            let delivery = json!({
                "timestamp": time,
                "processingTimeMillis": 1,
                "recipients": [message.to],
                "smtpResponse": "250 2.0.0 OK",
                "reportingMTA": "local",
            });
            ("delivery", delivery)
        }
        EventType::Bounce => {
            let (sub_type, code) = match message.fate {
                Fate::Suppressed => ("Suppressed", "the address is on SES's suppression list"),
                Fate::OnAccountList => (
                    "OnAccountSuppressionList",
                    "the address is on the account's suppression list",
                ),
                _ => ("General", "smtp; 550 5.1.1 user unknown"),
            };
            let bounce = json!({
                "bounceType": "Permanent",
                "bounceSubType": sub_type,
                "bouncedRecipients": [{
                    "emailAddress": message.to,
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": code,
                }],
                "timestamp": time,
                "feedbackId": message.id,
                "reportingMTA": "dsn; local",
            });
            ("bounce", bounce)
        }
        EventType::Complaint => {
            let complaint = json!({
                "complainedRecipients": [{ "emailAddress": message.to }],
                "timestamp": time,
                "feedbackId": message.id,
                "complaintFeedbackType": "abuse",
            });
            ("complaint", complaint)
        }
        EventType::RenderingFailure => {
            let failure = json!({ "errorMessage": why, "templateName": "inline" });
            ("failure", failure)
        }
    }
}

fn now() -> String {
    format!("{:.3}", Timestamp::now())
}
