//! Quotes that are no part of a value: `="00123"`, with which spreadsheets keep zeros, and quotes
//! that a program has written after a blank, where CSV does not know them as quotes.

use std::borrow::Cow;

use sluice_basics::problem::ProblemCode;

use super::Fault;
use super::fold::trim;

/// The text without what cannot be seen at its ends and without quotes that are no part of it.
/// An error where it cannot be told what they enclose.
pub(crate) fn unmark(text: &str) -> Result<Cow<'_, str>, Fault> {
    let trimmed = trim(text);
    if !trimmed.contains('"') {
        return Ok(Cow::Borrowed(trimmed));
    }
    if trimmed.contains("\\\"") {
        return Err(Fault::new(
            ProblemCode::Quotes,
            "has a backslash before a quote: export the file so that a quote in a value is written \
             twice (\"\")",
        ));
    }
    let is_after_blank = !text.starts_with('"');
    let quoted = match trimmed.strip_prefix('=') {
        Some(rest) if rest.starts_with('"') => rest,
        _ if trimmed.starts_with('"') && is_after_blank => trimmed,
        _ => return Ok(Cow::Borrowed(trimmed)),
    };
    let enclosed = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|enclosed| !enclosed.replace("\"\"", "").contains('"'));
    match enclosed {
        Some(enclosed) => Ok(Cow::Owned(trim(&enclosed.replace("\"\"", "\"")).to_owned())),
        None => Err(Fault::new(
            ProblemCode::Quotes,
            "has a quote at its beginning that encloses nothing: write the opening quote right \
             after the delimiter, and the closing one right before the next delimiter",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_mark_a_text_or_stand_after_a_blank_are_no_part_of_it() {
        for (text, value) in [
            ("=\"00123\"", "00123"),
            (" =\"00123\" ", "00123"),
            ("=\"say \"\"hi\"\"\"", "say \"hi\""),
            ("=\"\"", ""),
            (" \"b\"", "b"),
            ("\u{a0}\"b\" ", "b"),
            ("\u{feff}\"M2\"", "M2"),
            ("5\" Bo", "5\" Bo"),
            ("\"Bo\" Lee", "\"Bo\" Lee"),
            ("Ann \"Bo\" Lee", "Ann \"Bo\" Lee"),
            ("=1+1", "=1+1"),
        ] {
            assert_eq!(unmark(text).expect(text), value, "{text}");
        }
    }

    #[test]
    fn quotes_that_enclose_no_value_are_refused() {
        for text in [
            " \"Lee",
            "=\"Lee",
            "=\"",
            " \"a\" \"b\"",
            "Ann \\\"Bo\\\" Lee",
            "\u{feff}\"M",
        ] {
            let fault = unmark(text).expect_err(text);
            assert_eq!(fault.code, ProblemCode::Quotes, "{text}");
        }
    }
}
