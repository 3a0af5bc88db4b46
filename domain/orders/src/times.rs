//! The days and times of orders. They are the station's own: they have no offset, and none is guessed.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day, such as `2026-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalDay(Date);

/// A time of day on a day, such as `2026-01-31T08:30:00`. A day alone is its first moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(DateTime);

/// A text that is no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a day such as 2026-01-31")]
pub struct NotADay;

/// A text that is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a time such as 2026-01-31T08:30:00, without an offset, or a day such as 2026-01-31"
)]
pub struct NotATime;

/// How times may be written. Nothing follows the seconds: an offset would be another time.
const FORMS: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
];

impl LocalDay {
    /// Returns the day after, if the calendar has one.
    pub fn next(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// Returns how many days there are from this one to `last`, both included; none if `last` is before it.
    pub fn days_to(self, last: Self) -> u32 {
        let apart = last.0.duration_since(self.0).as_hours() / 24;
        u32::try_from(apart + 1).unwrap_or_default()
    }
}

impl LocalTime {
    /// Returns the day that it is on.
    pub fn day(self) -> LocalDay {
        LocalDay(self.0.date())
    }
}

impl fmt::Display for LocalDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Years before the year 1000 or after 9999 are typing errors, and would not sort as text.
fn is_usual(date: Date) -> bool {
    date.year() >= 1000
}

impl FromStr for LocalDay {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let date = Date::strptime("%Y-%m-%d", text).map_err(|_| NotADay)?;
        is_usual(date).then_some(Self(date)).ok_or(NotADay)
    }
}

impl FromStr for LocalTime {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        if let Ok(day) = text.parse::<LocalDay>() {
            return Ok(Self(day.0.at(0, 0, 0, 0)));
        }
        let mut forms = FORMS.iter();
        let time = forms.find_map(|form| DateTime::strptime(form, text).ok());
        let time = time.filter(|time| is_usual(time.date()));
        time.map(Self).ok_or(NotATime)
    }
}

macro_rules! as_text {
    ($name:ident, $form:literal) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $form })
            }
        }
    };
}

as_text!(LocalDay, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$");
as_text!(
    LocalTime,
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_one_form() {
        for (text, time) in [
            ("2026-01-31", "2026-01-31T00:00:00"),
            ("2026-01-31 08:30", "2026-01-31T08:30:00"),
            ("2026-01-31T08:30", "2026-01-31T08:30:00"),
            ("2026-01-31 08:30:15", "2026-01-31T08:30:15"),
            ("2026-01-31T08:30:15", "2026-01-31T08:30:15"),
        ] {
            let read: LocalTime = text.parse().expect("a time");
            assert_eq!(read.to_string(), time, "{text}");
            assert_eq!(read.day().to_string(), "2026-01-31");
        }
    }

    #[test]
    fn what_could_be_another_time_is_refused() {
        for text in [
            "",
            "2026-02-30",
            "2026-01-31T08:30:00Z",
            "2026-01-31T08:30:00+08:00",
            "31.01.2026",
            "01/31/2026",
            "2026-01-31T24:00:00",
            "0026-01-31",
            "tomorrow",
        ] {
            assert_eq!(text.parse::<LocalTime>(), Err(NotATime), "{text}");
            assert_eq!(text.parse::<LocalDay>(), Err(NotADay), "{text}");
        }
        assert_eq!("2026-01-31T08:30".parse::<LocalDay>(), Err(NotADay));
    }

    #[test]
    fn days_are_counted_with_both_ends() {
        let day = |text: &str| text.parse::<LocalDay>().expect("a day");
        assert_eq!(day("2026-01-31").days_to(day("2026-01-31")), 1);
        assert_eq!(day("2024-02-28").days_to(day("2024-03-01")), 3);
        assert_eq!(day("2026-01-31").days_to(day("2026-01-30")), 0);
        assert_eq!(day("2024-02-28").next(), Some(day("2024-02-29")));
    }
}
