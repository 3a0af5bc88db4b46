//! The values that a template is filled with: one row, flat.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::btree_map::Iter;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Number;

/// Values of one e-mail.
const MAX_VALUES: usize = 200;
/// A name, in bytes.
const MAX_NAME: usize = 64;
/// A value, in characters.
const MAX_CHARS: usize = 4_000;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MailValue {
    /// Text.
    Text(String),
    /// A number.
    Number(Number),
    /// True or false.
    Flag(bool),
}

/// Values by the name of their variable. A variable whose value is null is known and has none, as a blank cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Option<MailValue>>);

/// Why values are not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// There are too many.
    #[error("an e-mail has at most {MAX_VALUES} values")]
    TooMany,
    /// A name cannot be a variable.
    #[error(
        "`{0}` cannot be a variable: its name has up to {MAX_NAME} letters, digits and '_', and begins with a letter \
         or '_'"
    )]
    Name(String),
    /// A text is too long.
    #[error("the value of `{0}` has more than {MAX_CHARS} characters")]
    TooLong(String),
}

impl Values {
    /// Takes values that a template can be filled with.
    ///
    /// # Errors
    ///
    /// If there are too many, a name cannot be a variable, or a text is too long.
    pub fn new(values: BTreeMap<String, Option<MailValue>>) -> Result<Self, ValueError> {
        if values.len() > MAX_VALUES {
            return Err(ValueError::TooMany);
        }
        for (name, value) in &values {
            if !is_variable(name) {
                let name = sluice_basics::quote::shortened(name, MAX_NAME);
                return Err(ValueError::Name(name));
            }
            let is_long = |text: &String| text.chars().count() > MAX_CHARS;
            if matches!(value, Some(MailValue::Text(text)) if is_long(text)) {
                return Err(ValueError::TooLong(name.clone()));
            }
        }
        Ok(Self(values))
    }

    /// The value of a variable, if it has one.
    pub fn get(&self, name: &str) -> Option<&MailValue> {
        self.0.get(name)?.as_ref()
    }

    /// Whether a variable is named, with a value or without.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Gives a variable a value, in the place of the one that it has.
    pub fn set(&mut self, name: &str, value: Option<MailValue>) {
        self.0.insert(name.to_owned(), value);
    }

    /// The values that there are, by name.
    pub fn iter(&self) -> Iter<'_, String, Option<MailValue>> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Values {
    type Item = (&'a String, &'a Option<MailValue>);
    type IntoIter = Iter<'a, String, Option<MailValue>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(BTreeMap::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Values {
    fn schema_name() -> Cow<'static, str> {
        "MailValues".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Values by the name of their variable. Null: the variable has no value, as a blank cell.",
            "maxProperties": MAX_VALUES,
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$" },
            "additionalProperties": {
                "type": ["string", "number", "boolean", "null"],
                "maxLength": MAX_CHARS,
            },
        })
    }
}

fn is_variable(name: &str) -> bool {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let begins_well = name.bytes().next().is_some_and(|b| !b.is_ascii_digit());
    begins_well && name.len() <= MAX_NAME && name.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Values, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_flat_and_read_back_as_they_were_written() {
        let json = r#"{"active":true,"name":"Zoë","points":12,"rate":1.5,"since":null}"#;
        let values = read(json).expect("values");
        assert_eq!(serde_json::to_string(&values).ok().as_deref(), Some(json));
        assert_eq!(values.get("name"), Some(&MailValue::Text("Zoë".to_owned())));
        assert!(values.knows("since") && values.get("since").is_none());
        for wrong in [r#"{"a":[1]}"#, r#"{"a":{"b":1}}"#, "[]", "null"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_that_are_no_variables_and_long_texts_are_refused() {
        for name in ["", "1a", "a b", "a.b", "a-b", "ä", &"a".repeat(65)] {
            let values = BTreeMap::from([(name.to_owned(), None)]);
            assert!(
                matches!(Values::new(values), Err(ValueError::Name(_))),
                "{name}"
            );
        }
        let long = |chars| Some(MailValue::Text("会".repeat(chars)));
        assert!(Values::new(BTreeMap::from([("a".to_owned(), long(4_000))])).is_ok());
        let refused = Values::new(BTreeMap::from([("a".to_owned(), long(4_001))]));
        assert_eq!(refused, Err(ValueError::TooLong("a".to_owned())));
        let many = (0..201).map(|n| (format!("a{n}"), None)).collect();
        assert_eq!(Values::new(many), Err(ValueError::TooMany));
    }
}
