//! Months, as sums are kept for them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Months in a rolling total, the last included.
pub const ROLLING_MONTHS: u32 = 3;

/// A month of the civil calendar: `2026-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// Why months are not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MonthError {
    /// A text is no month.
    #[error("must be a month, such as 2026-01")]
    NoMonth,
    /// The last month comes before the first.
    #[error("to: {to} comes before from: {from}")]
    Backwards {
        /// The first.
        from: Month,
        /// The last.
        to: Month,
    },
    /// There are too many of them.
    #[error("from {from} to {to} are more than {most} months: ask for fewer at a time")]
    TooMany {
        /// The first.
        from: Month,
        /// The last.
        to: Month,
        /// How many may be asked for.
        most: u32,
    },
}

impl Month {
    /// Returns the month of a day.
    pub fn of(day: Date) -> Self {
        Self {
            year: day.year(),
            month: day.month(),
        }
    }

    /// Returns its first day.
    pub fn first_day(self) -> Date {
        date(self.year, self.month, 1)
    }

    /// Returns its last day.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// Returns the month that comes after it by so many months, or before it. Stays within the years 1 to 9999.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        let number = (i32::from(self.year) * 12 + i32::from(self.month) - 1 + months)
            .clamp(12, 9_999 * 12 + 11);
        Self {
            year: (number / 12) as i16,
            month: (number % 12 + 1) as i8,
        }
    }

    fn number(self) -> i32 {
        i32::from(self.year) * 12 + i32::from(self.month)
    }
}

/// Months one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthRange {
    /// The first.
    pub from: Month,
    /// The last.
    pub to: Month,
}

impl MonthRange {
    /// Returns the months from one to another, at most `most` of them.
    pub fn new(from: Month, to: Month, most: u32) -> Result<Self, MonthError> {
        if to < from {
            return Err(MonthError::Backwards { from, to });
        }
        if to.number() - from.number() >= most as i32 {
            return Err(MonthError::TooMany { from, to, most });
        }
        Ok(Self { from, to })
    }

    /// Returns the months whose rolling total ends with `last`.
    pub fn rolling(last: Month) -> Self {
        Self {
            from: last.plus(1 - ROLLING_MONTHS as i32),
            to: last,
        }
    }

    /// Whether a month is one of them.
    pub fn contains(&self, month: Month) -> bool {
        (self.from..=self.to).contains(&month)
    }

    /// Returns the months in their order.
    pub fn months(self) -> impl Iterator<Item = Month> + Clone {
        let count = self.to.number() - self.from.number() + 1;
        (0..count).map(move |index| self.from.plus(index))
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let digits = |text: &str, count: usize| {
            let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<i16>().ok()).flatten()
        };
        let (year, month) = text.split_once('-').ok_or(MonthError::NoMonth)?;
        let year = digits(year, 4).filter(|year| *year > 0);
        let month = digits(month, 2).filter(|month| (1..=12).contains(month));
        match (year, month) {
            (Some(year), Some(month)) => Ok(Self {
                year,
                month: month as i8,
            }),
            _ => Err(MonthError::NoMonth),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Serialize for Month {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Month {
    fn schema_name() -> Cow<'static, str> {
        "Month".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(0[1-9]|1[0-2])$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().expect("a month")
    }

    #[test]
    fn months_are_read_and_counted() {
        assert_eq!(month("2026-01").to_string(), "2026-01");
        assert_eq!(month("2026-01").plus(-1), month("2025-12"));
        assert_eq!(month("2025-12").plus(14), month("2027-02"));
        assert_eq!(month("2024-02").last_day(), date(2024, 2, 29));
        assert_eq!(month("0001-01").plus(-5), month("0001-01"));
        for bad in [
            "",
            "2026",
            "2026-13",
            "2026-1",
            "26-01",
            "0000-01",
            "2026-01-01",
            "+026-01",
        ] {
            assert_eq!(bad.parse::<Month>(), Err(MonthError::NoMonth), "{bad}");
        }
    }

    #[test]
    fn a_range_has_all_months_between_its_ends() {
        let range = MonthRange::new(month("2025-11"), month("2026-01"), 3).expect("three months");
        let months: Vec<String> = range.months().map(|month| month.to_string()).collect();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01"]);
        assert_eq!(MonthRange::rolling(month("2026-01")), range);
        MonthRange::new(month("2025-10"), month("2026-01"), 3).expect_err("four months");
        MonthRange::new(month("2026-01"), month("2025-12"), 3).expect_err("backwards");
    }
}
