//! What a message carries, and the rules of AWS about it: characters, attributes, sizes.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::error::SqsError;

/// The largest message, and the largest batch.
pub(crate) const MAX_SIZE_BYTES: usize = 1_048_576;
const MAX_ATTRIBUTES: usize = 10;
const MAX_GROUP_ID_LENGTH: usize = 128;

/// A message's attributes by name. The order is that of the digest.
pub(crate) type Attributes = BTreeMap<String, AttributeValue>;

/// The value of a message attribute, in the form of the JSON protocol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributeValue {
    pub(crate) data_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) string_value: Option<String>,
    /// In base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) binary_value: Option<String>,
}

impl AttributeValue {
    /// Checks that type and value fit.
    fn check(&self, name: &str) -> Result<(), SqsError> {
        let refuse = |reason: &str| {
            Err(SqsError::invalid(
                "MessageAttributes",
                name,
                format!("The attribute {reason}"),
            ))
        };
        let kind = self.data_type.split('.').next().unwrap_or_default();
        match (kind, &self.string_value, &self.binary_value) {
            ("Number", Some(text), None) if text.parse::<f64>().is_err() => {
                refuse("of type Number is no number")
            }
            ("String" | "Number", Some(text), None) if !text.is_empty() => check_characters(text),
            ("Binary", None, Some(encoded)) if STANDARD.decode(encoded).is_err() => {
                refuse("of type Binary is not base64")
            }
            ("Binary", None, Some(encoded)) if !encoded.is_empty() => Ok(()),
            ("String" | "Number" | "Binary", _, _) => {
                refuse("must contain a non-empty value of its type, and only that")
            }
            _ => refuse("must have type String, Number or Binary"),
        }
    }

    /// The size of type and value.
    fn size_bytes(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        let encoded = self.binary_value.as_deref().unwrap_or_default();
        let binary = encoded.trim_end_matches('=').len() * 3 / 4;
        self.data_type.len() + text + binary
    }
}

/// Checks a message: its characters, its attributes and its size.
pub(crate) fn check(body: &str, attributes: &Attributes, max_bytes: usize) -> Result<(), SqsError> {
    if body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    check_characters(body)?;
    if attributes.len() > MAX_ATTRIBUTES {
        let reason = "A message can have up to 10 attributes";
        return Err(SqsError::invalid(
            "MessageAttributes",
            &attributes.len(),
            reason,
        ));
    }
    for (name, value) in attributes {
        check_attribute_name(name)?;
        value.check(name)?;
    }
    if size_bytes(body, attributes) > max_bytes {
        let reason = format!("Message must be shorter than {max_bytes} bytes.");
        return Err(SqsError::invalid("MessageBody", "(too long)", reason));
    }
    Ok(())
}

/// The size that counts against the limits: the body and every attribute's name, type and value.
pub(crate) fn size_bytes(body: &str, attributes: &Attributes) -> usize {
    let attributes = attributes
        .iter()
        .map(|(name, value)| name.len() + value.size_bytes());
    body.len() + attributes.sum::<usize>()
}

/// Checks a message group's id: 1 to 128 letters, digits and punctuation.
pub(crate) fn check_group_id(group_id: &str) -> Result<(), SqsError> {
    let is_short = (1..=MAX_GROUP_ID_LENGTH).contains(&group_id.len());
    if is_short && group_id.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    let reason = "MessageGroupId can only include alphanumeric and punctuation characters. \
                  1 to 128 in length";
    Err(SqsError::invalid("MessageGroupId", group_id, reason))
}

fn check_characters(text: &str) -> Result<(), SqsError> {
    let is_allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    if text.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(SqsError::InvalidMessageContents)
    }
}

fn check_attribute_name(name: &str) -> Result<(), SqsError> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let lower = name.to_ascii_lowercase();
    let is_valid = (1..=256).contains(&name.len())
        && name.chars().all(is_allowed)
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    if is_valid {
        return Ok(());
    }
    Err(SqsError::invalid(
        "MessageAttributes",
        name,
        "The attribute's name is not allowed",
    ))
}

#[cfg(test)]
impl AttributeValue {
    /// A value of type `String` or `Number`.
    pub(crate) fn string(data_type: &str, value: &str) -> Self {
        Self {
            data_type: data_type.to_owned(),
            string_value: Some(value.to_owned()),
            binary_value: None,
        }
    }

    /// A value of type `Binary`.
    pub(crate) fn binary(encoded: &str) -> Self {
        Self {
            data_type: "Binary".to_owned(),
            string_value: None,
            binary_value: Some(encoded.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_body_names_types_and_values() {
        let attributes = Attributes::from([("kind".to_owned(), AttributeValue::binary("AAAA"))]);
        let expected_bytes = 4 + 4 + "Binary".len() + 3;
        assert_eq!(size_bytes("body", &attributes), expected_bytes);
        assert!(check("body", &attributes, expected_bytes).is_ok());
        assert!(check("body", &attributes, expected_bytes - 1).is_err());
    }

    #[test]
    fn control_characters_are_refused_and_chinese_is_not() {
        let none = Attributes::new();
        assert!(check("\u{0}", &none, MAX_SIZE_BYTES).is_err());
        assert!(check("\u{ffff}", &none, MAX_SIZE_BYTES).is_err());
        assert!(check("会员导入\t🙂\n", &none, MAX_SIZE_BYTES).is_ok());
    }

    #[test]
    fn an_attribute_needs_a_value_of_its_type() {
        let mut value = AttributeValue::string("Number", "12x");
        assert!(value.check("n").is_err());
        value.data_type = "String.custom".to_owned();
        assert!(value.check("n").is_ok());
        value.data_type = "Binary".to_owned();
        assert!(value.check("n").is_err());
        value.data_type = "Boolean".to_owned();
        assert!(value.check("n").is_err());
    }

    #[test]
    fn reserved_and_malformed_attribute_names_are_refused() {
        for name in ["AWS.x", "amazon.x", ".a", "a.", "a..b", "a b", ""] {
            assert!(check_attribute_name(name).is_err(), "{name}");
        }
        assert!(check_attribute_name("trace-id_1.a").is_ok());
    }

    #[test]
    fn a_group_id_has_no_spaces_and_at_most_128_characters() {
        assert!(check_group_id("station-7").is_ok());
        for bad in ["", "a b", &"x".repeat(129)] {
            assert!(check_group_id(bad).is_err(), "{bad}");
        }
    }
}
