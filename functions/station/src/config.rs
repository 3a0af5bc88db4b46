//! What the station function needs to know.

use sluice_aws::{Settings, SettingsError};

/// The station function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `WEBHOOK_SECRETS_TABLE`
    pub webhook_secrets_table: String,
    /// `WEBHOOKS_ON_THIS_MACHINE`: whether webhooks may lead to loopback addresses, which is for the system on one
    /// machine.
    pub webhooks_on_this_machine: bool,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            webhook_secrets_table: settings.required("WEBHOOK_SECRETS_TABLE")?,
            webhooks_on_this_machine: settings.parsed("WEBHOOKS_ON_THIS_MACHINE")?,
        })
    }
}
