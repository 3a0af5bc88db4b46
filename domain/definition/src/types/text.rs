//! Free text, and the limits that also e-mail addresses and phone numbers may have.

use regex::Regex;
use sluice_basics::problem::ProblemCode;

use super::{Fault, Value};
use crate::error::{Mistake, none_of};
use crate::file::ColumnTable;

/// How long a text may be and what form it must have; checked on what is stored.
#[derive(Clone, Debug)]
pub struct TextLimits {
    max_length: Option<usize>,
    pattern: Option<Regex>,
}

impl TextLimits {
    pub(super) fn of_table(table: &ColumnTable) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        if table.max_length == Some(0) {
            mistakes.push(Mistake::new("max_length", "must be at least 1"));
        }
        let pattern = table.pattern.as_deref().map(Regex::new).transpose();
        let pattern = pattern.unwrap_or_else(|error| {
            // The lines before the last draw where it is wrong.
            let text = error.to_string();
            let problem = text.lines().last().unwrap_or_default();
            let problem = problem.strip_prefix("error: ").unwrap_or(problem);
            mistakes.push(Mistake::new("pattern", problem));
            None
        });
        none_of(mistakes).map(|()| Self {
            max_length: table.max_length,
            pattern,
        })
    }

    /// How many characters are allowed.
    pub(super) fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    /// The text as a value, or every limit that it breaks.
    pub(super) fn check(&self, text: String) -> Result<Value, Vec<Fault>> {
        let mut faults = Vec::new();
        if let Some(max) = self.max_length {
            // Bytes are never fewer than characters, so most texts need no counting.
            if text.len() > max && text.chars().count() > max {
                let message = format!("at most {max} characters are allowed");
                faults.push(Fault::new(ProblemCode::TooLong, message));
            }
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(&text)
        {
            // The column says it in words: nobody who reads reports is shown the expression.
            faults.push(Fault::new(
                ProblemCode::Pattern,
                "does not have the right form",
            ));
        }
        if faults.is_empty() {
            Ok(Value::Text(text))
        } else {
            Err(faults)
        }
    }
}
