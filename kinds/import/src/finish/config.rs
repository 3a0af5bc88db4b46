//! What the finisher needs to know.

use std::collections::HashMap;
use std::time::Duration;

use sluice_aws::{Settings, SettingsError, row_tables};
use sluice_definition::{Catalog, CatalogError};
use sluice_task::estimate::Capacity;

/// The finisher's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// The tables that rows live in, by the name that definitions use: `TABLE_MEMBERS` is the
    /// table that definitions call `members`.
    pub row_tables: HashMap<String, String>,
    /// The definitions.
    pub catalog: Catalog,
    /// `WORKER_SECONDS`: how long a worker may be busy with one chunk.
    pub worker_time: Duration,
    /// What estimates are made from.
    pub capacity: Capacity,
}

/// Why the finisher cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A definition is wrong.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings::new(lookup);
        let catalog = Catalog::load()?;
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            row_tables: row_tables(&settings, &catalog)?,
            catalog,
            worker_time: Duration::from_secs(settings.parsed("WORKER_SECONDS")?),
            capacity: settings.capacity()?,
        })
    }
}
