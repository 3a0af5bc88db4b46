//! What SES says of an e-mail, as `EventBridge` puts it into a queue.
//! <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html>

use serde_json::Value;
use sluice_basics::ids::StationId;

use super::suppression::SuppressionReason;

/// The tag with the station.
pub const STATION_TAG: &str = "sluice-station";
/// The tag with the batch.
pub const BATCH_TAG: &str = "sluice-batch";
/// The tag with the recipient's place in its chunk.
pub const PLACE_TAG: &str = "sluice-place";

/// An event about an e-mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailEvent {
    /// Whose e-mail.
    pub station: StationId,
    /// The batch, as its tag has it.
    pub batch: String,
    /// The recipient's place in the chunk.
    pub place: usize,
    /// Whether SES took the e-mail.
    pub is_accepted: bool,
    /// Addresses that are to get no more e-mails, and why.
    pub suppress: Vec<(String, SuppressionReason)>,
}

/// A text that is no event about an e-mail of ours.
#[derive(Debug, thiserror::Error)]
pub enum MailEventError {
    /// It is not JSON.
    #[error("the message is not JSON")]
    Syntax(#[from] serde_json::Error),
    /// It lacks what such an event has.
    #[error("the message is no event of SES about an e-mail of ours")]
    NotOurs,
}

impl MailEvent {
    /// Reads a message of the queue.
    ///
    /// # Errors
    ///
    /// If it is about no e-mail of ours.
    pub fn parse(body: &str) -> Result<Self, MailEventError> {
        let event: Value = serde_json::from_str(body)?;
        let detail = &event["detail"];
        let tag = |name: &str| {
            let value = detail["mail"]["tags"][name][0].as_str();
            value.ok_or(MailEventError::NotOurs)
        };
        let kind = detail["eventType"]
            .as_str()
            .ok_or(MailEventError::NotOurs)?;
        let suppress = match kind {
            // Others may be better tomorrow: a mailbox is full, a server is down.
            "Bounce" if detail["bounce"]["bounceType"] == "Permanent" => addresses(
                &detail["bounce"]["bouncedRecipients"],
                SuppressionReason::Bounce,
            ),
            "Complaint" => addresses(
                &detail["complaint"]["complainedRecipients"],
                SuppressionReason::Complaint,
            ),
            _ => Vec::new(),
        };
        Ok(Self {
            station: tag(STATION_TAG)?
                .parse()
                .map_err(|_| MailEventError::NotOurs)?,
            batch: tag(BATCH_TAG)?.to_owned(),
            place: tag(PLACE_TAG)?
                .parse()
                .map_err(|_| MailEventError::NotOurs)?,
            is_accepted: !matches!(kind, "Reject" | "Rendering Failure"),
            suppress,
        })
    }
}

fn addresses(recipients: &Value, reason: SuppressionReason) -> Vec<(String, SuppressionReason)> {
    let recipients = recipients.as_array().into_iter().flatten();
    let address = |recipient: &Value| {
        let address = recipient["emailAddress"].as_str()?;
        // With a name it stands in angle brackets.
        let bare = address
            .rsplit_once('<')
            .map_or(address, |(_, rest)| rest.trim_end_matches('>'));
        Some((bare.to_lowercase(), reason))
    };
    recipients.filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(detail: &Value) -> String {
        let tags = json!({ "sluice-station": ["demo"], "sluice-batch": ["7-0-0-0"], "sluice-place": ["3"] });
        let mut detail = detail.clone();
        detail["mail"] = json!({ "tags": tags });
        json!({ "source": "aws.ses", "detail": detail }).to_string()
    }

    #[test]
    fn an_event_says_who_was_sent_to_and_who_is_to_get_no_more() {
        let sent = MailEvent::parse(&event(&json!({ "eventType": "Send" }))).expect("an event");
        assert_eq!(
            (sent.batch.as_str(), sent.place, sent.is_accepted),
            ("7-0-0-0", 3, true)
        );
        assert!(sent.suppress.is_empty());
        let bounce = |kind: &str| {
            let recipients = json!([{ "emailAddress": "Ann <Ann@Example.com>" }]);
            let bounce = json!({ "bounceType": kind, "bouncedRecipients": recipients });
            let event = event(&json!({ "eventType": "Bounce", "bounce": bounce }));
            MailEvent::parse(&event).expect("an event").suppress
        };
        let ann = "ann@example.com".to_owned();
        assert_eq!(
            bounce("Permanent"),
            [(ann.clone(), SuppressionReason::Bounce)]
        );
        assert_eq!(bounce("Transient"), []);
        let complaint = json!({ "complainedRecipients": [{ "emailAddress": ann }] });
        let complaint = event(&json!({ "eventType": "Complaint", "complaint": complaint }));
        let complaint = MailEvent::parse(&complaint).expect("an event");
        assert_eq!(
            complaint.suppress,
            [("ann@example.com".to_owned(), SuppressionReason::Complaint)]
        );
        let failed = MailEvent::parse(&event(&json!({ "eventType": "Rendering Failure" })));
        assert!(!failed.expect("an event").is_accepted);
    }

    #[test]
    fn other_messages_are_told_apart() {
        for body in [
            "",
            "{}",
            "[]",
            r#"{"detail":{"eventType":"Send","mail":{"tags":{}}}}"#,
        ] {
            assert!(MailEvent::parse(body).is_err(), "{body}");
        }
    }
}
