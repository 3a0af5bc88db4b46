//! Points: decimal numbers that are added without rounding.

use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

use bigdecimal::{BigDecimal, Zero};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Digits that a number in DynamoDB keeps.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
const MOST_DIGITS: u64 = 38;

/// A number of points, exact to the last digit.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Points(BigDecimal);

/// A text that is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a decimal number, such as 12 or -0.5")]
pub struct PointsError;

impl Points {
    /// Whether it has so few digits that the store keeps them all.
    pub fn can_be_stored(&self) -> bool {
        let digits = self.0.normalized();
        digits.digits() <= MOST_DIGITS && digits.fractional_digit_count().abs() <= 100
    }
}

impl AddAssign<&Points> for Points {
    fn add_assign(&mut self, other: &Points) {
        self.0 += &other.0;
    }
}

impl FromStr for Points {
    type Err = PointsError;

    fn from_str(text: &str) -> Result<Self, PointsError> {
        let number: BigDecimal = text.parse().map_err(|_| PointsError)?;
        // What is written with so large an exponent has no place in a table of rows.
        if !number.is_zero() && number.fractional_digit_count().abs() > 200 {
            return Err(PointsError);
        }
        Ok(Self(number.normalized()))
    }
}

impl From<i64> for Points {
    fn from(number: i64) -> Self {
        Self(number.into())
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.normalized().to_plain_string())
    }
}

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Points {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Points".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_added_without_rounding() {
        let mut sum = Points::default();
        for text in [
            "0.1",
            "0.2",
            "12345678901234567890123456789.7",
            "-0.25",
            "1E+2",
        ] {
            sum += &text.parse().expect("a number");
        }
        assert_eq!(sum.to_string(), "12345678901234567890123456889.75");
        assert!(sum.can_be_stored());
        sum += &"0.0000000001".parse().expect("a number");
        assert!(!sum.can_be_stored());
        assert_eq!(Points::from(-70).to_string(), "-70");
        assert_eq!(
            "1.500".parse::<Points>().expect("a number").to_string(),
            "1.5"
        );
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "x", "1E+999999999", "1,5"] {
            assert_eq!(text.parse::<Points>(), Err(PointsError), "{text}");
        }
    }
}
