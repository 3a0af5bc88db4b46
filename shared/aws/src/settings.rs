//! Reading a function's settings through a lookup, so that tests and the local runner never
//! touch the process's environment.

use std::collections::HashMap;
use std::str::FromStr;

use sluice_basics::limits::Limits;
use sluice_definition::Catalog;
use sluice_task::estimate::Capacity;

/// A setting that is missing or wrong, named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not set, or empty.
    #[error("the environment variable {0} is not set")]
    Missing(String),
    /// Set to something that cannot be used.
    #[error("the environment variable {name} is `{value}`: {problem}")]
    Invalid {
        /// The variable.
        name: String,
        /// What it holds.
        value: String,
        /// What is wrong with that.
        problem: String,
    },
}

/// Settings by name.
pub struct Settings<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Settings<'a> {
    /// Settings that are looked up with a closure.
    pub fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup }
    }

    /// A text that must be there.
    pub fn required(&self, name: &str) -> Result<String, SettingsError> {
        (self.lookup)(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| SettingsError::Missing(name.to_owned()))
    }

    /// A value that may be missing or empty.
    pub fn optional(&self, name: &str) -> Option<String> {
        self.required(name).ok()
    }

    /// A value that must be there and be readable as `T`.
    pub fn parsed<T>(&self, name: &str) -> Result<T, SettingsError>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        let value = self.required(name)?;
        value
            .parse()
            .map_err(|problem: T::Err| SettingsError::Invalid {
                name: name.to_owned(),
                value,
                problem: problem.to_string(),
            })
    }

    /// The limits of stations that have none of their own: `MAX_ROWS`, `MAX_FILE_BYTES`,
    /// `MAX_RUNNING_IMPORTS` and `MAX_OPEN_TASKS`.
    pub fn limits(&self) -> Result<Limits, SettingsError> {
        Ok(Limits {
            max_rows: self.parsed("MAX_ROWS")?,
            max_file_bytes: self.parsed("MAX_FILE_BYTES")?,
            max_running_imports: self.parsed("MAX_RUNNING_IMPORTS")?,
            max_open_tasks: self.parsed("MAX_OPEN_TASKS")?,
        })
    }

    /// What the system can do at a time: `TABLE_WRITE_UNITS`, `WORKER_CONCURRENCY` and
    /// `CHUNK_BYTES`.
    pub fn capacity(&self) -> Result<Capacity, SettingsError> {
        Ok(Capacity {
            write_units_per_second: self.parsed("TABLE_WRITE_UNITS")?,
            workers: self.parsed("WORKER_CONCURRENCY")?,
            chunk_bytes: self.parsed("CHUNK_BYTES")?,
        })
    }
}

/// The tables that rows live in, by the name that definitions use: `TABLE_MEMBERS` is the table that
/// definitions call `members`.
pub fn row_tables(
    settings: &Settings<'_>,
    catalog: &Catalog,
) -> Result<HashMap<String, String>, SettingsError> {
    let mut tables = HashMap::new();
    for table in catalog.tables() {
        let name = format!("TABLE_{}", table.to_ascii_uppercase());
        tables.insert(table.to_owned(), settings.required(&name)?);
    }
    Ok(tables)
}

/// The process's environment as a lookup.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
