//! What the mail function needs to know.

use sluice_aws::{Settings, SettingsError};

/// The mail function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `MAIL_TABLE`
    pub mail_table: String,
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `MAIL_SENDER`: none if this system sends no e-mails.
    pub sender: Option<String>,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            mail_table: settings.required("MAIL_TABLE")?,
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            sender: lookup("MAIL_SENDER").filter(|sender| !sender.is_empty()),
        })
    }
}
