//! What the members are told that an import has created, as a station sets it.

mod name;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Line;

pub use name::{Language, NameError, TemplateName};

/// What happens to recipients of whom nobody knows whether they were sent to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnUnknown {
    /// They are not sent to again: right for advertising.
    #[default]
    Hold,
    /// They are sent to again, and some get the e-mail twice: right for what everybody must get.
    Resend,
}

impl OnUnknown {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    fn is_hold(&self) -> bool {
        *self == Self::Hold
    }
}

/// What members get that an import with `options.notify` has created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// The template.
    pub template: TemplateName,
    /// Its language.
    pub language: Language,
    /// The sender's name. The address is the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<Line<64>>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(email)]
    pub reply_to: Option<String>,
    /// What happens to recipients of whom nobody knows whether they were sent to.
    #[serde(default, skip_serializing_if = "OnUnknown::is_hold")]
    pub on_unknown: OnUnknown,
}

/// The same as an import keeps it: of the template the version that was the latest when the import was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotifyPlan {
    /// What was set.
    pub notify: Notify,
    /// The template's version.
    pub version: u64,
}
