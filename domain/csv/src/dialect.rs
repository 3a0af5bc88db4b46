//! What differs between one CSV file and another: the byte between two fields.
//! Quotes, line breaks and the byte order mark are the same for all (see the module above).

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a CSV file is written. The default is comma-separated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// The byte between two fields.
    pub delimiter: Delimiter,
}

impl From<Delimiter> for Dialect {
    fn from(delimiter: Delimiter) -> Self {
        Self { delimiter }
    }
}

/// The byte between two fields: any ASCII character but a quote or a line break.
/// In JSON and TOML it is a string of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Delimiter(u8);

impl Delimiter {
    /// `,`
    pub const COMMA: Self = Self(b',');
    /// `;`, what Excel writes where the comma is the decimal sign.
    pub const SEMICOLON: Self = Self(b';');
    /// The tab character.
    pub const TAB: Self = Self(b'\t');
    /// `|`
    pub const PIPE: Self = Self(b'|');

    /// The delimiter as the byte that it is in a file.
    pub const fn as_byte(self) -> u8 {
        self.0
    }
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::COMMA
    }
}

impl TryFrom<u8> for Delimiter {
    type Error = InvalidDelimiter;

    fn try_from(byte: u8) -> Result<Self, Self::Error> {
        Self::try_from(char::from(byte))
    }
}

impl TryFrom<char> for Delimiter {
    type Error = InvalidDelimiter;

    fn try_from(character: char) -> Result<Self, Self::Error> {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\r' | b'\n') => Ok(Self(byte)),
            _ => Err(InvalidDelimiter(character)),
        }
    }
}

impl From<Delimiter> for char {
    fn from(delimiter: Delimiter) -> Self {
        Self::from(delimiter.0)
    }
}

impl JsonSchema for Delimiter {
    fn schema_name() -> Cow<'static, str> {
        "Delimiter".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": 1,
            "pattern": r"^[\x00-\x09\x0B\x0C\x0E-\x21\x23-\x7F]$",
        })
    }
}

/// Names the delimiter in a sentence, such as `comma` or `'^'`.
impl fmt::Display for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::COMMA => f.write_str("comma"),
            Self::SEMICOLON => f.write_str("semicolon"),
            Self::TAB => f.write_str("tab"),
            Self::PIPE => f.write_str("pipe"),
            Self(byte) => write!(f, "{:?}", char::from(byte)),
        }
    }
}

/// A character that cannot separate fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{0:?} cannot separate fields; use an ASCII character other than a quote or a line break")]
pub struct InvalidDelimiter(pub char);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delimiter_is_a_string_of_one_character_in_json() {
        let dialect = Dialect::from(Delimiter::TAB);
        let json = serde_json::to_string(&dialect).unwrap();
        assert_eq!(json, r#"{"delimiter":"\t"}"#);
        assert_eq!(serde_json::from_str::<Dialect>(&json).unwrap(), dialect);
    }

    #[test]
    fn quotes_line_breaks_and_characters_beyond_ascii_are_no_delimiters() {
        for character in ['"', '\r', '\n', '\u{80}', '§', '，', '€'] {
            assert!(Delimiter::try_from(character).is_err(), "{character:?}");
        }
        assert!(serde_json::from_str::<Dialect>(r#"{"delimiter":",,"}"#).is_err());
    }

    #[test]
    fn delimiters_are_named_as_people_name_them() {
        let named = |byte| Delimiter::try_from(byte).unwrap().to_string();
        assert_eq!(named(b';'), "semicolon");
        assert_eq!(named(b'^'), "'^'");
        assert_eq!(named(0x1f), r"'\u{1f}'");
    }
}
