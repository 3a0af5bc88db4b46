//! What can be wrong with a row.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing wrong with a row, in words for the person who will mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The column's name in the definition; empty when the whole row is meant.
    pub column: String,
    /// What kind of problem.
    pub code: ProblemCode,
    /// What is wrong and what would be right.
    pub message: String,
}

impl Problem {
    /// A problem of one column.
    pub fn new(column: &str, code: ProblemCode, message: impl Into<String>) -> Self {
        Self {
            column: column.to_owned(),
            code,
            message: message.into(),
        }
    }

    /// A problem of the whole row.
    pub fn of_row(code: ProblemCode, message: impl Into<String>) -> Self {
        Self::new("", code, message)
    }
}

/// The kinds of problems. The names are stable: programs may read them in reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// A required value is missing.
    Required,
    /// The text is longer than allowed.
    TooLong,
    /// The text does not have the required form.
    Pattern,
    /// The value is not one of the list.
    NotAllowed,
    /// Not a number.
    NotANumber,
    /// A number outside its limits.
    OutOfRange,
    /// Neither yes nor no.
    NotABoolean,
    /// Not a date.
    NotADate,
    /// Not an e-mail address.
    NotAnEmail,
    /// Not a phone number.
    NotAPhone,
    /// Bytes that are not UTF-8, a character that was lost before, or a control character.
    Encoding,
    /// Quotes that do not stand as CSV has them.
    Quotes,
    /// A workbook's cell that does not say its value, or an error value.
    Cell,
    /// The row has more or fewer fields than the header.
    FieldCount,
    /// The row is larger than a stored item can be.
    TooLarge,
    /// The key belongs to another row.
    Duplicate,
    /// The table or the endpoint refused the row for good.
    Refused,
    /// The endpoint could not be asked; it may be able to take the row later.
    Unavailable,
    /// The import of its chunk failed again and again because of this row.
    Unprocessable,
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Required => "required",
            Self::TooLong => "too_long",
            Self::Pattern => "pattern",
            Self::NotAllowed => "not_allowed",
            Self::NotANumber => "not_a_number",
            Self::OutOfRange => "out_of_range",
            Self::NotABoolean => "not_a_boolean",
            Self::NotADate => "not_a_date",
            Self::NotAnEmail => "not_an_email",
            Self::NotAPhone => "not_a_phone",
            Self::Encoding => "encoding",
            Self::Quotes => "quotes",
            Self::Cell => "cell",
            Self::FieldCount => "field_count",
            Self::TooLarge => "too_large",
            Self::Duplicate => "duplicate",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
            Self::Unprocessable => "unprocessable",
        })
    }
}
