//! What the sweeper needs to know.

use std::time::Duration;

use sluice_aws::{Settings, SettingsError};

/// The sweeper's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `UPLOADS_QUEUE_URL`
    pub uploads_queue_url: String,
    /// `CHUNKS_QUEUE_URL`
    pub chunks_queue_url: String,
    /// `UPLOADS_DEAD_LETTER_URL`
    pub uploads_dead_letter_url: String,
    /// `CHUNKS_DEAD_LETTER_URL`
    pub chunks_dead_letter_url: String,
    /// `STALE_AFTER_SECONDS`: how long a running task may stand still before what it waits for
    /// is sent again. Longer than the longest message is invisible.
    pub stale_after: Duration,
    /// `UPLOAD_EXPIRES_SECONDS`: how long a task waits for its file.
    pub upload_expires: Duration,
    /// `START_EXPIRES_SECONDS`: how long a task waits for the service that runs it.
    pub start_expires: Duration,
    /// `SILENT_EXPIRES_SECONDS`: how long a service may be silent about a task that it runs.
    pub silent_expires: Duration,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            uploads_queue_url: settings.required("UPLOADS_QUEUE_URL")?,
            chunks_queue_url: settings.required("CHUNKS_QUEUE_URL")?,
            uploads_dead_letter_url: settings.required("UPLOADS_DEAD_LETTER_URL")?,
            chunks_dead_letter_url: settings.required("CHUNKS_DEAD_LETTER_URL")?,
            stale_after: Duration::from_secs(settings.parsed("STALE_AFTER_SECONDS")?),
            upload_expires: Duration::from_secs(settings.parsed("UPLOAD_EXPIRES_SECONDS")?),
            start_expires: Duration::from_secs(settings.parsed("START_EXPIRES_SECONDS")?),
            silent_expires: Duration::from_secs(settings.parsed("SILENT_EXPIRES_SECONDS")?),
        })
    }
}
