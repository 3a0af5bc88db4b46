//! One column: its type, its limits, and how a field's text becomes a value.

use jiff::civil::Date;
use regex::Regex;
use serde::{Deserialize, Deserializer};

use super::header::normalize;
use super::problem::{Problem, ProblemCode};

/// A column of a definition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The attribute's name in the table, and the column's name in reports.
    pub name: String,
    /// Other headers that mean this column. Case, spaces, `_` and `-` do not matter.
    #[serde(default)]
    pub headers: Vec<String>,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether a row without a value is wrong.
    #[serde(default)]
    pub required: bool,
    /// The longest text, in characters.
    #[serde(default)]
    pub max_length: Option<usize>,
    /// The smallest number.
    #[serde(default)]
    pub min: Option<i64>,
    /// The largest number.
    #[serde(default)]
    pub max: Option<i64>,
    /// The form a text must have.
    #[serde(default, deserialize_with = "pattern")]
    pub pattern: Option<Regex>,
    /// The values there are; none for any.
    #[serde(default)]
    pub allowed: Vec<String>,
    /// Whether its values are masked in what people see.
    #[serde(default)]
    pub sensitive: bool,
}

/// What a column's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Any text.
    Text,
    /// A whole number within 64 bits.
    Integer,
    /// A decimal number of at most 38 digits, DynamoDB's precision.
    Decimal,
    /// true/false, yes/no, 1/0, 是/否.
    Boolean,
    /// A calendar date, `YYYY-MM-DD` or `YYYY/MM/DD`.
    Date,
    /// An e-mail address; stored in lower case.
    Email,
    /// A phone number; stored without spaces and punctuation.
    Phone,
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

fn pattern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Regex>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// Whether a text can name an attribute, a table, an endpoint and a part of an environment
/// variable.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

