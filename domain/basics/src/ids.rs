//! Identifiers as types that can only hold what is valid: stations, tasks, businesses.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A station id has other characters or another length.
    #[error("a station id has 1 to 64 letters, digits, '-' and '_'")]
    Station,
    /// A task id is not a whole number of at most 53 bits.
    #[error("a task id is a whole number between 1 and 9007199254740991")]
    Task,
    /// A user task id is empty, too long or has control characters.
    #[error("a user_task_id has 1 to 64 characters and no control characters")]
    UserTask,
    /// A business id has other characters or another length.
    #[error("a business has 1 to 64 lower-case letters, digits and '_'")]
    Business,
    /// A handler's name has other characters or another length.
    #[error("a handler's name has 1 to 64 letters, digits, '.', '-' and '_'")]
    Handler,
}

/// Makes a type for texts of a form, at most so many characters long.
macro_rules! text_id {
    (
        $(#[$doc:meta])* $name:ident, $errors:ident::$error:ident, $max:literal, $pattern:literal, $valid:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// It as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $errors;

            fn from_str(text: &str) -> Result<Self, $errors> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.to_owned())) } else { Err($errors::$error) }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(::serde::de::Error::custom)
            }
        }

        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                ::schemars::json_schema!({
                    "type": "string", "minLength": 1, "maxLength": $max, "pattern": $pattern,
                })
            }
        }
    };
}

pub(crate) use text_id;

fn is_word(text: &str, allowed: fn(u8) -> bool) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

text_id!(
    /// A tenant. Part of every key that is stored, so its characters are those that are safe
    /// in a DynamoDB key, an S3 key and a URL alike.
    StationId,
    IdError::Station,
    64,
    "^[A-Za-z0-9_-]+$",
    |text| is_word(text, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
);

text_id!(
    /// The caller's own id of a task, unique in its station.
    UserTaskId,
    IdError::UserTask,
    64,
    r"^[^\u0000-\u001F\u007F-\u009F]+$",
    |text| (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control)
);

text_id!(
    /// What is imported: the name of a definition in `definitions/`.
    BusinessId,
    IdError::Business,
    64,
    "^[a-z0-9_]+$",
    |text| is_word(text, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
);

text_id!(
    /// Who does a task's work.
    HandlerName,
    IdError::Handler,
    64,
    "^[A-Za-z0-9._-]+$",
    |text| is_word(text, |b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
);

/// A task's number: fits in 53 bits, because browsers read JSON numbers as doubles, and grows
/// with time. Unique in its station, which the task store enforces when it puts the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId(u64);

impl TaskId {
    /// The largest id: 2⁵³ − 1, JavaScript's `Number.MAX_SAFE_INTEGER`.
    pub const MAX: u64 = (1 << 53) - 1;
    /// The least id there can be.
    pub const LEAST: Self = Self(1);
    /// The greatest id there can be.
    pub const GREATEST: Self = Self(Self::MAX);
    /// 2020-01-01T00:00:00Z. 41 bits of milliseconds from here last until 2089.
    const EPOCH_MS: i64 = 1_577_836_800_000;

    /// The id for a task made at `now`: 41 bits of milliseconds, then the low 12 bits of
    /// `random`. Two tasks of one station in one millisecond may meet; the store then refuses
    /// the second, and the caller takes another random number.
    pub fn new(now: Timestamp, random: u16) -> Self {
        let elapsed_ms = (now.as_millisecond() - Self::EPOCH_MS).max(0) as u64;
        Self(((elapsed_ms << 12) | u64::from(random & 0xFFF)).clamp(1, Self::MAX))
    }

    /// The least id that a task made at `now` can have.
    pub fn first_at(now: Timestamp) -> Self {
        Self::new(now, 0)
    }

    /// The greatest id that a task made at `now` can have.
    pub fn last_at(now: Timestamp) -> Self {
        Self::new(now, u16::MAX)
    }

    /// The id before this one.
    pub fn before(self) -> Option<Self> {
        Self::try_from(self.0 - 1).ok()
    }

    /// The id as a number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for TaskId {
    type Error = IdError;

    fn try_from(number: u64) -> Result<Self, IdError> {
        if (1..=Self::MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(IdError::Task)
        }
    }
}

impl FromStr for TaskId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse::<u64>().map_err(|_| IdError::Task)?.try_into()
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for TaskId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for TaskId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer)?
            .try_into()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for TaskId {
    fn schema_name() -> Cow<'static, str> {
        "TaskId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "integer", "minimum": 1, "maximum": Self::MAX })
    }
}

/// A task of a station: what every key and message names.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TaskRef {
    /// The tenant.
    pub station_id: StationId,
    /// The task's number in it.
    pub task_id: TaskId,
}

impl fmt::Display for TaskRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.station_id, self.task_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_station_id_cannot_leave_its_place_in_a_key() {
        for bad in ["", "a/b", "../x", "a#b", "a b", "ä", &"a".repeat(65)] {
            assert_eq!(bad.parse::<StationId>(), Err(IdError::Station), "{bad}");
        }
        assert!("Station_7-b".parse::<StationId>().is_ok());
    }

    #[test]
    fn task_ids_grow_with_time_and_fit_in_53_bits() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a timestamp");
        let early = TaskId::new(at("2026-11-21T00:00:00Z"), 0xFFFF);
        let late = TaskId::new(at("2026-11-21T00:00:00.001Z"), 0);
        assert!(early < late);
        assert!(TaskId::new(at("2089-01-01T00:00:00Z"), 0xFFF).get() <= TaskId::MAX);
    }

    #[test]
    fn a_user_task_id_is_counted_in_characters() {
        assert!("会".repeat(64).parse::<UserTaskId>().is_ok());
        assert!("会".repeat(65).parse::<UserTaskId>().is_err());
        assert!("a\u{0}".parse::<UserTaskId>().is_err());
    }
}
