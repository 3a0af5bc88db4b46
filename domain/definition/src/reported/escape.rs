//! Fields as a spreadsheet may open them: nothing in them is computed, and nothing is shown, and
//! saved, as something else.

use std::borrow::Cow;

use sluice_basics::characters::is_unseen;

/// The digits that a spreadsheet shows of a number before it writes it with an exponent, and saves
/// it so.
const DIGITS_KEPT: usize = 11;

/// Where a program may begin a new cell in a field that it takes apart otherwise than it was
/// written: at what separates fields in other countries, and at line breaks.
const SEPARATORS: [char; 11] = [
    ';', '\t', ',', '|', '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// A field as a spreadsheet may show it: text that it would compute, or whose digits it would not
/// keep, gets an apostrophe in front, and so does such text that already has apostrophes there, so
/// that [`restore`] always gives the original. What follows a separator of fields is treated as a
/// field of its own, because it is one where the list separator is another.
/// <https://owasp.org/www-community/attacks/CSV_Injection>
pub fn neutralize(field: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut copied = 0;
    for start in starts(field) {
        if is_changed(unmarked(&field[start..]), start == 0) {
            shown.push_str(&field[copied..start]);
            shown.push('\'');
            copied = start;
        }
    }
    if shown.is_empty() {
        return Cow::Borrowed(field);
    }
    shown.push_str(&field[copied..]);
    Cow::Owned(shown)
}

/// What [`neutralize`] was given.
pub fn restore(field: &str) -> Cow<'_, str> {
    let mut original = String::new();
    let mut copied = 0;
    for start in starts(field) {
        let text = &field[start..];
        if text.starts_with('\'') && is_changed(unmarked(text), start == 0) {
            original.push_str(&field[copied..start]);
            copied = start + 1;
        }
    }
    if copied == 0 {
        return Cow::Borrowed(field);
    }
    original.push_str(&field[copied..]);
    Cow::Owned(original)
}

/// Whether a field is as [`neutralize`] gives it, with an apostrophe before what a spreadsheet would change.
pub fn is_neutralized(field: &str) -> bool {
    matches!(restore(field), Cow::Owned(_))
}

/// Where cells may begin in a field.
fn starts(field: &str) -> impl Iterator<Item = usize> {
    let after = |(index, separator): (usize, &str)| index + separator.len();
    std::iter::once(0).chain(field.match_indices(SEPARATORS).map(after))
}

fn unmarked(text: &str) -> &str {
    text.trim_start_matches('\'')
}

/// Whether a spreadsheet would make something else of the text from the start of a cell on. `is_all`:
/// the text is all of a field.
fn is_changed(text: &str, is_all: bool) -> bool {
    // A program may leave out what cannot be seen, and take off quotes.
    let is_passed_over = |c: char| c == '"' || is_unseen(c) && !SEPARATORS.contains(&c);
    let seen = text.trim_start_matches(is_passed_over);
    match seen.chars().next() {
        Some('=' | '+' | '@' | '＝' | '＋' | '－' | '＠' | '﹢' | '﹣' | '﹦' | '﹫' | '−') => {
            true
        }
        Some('-') => !is_short_number(seen[1..].trim_end_matches(' ')),
        Some('0') => is_all && text.trim().len() > 1 && is_digits(text.trim()),
        _ => is_all && text.trim().len() > DIGITS_KEPT && is_digits(text.trim()),
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
            ("\t=1", "\t'=1"),
            ("x;=1+1;y", "x;'=1+1;y"),
            ("x\t@a|-b,+c\r\n=d", "x\t'@a|'-b,'+c\r\n'=d"),
            ("x;'=1", "x;''=1"),
            ("x\";\"=1", "x\";'\"=1"),
            ("\0=1", "'\0=1"),
            ("\u{1f}=1", "'\u{1f}=1"),
            ("\u{ad}=1", "'\u{ad}=1"),
            ("\u{200b}=1", "'\u{200b}=1"),
            ("\u{202e}=1", "'\u{202e}=1"),
            ("\u{feff}a", "\u{feff}a"),
            ("-1,5+cmd", "'-1,5+cmd"),
            ("a; b, c | d", "a; b, c | d"),
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
            assert_eq!(is_neutralized(shown), field != shown, "{shown}");
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
            let mut original = shown;
            for _ in 0..times {
                original = restore(&original).into_owned();
            }
            prop_assert_eq!(original, field);
        }

        #[test]
        fn no_cell_of_what_is_shown_begins_like_a_formula_whatever_separates_cells(
            field in "(['\"\t ;,|\r\n\u{0}\u{1f}\u{ad}\u{200b}\u{202e}]{0,2}[=@+\\-＝0-9a]{0,2}){0,6}",
        ) {
            let shown = neutralize(&field);
            prop_assert_eq!(restore(&shown), field.as_str());
            for separator in SEPARATORS {
                for cell in shown.split(separator) {
                    let seen = cell.trim_start_matches(|c: char| is_unseen(c) || c == '"');
                    let is_formula = seen.starts_with(['=', '@', '+', '＝'])
                        || seen.strip_prefix('-').is_some_and(|rest| !is_short_number(rest.trim_end_matches(' ')));
                    prop_assert!(!is_formula, "{shown:?} at {separator:?}");
                }
            }
        }
    }
}
