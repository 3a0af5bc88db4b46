//! What the worker needs to know.

use std::collections::HashMap;

use sluice_aws::{Settings, SettingsError, row_tables};
use sluice_core::definition::Catalog;

use crate::receiver::{AddressError, Receiver};

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
    /// Who takes rows, by the name that definitions use: `ENDPOINT_BACK_OFFICE_URL` and
    /// `ENDPOINT_BACK_OFFICE_KEY` are the endpoint that definitions call `back_office`. An
    /// endpoint without a URL is not set up and is not here.
    pub receivers: HashMap<String, Receiver>,
    /// The definitions, which say which tables and endpoints there are.
    pub catalog: Catalog,
}

/// Why the worker cannot start.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// An endpoint's address cannot be used.
    #[error("the address in the environment variable {variable} {problem}")]
    Address {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        problem: AddressError,
    },
    /// A definition is wrong.
    #[error(transparent)]
    Catalog(#[from] sluice_core::definition::CatalogError),
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let settings = Settings::new(lookup);
        let catalog = Catalog::load()?;
        let mut receivers = HashMap::new();
        for endpoint in catalog.endpoints() {
            let name = format!("ENDPOINT_{}", endpoint.to_ascii_uppercase());
            let variable = format!("{name}_URL");
            if let Some(url) = lookup(&variable).filter(|url| !url.is_empty()) {
                let key = settings.parsed(&format!("{name}_KEY"))?;
                let receiver = Receiver::new(&url, key)
                    .map_err(|problem| ConfigError::Address { variable, problem })?;
                receivers.insert(endpoint.to_owned(), receiver);
            }
        }
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            chunks_queue_url: settings.required("CHUNKS_QUEUE_URL")?,
            row_tables: row_tables(&settings, &catalog)?,
            receivers,
            catalog,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(url: Option<&str>, key: &str) -> Result<Config, ConfigError> {
        Config::from_lookup(&|name| match name {
            "ENDPOINT_BACK_OFFICE_URL" => url.map(str::to_owned),
            "ENDPOINT_BACK_OFFICE_KEY" => Some(key.to_owned()),
            other => Some(format!("the value of {other}")),
        })
    }

    #[test]
    fn an_endpoint_without_a_url_is_not_set_up_and_keeps_nothing_from_starting() {
        for url in [None, Some("")] {
            let config = config(url, "").expect("a configuration");
            assert!(config.receivers.is_empty());
            assert_eq!(config.row_tables["members"], "the value of TABLE_MEMBERS");
        }
    }

    #[test]
    fn an_endpoint_has_a_url_and_a_key() {
        let good = config(Some("http://localhost:1/?token=secret"), "hush").expect("good");
        assert!(good.receivers.contains_key("back_office"));
        let error = config(Some("http://localhost:1/"), "").expect_err("no key");
        assert_eq!(
            error.to_string(),
            "the environment variable ENDPOINT_BACK_OFFICE_KEY is not set"
        );
    }

    #[test]
    fn a_wrong_address_is_named_and_neither_it_nor_the_key_is_shown() {
        let error = config(Some("http://shop.example/?token=secret"), "hush").expect_err("http");
        let text = error.to_string();
        assert!(
            text.contains("ENDPOINT_BACK_OFFICE_URL must begin with https://"),
            "{text}"
        );
        let good = config(Some("http://localhost:1/?token=secret"), "hush").expect("good");
        for shown in [format!("{good:?}"), format!("{error:?}"), text] {
            assert!(
                !shown.contains("secret") && !shown.contains("hush"),
                "{shown}"
            );
        }
    }
}
