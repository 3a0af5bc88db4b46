//! A notice: an event that webhooks are still to be told of. It is written in the transaction that ends the
//! task, and deleted when everybody was told or nobody is any more.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sluice_basics::ids::{StationId, TaskId};
use sluice_task::message::VERSION;

use super::config::WebhookId;
use super::event::{EventId, TaskEvent, TaskEventKind};

/// A notice that nobody can deal with is deleted after so many seconds. Tries end earlier.
const KEPT_SECONDS: i64 = 7 * 24 * 3_600;
/// For how long a notice belongs to the function that took it.
const LEASE: Duration = Duration::from_mins(1);
/// How often at most the sweeper shows a notice again: every so many minutes.
const SELDOM_MINUTES: u64 = 32;

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Whose.
    pub station_id: StationId,
    /// The event's id, which is the message's.
    pub event_id: EventId,
    /// What happened.
    pub event: TaskEventKind,
    /// To which task.
    pub task_id: TaskId,
    /// When it happened.
    pub created_at: Timestamp,
    /// The message's bytes, the same at every try.
    pub body: String,
    /// The webhook that is told; all that want the event if none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<WebhookId>,
    /// When it is to be told.
    pub due: Timestamp,
    /// How often that was tried.
    #[serde(default)]
    pub tries: u32,
    /// How often the delivery was tried before somebody had it sent again.
    #[serde(default)]
    pub before: u32,
    /// Until when it belongs to the function that took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leased_until: Option<Timestamp>,
    /// When it is deleted, in seconds since 1970.
    pub expires_at: i64,
}

/// Names a notice: it is in the order in which notices are due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NoticeKey(String);

/// A message of the notices queue: look at this notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeMessage {
    /// [`VERSION`]
    pub version: u8,
    /// Whose.
    pub station_id: StationId,
    /// Which.
    pub notice: NoticeKey,
}

impl Notice {
    /// The notice of an event, due at once.
    pub fn of(event: &TaskEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            station_id: event.data.station_id.clone(),
            event_id: event.id(),
            event: event.kind,
            task_id: event.data.task_id,
            created_at: event.timestamp,
            body: serde_json::to_string(event)?,
            webhook: None,
            due: event.timestamp,
            tries: 0,
            before: 0,
            leased_until: None,
            expires_at: Self::expiry(event.timestamp),
        })
    }

    /// What an event on a bus says: the message with the event's id, by which one that comes twice is known.
    ///
    /// # Errors
    ///
    /// If the message is no JSON object.
    pub fn event_detail(&self) -> Result<String, serde_json::Error> {
        let mut detail: Map<String, Value> = serde_json::from_str(&self.body)?;
        detail.insert("id".to_owned(), self.event_id.to_string().into());
        serde_json::to_string(&detail)
    }

    /// When a notice that is written now is deleted, whatever becomes of it.
    pub(super) fn expiry(now: Timestamp) -> i64 {
        now.as_second() + KEPT_SECONDS
    }

    /// Until when it belongs to whoever takes it now.
    pub fn lease(now: Timestamp) -> Timestamp {
        now.checked_add(LEASE).unwrap_or(now)
    }

    /// Whether nobody has looked at it yet.
    pub fn is_fresh(&self) -> bool {
        self.tries == 0 && self.leased_until.is_none()
    }

    /// The same for one webhook that was told in vain, after a wait.
    #[must_use]
    pub fn again(&self, webhook: &WebhookId, due: Timestamp) -> Self {
        Self {
            webhook: Some(webhook.clone()),
            due,
            tries: self.tries + 1,
            leased_until: None,
            // A receiver may ask for a day before each try: it is there until the last one.
            expires_at: Self::expiry(due),
            ..self.clone()
        }
    }

    /// Its key.
    pub fn key(&self) -> NoticeKey {
        NoticeKey::new(
            self.due,
            &self.station_id,
            &self.event_id,
            self.webhook.as_ref(),
        )
    }

    /// The message that has it looked at.
    pub fn message(&self) -> NoticeMessage {
        NoticeMessage {
            version: VERSION,
            station_id: self.station_id.clone(),
            notice: self.key(),
        }
    }
}

impl NoticeKey {
    /// The key of a notice that is due at this time.
    pub fn new(
        due: Timestamp,
        station: &StationId,
        event: &EventId,
        webhook: Option<&WebhookId>,
    ) -> Self {
        let webhook = webhook.map_or("", WebhookId::as_str);
        let due = Self::due_by(due);
        Self(format!("{due}#{station}#{event}#{webhook}"))
    }

    /// A key as it is stored.
    pub fn stored(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// What the keys of all notices begin with that are due at this time; those of earlier ones are less.
    pub fn due_by(time: Timestamp) -> String {
        format!("{:013}", time.as_millisecond().max(0))
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the sweeper, which comes every minute, shows a notice again that was due so long ago: after 2
/// minutes, 4, 8 and 16, and then every 32. Nothing has to be written down for that, and a queue that is
/// behind grows slowly.
pub fn is_shown_again(late: Duration) -> bool {
    let minutes = late.as_secs() / 60;
    (minutes >= 2 && minutes.is_power_of_two())
        || (minutes > 0 && minutes.is_multiple_of(SELDOM_MINUTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_that_is_late_is_shown_again_less_and_less_often() {
        let shown: Vec<u64> = (0..130)
            .filter(|minute| is_shown_again(Duration::from_secs(minute * 60 + 7)))
            .collect();
        assert_eq!(shown, [2, 4, 8, 16, 32, 64, 96, 128]);
    }

    #[test]
    fn a_notice_is_there_until_its_last_try_however_long_the_receiver_has_it_wait() {
        let begun: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        let mut notice = Notice {
            station_id: "demo".parse().expect("a station"),
            event_id: "evt_1764237600001_0123456789abcdef0123"
                .parse()
                .expect("an id"),
            event: TaskEventKind::Finished,
            task_id: TaskId::LEAST,
            created_at: begun,
            body: String::new(),
            webhook: None,
            due: begun,
            tries: 0,
            before: 0,
            leased_until: None,
            expires_at: Notice::expiry(begun),
        };
        let id: WebhookId = "crm".parse().expect("an id");
        for _ in 0..9 {
            let due = notice.due + Duration::from_hours(24);
            notice = notice.again(&id, due);
            assert!(notice.expires_at > due.as_second(), "{notice:?}");
        }
    }

    #[test]
    fn keys_are_in_the_order_in_which_notices_are_due() {
        let station: StationId = "demo".parse().expect("a station");
        let event: EventId = "evt_1764237600001_0123456789abcdef0123"
            .parse()
            .expect("an id");
        let key = |ms: i64| {
            let due = Timestamp::from_millisecond(ms).expect("a time");
            NoticeKey::new(due, &station, &event, None)
        };
        assert!(key(999) < key(1_000) && key(1_000) < key(1_764_237_600_001));
        let now = Timestamp::from_millisecond(1_000).expect("a time");
        assert!(key(999).as_str() < NoticeKey::due_by(now).as_str());
        assert!(key(1_000).as_str() > NoticeKey::due_by(now).as_str());
    }
}
