//! What the worker needs to know.

use std::collections::HashMap;

use sluice_aws::{Settings, SettingsError};
use sluice_core::definition::Catalog;

/// The worker's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// `CHUNKS_QUEUE_URL`
    pub chunks_queue_url: String,
    /// The tables that rows live in, by the name that definitions use: `TABLE_MEMBERS` is the
    /// table that definitions call `members`.
    pub row_tables: HashMap<String, String>,
    /// The definitions, which say which tables there are.
    pub catalog: Catalog,
}

/// Why the worker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A definition is wrong.
    #[error(transparent)]
    Catalog(#[from] sluice_core::definition::CatalogError),
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings::new(lookup);
        let catalog = Catalog::load()?;
        let mut row_tables = HashMap::new();
        for table in catalog.tables() {
            let name = format!("TABLE_{}", table.to_ascii_uppercase());
            row_tables.insert(table.to_owned(), settings.required(&name)?);
        }
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            chunks_queue_url: settings.required("CHUNKS_QUEUE_URL")?,
            row_tables,
            catalog,
        })
    }
}
