//! What a message carries, and the rules of AWS about it: characters and sizes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::SqsError;

/// The largest message, and the largest batch.
pub(crate) const MAX_SIZE_BYTES: usize = 1_048_576;
const MAX_GROUP_ID_LENGTH: usize = 128;

/// A message's attributes by name. The order is that of the digest.
pub(crate) type Attributes = BTreeMap<String, AttributeValue>;

/// The value of an attribute, in the form of the JSON protocol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributeValue {
    pub(crate) data_type: String,
    pub(crate) string_value: String,
}

/// Checks a message's body: its characters and its size.
pub(crate) fn check(body: &str) -> Result<(), SqsError> {
    if body.is_empty() {
        return Err(SqsError::MissingParameter("MessageBody"));
    }
    let is_allowed =
        |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    if !body.chars().all(is_allowed) {
        return Err(SqsError::InvalidMessageContents);
    }
    if body.len() > MAX_SIZE_BYTES {
        let reason = format!("Message must be shorter than {MAX_SIZE_BYTES} bytes.");
        return Err(SqsError::invalid("MessageBody", "(too long)", reason));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_bodies_that_are_too_long_are_refused() {
        for bad in ["", "\u{0}", "\u{1}", "\u{ffff}"] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        assert!(check("会员导入\t🙂\n").is_ok());
        assert!(check(&"x".repeat(MAX_SIZE_BYTES)).is_ok());
        assert!(check(&"x".repeat(MAX_SIZE_BYTES + 1)).is_err());
    }

    #[test]
    fn a_group_id_has_no_spaces_and_at_most_128_characters() {
        assert!(check_group_id("station-7").is_ok());
        for bad in ["", "a b", &"x".repeat(129)] {
            assert!(check_group_id(bad).is_err(), "{bad}");
        }
    }
}
