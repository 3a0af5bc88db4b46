//! The MD5 digests of a message that some SDKs compare with their own.
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>

use md5::{Digest, Md5};

use crate::content::Attributes;

const STRING_TRANSPORT: u8 = 1;

/// The digest of a body, in hexadecimal.
pub(crate) fn of_body(body: &str) -> String {
    hex(&Md5::digest(body))
}

/// The digest of the attributes in the order of their names; none if there are none.
pub(crate) fn of_attributes(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, value) in attributes {
        add(&mut digest, name.as_bytes());
        add(&mut digest, value.data_type.as_bytes());
        digest.update([STRING_TRANSPORT]);
        add(&mut digest, value.string_value.as_bytes());
    }
    Some(hex(&digest.finalize()))
}

fn add(digest: &mut Md5, part: &[u8]) {
    let length = part.len() as u32;
    digest.update(length.to_be_bytes());
    digest.update(part);
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::AttributeValue;

    #[test]
    fn the_body_digest_is_plain_md5() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn the_attribute_digest_covers_names_types_and_values_in_order() {
        let value = |data_type: &str, value: &str| AttributeValue {
            data_type: data_type.to_owned(),
            string_value: value.to_owned(),
        };
        let attributes = Attributes::from([
            ("ordinal".to_owned(), value("Number", "1")),
            ("category".to_owned(), value("String", "test")),
        ]);
        let expected = "d21ae90c49061e927f57df5f5d72be1f";
        assert_eq!(of_attributes(&attributes).as_deref(), Some(expected));
        assert_eq!(of_attributes(&Attributes::new()), None);
    }
}
