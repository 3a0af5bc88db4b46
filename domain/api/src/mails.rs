//! E-mails: templates and previews.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{BusinessId, TaskId, UserTaskId};
use sluice_basics::text::{Line, Text as LongText};
use sluice_definition::email_address;
use sluice_export::Wanted;
use sluice_mail::{
    Audience, Language, MAX_BODY_BYTES, MAX_SUBJECT_CHARS, MailTemplate, MailingInput, NameError,
    OnUnknown, Recipient, Rendered, Suppression, TemplateName, Texts, Values,
};
use sluice_task::history::Actor;

/// `PUT /mail/template`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutTemplateRequest {
    /// The template's name.
    pub name: TemplateName,
    /// Its language.
    pub language: Language,
    /// The version that was read and is changed; 0 for a new template.
    #[schemars(range(max = Version::MAX))]
    pub version: u64,
    /// What is sent.
    pub texts: SentTexts,
    /// Values to try the template with: one for each variable, or null for a variable that may be missing.
    #[serde(default)]
    pub sample: Values,
}

/// `POST /mail/preview`: texts, or a template that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailPreviewRequest {
    /// A template that is stored. Either this or `texts` is required, and not both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<NamedTemplate>,
    /// Texts that are not stored yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<SentTexts>,
    /// What the variables are; the sample of the template if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
}

/// The texts of a template, as a client sends them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentTexts {
    /// The subject: one line.
    #[schemars(length(min = 1, max = MAX_SUBJECT_CHARS))]
    pub subject: String,
    /// The plain text, for readers that show no HTML. There is a text, HTML or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_BODY_BYTES))]
    pub text: Option<String>,
    /// The HTML. Values are escaped in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_BODY_BYTES))]
    pub html: Option<String>,
}

/// A template that is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedTemplate {
    /// Its name.
    pub name: TemplateName,
    /// Its language.
    pub language: Language,
    /// The version; the latest if nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = Version::MAX))]
    pub version: Option<u64>,
}

/// `POST /mail/send`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailSendRequest {
    /// The template: its latest version is sent.
    pub template: TemplateName,
    /// Its language.
    pub language: Language,
    /// Who gets it.
    pub audience: SentAudience,
    /// The sender's name. The address is the operator's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<Line<64>>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(email)]
    pub reply_to: Option<String>,
    /// What happens to recipients of whom nobody knows whether they were sent to.
    #[serde(default)]
    pub on_unknown: OnUnknown,
    /// The caller's own id: asking again with the same one gives the same task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_task_id: Option<UserTaskId>,
    /// When it is to begin, if not at once: at most 14 days ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub start_at: Option<Timestamp>,
}

/// Who gets an e-mail: addresses that are named, those of a list, or the stored rows of a business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SentAudience {
    /// Recipients with their values. One of this, `business` and `object_key` is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = MAX_ADDRESSES))]
    pub addresses: Option<Vec<Recipient>>,
    /// The business whose rows have the addresses. The columns of a row are its values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business: Option<BusinessId>,
    /// A list in the station's inbox, `inbox/<station>/.staged/<name>`: CSV in UTF-8 of at most 64 MiB whose first row
    /// names its columns. One is `address`, and each variable of the template has one. Neither `addresses` nor
    /// `business` may be there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_key: Option<LongText>,
    /// What rows must be, as for exports. Only with `business`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 50))]
    pub filter: BTreeMap<String, Wanted>,
}

impl MailSendRequest {
    /// Returns the input of a mailing to this audience.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the address for answers.
    pub fn input(&self, audience: Audience, version: Option<u64>) -> Result<MailingInput, String> {
        Ok(MailingInput {
            template: self.template.clone(),
            language: self.language.clone(),
            version,
            audience,
            from_name: self.from_name.clone().map(String::from),
            reply_to: self.reply_to.as_deref().map(email_address).transpose()?,
            on_unknown: self.on_unknown,
        })
    }
}

/// Recipients that a request may name.
pub const MAX_ADDRESSES: usize = 1_000;

