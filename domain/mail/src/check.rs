//! Trying a template before it is kept.

use std::collections::BTreeSet;

use super::built_in::with_examples;
use super::error::TemplateError;
use super::render::Renderer;
use super::template::Texts;
use super::values::Values;

impl Texts {
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
    use crate::template::MAX_BODY_BYTES;

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
