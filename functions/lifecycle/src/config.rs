//! What the lifecycle function needs to know.

use std::time::Duration;

use sluice_aws::{Settings, SettingsError};
use sluice_basics::limits::Limits;
use sluice_task::estimate::Capacity;

/// The lifecycle function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `UPLOADS_QUEUE_URL`: where a retried import is set going.
    pub uploads_queue_url: String,
    /// The limits of stations that have none of their own.
    pub limits: Limits,
    /// `WORKER_SECONDS`: how long a worker may be busy with one chunk.
    pub worker_time: Duration,
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
            uploads_queue_url: settings.required("UPLOADS_QUEUE_URL")?,
            limits: settings.limits()?,
            worker_time: Duration::from_secs(settings.parsed("WORKER_SECONDS")?),
            capacity: settings.capacity()?,
        })
    }
}
