//! SES's templates, as far as Sluice uses them: text with variables. SES puts values in as they are, without
//! escaping them for HTML.

use std::borrow::Cow;
use std::str::FromStr;

use serde_json::{Map, Value};

/// A template that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable(String),
}

/// Why a template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("the template has a tag that is not closed")]
    NotClosed,
    #[error("the template has the tag {{{{{0}}}}}: this SES knows variables only")]
    NotAVariable(String),
}

/// The variable that has no value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Attribute '{0}' is not present in the rendering data.")]
pub(crate) struct Missing(pub(crate) String);

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, tag)) = rest.split_once("{{") {
            parts.push(Part::Text(before.to_owned()));
            let (opened, closing) = match tag.strip_prefix('{') {
                Some(tag) => (tag, "}}}"),
                None => (tag, "}}"),
            };
            let (name, after) = opened.split_once(closing).ok_or(TemplateError::NotClosed)?;
            let name = name.trim();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if name.is_empty() || !name.chars().all(is_name) {
                return Err(TemplateError::NotAVariable(name.to_owned()));
            }
            parts.push(Part::Variable(name.to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Self { parts })
    }
}

impl Template {
    /// Puts in the values.
    pub(crate) fn render(&self, data: &Map<String, Value>) -> Result<String, Missing> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Variable(name) => match data.get(name) {
                    Some(value) => text.push_str(&shown(value)),
                    None => return Err(Missing(name.clone())),
                },
            }
        }
        Ok(text)
    }
}

fn shown(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        Value::Null => "".into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(template: &str, data: &Value) -> Result<String, Missing> {
        let data = data.as_object().unwrap();
        template.parse::<Template>().unwrap().render(data)
    }

    #[test]
    fn values_are_put_in_as_they_are() {
        let data = json!({ "name": "<b>Ann & Bob</b>", "n": 3, "brackets": "{{name}}" });
        let text = render("Dear {{name}}, {{{name}}}: {{ n }} {{brackets}}.", &data);
        assert_eq!(
            text.unwrap(),
            "Dear <b>Ann & Bob</b>, <b>Ann & Bob</b>: 3 {{name}}."
        );
        assert_eq!(render("no variable }}", &data).unwrap(), "no variable }}");
    }

    #[test]
    fn a_variable_without_a_value_is_named() {
        assert_eq!(render("{{a}}", &json!({})), Err(Missing("a".to_owned())));
        assert_eq!(render("{{a}}", &json!({ "a": null })).unwrap(), "");
    }

    #[test]
    fn blocks_and_open_tags_are_refused() {
        let read = |text: &str| text.parse::<Template>();
        assert_eq!(read("{{a"), Err(TemplateError::NotClosed));
        assert_eq!(read("{{{a}}"), Err(TemplateError::NotClosed));
        for tag in ["#if a", "/if", "> part", "", "a.b"] {
            let refused = read(&format!("{{{{{tag}}}}}"));
            assert_eq!(refused, Err(TemplateError::NotAVariable(tag.to_owned())));
        }
    }
}
