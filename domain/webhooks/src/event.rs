//! What receivers are told.

use sluice_kind::OfKind;
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{StationId, TaskId, TaskRef, UserTaskId};
use sluice_basics::quote::shortened;
use sluice_basics::rows::RowCounts;
use sluice_task::{Task, TaskStatus, TaskType};

use sha2::{Digest, Sha256};

/// The longest reason in a message, in characters. `/task/get` has all of it.
const REASON_CHARS: usize = 500;

/// What stands for the names of a task whose record cannot be read.
const UNKNOWN: &str = "unknown";

/// What happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum TaskEventKind {
    /// A task ended with status 3.
    #[serde(rename = "task.finished")]
    Finished,
    /// A task ended with status 4.
    #[serde(rename = "task.partly_succeeded")]
    PartlySucceeded,
    /// A task ended with status 5.
    #[serde(rename = "task.failed")]
    Failed,
}

impl TaskEventKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Finished, Self::PartlySucceeded, Self::Failed];

    /// Its name, as messages have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "task.finished",
            Self::PartlySucceeded => "task.partly_succeeded",
            Self::Failed => "task.failed",
        }
    }

    /// What the end of a task in this status is.
    pub fn of(ended: TaskStatus) -> Self {
        match ended {
            TaskStatus::Finished => Self::Finished,
            TaskStatus::PartlySucceeded => Self::PartlySucceeded,
            _ => Self::Failed,
        }
    }
}

/// A message: what happened, when, and to which task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TaskEvent {
    /// What happened.
    #[serde(rename = "type")]
    pub kind: TaskEventKind,
    /// When.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub timestamp: Timestamp,
    /// The task as it ended. Its result is not in it: it can be large, and it has links.
    pub data: EndedTask,
}

/// A task that has ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndedTask {
    /// Whose.
    pub station_id: StationId,
    /// Which.
    pub task_id: TaskId,
    /// The caller's own id.
    pub user_task_id: Option<UserTaskId>,
    /// The handler's name.
    pub name: String,
    /// Import, export or process.
    #[serde(rename = "type")]
    pub task_type: TaskType,
    /// The business.
    pub business_id: String,
    /// How it ended.
    pub status: TaskStatus,
    /// Why it did not succeed, shortened to 500 characters.
    pub reason: Option<String>,
    /// Its rows by outcome, if it has rows.
    pub rows: Option<EventRows>,
    /// How often it was started.
    pub run_count: u32,
    /// When it was added.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub create_time: Timestamp,
    /// When it was last started.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_time: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub end_time: Timestamp,
}

/// Rows by outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EventRows {
    /// Rows read.
    pub read: u64,
    /// Rows that succeeded.
    pub succeeded: u64,
    /// Rows that were wrong.
    pub failed: u64,
    /// Rows whose key was taken.
    pub duplicate: u64,
    /// Rows left out because their key was taken.
    pub skipped: u64,
}

impl From<RowCounts> for EventRows {
    fn from(rows: RowCounts) -> Self {
        Self {
            read: rows.read,
            succeeded: rows.succeeded,
            failed: rows.failed,
            duplicate: rows.duplicate,
            skipped: rows.skipped,
        }
    }
}

impl TaskEvent {
    /// The end of a task, at `end_time`, with these counts.
    pub fn ended(
        task: &Task,
        status: TaskStatus,
        reason: Option<&str>,
        rows: RowCounts,
        end_time: Timestamp,
    ) -> Self {
        let reason = reason.or(task.reason.as_deref());
        Self {
            kind: TaskEventKind::of(status),
            timestamp: end_time,
            data: EndedTask {
                station_id: task.station_id.clone(),
                task_id: task.task_id,
                user_task_id: task.user_task_id.clone(),
                name: task.name.clone(),
                task_type: task.task_type,
                business_id: task.business_id.clone(),
                status,
                reason: reason.map(|reason| shortened(reason, REASON_CHARS)),
                rows: task.kind().has_chunks().then(|| rows.into()),
                run_count: task.run_count,
                create_time: task.create_time,
                start_time: task.start_time,
                end_time,
            },
        }
    }

