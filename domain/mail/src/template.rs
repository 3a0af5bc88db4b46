//! Templates as they are kept.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::notify::{Language, TemplateName};
use sluice_basics::text::Line;

use super::mailing::with_examples;
use super::render::{RenderError, Renderer};
use super::syntax::{self, Part, SyntaxError};
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

/// Why a template is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// It has neither a text nor HTML.
    #[error("a template has a text, HTML or both")]
    NoBody,
    /// A part is empty.
    #[error("{0}: is empty")]
    Empty(Part),
    /// A part is too long.
    #[error("{part}: has more than {limit}")]
    TooLong {
        /// Which part.
        part: Part,
        /// What it may have.
        limit: String,
    },
    /// The subject has several lines.
    #[error("subject: has a line break or another control character")]
    Lines,
    /// A part cannot be read.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The sample lacks variables.
    #[error(
        "sample: has no value for {0}: give each variable of the template one, or null if it may be missing"
    )]
    Sample(String),
    /// The template cannot be filled with its sample.
    #[error("sample: {0}")]
    Render(#[from] RenderError),
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

    /// Checks the texts as a template that is to be kept: it can be read, and filled with its sample, which names
    /// each variable. So a variable that is misspelt is found here and not in the middle of a mailing. Returns
    /// the variables.
    ///
    /// # Errors
    ///
    /// If something is wrong with it.
    pub fn check(&self, sample: &Values) -> Result<BTreeSet<String>, TemplateError> {
        let sample = &with_examples(sample);
        let variables = self.variables()?;
        let unknown = variables.iter().filter(|name| !sample.knows(name));
        let unknown: Vec<&str> = unknown.map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(TemplateError::Sample(unknown.join(", ")));
        }
        Renderer::new(self)?.render(sample)?;
        Ok(variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(subject: &str, text: Option<&str>, html: Option<&str>) -> Texts {
        Texts {
            subject: subject.to_owned(),
            text: text.map(str::to_owned),
            html: html.map(str::to_owned),
        }
    }

    fn values(json: &str) -> Values {
        serde_json::from_str(json).expect("values")
    }

    #[test]
    fn a_template_that_was_tried_with_its_sample_is_taken() {
        let template = texts(
            "Hello {{ name }}",
            Some("{{ points }}"),
            Some("<p>{{ nick|default(name) }}</p>"),
        );
        let sample = values(r#"{"name":"Ann","points":1,"nick":null,"more":2}"#);
        let variables = template.check(&sample).expect("a template");
        let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
        assert_eq!(variables, ["name", "nick", "points"]);
    }

    #[test]
    fn what_is_wrong_with_a_template_is_told() {
        let sample = values(r#"{"name":"Ann","nick":null}"#);
        let long = "x".repeat(MAX_BODY_BYTES + 1);
        for (template, told) in [
            (
                texts("a", None, None),
                "a template has a text, HTML or both",
            ),
            (texts(" ", Some("a"), None), "subject: is empty"),
            (texts("a", Some(""), None), "text: is empty"),
            (
                texts("a\nb", Some("a"), None),
                "subject: has a line break or another control character",
            ),
            (
                texts(&"x".repeat(501), Some("a"), None),
                "subject: has more than 500 characters",
            ),
            (
                texts("a", None, Some(&long)),
                "html: has more than 131072 bytes",
            ),
            (
                texts("a", None, Some("{{ a b }}")),
                "html, line 1: unexpected identifier, expected end of variable block",
            ),
            (
                texts(
                    "{{ first_name }}",
                    Some("{% if tier == 'gold' %}x{% endif %}"),
                    None,
                ),
                "sample: has no value for first_name, tier: give each variable of the template one, or null if it may be missing",
            ),
            (
                texts("{{ name }}", Some("{{ nick }}"), None),
                "sample: text, line 1: `nick` has no value",
            ),
        ] {
            let refused = template.check(&sample).expect_err(told);
            assert_eq!(refused.to_string(), told);
        }
    }
}
