//! What a station has set for itself: how its files write dates, times and phone numbers, and in which language
//! its failed-rows files are.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::notify::Notify;

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
    /// In which language failed-rows files say what is wrong.
    #[serde(default, skip_serializing_if = "ReportLanguage::is_english")]
    pub language: ReportLanguage,
    /// What members get that an import with `options.notify` has created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

impl Default for StationConfig {
    fn default() -> Self {
        Self {
            version: 0,
            time_zone: ZoneName(TimeZone::UTC),
            country: Country(*b"CN"),
            date_order: DateOrder::default(),
            language: ReportLanguage::default(),
            notify: None,
        }
    }
}

/// A station's configuration as a caller sends it, whose values may mean nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentStationConfig {
    /// The version that was read.
    pub version: u64,
    /// The name of a time zone.
    pub time_zone: String,
    /// Two capital letters.
    pub country: String,
    /// The order of dates.
    pub date_order: DateOrder,
    /// The language of failed-rows files.
    #[serde(default)]
    pub language: ReportLanguage,
    /// What members are told that an import has created.
    #[serde(default)]
    pub notify: Option<Notify>,
}

impl TryFrom<SentStationConfig> for StationConfig {
    type Error = StationConfigError;

    fn try_from(sent: SentStationConfig) -> Result<Self, StationConfigError> {
        Ok(Self {
            version: sent.version,
            time_zone: sent.time_zone.parse()?,
            country: sent.country.parse()?,
            date_order: sent.date_order,
            language: sent.language,
            notify: sent.notify,
        })
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

/// The language in which failed-rows files say what is wrong. What the API answers is English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportLanguage {
    /// English
    #[default]
    En,
    /// Simplified Chinese
    Zh,
}

impl ReportLanguage {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_english(&self) -> bool {
        *self == Self::En
    }
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

/// A country or region with phone numbers, as two capital letters (ISO 3166-1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads what was stored, which may be a country that earlier versions took and that has no
    /// phone numbers: its station can still import and change it.
    fn stored(text: &str) -> Result<Self, StationConfigError> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([*a, *b])),
            _ => Err(StationConfigError::Country),
        }
    }

    /// Returns all of them in alphabetical order.
    fn all() -> Vec<String> {
        let regions = PHONE_NUMBER_UTIL.get_supported_regions();
        let mut all: Vec<String> = regions
            .map(|region| region.as_region_str().to_string())
            .filter(|code| code.len() == 2)
            .collect();
        all.sort_unstable();
        all
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Why a setting is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StationConfigError {
    /// Not in the database.
    #[error("time_zone: must be a time zone such as Asia/Shanghai or UTC")]
    Zone,
    /// Not a country whose phone numbers are known.
    #[error("country: must be a country or region as two capital letters, such as CN or DE")]
    Country,
    /// Not an address.
    #[error("notify.reply_to: must be an e-mail address")]
    ReplyTo,
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
        let country = Self::stored(text)?;
        let region = Region::from_code(text).map_err(|_| StationConfigError::Country)?;
        let mut known = PHONE_NUMBER_UTIL.get_supported_regions();
        if known.any(|one| one == region) {
            Ok(country)
        } else {
            Err(StationConfigError::Country)
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
    ($name:ident, $read:path, $schema:tt) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $read(&text).map_err(serde::de::Error::custom)
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

as_text!(ZoneName, Self::from_str, { "type": "string", "examples": ["Asia/Shanghai", "UTC"] });
as_text!(Country, Self::stored, { "type": "string", "enum": (Self::all()) });

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
            language: ReportLanguage::Zh,
            notify: None,
        };
        let json = serde_json::to_string(&config).expect("JSON");
        assert_eq!(
            json,
            r#"{"version":3,"time_zone":"Asia/Shanghai","country":"DE","date_order":"day_first","language":"zh"}"#
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
        for country in ["", "cn", "CHN", "C1", "中国", "XX", "ZZ", "EU", "Germany"] {
            assert!(country.parse::<Country>().is_err(), "{country}");
        }
    }

    #[test]
    fn all_countries_are_taken() {
        let all = Country::all();
        assert!(all.len() > 200, "{}", all.len());
        for country in &all {
            assert!(country.parse::<Country>().is_ok(), "{country}");
        }
    }

    #[test]
    fn a_refusal_names_the_field_and_an_example() {
        let refused = |time_zone: &str, country: &str| {
            let sent = SentStationConfig {
                version: 0,
                time_zone: time_zone.to_owned(),
                country: country.to_owned(),
                date_order: DateOrder::YearFirst,
                language: ReportLanguage::En,
                notify: None,
            };
            StationConfig::try_from(sent).map_err(|error| error.to_string())
        };
        assert_eq!(
            refused("Mars", "CN"),
            Err("time_zone: must be a time zone such as Asia/Shanghai or UTC".to_owned())
        );
        assert_eq!(
            refused("UTC", "ZZ"),
            Err(
                "country: must be a country or region as two capital letters, such as CN or DE"
                    .to_owned()
            )
        );
    }

    #[test]
    fn a_country_that_was_stored_without_a_check_is_still_read() {
        let stored = r#"{"version":1,"time_zone":"UTC","country":"XX","date_order":"year_first"}"#;
        let config = serde_json::from_str::<StationConfig>(stored).expect("a configuration");
        assert_eq!(config.country.as_str(), "XX");
        assert_eq!(config.language, ReportLanguage::En);
    }
}
