//! Characters that look like others, or like nothing: what input methods, spreadsheets and address
//! books leave around and inside values.

use std::borrow::Cow;

use sluice_basics::characters::is_unseen;

/// Returns the text without white space (no-break and ideographic spaces are such) and invisible
/// characters at its ends; nothing if none of it can be seen. Other characters that show nothing
/// stay at the ends of a text: they choose the form of the one before, as U+FE0F does.
pub(crate) fn trim(text: &str) -> &str {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    match trimmed.chars().next() {
        Some(first) if is_unseen(first) && trimmed.chars().all(is_unseen) => "",
        _ => trimmed,
    }
}

/// The text with full-width characters as their ASCII ones, any white space as a space, the signs
/// for minus and hyphen as `-`, without invisible characters, and without the apostrophe in front
/// with which spreadsheets mark a text. For everything but free text.
///
/// It does less than Unicode's NFKC on purpose, which makes `102` of `10²`.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    let text = text.strip_prefix('\'').unwrap_or(text);
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let folded = text.chars().filter(|&c| !is_invisible(c)).map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(c) - 0xff01 + u32::from('!')).unwrap_or(c)
        }
        '\u{3002}' => '.',
        '\u{2010}' | '\u{2011}' | '\u{2212}' => '-',
        _ if c.is_whitespace() => ' ',
        _ => c,
    });
    let folded: String = folded.collect();
    match folded.strip_prefix('\'') {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => Cow::Owned(folded),
    }
}

/// Zero-width characters, the soft hyphen, the byte order mark, and the marks for the direction of writing.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::{fold, trim};

    #[test]
    fn what_cannot_be_seen_at_the_ends_is_left_out() {
        for text in [
            "a b",
            " \ta b\r\n",
            "\u{3000}a b\u{a0}",
            "\u{feff}\u{200b}a b\u{202c}",
            "\u{ad}a b\u{ad}",
        ] {
            assert_eq!(trim(text), "a b");
        }
        for nothing in [
            "\u{3000}\u{200b} ",
            "\u{115f}",
            "\u{1160}",
            "\u{3164} ",
            "\u{fe0f}",
            "\u{180e}",
        ] {
            assert_eq!(trim(nothing), "", "{nothing:?}");
        }
        for seen in ["❤\u{fe0f}", "葛\u{e0100}", "A\0", "Jos\u{82}"] {
            assert_eq!(trim(seen), seen);
        }
    }

    #[test]
    fn full_width_characters_become_ascii_and_exponents_stay_what_they_are() {
        for (text, folded) in [
            ("１２３．５０", "123.50"),
            ("−５", "-5"),
            ("'00123", "00123"),
            ("＇00123", "00123"),
            ("ＡＢ＠ｃ。ｃｏｍ", "AB@c.com"),
            ("\u{202d}138\u{a0}1234\u{202c}", "138 1234"),
            ("10²", "10²"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
