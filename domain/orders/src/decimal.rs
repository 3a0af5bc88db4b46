//! Amounts of money and quantities: decimals as text, which keep every digit that was sent.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The most digits that DynamoDB, spreadsheets' decimals and accounting programs agree on keeping.
const MOST_DIGITS: usize = 38;

/// A decimal number as it was sent: `12.50` stays `12.50`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Decimal(String);

/// A text that is no decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected a decimal number such as 12.50: digits with at most one point, at most {MOST_DIGITS} of \
     them, and no leading zeros"
)]
pub struct NotADecimal;

impl Decimal {
    /// Returns the digits as they were sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        let digits = unsigned.bytes().filter(u8::is_ascii_digit).count();
        if are_digits(whole) && are_digits(fraction) && !has_leading_zero && digits <= MOST_DIGITS {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotADecimal)
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsText;
        impl Visitor<'_> for AsText {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number as text, in quotes, so that no digit is lost")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Decimal, E> {
                let wrong = |_| {
                    E::invalid_value(Unexpected::Str(text), &"a decimal number such as \"12.50\"")
                };
                text.parse().map_err(wrong)
            }
        }
        deserializer.deserialize_str(AsText)
    }
}

impl JsonSchema for Decimal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
            "maxLength": (MOST_DIGITS + 2),
            "description": "a decimal number as text, which keeps its digits",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_keeps_its_digits() {
        for text in [
            "0",
            "12.50",
            "-3",
            "0.10",
            "12345678901234567890.1234567890",
            "-0.00",
        ] {
            let decimal: Decimal = serde_json::from_value(text.into()).expect("a decimal");
            assert_eq!(serde_json::to_value(&decimal).expect("text"), text);
        }
    }

    #[test]
    fn what_could_be_read_as_another_number_is_refused() {
        let long = "1".repeat(MOST_DIGITS + 1);
        for text in [
            "", "-", ".5", "5.", "1,5", "1e3", "+1", "00.5", "1 000", "１２", "1.2.3", "NaN", &long,
        ] {
            assert_eq!(text.parse::<Decimal>(), Err(NotADecimal), "{text}");
        }
    }

    #[test]
    fn a_number_without_quotes_is_refused_and_says_what_to_do() {
        let error = serde_json::from_str::<Decimal>("12.5").expect_err("a number");
        assert!(error.to_string().contains("as text, in quotes"), "{error}");
    }
}
