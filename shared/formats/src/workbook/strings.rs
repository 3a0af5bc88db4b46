//! The texts that a workbook's cells share: each is stored once, and cells name it by its number.

use std::io::{Read, Seek};

use super::package::Package;
use super::xml::Token;
use crate::FormatError;

/// The shared texts, one after the other in memory.
#[derive(Default)]
pub(super) struct SharedStrings {
    text: String,
    /// Where in `text` each ends.
    ends: Vec<usize>,
}

impl SharedStrings {
    pub(super) fn read<R: Read + Seek>(
        package: &Package<R>,
        part: &str,
        limit_bytes: u64,
    ) -> Result<Self, FormatError> {
        let mut part = package.part(part, package.expansion())?;
        let mut strings = Self::default();
        let mut collector = TextCollector::default();
        loop {
            let token = part.next()?;
            collector.take(&token, &mut strings.text);
            match token {
                Token::End(name) if name.local() == b"si" => {
                    let start = strings.ends.last().copied().unwrap_or_default();
                    unescape(&mut strings.text, start);
                    strings.ends.push(strings.text.len());
                }
                Token::Eof => return Ok(strings),
                _ => {}
            }
            let size_bytes = strings.text.len() + strings.ends.len() * size_of::<usize>();
            if size_bytes as u64 > limit_bytes {
                return Err(FormatError::TooMuchText { limit_bytes });
            }
        }
    }

    /// The text of this number, from 0.
    pub(super) fn get(&self, index: usize) -> Option<&str> {
        let end = *self.ends.get(index)?;
        let start = match index {
            0 => 0,
            _ => self.ends[index - 1],
        };
        self.text.get(start..end)
    }
}

/// Joins the pieces of a rich text, and leaves out how they are pronounced.
#[derive(Default)]
pub(super) struct TextCollector {
    in_text: bool,
    in_phonetic: bool,
}

impl TextCollector {
    /// Appends what the token adds to the text.
    pub(super) fn take(&mut self, token: &Token<'_>, text: &mut String) {
        match token {
            Token::Start(element) => match element.local() {
                b"rPh" => self.in_phonetic = true,
                b"t" => self.in_text = true,
                _ => {}
            },
            Token::End(name) => match name.local() {
                b"rPh" => self.in_phonetic = false,
                b"t" => self.in_text = false,
                _ => {}
            },
            Token::Text(piece) if self.in_text && !self.in_phonetic => text.push_str(piece),
            _ => {}
        }
    }
}

/// Resolves the characters from `start` on that XML cannot have, written as `_x000D_`, and `_` as
/// `_x005F_` where it would begin such a one (ECMA-376 part 1, 22.9.2.19).
pub(super) fn unescape(text: &mut String, start: usize) {
    let Some(first) = text.get(start..).and_then(|text| text.find("_x")) else {
        return;
    };
    let escaped = text.split_off(start + first);
    let mut rest = escaped.as_str();
    while let Some(index) = rest.find("_x") {
        text.push_str(&rest[..index]);
        rest = &rest[index..];
        let character = rest
            .get(2..7)
            .and_then(|code| code.strip_suffix('_'))
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        if let Some(character) = character {
            text.push(character);
            rest = &rest[7..];
        } else {
            text.push('_');
            rest = &rest[1..];
        }
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(text: &str) -> String {
        let mut whole = format!("_x0041_{text}");
        unescape(&mut whole, 7);
        whole.split_off(7)
    }

    #[test]
    fn characters_that_xml_cannot_have_are_resolved() {
        assert_eq!(unescaped("a_x000D_b"), "a\rb");
        assert_eq!(unescaped("_x005F_x000D_"), "_x000D_");
        assert_eq!(unescaped("_x00e9__x4E2D_"), "é中");
    }

    #[test]
    fn what_only_looks_so_stays() {
        for text in [
            "",
            "a_x",
            "_x00",
            "_x00G0_",
            "_x+041_",
            "_xD800_",
            "_x中文_",
            "__x_",
        ] {
            assert_eq!(unescaped(text), text);
        }
    }
}
