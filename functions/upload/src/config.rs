//! What the upload function needs to know.

use sluice_aws::{Settings, SettingsError};
use sluice_basics::limits::Limits;
use sluice_task::estimate::Capacity;

/// The upload function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `MAIL_TABLE`
    pub mail_table: String,
    /// `MAIL_SENDER`: none if this system sends no e-mails.
    pub sender: Option<String>,
    /// The limits of stations that have none of their own.
    pub limits: Limits,
    /// What estimates are made from.
    pub capacity: Capacity,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            mail_table: settings.required("MAIL_TABLE")?,
            sender: lookup("MAIL_SENDER").filter(|sender| !sender.is_empty()),
            limits: settings.limits()?,
            capacity: settings.capacity()?,
        })
    }
}
