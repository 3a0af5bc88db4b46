//! Filling templates.

use std::io;

use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::{RenderError, TemplateError};
use super::syntax::{self, Part, SyntaxError};
use super::template::Texts;
use super::values::{MailValue, Values};

/// A filled part, in bytes.
const MAX_RENDERED_BYTES: usize = 256 << 10;
/// A filled subject, in characters. RFC 5322 has lines of up to 998.
const MAX_SUBJECT_CHARS: usize = 900;

/// An e-mail as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rendered {
    /// The subject: one line.
    pub subject: String,
    /// The plain text.
    pub text: Option<String>,
    /// The HTML.
    pub html: Option<String>,
}

/// Fills one template, again and again.
#[derive(Debug)]
pub struct Renderer<'a> {
    texts: &'a Texts,
    environment: Environment<'a>,
}

impl<'a> Renderer<'a> {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or says what templates may not say.
    pub fn new(texts: &'a Texts) -> Result<Self, TemplateError> {
        texts.variables()?;
        let mut environment = Environment::new();
        environment.set_keep_trailing_newline(true);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|part| {
            if part == Part::Html.name() {
                AutoEscape::Html
            } else {
                AutoEscape::None
            }
        });
        for (part, source) in texts.parts() {
            let added = environment.add_template(part.name(), source);
            added.map_err(|error| SyntaxError {
                part,
                line: error.line().unwrap_or(1),
                problem: error.to_string(),
            })?;
        }
        Ok(Self { texts, environment })
    }

    /// Fills the template.
    ///
    /// # Errors
    ///
    /// If a variable has no value, or what comes of it is no e-mail.
    pub fn render(&self, values: &Values) -> Result<Rendered, RenderError> {
        let context: Value = values
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), value_of(value.as_ref()?))))
            .collect();
        let mut filled = Rendered {
            subject: String::new(),
            text: None,
            html: None,
        };
        for (part, source) in self.texts.parts() {
            let text = self.part(part, source, &context, values)?;
            match part {
                Part::Subject => filled.subject = subject(&text)?,
                Part::Text => filled.text = Some(text),
                Part::Html => filled.html = Some(text),
            }
        }
        Ok(filled)
    }

    fn part(
        &self,
        part: Part,
        source: &str,
        context: &Value,
        values: &Values,
    ) -> Result<String, RenderError> {
        let mut room = Room::default();
        let template = self.environment.get_template(part.name());
        let rendered = template.and_then(|template| {
            template
                .render_captured_to(context.clone(), &mut room)
                .map(drop)
        });
        match rendered {
            Ok(()) => Ok(String::from_utf8_lossy(&room.bytes).into_owned()),
            Err(_) if room.is_full => Err(RenderError::TooLong(part)),
            Err(error) => Err(failed(part, source, &error, values)),
        }
    }
}

/// The error for people: a variable that has no value is named, which the engine does not do.
fn failed(part: Part, source: &str, error: &Error, values: &Values) -> RenderError {
    let line = error.line().unwrap_or(1);
    if error.kind() != ErrorKind::UndefinedError {
        let problem = error
            .detail()
            .map_or_else(|| error.to_string(), str::to_owned);
        return RenderError::Value {
            part,
            line,
            problem,
        };
    }
    let on_line = source.lines().nth(line - 1).unwrap_or_default();
    let of_part = syntax::variables(part, source).unwrap_or_default();
    let missing: Vec<&String> = of_part
        .iter()
        .filter(|name| values.get(name).is_none())
        .collect();
    // A tag may go over several lines; then any of them may be the one.
    let here: Vec<&&String> = missing
        .iter()
        .filter(|name| on_line.contains(name.as_str()))
        .collect();
    let named: Vec<String> = if here.is_empty() {
        missing.iter().map(|name| format!("`{name}`")).collect()
    } else {
        here.iter().map(|name| format!("`{name}`")).collect()
    };
    let verb = if named.len() == 1 { "has" } else { "have" };
    RenderError::Missing {
        part,
        line,
        names: format!("{} {verb}", named.join(" or ")),
    }
}

fn value_of(value: &MailValue) -> Value {
    match value {
        MailValue::Text(text) => Value::from(text.as_str()),
        MailValue::Flag(flag) => Value::from(*flag),
        MailValue::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => Value::from(whole),
            (_, Some(whole), _) => Value::from(whole),
            (.., float) => Value::from(float.unwrap_or_default()),
        },
    }
}

/// A subject is one line, whatever is in the values.
fn subject(text: &str) -> Result<String, RenderError> {
    let is_gap = |c: char| c.is_control() || c.is_whitespace();
    let words = text.split(is_gap).filter(|word| !word.is_empty());
    let subject = words.collect::<Vec<_>>().join(" ");
    match subject.chars().count() {
        0 => Err(RenderError::NoSubject),
        1..=MAX_SUBJECT_CHARS => Ok(subject),
        _ => Err(RenderError::TooLong(Part::Subject)),
    }
}

/// Takes what is rendered, as long as it is not too much.
#[derive(Default)]
struct Room {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_RENDERED_BYTES {
            self.is_full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(subject: &str, html: &str) -> Texts {
        Texts {
            subject: subject.to_owned(),
            text: Some(html.to_owned()),
            html: Some(html.to_owned()),
        }
    }

