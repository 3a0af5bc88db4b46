//! What a station has set for itself: how its files write dates, times and phone numbers.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A station's configuration. Each change makes a new version, and an import keeps to the one it
/// began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationConfig {
    /// Counts the changes; 0 as long as nothing was set.
    #[schemars(range(max = u64::MAX))]
    pub version: u64,
    /// Where times without an offset are meant.
    pub time_zone: ZoneName,
    /// Where phone numbers without a `+` are meant.
    pub country: Country,
    /// What `03/04/2026` means.
    pub date_order: DateOrder,
}

impl Default for StationConfig {
    fn default() -> Self {
        Self {
            version: 0,
            time_zone: ZoneName(TimeZone::UTC),
            country: Country(*b"CN"),
            date_order: DateOrder::default(),
        }
    }
}

/// The order of day, month and year where a date does not begin with its year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Such a date is ambiguous and an error of its row.
    #[default]
    YearFirst,
    /// `31/12/2026`
    DayFirst,
    /// `12/31/2026`
    MonthFirst,
}

/// A time zone of the IANA database, such as `Asia/Shanghai`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneName(TimeZone);

impl ZoneName {
    /// The zone.
    pub fn zone(&self) -> &TimeZone {
        &self.0
    }
}

/// A country as two capital letters (ISO 3166-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Why a setting is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StationConfigError {
    /// Not in the database.
    #[error("a time zone has a name such as `Asia/Shanghai` or `UTC`")]
    Zone,
    /// Not two capital letters.
    #[error("a country has two capital letters, such as `CN`")]
    Country,
}

impl FromStr for ZoneName {
    type Err = StationConfigError;

    fn from_str(name: &str) -> Result<Self, StationConfigError> {
        let zone = TimeZone::get(name).map_err(|_| StationConfigError::Zone)?;
        match zone.iana_name() {
            Some(_) => Ok(Self(zone)),
            None => Err(StationConfigError::Zone),
        }
    }
}

impl FromStr for Country {
    type Err = StationConfigError;

    fn from_str(text: &str) -> Result<Self, StationConfigError> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(StationConfigError::Country),
        }
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! as_text {
    ($name:ident, $schema:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

as_text!(ZoneName, { "type": "string", "examples": ["Asia/Shanghai", "UTC"] });
as_text!(Country, { "type": "string", "pattern": "^[A-Z]{2}$" });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_reads_as_it_was_written() {
        let config = StationConfig {
            version: 3,
            time_zone: "Asia/Shanghai".parse().expect("a zone"),
            country: "DE".parse().expect("a country"),
            date_order: DateOrder::DayFirst,
        };
        let json = serde_json::to_string(&config).expect("JSON");
        assert_eq!(
            json,
            r#"{"version":3,"time_zone":"Asia/Shanghai","country":"DE","date_order":"day_first"}"#
        );
        assert_eq!(
            serde_json::from_str::<StationConfig>(&json).ok(),
            Some(config)
        );
    }

    #[test]
    fn settings_that_mean_nothing_are_refused() {
        for zone in ["", "Mars/Olympus", "+08:00", "asia"] {
            assert!(zone.parse::<ZoneName>().is_err(), "{zone}");
        }
        for country in ["", "cn", "CHN", "C1", "中国"] {
            assert!(country.parse::<Country>().is_err(), "{country}");
        }
    }
}
