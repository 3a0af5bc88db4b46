//! Templates as they are kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::notify::{Language, TemplateName};
use sluice_basics::text::Line;

use super::error::TemplateError;
use super::syntax::{self, Part};
use super::values::Values;

/// A subject, in characters.
pub const MAX_SUBJECT_CHARS: usize = 500;
/// A text or HTML. With both and the sample, a template fits into an item of the table.
pub const MAX_BODY_BYTES: usize = 128 << 10;

/// What is sent, with variables in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Texts {
    /// The subject: one line.
    pub subject: String,
    /// The plain text, for readers that show no HTML. There is a text, HTML or both.
    pub text: Option<String>,
    /// The HTML. Values are escaped in it.
    pub html: Option<String>,
}

/// A version of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MailTemplate {
    /// Its name.
    pub name: TemplateName,
    /// Its language.
    pub language: Language,
    /// Counts the changes, from 1.
    pub version: u64,
    /// What is sent.
    pub texts: Texts,
    /// Values that the template was tried with.
    pub sample: Values,
    /// When this version was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub changed_at: Timestamp,
    /// Who made it: the claim `sub` of the caller's token. Null if it names nobody.
    pub changed_by: Option<Line<128>>,
}

impl Texts {
    /// The parts that there are.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part, &str)> {
        [
            (Part::Subject, Some(&self.subject)),
            (Part::Text, self.text.as_ref()),
            (Part::Html, self.html.as_ref()),
        ]
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?.as_str())))
    }

    /// Returns the variables that the texts use.
    ///
    /// # Errors
    ///
    /// If a part is empty, too long, or cannot be read.
    pub fn variables(&self) -> Result<BTreeSet<String>, TemplateError> {
        if self.text.is_none() && self.html.is_none() {
            return Err(TemplateError::NoBody);
        }
        let mut variables = BTreeSet::new();
        for (part, text) in self.parts() {
            if text.trim().is_empty() {
                return Err(TemplateError::Empty(part));
            }
            let limit = match part {
                Part::Subject if text.chars().count() > MAX_SUBJECT_CHARS => {
                    Some(format!("{MAX_SUBJECT_CHARS} characters"))
                }
                Part::Text | Part::Html if text.len() > MAX_BODY_BYTES => {
                    Some(format!("{MAX_BODY_BYTES} bytes"))
                }
                _ => None,
            };
            if let Some(limit) = limit {
                return Err(TemplateError::TooLong { part, limit });
            }
            if part == Part::Subject && text.chars().any(char::is_control) {
                return Err(TemplateError::Lines);
            }
            variables.extend(syntax::variables(part, text)?);
        }
        Ok(variables)
    }
}
