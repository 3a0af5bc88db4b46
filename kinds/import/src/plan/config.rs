//! What the splitter needs to know.

use std::num::NonZeroU64;
use std::time::Duration;

use sluice_aws::{Settings, SettingsError};
use sluice_basics::limits::Limits;

/// The splitter's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `UPLOADS_QUEUE_URL`: where its own messages come from, and go to when time is up.
    pub uploads_queue_url: String,
    /// `CHUNK_BYTES`: how large a chunk is at least.
    pub chunk_bytes: NonZeroU64,
    /// The limits of stations that have none of their own.
    pub limits: Limits,
    /// `ROOM_WAIT_SECONDS`: how long a file in the inbox waits before it is looked at again whether
    /// there is room for its import.
    pub room_wait: Duration,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            uploads_queue_url: settings.required("UPLOADS_QUEUE_URL")?,
            chunk_bytes: settings.parsed("CHUNK_BYTES")?,
            limits: settings.limits()?,
            room_wait: Duration::from_secs(settings.parsed("ROOM_WAIT_SECONDS")?),
        })
    }
}
