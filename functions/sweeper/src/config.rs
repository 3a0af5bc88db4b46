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
    /// `UPLOADS_DEAD_LETTER_URL`
    pub uploads_dead_letter_url: String,
    /// `CHUNKS_DEAD_LETTER_URL`
    pub chunks_dead_letter_url: String,
    /// `NOTICES_QUEUE_URL`
    pub notices_queue_url: String,
    /// `MAILINGS_DEAD_LETTER_URL`
    pub mailings_dead_letter_url: String,
    /// `STALE_AFTER_SECONDS`: how long a file in the inbox may wait for room, and a file may take to be split,
    /// before it begins again. Longer than the longest message is invisible.
    pub stale_after: Duration,
    /// `BEGIN_AFTER_SECONDS`: how long a task may wait before its begin is sent again; twice as long each
    /// time, and as long as the last time while the queue is long. At most `stale_after`.
    pub begin_after: Duration,
    /// `RESEND_AFTER_SECONDS`: how long a task may make no progress before its next chunks are sent again;
    /// twice as long each time, and as long as the last time while the queue is long. At most `stale_after`.
    pub resend_after: Duration,
    /// `SPLITTERS_AT_ONCE`: how many messages of the queue of uploads are handled at a time.
    pub splitters_at_once: u32,
    /// `WORKER_SECONDS`: how long a worker may be busy with one chunk.
    pub worker_time: Duration,
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
        let seconds = |name: &str| settings.parsed(name).map(Duration::from_secs);
        let stale_after = seconds("STALE_AFTER_SECONDS")?;
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            uploads_queue_url: settings.required("UPLOADS_QUEUE_URL")?,
            uploads_dead_letter_url: settings.required("UPLOADS_DEAD_LETTER_URL")?,
            chunks_dead_letter_url: settings.required("CHUNKS_DEAD_LETTER_URL")?,
            notices_queue_url: settings.required("NOTICES_QUEUE_URL")?,
            mailings_dead_letter_url: settings.required("MAILINGS_DEAD_LETTER_URL")?,
            begin_after: seconds("BEGIN_AFTER_SECONDS")?.min(stale_after),
            resend_after: seconds("RESEND_AFTER_SECONDS")?.min(stale_after),
            stale_after,
            splitters_at_once: settings.parsed("SPLITTERS_AT_ONCE")?,
            worker_time: seconds("WORKER_SECONDS")?,
            upload_expires: seconds("UPLOAD_EXPIRES_SECONDS")?,
            start_expires: seconds("START_EXPIRES_SECONDS")?,
            silent_expires: seconds("SILENT_EXPIRES_SECONDS")?,
        })
    }
}