    /// The end of a task whose record cannot be read, so that little is known of it.
    pub fn unreadable(task: &TaskRef, reason: &str, end_time: Timestamp) -> Self {
        Self {
            kind: TaskEventKind::Failed,
            timestamp: end_time,
            data: EndedTask {
                station_id: task.station_id.clone(),
                task_id: task.task_id,
                user_task_id: None,
                name: UNKNOWN.to_owned(),
                task_type: TaskType::Process,
                business_id: UNKNOWN.to_owned(),
                status: TaskStatus::Failed,
                reason: Some(reason.to_owned()),
                rows: None,
                run_count: 0,
                create_time: end_time,
                start_time: None,
                end_time,
            },
        }
    }

    /// Its id.
    pub fn id(&self) -> EventId {
        let task = TaskRef {
            station_id: self.data.station_id.clone(),
            task_id: self.data.task_id,
        };
        EventId::of(&task, self.data.end_time)
    }
}

/// An event's id: the same for the same end of a task, and grows with time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(String);

/// `evt_`, the milliseconds since 1970, `_`, and a digest that no two stations share.
const ID_BYTES: usize = 4 + 13 + 1 + 20;

impl EventId {
    /// The id of the end of a task at this time.
    pub fn of(task: &TaskRef, ended: Timestamp) -> Self {
        let digest = Sha256::digest(format!("{task}/{ended}"));
        let ms = ended.as_millisecond().max(0);
        let mut id = format!("evt_{ms:013}_");
        for byte in digest.iter().take(10) {
            let _ = write!(id, "{byte:02x}");
        }
        Self(id)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Splits a text that begins with an id from the rest.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let (id, rest) = text.split_at_checked(ID_BYTES)?;
        Some((id.parse().ok()?, rest))
    }
}

/// A text is no id of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the id of an event")]
pub struct NoEventId;

impl FromStr for EventId {
    type Err = NoEventId;

    fn from_str(text: &str) -> Result<Self, NoEventId> {
        let parts: Vec<&str> = text.split('_').collect();
        let is_one = matches!(parts[..], ["evt", ms, digest]
            if ms.len() == 13 && ms.bytes().all(|b| b.is_ascii_digit())
                && digest.len() == 20 && digest.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
        if is_one {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoEventId)
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EventId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EventId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for EventId {
    fn schema_name() -> Cow<'static, str> {
        "EventId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^evt_[0-9]{13}_[0-9a-f]{20}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(station: &str, number: u64) -> TaskRef {
        TaskRef {
            station_id: station.parse().expect("a station"),
            task_id: TaskId::try_from(number).expect("an id"),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn an_id_is_of_one_end_of_one_task_and_grows_with_time() {
        let first = EventId::of(&task("demo", 7), at("2026-11-27T10:00:00.001Z"));
        assert_eq!(
            first,
            EventId::of(&task("demo", 7), at("2026-11-27T10:00:00.001Z"))
        );
        for other in [
            EventId::of(&task("demo", 7), at("2026-11-27T10:00:00.0010001Z")),
            EventId::of(&task("demo", 8), at("2026-11-27T10:00:00.001Z")),
            EventId::of(&task("other", 7), at("2026-11-27T10:00:00.001Z")),
        ] {
            assert_ne!(first, other);
        }
        let later = EventId::of(&task("demo", 7), at("2026-11-27T10:00:00.002Z"));
        assert!(first < later);
        // A dot would end the id in what is signed.
        assert!(!first.as_str().contains('.'));
        assert_eq!(first.as_str().parse(), Ok(first.clone()));
        assert_eq!(first.as_str().len(), ID_BYTES);
        assert_eq!(
            EventId::split(&format!("{first}_shop")),
            Some((first, "_shop"))
        );
    }

    #[test]
    fn other_texts_are_no_ids() {
        for bad in [
            "",
            "evt_1_2",
            "evt_1764237600001_0123456789ABCDEF0123",
            "evt_1764237600001_0123456789abcdef01234",
            "evt_17642376000x1_0123456789abcdef0123",
            "#",
        ] {
            assert!(bad.parse::<EventId>().is_err(), "{bad}");
        }
    }
}
