//! What the lifecycle function needs to know.

use sluice_aws::{Settings, SettingsError};

/// The lifecycle function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `UPLOADS_QUEUE_URL`: where a retried import is set going.
    pub uploads_queue_url: String,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            uploads_queue_url: settings.required("UPLOADS_QUEUE_URL")?,
        })
    }
}
