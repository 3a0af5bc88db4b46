//! How a station writes times, dates and phone numbers: its configuration, made ready to be used
//! for each row.

use jiff::tz::TimeZone;
use rlibphonenumber::Region;
use sluice_basics::station::{DateOrder, StationConfig};

/// How a text is to be read that could be read in several ways.
#[derive(Clone, Debug)]
pub(super) struct Conventions {
    /// Where times without an offset are meant.
    pub(super) zone: TimeZone,
    /// The zone's name, for messages.
    pub(super) zone_name: String,
    /// What `03/04/2026` means.
    pub(super) date_order: DateOrder,
    /// Where phone numbers without a `+` are meant; none where nothing says so.
    pub(super) region: Option<Region>,
    /// The country's two letters, for messages.
    pub(super) country: String,
}

impl Conventions {
    /// Those of a definition, which is the same for all stations.
    pub(super) fn of_none() -> Self {
        Self {
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            date_order: DateOrder::YearFirst,
            region: None,
            country: String::new(),
        }
    }
}

impl From<&StationConfig> for Conventions {
    fn from(config: &StationConfig) -> Self {
        let country = config.country.as_str();
        Self {
            zone: config.time_zone.zone().clone(),
            zone_name: config.time_zone.to_string(),
            date_order: config.date_order,
            region: Region::from_code(country).ok(),
            country: country.to_owned(),
        }
    }
}
