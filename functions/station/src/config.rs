//! What the station function needs to know.

use sluice_aws::{Settings, SettingsError};

/// The station function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        Ok(Self {
            tasks_table: Settings::new(lookup).required("TASKS_TABLE")?,
        })
    }
}
