//! A definition as it stands in its file, before its fields are compared with each other.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer};
use sluice_basics::ids::BusinessId;

use super::error::Mistake;
use super::{OnBlank, OnDuplicate};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionTable {
    pub(super) business: BusinessId,
    pub(super) title: String,
    #[serde(default)]
    pub(super) titles: BTreeMap<String, String>,
    pub(super) table: Option<String>,
    pub(super) endpoint: Option<EndpointTable>,
    #[serde(default)]
    pub(super) key: Vec<String>,
    #[serde(default)]
    pub(super) shard_by: Vec<String>,
    #[serde(default)]
    pub(super) on_duplicate: OnDuplicate,
    #[serde(default)]
    pub(super) on_blank: OnBlank,
    #[serde(default)]
    pub(super) columns: Vec<ColumnTable>,
}

impl DefinitionTable {
    pub(super) fn check_titles(&self) -> Result<(), Mistake> {
        if self.title.trim().is_empty() {
            return Err(Mistake::new("title", "say what people call it"));
        }
        for (language, title) in &self.titles {
            if !language.bytes().all(|byte| byte.is_ascii_lowercase()) || language.is_empty() {
                let problem = format!("`{language}` is no language: write `zh`, for example");
                return Err(Mistake::new("titles", problem));
            }
            if title.trim().is_empty() {
                return Err(Mistake::new("titles", format!("`{language}` is blank")));
            }
        }
        Ok(())
    }
}

/// `[endpoint]` as it stands in a definition file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointTable {
    pub(super) name: String,
    pub(super) batch_rows: Option<i64>,
    pub(super) timeout_seconds: Option<i64>,
}

/// `[[columns]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnTable {
    pub(super) name: String,
    #[serde(default)]
    pub(super) headers: Vec<String>,
    #[serde(rename = "type")]
    pub(super) kind: TypeName,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<Literal>,
    pub(super) max_length: Option<usize>,
    pub(super) pattern: Option<String>,
    pub(super) pattern_hint: Option<String>,
    pub(super) allowed: Option<Vec<String>>,
    pub(super) synonyms: Option<BTreeMap<String, String>>,
    pub(super) min: Option<Literal>,
    pub(super) max: Option<Literal>,
    pub(super) formats: Option<Vec<String>>,
    #[serde(default)]
    pub(super) unique: bool,
    pub(super) on_blank: Option<OnBlank>,
    #[serde(default)]
    pub(super) sensitive: bool,
    pub(super) example: Option<Literal>,
}

/// The types by the names that files use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TypeName {
    Text,
    Integer,
    Decimal,
    Boolean,
    Date,
    DateTime,
    Email,
    Phone,
}

/// A value in a definition, in the text that a file would have for it.
#[derive(Debug)]
pub(super) struct Literal(pub(super) String);

impl<'de> Deserialize<'de> for Literal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;

        impl Visitor<'_> for AsText {
            type Value = Literal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text in quotes, a whole number, true or false")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Literal, E> {
                Ok(Literal(text.to_owned()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Literal, E> {
                Ok(Literal(number.to_string()))
            }

            fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Literal, E> {
                Ok(Literal(yes.to_string()))
            }
        }

        deserializer.deserialize_any(AsText)
    }
}
