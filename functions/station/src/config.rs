//! What the station function needs to know.

use sluice_aws::{Settings, SettingsError};
use sluice_webhooks::Reach;

/// The station function's settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TASKS_TABLE`
    pub tasks_table: String,
    /// `WEBHOOK_SECRETS_TABLE`
    pub webhook_secrets_table: String,
    /// `MAIL_TABLE`
    pub mail_table: String,
    /// `FILES_BUCKET`
    pub files_bucket: String,
    /// Whether there is a `MAIL_SENDER`.
    pub sends_mail: bool,
    /// `WEBHOOKS_ON_THIS_MACHINE`, and whether there is an `EVENT_BUS`: where webhooks may lead.
    pub reach: Reach,
}

impl Config {
    /// Reads the settings; an error names the one that is missing.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let settings = Settings::new(lookup);
        Ok(Self {
            tasks_table: settings.required("TASKS_TABLE")?,
            webhook_secrets_table: settings.required("WEBHOOK_SECRETS_TABLE")?,
            mail_table: settings.required("MAIL_TABLE")?,
            files_bucket: settings.required("FILES_BUCKET")?,
            sends_mail: settings.optional("MAIL_SENDER").is_some(),
            reach: Reach {
                this_machine: settings.parsed("WEBHOOKS_ON_THIS_MACHINE")?,
                event_bus: settings.optional("EVENT_BUS").is_some(),
            },
        })
    }
}
