//! A mailing: what is asked for, what is frozen when it begins, and what its chunks share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{BusinessId, TaskId};
use sluice_basics::notify::{Language, OnUnknown, TemplateName};
use sluice_export::Condition;

use super::built_in::{ADDRESS, UNSUBSCRIBE_URL};
use super::template::Texts;
use super::values::{MailValue, Values};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A recipient who is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The address.
    #[schemars(email)]
    pub address: String,
    /// What the variables of the template are for this recipient.
    #[serde(default)]
    pub values: Values,
}

/// Who gets the e-mail, as the task keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Those who are named. The task's record would be large with them, and each change of it dear.
    Addresses {
        /// The object that names them: a JSON array of [`Recipient`].
        object_key: String,
        /// How many they are.
        count: usize,
    },
    /// Those in a list that the station has put into its inbox.
    List {
        /// The object: CSV, as [`RecipientList`](super::RecipientList) reads it.
        object_key: String,
    },
    /// The stored rows of a business that meet a filter.
    Rows {
        /// The business.
        business: BusinessId,
        /// What rows must be, by column.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        filter: BTreeMap<String, Condition>,
        /// The sensitive columns of the filter.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sensitive: Vec<String>,
    },
    /// The rows that an import has stored and that are still as it stored them, but for those who were told after an
    /// earlier run of it.
    Import {
        /// The import.
        task_id: TaskId,
        /// Its business.
        business: BusinessId,
    },
}

impl Audience {
    /// The business whose rows it is, if it is rows.
    pub fn business(&self) -> Option<&BusinessId> {
        match self {
            Self::Addresses { .. } | Self::List { .. } => None,
            Self::Rows { business, .. } | Self::Import { business, .. } => Some(business),
        }
    }
}

/// The input of a mailing's task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailingInput {
    /// The template.
    pub template: TemplateName,
    /// Its language.
    pub language: Language,
    /// The version that was the latest when the mailing was asked for; none is the latest when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Who gets it.
    pub audience: Audience,
    /// The sender's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What happens to recipients of whom nobody knows whether they were sent to.
    pub on_unknown: OnUnknown,
}

/// What is frozen when a mailing begins: the first try that writes it wins, and all others follow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The try that wrote the recipients.
    pub attempt: String,
    /// How many recipients there are, duplicates included.
    pub recipients: u64,
    /// How many chunks they are in.
    pub chunks: u32,
    /// The version of the template.
    #[serde(default)]
    pub version: u64,
    /// The template.
    pub texts: Texts,
    /// When that was.
    pub at: Timestamp,
}

/// What the chunks of a mailing share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailingPlan {
    /// The try that wrote the recipients.
    pub attempt: String,
    /// The sender's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_name: Option<String>,
    /// Where answers go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// What happens to recipients of whom nobody knows whether they were sent to.
    pub on_unknown: OnUnknown,
}

/// A recipient as it is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The address: in lower case, its domain in ASCII.
    pub address: String,
    /// Whether an earlier recipient of the mailing has the same address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub duplicate: bool,
    /// What the variables of the template are.
    #[serde(default)]
    pub values: Values,
}

impl Line {
    /// The recipient's values, with those that every e-mail has.
    pub fn all_values(&self, unsubscribe_url: &str) -> Values {
        let text = |text: &str| Some(MailValue::Text(text.to_owned()));
        let mut values = self.values.clone();
        values.set(ADDRESS, text(&self.address));
        values.set(UNSUBSCRIBE_URL, text(unsubscribe_url));
        values
    }
}

/// A sender as a header has it. A name of other than Latin letters is in encoded words (RFC 2047).
pub fn sender(name: Option<&str>, address: &str) -> String {
    /// What fits into an encoded word, before it is encoded.
    const WORD_BYTES: usize = 45;
    let Some(name) = name else {
        return address.to_owned();
    };
    if name.bytes().all(|b| b == b' ' || b.is_ascii_alphanumeric()) {
        return format!("{name} <{address}>");
    }
    let mut words = vec![String::new()];
    for letter in name.chars() {
        let is_full = words
            .last()
            .is_none_or(|word| word.len() + letter.len_utf8() > WORD_BYTES);
        if is_full {
            words.push(String::new());
        }
        words
            .last_mut()
            .into_iter()
            .for_each(|word| word.push(letter));
    }
    let encoded = words
        .iter()
        .map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word)));
    format!("{} <{address}>", encoded.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_senders_name_is_a_phrase_or_encoded_words() {
        let with = |name| sender(Some(name), "a@example.com");
        assert_eq!(sender(None, "a@example.com"), "a@example.com");
        assert_eq!(with("Our Shop"), "Our Shop <a@example.com>");
        assert_eq!(with("会员"), "=?UTF-8?B?5Lya5ZGY?= <a@example.com>");
        assert_eq!(
            with("A\" <eve@example.com>"),
            "=?UTF-8?B?QSIgPGV2ZUBleGFtcGxlLmNvbT4=?= <a@example.com>"
        );
        let long = with(&"会".repeat(64));
        let words: Vec<&str> = long.split(' ').collect();
        assert_eq!(words.len(), 6, "{long}");
        assert!(words.iter().all(|word| word.len() <= 75), "{long}");
    }
}
