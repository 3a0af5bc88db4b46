//! What the worker needs to know.

use std::collections::HashMap;

use sluice_aws::{Clients, Secret, Settings, SettingsError, row_tables};
use sluice_definition::Catalog;

use crate::run::receiver::{AddressError, Key, Receiver};

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
    /// `ENDPOINT_BACK_OFFICE_KEY_SECRET`, the ARN of the secret that has the key, are the endpoint
    /// that definitions call `back_office`. Where there is no Secrets Manager,
    /// `ENDPOINT_BACK_OFFICE_KEY` is the key itself. An endpoint without a URL is not set up and is
    /// not here.
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
    /// An endpoint has a key twice.
    #[error("both {secret} and {key} are set: keep the secret alone")]
    TwoKeys {
        /// The variable with the ARN.
        secret: String,
        /// The variable with the key.
        key: String,
    },
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
    Catalog(#[from] sluice_definition::CatalogError),
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(
        lookup: &dyn Fn(&str) -> Option<String>,
        clients: &Clients,
    ) -> Result<Self, ConfigError> {
        let settings = Settings::new(lookup);
        let catalog = Catalog::load()?;
        let mut receivers = HashMap::new();
        for endpoint in catalog.endpoints() {
            let name = format!("ENDPOINT_{}", endpoint.to_ascii_uppercase());
            let variable = format!("{name}_URL");
            if let Some(url) = lookup(&variable).filter(|url| !url.is_empty()) {
                let key = key(lookup, clients, &name)?;
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

fn key(
    lookup: &dyn Fn(&str) -> Option<String>,
    clients: &Clients,
    name: &str,
) -> Result<Key, ConfigError> {
    let (secret, key) = (format!("{name}_KEY_SECRET"), format!("{name}_KEY"));
    let value = |name: &str| lookup(name).filter(|value| !value.is_empty());
    match (value(&secret), value(&key)) {
        (Some(arn), None) => Ok(Key::Secret(Secret::new(clients, arn))),
        (None, Some(_)) => Ok(Key::Text(Settings::new(lookup).parsed(&key)?)),
        (Some(_), Some(_)) => Err(ConfigError::TwoKeys { secret, key }),
        (None, None) => Err(SettingsError::Missing(secret).into()),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};

    use super::*;

    fn config(url: Option<&str>, key: &str) -> Result<Config, ConfigError> {
        config_with(url, key, "")
    }

    fn config_with(url: Option<&str>, key: &str, secret: &str) -> Result<Config, ConfigError> {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        let nowhere = "http://127.0.0.1";
        let lookup = |name: &str| match name {
            "ENDPOINT_BACK_OFFICE_URL" => url.map(str::to_owned),
            "ENDPOINT_BACK_OFFICE_KEY" => Some(key.to_owned()),
            "ENDPOINT_BACK_OFFICE_KEY_SECRET" => Some(secret.to_owned()),
            other => Some(format!("the value of {other}")),
        };
        let clients = Clients::at(&config.build(), nowhere, nowhere, nowhere);
        Config::from_lookup(&lookup, &clients)
    }

    #[test]
    fn a_key_is_in_a_secret_or_given_and_never_both() {
        let arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:back-office-a1b2c3";
        let good = config_with(Some("http://localhost:1/"), "", arn).expect("a secret");
        assert!(good.receivers.contains_key("back_office"));
        let error = config_with(Some("http://localhost:1/"), "hush", arn).expect_err("two");
        let text = error.to_string();
        assert!(
            text.starts_with("both ENDPOINT_BACK_OFFICE_KEY_SECRET and"),
            "{text}"
        );
        assert!(!text.contains("hush"), "{text}");
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
            "the environment variable ENDPOINT_BACK_OFFICE_KEY_SECRET is not set"
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
