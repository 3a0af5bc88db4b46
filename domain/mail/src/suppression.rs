//! Addresses that get no e-mails of a station.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why an address gets no e-mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// Its server does not know it.
    Bounce,
    /// The recipient called an e-mail spam.
    Complaint,
    /// The recipient unsubscribed.
    Unsubscribed,
    /// The station put it on the list.
    Manual,
}

/// An address that gets no e-mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// The address, in lower case.
    pub address: String,
    /// Why.
    pub reason: SuppressionReason,
    /// Since when.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub since: Timestamp,
}
