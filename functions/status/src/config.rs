//! What the status function needs to know.

use std::time::Duration;

use sluice_aws::{Settings, SettingsError};
use sluice_basics::limits::Limits;

/// The status function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `WORKER_SECONDS`: how long a worker may be busy with one chunk.
    pub worker_time: Duration,
    /// `CHUNK_RECEIVES`: how often a chunk's message is received before it is given up.
    pub chunk_receives: u32,
    /// The limits of stations that have none of their own.
    pub limits: Limits,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            worker_time: Duration::from_secs(settings.parsed("WORKER_SECONDS")?),
            chunk_receives: settings.parsed("CHUNK_RECEIVES")?,
            limits: settings.limits()?,
        })
    }
}
