//! Fields as a spreadsheet may open them: nothing in them is computed, and nothing is shown, and
//! saved, as something else.

use std::borrow::Cow;

/// The digits that a spreadsheet shows of a number before it writes it with an exponent, and saves
/// it so.
const DIGITS_KEPT: usize = 11;

/// A field as a spreadsheet may show it: text that it would compute, or whose digits it would not
/// keep, gets an apostrophe in front, and so does such text that already has apostrophes there, so
/// that [`restore`] always gives the original.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub fn neutralize(field: &str) -> Cow<'_, str> {
    if is_changed(field.trim_start_matches('\'')) {
        Cow::Owned(format!("'{field}"))
    } else {
        Cow::Borrowed(field)
    }
}

/// What [`neutralize`] was given.
pub fn restore(field: &str) -> &str {
    match field.strip_prefix('\'') {
        Some(rest) if is_changed(rest.trim_start_matches('\'')) => rest,
        _ => field,
    }
}

/// Whether a spreadsheet would make something else of the text.
fn is_changed(text: &str) -> bool {
    // Taken for white space, or for a byte order mark, and what is behind it may be computed.
    if text.starts_with(['\t', '\r', '\n', '\u{feff}']) {
        return true;
    }
    let text = text.trim();
    match text.chars().next() {
        Some('=' | '+' | '@' | '＝' | '＋' | '－' | '＠') => true,
        Some('-') => !is_short_number(&text[1..]),
        Some('0') => text.len() > 1 && is_digits(text),
        _ => text.len() > DIGITS_KEPT && is_digits(text),
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_short_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    text.len() <= DIGITS_KEPT
        && [whole, fraction]
            .iter()
            .all(|part| !part.is_empty() && is_digits(part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_not_run_and_can_be_restored() {
        for (field, shown) in [
            ("=1+1", "'=1+1"),
            (" =1+1", "' =1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1+1", "'＝1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-1-1", "'-1-1"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("-12.5", "-12.5"),
            ("-", "'-"),
            ("O'Neill", "O'Neill"),
            ("'quoted'", "'quoted'"),
            ("", ""),
        ] {
            assert_eq!(neutralize(field), shown);
            assert_eq!(restore(shown), field);
        }
    }

    #[test]
    fn digits_that_a_spreadsheet_would_not_keep_are_marked() {
        for (field, shown) in [
            ("+8613812345678", "'+8613812345678"),
            ("007", "'007"),
            ("0", "0"),
            ("13812345678", "13812345678"),
            ("890473042418166", "'890473042418166"),
            ("0.5", "0.5"),
        ] {
            assert_eq!(neutralize(field), shown);
            assert_eq!(restore(shown), field);
        }
    }

    proptest! {
        #[test]
        fn what_was_neutralized_is_restored(field in ".*") {
            let shown = neutralize(&field);
            prop_assert_eq!(restore(&shown), field.as_str());
        }

        #[test]
        fn what_was_neutralized_again_and_again_is_restored(
            field in "'{0,3}[=@+\\-\t\r\n ＝0-9a'\u{feff}]{0,16}",
            times in 0usize..4,
        ) {
            let mut shown = field.clone();
            for _ in 0..times {
                shown = neutralize(&shown).into_owned();
            }
            let mut original = shown.as_str();
            for _ in 0..times {
                original = restore(original);
            }
            prop_assert_eq!(original, field);
        }

        #[test]
        fn nothing_that_is_shown_begins_like_a_formula(field in "['\t ]{0,2}[=@+\\-＝0-9a]{0,4}") {
            let shown = neutralize(&field).into_owned();
            let first = shown.trim_start().chars().next();
            prop_assert!(!matches!(first, Some('=' | '@' | '+' | '＝')), "{shown:?}");
        }
    }
}
