//! What an endpoint says in its own words may quote the row it was sent. Values of sensitive columns
//! are masked there before anyone sees them.

use sluice_definition::{CheckedRow, Definition, Value};

use super::RowOutcome;
use crate::report::HIDDEN;

/// Fewer digits than this tell nothing.
const TELLING_DIGITS: usize = 4;
/// Shorter values are masked only where they stand alone.
const SHORT_BYTES: usize = 4;

impl RowOutcome {
    /// The same without the values of sensitive columns of the row that it is about.
    #[must_use]
    pub fn hiding(mut self, definition: &Definition, sent: &CheckedRow) -> Self {
        let message = match &mut self {
            Self::Failed { message, .. } => Some(message),
            Self::Duplicate { message, .. } => message.as_mut(),
            Self::Succeeded | Self::Skipped => None,
        };
        if let Some(message) = message {
            for (column, value) in definition.columns.iter().zip(&sent.values) {
                if let (true, Some(Value::Text(text) | Value::Number(text))) =
                    (column.sensitive, value)
                {
                    *message = without_digits(&without(message, text), text);
                }
            }
        }
        self
    }
}

/// A message without a value, however its Latin letters are written.
fn without(message: &str, value: &str) -> String {
    let stands_alone = value.is_ascii() && value.len() < SHORT_BYTES;
    let mut masked = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(next) = rest.chars().next() {
        let start = rest.get(..value.len()).filter(|_| !value.is_empty());
        let is_part = || {
            let after = rest[value.len()..].chars().next();
            let around = [masked.chars().next_back(), after];
            around.into_iter().flatten().any(char::is_alphanumeric)
        };
        if start.is_some_and(|start| start.eq_ignore_ascii_case(value))
            && !(stands_alone && is_part())
        {
            masked.push_str(HIDDEN);
            rest = &rest[value.len()..];
        } else {
            masked.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    masked
}

/// A message without digits of a value, such as a phone number without its country code, or with
/// other separators.
fn without_digits(message: &str, value: &str) -> String {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let secret = digits(value);
    if secret.len() < TELLING_DIGITS {
        return message.to_owned();
    }
    let mut masked = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        masked.push_str(&rest[..start]);
        let number = &rest[start..];
        let end = number.find(|c: char| !c.is_ascii_digit() && !" -.()/".contains(c));
        let number =
            number[..end.unwrap_or(number.len())].trim_end_matches(|c: char| !c.is_ascii_digit());
        let said = digits(number);
        let tells =
            said.len() >= TELLING_DIGITS && (secret.contains(&said) || said.contains(&secret));
        masked.push_str(if tells { HIDDEN } else { number });
        rest = &rest[start + number.len()..];
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_endpoint_says_has_no_values_of_sensitive_columns() {
        let definition = Definition::parse(
            "business = \"x\"\ntitle = \"X\"\n[endpoint]\nname = \"the_shop\"\n\
             [[columns]]\nname = \"phone\"\ntype = \"phone\"\nsensitive = true\n\
             [[columns]]\nname = \"name\"\ntype = \"text\"\n",
        );
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let sent = CheckedRow {
            key: String::new(),
            values: vec![text("+8613812345678"), text("Ann")],
            kept: Vec::new(),
        };
        let message = "Ann has 138-1234-5678 already".to_owned();
        let said = RowOutcome::Duplicate {
            column: None,
            message: Some(message),
        };
        let hidden = said.hiding(&definition.expect("a definition"), &sent);
        let expected = RowOutcome::Duplicate {
            column: None,
            message: Some("Ann has *** already".to_owned()),
        };
        assert_eq!(hidden, expected);
    }

    #[test]
    fn a_value_is_masked_however_it_is_quoted() {
        let phone = "+8613812345678";
        for (message, shown) in [
            ("+8613812345678 is barred", "*** is barred"),
            ("8613812345678 is barred", "*** is barred"),
            (
                "138 1234-5678 is barred in 2 shops",
                "*** is barred in 2 shops",
            ),
            ("the number ending in 5678", "the number ending in ***"),
            ("barred since 2019", "barred since 2019"),
        ] {
            assert_eq!(without_digits(&without(message, phone), phone), shown);
        }
        assert_eq!(without("ANN@Example.com: no", "ann@example.com"), "***: no");
        assert_eq!(without("会员张伟已存在", "张伟"), "会员***已存在");
        assert_eq!(without("no F for F", "f"), "no *** for ***");
        assert_eq!(without("of Fa", "f"), "of Fa");
        assert_eq!(without("nothing", ""), "nothing");
    }
}
