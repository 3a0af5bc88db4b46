//! The bodies of requests. What Sluice does not send is refused, not ignored.

use serde::Deserialize;

/// `SendBulkEmail`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct SendBulkEmail {
    pub(crate) from_email_address: String,
    #[serde(default)]
    pub(crate) reply_to_addresses: Vec<String>,
    #[serde(default)]
    pub(crate) default_email_tags: Vec<Pair>,
    pub(crate) default_content: DefaultContent,
    pub(crate) bulk_email_entries: Vec<Entry>,
    pub(crate) configuration_set_name: Option<String>,
}

/// What is sent to everybody.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct DefaultContent {
    pub(crate) template: InlineTemplate,
}

/// A template in the request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct InlineTemplate {
    pub(crate) template_content: TemplateContent,
    pub(crate) template_data: Option<String>,
    #[serde(default)]
    pub(crate) headers: Vec<Pair>,
}

/// A template's texts.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct TemplateContent {
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
}

/// A recipient.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) destination: Destination,
    #[serde(default)]
    pub(crate) replacement_tags: Vec<Pair>,
    pub(crate) replacement_email_content: Option<Replacement>,
    #[serde(default)]
    pub(crate) replacement_headers: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Destination {
    #[serde(default)]
    pub(crate) to_addresses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Replacement {
    pub(crate) replacement_template: Option<ReplacementTemplate>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct ReplacementTemplate {
    pub(crate) replacement_template_data: Option<String>,
}

/// A tag or a header.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Pair {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// `PutSuppressedDestination`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct PutSuppressed {
    pub(crate) email_address: String,
    pub(crate) reason: String,
}
