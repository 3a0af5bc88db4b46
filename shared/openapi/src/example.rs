//! Examples: values of the types that travel, so that they cannot be wrong.

use std::fmt::Display;
use std::str::FromStr;

use serde::Serialize;
use serde_json::{Map, Value, json};
use sluice_api::{Code, Envelope};

/// What is sent or answered in one situation.
pub(crate) struct Example {
    /// Unique beside its siblings.
    name: &'static str,
    /// The situation, in a few words.
    summary: &'static str,
    value: Value,
}

impl Example {
    /// What a client sends.
    pub(crate) fn new(name: &'static str, summary: &'static str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("keys of the API's types are text");
        Self {
            name,
            summary,
            value,
        }
    }

    /// An answer with this `data`.
    pub(crate) fn answer(name: &'static str, summary: &'static str, data: impl Serialize) -> Self {
        let envelope = Envelope {
            code: Code::Ok,
            msg: String::new(),
            data: Some(data),
        };
        Self::new(name, summary, envelope)
    }

    /// Examples by name, as the document has them.
    pub(crate) fn render(examples: Vec<Self>) -> Map<String, Value> {
        examples
            .into_iter()
            .map(|example| {
                let shown = json!({ "summary": example.summary, "value": example.value });
                (example.name.to_owned(), shown)
            })
            .collect()
    }
}

/// A value that an example needs: an id, a time.
pub(crate) fn valid<T>(text: &str) -> T
where
    T: FromStr<Err: Display>,
{
    match text.parse() {
        Ok(value) => value,
        Err(error) => panic!("the example has `{text}`: {error}"),
    }
}
