//! The text encodings that are read, by the names that callers and people give them.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a file's text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16 in the byte order of its mark, else little-endian. Only a caller says this:
    /// detection finds out the order.
    #[serde(rename = "utf-16")]
    Utf16,
    /// UTF-16, little-endian: what Excel saves as "Unicode Text".
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, big-endian.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// GB18030, of which GBK and GB2312 are parts: what Excel saves as CSV in China.
    #[serde(rename = "gb18030")]
    Gb18030,
    /// GBK. Read as GB18030 is.
    #[serde(rename = "gbk")]
    Gbk,
    /// Windows-1252, with Latin-1 in it: what Excel saves as CSV in Western Europe and America.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Encoding {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Utf8,
        Self::Utf16,
        Self::Utf16Le,
        Self::Utf16Be,
        Self::Gb18030,
        Self::Gbk,
        Self::Windows1252,
    ];

    /// The name in requests and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Gb18030 => "gb18030",
            Self::Gbk => "gbk",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// The name as people write it, such as `UTF-16 LE`.
    pub const fn written(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16 => "UTF-16",
            Self::Utf16Le => "UTF-16 LE",
            Self::Utf16Be => "UTF-16 BE",
            Self::Gb18030 => "GB18030",
            Self::Gbk => "GBK",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// The names of all of them, for a message.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

/// The name as people write it, such as `UTF-16 LE`.
impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written())
    }
}

/// Reads a name, in capitals or not.
impl FromStr for Encoding {
    type Err = UnknownEncoding;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownEncoding(name.chars().take(40).collect()))
    }
}

/// A name of no encoding that is read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not an encoding that is read; there are: {names}", names = Encoding::names())]
pub struct UnknownEncoding(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoding_has_one_name_in_json_in_text_and_in_the_schema() {
        let schema = serde_json::to_string(&schemars::schema_for!(Encoding)).unwrap();
        for encoding in Encoding::ALL {
            let json = format!("\"{}\"", encoding.name());
            assert_eq!(serde_json::to_string(&encoding).unwrap(), json);
            assert_eq!(serde_json::from_str::<Encoding>(&json).unwrap(), encoding);
            assert_eq!(encoding.name().to_uppercase().parse(), Ok(encoding));
            assert!(schema.contains(&json), "{schema}");
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = "latin9".parse::<Encoding>().expect_err("unknown");
        assert_eq!(
            error.to_string(),
            "`latin9` is not an encoding that is read; there are: utf-8, utf-16, utf-16le, \
             utf-16be, gb18030, gbk, windows-1252"
        );
    }
}
