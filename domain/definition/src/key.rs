//! The text of a key: its parts joined with `#`, so that different parts never give the same text.

use std::borrow::Cow;

/// Returns the text of a key. A key of one part is the part itself.
pub fn join_key<'a>(parts: impl ExactSizeIterator<Item = Cow<'a, str>>) -> String {
    let is_single = parts.len() == 1;
    let mut text = String::new();
    for (index, part) in parts.enumerate() {
        if is_single {
            return part.into_owned();
        }
        if index > 0 {
            text.push('#');
        }
        text.push_str(&escape_part(&part));
    }
    text
}

/// Returns a part as it stands in the text of a key of several parts.
pub fn escape_part(part: &str) -> Cow<'_, str> {
    if part.contains(['\\', '#']) {
        Cow::Owned(part.replace('\\', "\\\\").replace('#', "\\#"))
    } else {
        Cow::Borrowed(part)
    }
}

/// Returns the parts of the text of a key of several parts.
pub fn split_key(text: &str) -> Vec<Cow<'_, str>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(end) = end_of_part(rest) {
        parts.push(unescape(&rest[..end]));
        rest = &rest[end + 1..];
    }
    parts.push(unescape(rest));
    parts
}

/// Returns the text of the key that has only the first `count` parts of this one, as [`join_key`] gives it.
pub(super) fn first_parts(text: &str, count: usize) -> Cow<'_, str> {
    let mut end = 0;
    for index in 0..count {
        let start = if index == 0 { 0 } else { end + 1 };
        let Some(length) = text.get(start..).and_then(end_of_part) else {
            end = text.len();
            break;
        };
        end = start + length;
    }
    match count {
        1 => unescape(&text[..end]),
        _ => Cow::Borrowed(&text[..end]),
    }
}

/// Where the first part ends: at the first `#` that no `\` stands before.
fn end_of_part(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'#' => return Some(index),
            _ => {}
        }
    }
    None
}

fn unescape(part: &str) -> Cow<'_, str> {
    if !part.contains('\\') {
        return Cow::Borrowed(part);
    }
    let mut text = String::with_capacity(part.len());
    let mut chars = part.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => text.extend(chars.next()),
            other => text.push(other),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn join(parts: &[String]) -> String {
        join_key(parts.iter().map(|part| Cow::Borrowed(part.as_str())))
    }

    proptest! {
        #[test]
        fn a_key_is_taken_apart_as_it_was_joined(
            parts in prop::collection::vec("[ab#\\\\]{0,4}", 2..5), count in 1_usize..5,
        ) {
            let text = join(&parts);
            prop_assert_eq!(split_key(&text), parts.clone());
            let count = count.min(parts.len());
            prop_assert_eq!(first_parts(&text, count), join(&parts[..count]));
        }
    }

    #[test]
    fn a_key_of_one_part_is_the_part() {
        assert_eq!(join(&["a#b\\".to_owned()]), "a#b\\");
        assert_eq!(first_parts("M1#2026-01-31#", 1), "M1");
    }
}