impl Column {
    /// The column's name and synonyms, as headers are compared.
    pub(super) fn normalized_headers(&self) -> impl Iterator<Item = String> + '_ {
        std::iter::once(&self.name)
            .chain(&self.headers)
            .map(|header| normalize(header))
    }

    /// What does not fit together in the definition, if anything.
    pub(super) fn check_definition(&self) -> Result<(), String> {
        let is_number = matches!(self.kind, ColumnType::Integer | ColumnType::Decimal);
        if !is_name(&self.name) {
            return Err("a name has lower-case letters, digits and `_`".to_owned());
        }
        if matches!(self.name.as_str(), "pk" | "sk") {
            return Err("`pk` and `sk` are taken by the table's key".to_owned());
        }
        if (self.min.is_some() || self.max.is_some()) && !is_number {
            return Err("`min` and `max` are for numbers".to_owned());
        }
        if self.min.zip(self.max).is_some_and(|(min, max)| min > max) {
            return Err("`min` is larger than `max`".to_owned());
        }
        if is_number && (self.max_length.is_some() || self.pattern.is_some()) {
            return Err("`max_length` and `pattern` are for text".to_owned());
        }
        Ok(())
    }

    /// Makes a value of a field's text. An empty field is no value.
    pub(super) fn value(&self, text: &str) -> Result<Option<Value>, Problem> {
        let text = text.trim();
        if text.is_empty() {
            return if self.required {
                Err(self.problem(ProblemCode::Required, "a value is required"))
            } else {
                Ok(None)
            };
        }
        self.check_text(text)?;
        match self.kind {
            ColumnType::Text => Ok(Value::Text(text.to_owned())),
            ColumnType::Integer => self.integer(text),
            ColumnType::Decimal => self.decimal(text),
            ColumnType::Boolean => self.boolean(text),
            ColumnType::Date => self.date(text),
            ColumnType::Email => self.email(text),
            ColumnType::Phone => self.phone(text),
        }
        .map(Some)
    }

    fn check_text(&self, text: &str) -> Result<(), Problem> {
        if let Some(max) = self.max_length {
            // Bytes are never fewer than characters, so most texts need no counting.
            if text.len() > max && text.chars().count() > max {
                let message = format!("at most {max} characters are allowed");
                return Err(self.problem(ProblemCode::TooLong, message));
            }
        }
        if self
            .pattern
            .as_ref()
            .is_some_and(|pattern| !pattern.is_match(text))
        {
            let form = self.pattern.as_ref().map(Regex::as_str).unwrap_or_default();
            return Err(self.problem(ProblemCode::Pattern, format!("must have the form {form}")));
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == text) {
            let message = format!("must be one of: {}", self.allowed.join(", "));
            return Err(self.problem(ProblemCode::NotAllowed, message));
        }
        Ok(())
    }

    fn integer(&self, text: &str) -> Result<Value, Problem> {
        let Ok(number) = text.parse::<i64>() else {
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            return Err(
                if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                    self.out_of_range()
                } else {
                    self.problem(
                        ProblemCode::NotANumber,
                        "must be a whole number, such as 1200",
                    )
                },
            );
        };
        if self.min.is_some_and(|min| number < min) || self.max.is_some_and(|max| number > max) {
            return Err(self.out_of_range());
        }
        Ok(Value::Number(number.to_string()))
    }

    fn decimal(&self, text: &str) -> Result<Value, Problem> {
        let not_a_number = || {
            self.problem(
                ProblemCode::NotANumber,
                "must be a decimal number, such as 12.50",
            )
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || digits.ends_with('.')
        {
            return Err(not_a_number());
        }
        if whole.len() + fraction.len() > 38 {
            return Err(self.problem(ProblemCode::OutOfRange, "at most 38 digits are allowed"));
        }
        let approximate: f64 = text.parse().map_err(|_| not_a_number())?;
        if self.min.is_some_and(|min| approximate < min as f64)
            || self.max.is_some_and(|max| approximate > max as f64)
        {
            return Err(self.out_of_range());
        }
        Ok(Value::Number(text.trim_start_matches('+').to_owned()))
    }

    fn boolean(&self, text: &str) -> Result<Value, Problem> {
        match text.to_lowercase().as_str() {
            "true" | "yes" | "y" | "1" | "是" => Ok(Value::Boolean(true)),
            "false" | "no" | "n" | "0" | "否" => Ok(Value::Boolean(false)),
            _ => Err(self.problem(ProblemCode::NotABoolean, "must be yes or no")),
        }
    }

    fn date(&self, text: &str) -> Result<Value, Problem> {
        let form = text.replace('/', "-");
        let date = (form.len() == 10)
            .then(|| form.parse::<Date>().ok())
            .flatten();
        match date {
            Some(date) => Ok(Value::Text(date.to_string())),
            None => Err(self.problem(ProblemCode::NotADate, "must be a date such as 2026-01-31")),
        }
    }

    fn email(&self, text: &str) -> Result<Value, Problem> {
        let is_address = text.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && domain.contains('.')
                && !domain.contains('@')
                && domain.split('.').all(|label| {
                    !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                })
                && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        });
        if is_address {
            Ok(Value::Text(text.to_lowercase()))
        } else {
            let message = "must be an e-mail address, such as name@example.com";
            Err(self.problem(ProblemCode::NotAnEmail, message))
        }
    }

    fn phone(&self, text: &str) -> Result<Value, Problem> {
        let number: String = text.chars().filter(|c| !" -().".contains(*c)).collect();
        let digits = number.strip_prefix('+').unwrap_or(&number);
        if (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Value::Text(number))
        } else {
            let message = "must be a phone number, such as +8613812345678";
            Err(self.problem(ProblemCode::NotAPhone, message))
        }
    }

    fn out_of_range(&self) -> Problem {
        let message = match (self.min, self.max) {
            (Some(min), Some(max)) => format!("must be between {min} and {max}"),
            (Some(min), None) => format!("must be at least {min}"),
            (None, Some(max)) => format!("must be at most {max}"),
            (None, None) => "the number is too large".to_owned(),
        };
        self.problem(ProblemCode::OutOfRange, message)
    }

    fn problem(&self, code: ProblemCode, message: impl Into<String>) -> Problem {
        Problem::new(&self.name, code, message)
    }
}
