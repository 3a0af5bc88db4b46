//! Reading a function's settings through a lookup, so that tests and the local runner never
//! touch the process's environment.

use std::str::FromStr;

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
}

/// The process's environment as a lookup.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