/// The answer to `POST /mail/send`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailSendAnswer {
    /// The task that sends.
    pub task_id: TaskId,
    /// The caller's own id, if one was given.
    pub user_task_id: Option<UserTaskId>,
    /// Where the task is asked for, on this API.
    pub task_url: String,
}

/// `PUT /mail/suppression`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRequest {
    /// The address.
    #[schemars(email)]
    pub address: String,
    /// Whether it gets no e-mails.
    pub suppressed: bool,
}

/// The answer to `PUT /mail/suppression`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuppressionView {
    /// The address as it is compared.
    pub address: String,
    /// Why it gets no e-mails; null if it gets some.
    pub suppression: Option<Suppression>,
}

/// The answer to `GET /mail/suppressions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SuppressionList {
    /// Addresses that get no e-mails, in their order.
    pub suppressions: Vec<Suppression>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

/// A template as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateView {
    /// The template.
    #[serde(flatten)]
    pub template: MailTemplate,
    /// Its variables.
    pub variables: Vec<String>,
}

/// A template in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateSummary {
    /// Its name.
    pub name: TemplateName,
    /// Its language.
    pub language: Language,
    /// The latest version.
    pub version: u64,
    /// The subject of that version.
    pub subject: String,
    /// When that version was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub changed_at: Timestamp,
    /// Who made it: the claim `sub` of the caller's token. Null if it names nobody.
    pub changed_by: Option<Actor>,
}

/// The answer to `GET /mail/templates`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateList {
    /// The latest version of each template, by name and language.
    pub templates: Vec<TemplateSummary>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<TemplateCursor>,
}

/// Where a page of templates begins: after a name and a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateCursor {
    /// The name.
    pub name: TemplateName,
    /// The language.
    pub language: Language,
}

/// The answer to `POST /mail/preview`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailPreview {
    /// The e-mail, as it would be sent.
    #[serde(flatten)]
    pub mail: Rendered,
    /// The variables of the template.
    pub variables: Vec<String>,
}

/// Versions count from 1.
struct Version;

impl Version {
    /// What browsers read as a whole number.
    const MAX: u64 = (1 << 53) - 1;
}

impl From<SentTexts> for Texts {
    fn from(sent: SentTexts) -> Self {
        Self {
            subject: sent.subject,
            text: sent.text,
            html: sent.html,
        }
    }
}

impl From<&MailTemplate> for TemplateSummary {
    fn from(template: &MailTemplate) -> Self {
        Self {
            name: template.name.clone(),
            language: template.language.clone(),
            version: template.version,
            subject: template.texts.subject.clone(),
            changed_at: template.changed_at,
            changed_by: template.changed_by.clone(),
        }
    }
}

impl fmt::Display for TemplateCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}~{}", self.name, self.language)
    }
}

/// Why a text is no cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be next_cursor of the page before, as it is")]
pub struct NoTemplateCursor;

impl From<NameError> for NoTemplateCursor {
    fn from(_: NameError) -> Self {
        Self
    }
}

impl FromStr for TemplateCursor {
    type Err = NoTemplateCursor;

    fn from_str(text: &str) -> Result<Self, NoTemplateCursor> {
        let (name, language) = text.split_once('~').ok_or(NoTemplateCursor)?;
        Ok(Self {
            name: name.parse()?,
            language: language.parse()?,
        })
    }
}

impl Serialize for TemplateCursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TemplateCursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for TemplateCursor {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TemplateCursor".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[a-z0-9_-]{1,64}~[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_as_it_was_written() {
        let cursor: TemplateCursor = "welcome-1~zh-Hant-TW".parse().expect("a cursor");
        assert_eq!(cursor.to_string(), "welcome-1~zh-Hant-TW");
        for wrong in ["", "welcome", "~en", "welcome~EN", "a~b~en"] {
            assert_eq!(
                wrong.parse::<TemplateCursor>(),
                Err(NoTemplateCursor),
                "{wrong}"
            );
        }
    }
}
