//! Numbers, digit for digit: no number is ever read as a double, and none is guessed. A text that
//! could mean two numbers, or that a spreadsheet has shortened, is refused.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use sluice_basics::problem::ProblemCode;

use super::fold::fold;
use super::{Fault, Value};
use crate::error::{Mistake, none_of};
use crate::file::ColumnTable;

/// DynamoDB's precision.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const MAX_DIGITS: usize = 38;

/// The smallest and the largest number there may be.
#[derive(Clone, Debug)]
pub struct Range<T> {
    min: Option<T>,
    max: Option<T>,
}

/// A number in its digits, compared by its value.
#[derive(Clone, Debug)]
pub struct Decimal {
    is_negative: bool,
    /// Without zeros in front; `0` if there is nothing else.
    whole: String,
    /// As it was written; may be empty.
    fraction: String,
}

impl<T: FromStr + PartialOrd> Range<T> {
    pub(super) fn of_table(table: &ColumnTable) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut limit = |field, literal: Option<&crate::file::Literal>| {
            let number = literal.map(|literal| literal.0.parse::<T>()).transpose();
            number.unwrap_or_else(|_| {
                mistakes.push(Mistake::new(field, "is not a number of the column's type"));
                None
            })
        };
        let min = limit("min", table.min.as_ref());
        let max = limit("max", table.max.as_ref());
        let both = min.as_ref().zip(max.as_ref());
        if both.is_some_and(|(min, max)| min > max) {
            mistakes.push(Mistake::new("min", "is larger than `max`"));
        }
        none_of(mistakes).map(|()| Self { min, max })
    }
}

impl<T: PartialOrd + fmt::Display> Range<T> {
    fn check(&self, number: &T) -> Result<(), Fault> {
        let is_below = self.min.as_ref().is_some_and(|min| number < min);
        let is_above = self.max.as_ref().is_some_and(|max| number > max);
        if is_below || is_above {
            Err(self.fault())
        } else {
            Ok(())
        }
    }

    fn fault(&self) -> Fault {
        let message = match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("must be between {min} and {max}"),
            (Some(min), None) => format!("must be at least {min}"),
            (None, Some(max)) => format!("must be at most {max}"),
            (None, None) => "the number is too large".to_owned(),
        };
        Fault::new(ProblemCode::OutOfRange, message)
    }
}

/// A whole number. Zeros after a decimal point are left out, unless there are three of them: they
/// may be thousands.
pub(super) fn integer(text: &str, range: &Range<i64>) -> Result<Value, Fault> {
    let text = fold(text);
    let number = match text.parse::<i64>() {
        Ok(number) => number,
        Err(_) => whole_number(&text, range)?,
    };
    range.check(&number)?;
    Ok(Value::Number(number.to_string()))
}

fn whole_number(text: &str, range: &Range<i64>) -> Result<i64, Fault> {
    let fault = |message: &str| Err(Fault::new(ProblemCode::NotANumber, message));
    let Ok(number) = text.parse::<Decimal>() else {
        return Err(not_a_number(text, "must be a whole number, such as 1200"));
    };
    if number.fraction.bytes().any(|digit| digit != b'0') {
        return fault("must be a whole number, such as 1200");
    }
    if number.fraction.len() == 3 {
        return fault(
            "could be thousands or a whole number with three decimals: write it without the point",
        );
    }
    let sign = if number.is_negative { "-" } else { "" };
    let whole = format!("{sign}{}", number.whole).parse();
    whole.map_err(|_| range.fault())
}

/// A number with or without decimals after a point.
pub(super) fn decimal(text: &str, range: &Range<Decimal>) -> Result<Value, Fault> {
    let text = fold(text);
    let Ok(number) = text.parse::<Decimal>() else {
        return Err(not_a_number(
            &text,
            "must be a decimal number, such as 12.50",
        ));
    };
    if number.whole.len() + number.fraction.len() > MAX_DIGITS {
        let message = format!("at most {MAX_DIGITS} digits are allowed");
        return Err(Fault::new(ProblemCode::OutOfRange, message));
    }
    range.check(&number)?;
    Ok(Value::Number(number.to_string()))
}

/// Compares two numbers in their digits by their values; none if one of them is no number.
pub fn compare_numbers(left: &str, right: &str) -> Option<Ordering> {
    let (left, right): (Decimal, Decimal) = (left.parse().ok()?, right.parse().ok()?);
    left.partial_cmp(&right)
}

/// Says what is known about a text that is no number.
fn not_a_number(text: &str, message: &str) -> Fault {
    let is_digit = |c: char| c.is_ascii_digit();
    let message = if is_shortened(text) {
        "was shortened by a spreadsheet, and digits of it may be lost: format the column as text or \
         as a number without exponent, and export it again from where the numbers are whole"
    } else if text.contains(is_digit)
        && text.contains([',', ' ', '_', '\''])
        && text.chars().all(|c| is_digit(c) || "+-., _'".contains(c))
    {
        "write it without separators for thousands and with a point before decimals, such as \
         1200 or 12.50"
    } else {
        message
    };
    Fault::new(ProblemCode::NotANumber, message)
}

/// Whether a text is a number with an exponent, as spreadsheets write long ones: `1.38E+10`.
pub(super) fn is_shortened(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return false;
    };
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    !exponent.is_empty()
        && exponent.bytes().all(|b| b.is_ascii_digit())
        && digits.replacen(',', ".", 1).parse::<Decimal>().is_ok()
}

/// Whether a text is a number as spreadsheets show one that is too long for its cell: `2.02601E+15`, with a
/// sign and two digits. Keys such as `5E3` are none.
pub(crate) fn is_rounded(text: &str) -> bool {
    let exponent = text.split_once(['e', 'E']).map(|(_, exponent)| exponent);
    exponent.is_some_and(|exponent| exponent.starts_with('+') && exponent.len() > 2)
        && is_shortened(text)
}

impl FromStr for Decimal {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return Err(()),
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(());
        }
        let whole = match whole.trim_start_matches('0') {
            "" => "0",
            whole => whole,
        };
        let is_zero = whole == "0" && fraction.bytes().all(|b| b == b'0');
        Ok(Self {
            is_negative: text.starts_with('-') && !is_zero,
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }
}

impl Decimal {
    /// What is left of the sign, compared.
    fn compare_size(&self, other: &Self) -> Ordering {
        let significant = |fraction: &'_ str| fraction.trim_end_matches('0').len();
        let fraction =
            |number: &'_ Self| number.fraction[..significant(&number.fraction)].to_owned();
        let whole = self.whole.len().cmp(&other.whole.len());
        whole
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| fraction(self).cmp(&fraction(other)))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(match (self.is_negative, other.is_negative) {
            (false, false) => self.compare_size(other),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (true, true) => other.compare_size(self),
        })
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative { "-" } else { "" };
        let point = if self.fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{}", self.whole, self.fraction)
    }
}
