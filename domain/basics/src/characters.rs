//! Characters that cannot be seen, and names compared as people see them.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Whether a character shows nothing: white space, a control or format character, or one that
/// Unicode lets a program ignore, such as U+00AD, U+200B and U+202E.
pub fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_whitespace() || c.is_ascii_control();
    }
    c.is_whitespace()
        || c.is_control()
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
}

/// Whether a character has no place in a value: a control character but a tab or a line break, which
/// is left of another encoding, or one that shows the text after it in another order than it is
/// stored in.
pub fn is_unwritten(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// A name as headers are compared: in lower case, without spaces and characters that cannot be
/// seen, `_`, hyphens and `*` (which marks required columns in many templates), without the quotes
/// or the apostrophe that a program has left around it, and with full-width and composed letters as
/// the usual ones (NFKC).
pub fn comparable_name(name: &str) -> String {
    let name = name.trim_matches(is_unseen);
    let name = name.strip_prefix('\'').unwrap_or(name);
    let name = name
        .strip_prefix('=')
        .filter(|rest| rest.starts_with('"'))
        .unwrap_or(name);
    let name = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(name);
    let is_compared = |c: &char| !is_unseen(*c) && !matches!(c, '_' | '*') && !is_hyphen(*c);
    if name.is_ascii() {
        let compared = name.chars().filter(is_compared);
        return compared.map(|c| c.to_ascii_lowercase()).collect();
    }
    let name = ComposingNormalizerBorrowed::new_nfkc().normalize(name);
    let compared = name.chars().filter(is_compared);
    compared.flat_map(char::to_lowercase).collect()
}

/// A text as it is searched: in lower case, without white space and characters that cannot be seen, and with
/// full-width and composed letters as the usual ones (NFKC).
pub fn searchable(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let seen = text.chars().filter(|c| !is_unseen(*c));
    seen.flat_map(char::to_lowercase).collect()
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_however_they_are_written() {
        for name in [
            "Member No",
            "MEMBER_NO *",
            "\u{feff}member\u{200b}_no",
            "mem\u{ad}ber\u{a0}no",
            "ｍｅｍｂｅｒ＿ｎｏ",
            "\u{3000}member\u{2011}no\u{202e}",
            "\"member_no\"",
            "=\"member_no\"",
            "'member_no",
            "mem\u{0}ber\nno",
        ] {
            assert_eq!(comparable_name(name), "memberno", "{name:?}");
        }
        assert_eq!(comparable_name("Pre\u{301}nom"), comparable_name("prénom"));
        assert_eq!(comparable_name(" \u{200b}_"), "");
    }

    #[test]
    fn what_shows_nothing_is_told_from_what_does() {
        let unseen =
            "\0\t\n \u{1f}\u{7f}\u{85}\u{a0}\u{ad}\u{200b}\u{202e}\u{2060}\u{feff}\u{3164}";
        assert!(unseen.chars().all(is_unseen));
        assert!(!"a1.\"'=é中👩".chars().any(is_unseen));
    }
}
