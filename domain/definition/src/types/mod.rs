//! The types of columns: how a field's text becomes a value, or what is wrong with it.

mod boolean;
mod clock;
mod date;
mod date_time;
mod email;
mod fold;
mod list;
mod marks;
mod number;
mod phone;
mod text;

use std::fmt;

use sluice_basics::problem::ProblemCode;

use super::conventions::Conventions;
use super::error::Mistake;
use super::file::{ColumnTable, TypeName};
use date::Formats;
use list::List;
use number::{Decimal, Range};
use text::TextLimits;

pub(super) use marks::unmark;
pub use number::compare_numbers;
pub(crate) use number::is_rounded;

/// What a column's values are.
#[derive(Clone, Debug)]
pub enum ColumnType {
    /// Any text.
    Text(TextLimits),
    /// One of a list.
    List(List),
    /// A whole number within 64 bits.
    Integer(Range<i64>),
    /// A decimal number of at most 38 digits, DynamoDB's precision.
    Decimal(Range<Decimal>),
    /// Yes or no.
    Boolean,
    /// A day of the calendar.
    Date(Formats),
    /// A moment.
    DateTime(Formats),
    /// An e-mail address.
    Email(TextLimits),
    /// A phone number.
    Phone(TextLimits),
}

/// A checked value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number in the digits it will be stored with.
    Number(String),
    /// Yes or no.
    Boolean(bool),
}

impl fmt::Display for Value {
    /// The text that it has in a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Number(text) => f.write_str(text),
            Self::Boolean(yes) => yes.fmt(f),
        }
    }
}

/// One thing wrong with a field's text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: ProblemCode,
    pub(super) message: String,
}

impl Fault {
    fn new(code: ProblemCode, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }
}

impl ColumnType {
    /// Returns the type of a column, with the limits that belong to it, unless they are wrong.
    pub(super) fn of_table(table: &mut ColumnTable, mistakes: &mut Vec<Mistake>) -> Option<Self> {
        check_fields(table, mistakes);
        let kind = match table.kind {
            TypeName::Text if table.allowed.is_some() => List::of_table(table).map(Self::List),
            TypeName::Text => TextLimits::of_table(table).map(Self::Text),
            TypeName::Integer => Range::of_table(table).map(Self::Integer),
            TypeName::Decimal => Range::of_table(table).map(Self::Decimal),
            TypeName::Boolean => Ok(Self::Boolean),
            TypeName::Date => Formats::of_dates(table).map(Self::Date),
            TypeName::DateTime => Formats::of_date_times(table).map(Self::DateTime),
            TypeName::Email => TextLimits::of_table(table).map(Self::Email),
            TypeName::Phone => TextLimits::of_table(table).map(Self::Phone),
        };
        kind.map_err(|of_limits| mistakes.extend(of_limits)).ok()
    }

    /// How many bytes a value has as a rule.
    pub(super) fn typical_bytes(&self) -> u64 {
        match self {
            // Limits are wide.
            Self::Text(limits) => (limits.max_length().unwrap_or(160) / 8).clamp(8, 40) as u64,
            Self::List(_) => 6,
            Self::Integer(_) | Self::Decimal(_) => 5,
            Self::Boolean => 4,
            Self::Date(_) => 10,
            Self::DateTime(_) => 20,
            Self::Email(_) => 24,
            Self::Phone(_) => 14,
        }
    }

    /// Its name: that of definitions, and `list` for text with `allowed`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Integer(_) => "integer",
            Self::Decimal(_) => "decimal",
            Self::Boolean => "boolean",
            Self::Date(_) => "date",
            Self::DateTime(_) => "date_time",
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
        }
    }

    /// The values that there are, of a list; of others none are named.
    pub fn allowed(&self) -> &[String] {
        match self {
            Self::List(list) => list.allowed(),
            _ => &[],
        }
    }

    /// A value of the type. Limits of a column may refuse it.
    pub(super) fn example(&self) -> &str {
        match self {
            Self::Text(_) => "Example",
            Self::List(list) => &list.allowed()[0],
            Self::Integer(_) | Self::Decimal(_) => "10",
            Self::Boolean => "yes",
            Self::Date(_) => "2026-01-31",
            Self::DateTime(_) => "2026-01-31T08:30:00Z",
            Self::Email(_) => "name@example.com",
            Self::Phone(_) => "+8613800138000",
        }
    }

    /// Whether equal values are stored as the same text.
    pub(super) fn can_be_key(&self) -> bool {
        !matches!(self, Self::Decimal(_))
    }

    /// Makes a value of a text that is trimmed and not empty.
    pub(super) fn read(&self, text: &str, conventions: &Conventions) -> Result<Value, Vec<Fault>> {
        let one = |fault| vec![fault];
        match self {
            Self::Text(limits) => limits.check(text.to_owned()),
            Self::List(list) => list.read(text).map_err(one),
            Self::Integer(range) => number::integer(text, range).map_err(one),
            Self::Decimal(range) => number::decimal(text, range).map_err(one),
            Self::Boolean => boolean::read(text).map_err(one),
            Self::Date(formats) => date::read(text, formats, conventions).map_err(one),
            Self::DateTime(formats) => date_time::read(text, formats, conventions).map_err(one),
            Self::Email(limits) => limits.check(email::read(text).map_err(one)?),
            Self::Phone(limits) => limits.check(phone::read(text, conventions).map_err(one)?),
        }
    }
}

/// Returns an e-mail address in the form in which it is compared and sent to: in lower case, its domain in ASCII.
///
/// # Errors
///
/// What is wrong with it, for people.
pub fn email_address(text: &str) -> Result<String, String> {
    email::read(text.trim()).map_err(|fault| fault.message)
}

/// Refuses fields that mean nothing to the type.
fn check_fields(table: &ColumnTable, mistakes: &mut Vec<Mistake>) {
    use TypeName::{Date, DateTime, Decimal, Email, Integer, Phone, Text};
    let fields: [(&'static str, bool, &[TypeName], &str); 7] = [
        (
            "max_length",
            table.max_length.is_some(),
            &[Text, Email, Phone],
            "text, email and phone",
        ),
        (
            "pattern",
            table.pattern.is_some(),
            &[Text, Email, Phone],
            "text, email and phone",
        ),
        ("allowed", table.allowed.is_some(), &[Text], "text"),
        ("synonyms", table.synonyms.is_some(), &[Text], "text"),
        (
            "min",
            table.min.is_some(),
            &[Integer, Decimal],
            "integer and decimal",
        ),
        (
            "max",
            table.max.is_some(),
            &[Integer, Decimal],
            "integer and decimal",
        ),
        (
            "formats",
            table.formats.is_some(),
            &[Date, DateTime],
            "date and date_time",
        ),
    ];
    for (field, is_given, types, names) in fields {
        if is_given && !types.contains(&table.kind) {
            let problem = format!("is for columns of the type {names}");
            mistakes.push(Mistake::new(field, problem));
        }
    }
    if table.kind != Text {
        return;
    }
    let is_list = table.allowed.is_some();
    if is_list && (table.max_length.is_some() || table.pattern.is_some()) {
        let problem = "`max_length` and `pattern` say nothing more where the values are listed";
        mistakes.push(Mistake::new("allowed", problem));
    }
    if !is_list && table.synonyms.is_some() {
        let problem = "are for values that `allowed` lists";
        mistakes.push(Mistake::new("synonyms", problem));
    }
}

#[cfg(test)]
mod tests;