    fn values(json: &str) -> Values {
        serde_json::from_str(json).expect("values")
    }

    fn render(subject: &str, html: &str, json: &str) -> Result<Rendered, RenderError> {
        let texts = texts(subject, html);
        let renderer = Renderer::new(&texts).expect("a template");
        renderer.render(&values(json))
    }

    #[test]
    fn values_are_escaped_in_html_and_nowhere_else() {
        let values =
            r#"{"name":"<b>\"Ann\" & 'Bob'</b>","n":1.5,"yes":true,"big":18446744073709551615}"#;
        let filled = render(
            "To {{ name }}",
            "<p>{{ name }} {{ n }} {{ yes }} {{ big }}</p>\n",
            values,
        );
        let filled = filled.expect("an e-mail");
        assert_eq!(filled.subject, "To <b>\"Ann\" & 'Bob'</b>");
        let plain = "<p><b>\"Ann\" & 'Bob'</b> 1.5 True 18446744073709551615</p>\n";
        assert_eq!(filled.text.as_deref(), Some(plain));
        let html = "<p>&lt;b&gt;&quot;Ann&quot; &amp; &#x27;Bob&#x27;&lt;&#x2f;b&gt; 1.5 True 18446744073709551615</p>\n";
        assert_eq!(filled.html.as_deref(), Some(html));
    }

    #[test]
    fn a_variable_without_a_value_is_an_error_that_names_it() {
        let told = |template: &str| {
            let refused = render("a", template, r#"{"name":"Ann","nick":null}"#);
            refused.expect_err(template).to_string()
        };
        assert_eq!(told("one\n{{ nick }}"), "text, line 2: `nick` has no value");
        assert_eq!(told("{{ nobody }}"), "text, line 1: `nobody` has no value");
        assert_eq!(
            told("{% if nick %}a{% endif %}"),
            "text, line 1: `nick` has no value"
        );
        assert_eq!(
            told("{{ nick|upper }}"),
            "text, line 1: `nick` has no value"
        );
        assert_eq!(
            told("{{ a }}{{ b }}"),
            "text, line 1: `a` or `b` have no value"
        );
    }

    #[test]
    fn a_variable_that_may_be_missing_has_a_default_or_is_asked_for() {
        let template =
            "{{ nick|default(name) }}{% if tier is defined %}, {{ tier|title }}{% endif %}";
        let filled = render("a", template, r#"{"name":"Ann","nick":null}"#);
        assert_eq!(filled.expect("an e-mail").text.as_deref(), Some("Ann"));
        let filled = render("a", template, r#"{"name":"Ann","nick":"A","tier":"gold"}"#);
        assert_eq!(filled.expect("an e-mail").text.as_deref(), Some("A, Gold"));
    }

    #[test]
    fn a_subject_is_one_line_whatever_its_values_are() {
        let filled = render(
            "Hello {{ name }}",
            "x",
            r#"{"name":"Ann\r\nBcc: eve@example.com\t\u0000!"}"#,
        );
        assert_eq!(
            filled.expect("an e-mail").subject,
            "Hello Ann Bcc: eve@example.com !"
        );
        let empty = render("{{ name }}", "x", r#"{"name":" \n "}"#);
        assert_eq!(empty, Err(RenderError::NoSubject));
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(901));
        let long = render("{{ name }}", "x", &long);
        assert_eq!(long, Err(RenderError::TooLong(Part::Subject)));
    }

    #[test]
    fn what_comes_of_a_template_is_bounded() {
        let many = "{{ name }}".repeat(1_000);
        let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(4_000));
        assert_eq!(
            render("a", &many, &long),
            Err(RenderError::TooLong(Part::Text))
        );
    }

    #[test]
    fn a_value_that_a_filter_cannot_use_is_an_error() {
        let refused = render("a", "{{ name|round }}", r#"{"name":"Ann"}"#);
        assert!(
            matches!(refused, Err(RenderError::Value { line: 1, .. })),
            "{refused:?}"
        );
    }

    proptest! {
        #[test]
        fn no_value_makes_a_tag_or_ends_an_attribute(value in "\\PC{0,40}") {
            let json = serde_json::json!({ "name": value }).to_string();
            let filled = render("a", "<a title=\"{{ name }}\">{{ name }}</a>", &json).expect("an e-mail");
            let html = filled.html.expect("HTML");
            let inner = html.strip_prefix("<a title=\"").and_then(|html| html.strip_suffix("</a>"));
            let (title, text) = inner.expect("the template").split_once("\">").expect("the template");
            prop_assert_eq!(title, text);
            prop_assert!(!text.contains(['<', '>', '"', '\'']));
        }

        #[test]
        fn no_text_makes_reading_a_template_panic(source in "([a-z {}%|()'\"#-]|\\{\\{|%\\}|if |endif){0,60}") {
            let texts = texts("a", &source);
            if let Ok(renderer) = Renderer::new(&texts) {
                let _ = renderer.render(&values(r#"{"a":"b"}"#));
            }
        }
    }
}
