//! Which encoding a text is in. UTF-8 that is valid always wins; what is left is told apart by how
//! often its bytes follow each other in each encoding's languages (the crate `chardetng`).

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::encoding::standard;
use crate::{Encoding, ForeignFile, FormatError};

/// The encoding of the text that begins with `head`, all of it if `at_end`.
pub(crate) fn guess_encoding(
    head: &[u8],
    at_end: bool,
    asked: Option<Encoding>,
) -> Result<Encoding, FormatError> {
    if let Some(encoding) = by_mark(head) {
        return Ok(encoding);
    }
    match asked {
        None => {}
        Some(Encoding::Utf16) => return Ok(utf16_order(head).unwrap_or(Encoding::Utf16Le)),
        Some(encoding) => return Ok(encoding),
    }
    let utf8 = Utf8Counts::of(head, at_end);
    if let Some(encoding) = unmarked_utf16(head, utf8.malformed == 0) {
        return Ok(encoding);
    }
    if utf8.malformed == 0 {
        return Ok(Encoding::Utf8);
    }
    if is_binary(head) {
        return Err(FormatError::Foreign(ForeignFile::Binary));
    }
    // Broken characters, as where a program cut a text by bytes, or rows of another file: errors of
    // their rows. Text in other encodings is UTF-8 by chance far less often than it is malformed.
    if utf8.characters > 2 * utf8.malformed {
        return Ok(Encoding::Utf8);
    }
    by_frequency(head, at_end)
}

fn by_mark(head: &[u8]) -> Option<Encoding> {
    const MARKS: [(&[u8], Encoding); 4] = [
        (b"\xEF\xBB\xBF", Encoding::Utf8),
        (b"\xFF\xFE", Encoding::Utf16Le),
        (b"\xFE\xFF", Encoding::Utf16Be),
        (b"\x84\x31\x95\x33", Encoding::Gb18030),
    ];
    MARKS
        .into_iter()
        .find(|(mark, _)| head.starts_with(mark))
        .map(|(_, encoding)| encoding)
}

/// How much of a text is UTF-8.
struct Utf8Counts {
    /// Characters beyond ASCII.
    characters: usize,
    /// Places where it is none.
    malformed: usize,
}

impl Utf8Counts {
    fn of(head: &[u8], at_end: bool) -> Self {
        let whole = match std::str::from_utf8(head) {
            // The last character was cut off with the head.
            Err(error) if !at_end && error.error_len().is_none() => &head[..error.valid_up_to()],
            _ => head,
        };
        let (mut characters, mut malformed) = (0, 0);
        for chunk in whole.utf8_chunks() {
            let leads = chunk.valid().bytes().filter(|byte| *byte >= 0xC0);
            characters += leads.count();
            malformed += usize::from(!chunk.invalid().is_empty());
        }
        Self {
            characters,
            malformed,
        }
    }
}

/// UTF-16 without a mark: the digits, delimiters and line breaks of a table have a zero byte each.
fn unmarked_utf16(head: &[u8], is_utf8: bool) -> Option<Encoding> {
    // What is valid UTF-8 and UTF-16 as well is ASCII, where half the bytes are zeros, or UTF-8 in
    // which somebody left some.
    let one_in = if is_utf8 { 2 } else { 10 };
    let encoding = utf16_order(head)?;
    let zeros = memchr::memchr_iter(0, head).count();
    let is_often_enough = zeros * one_in >= head.len() / 2;
    let decodes = || {
        let even = &head[..head.len() & !1];
        let (text, had_errors) = standard(encoding).decode_without_bom_handling(even);
        !had_errors && !is_binary(text.as_bytes())
    };
    (is_often_enough && decodes()).then_some(encoding)
}

/// In which byte of two the zeros are; `None` without a clear majority.
fn utf16_order(head: &[u8]) -> Option<Encoding> {
    let (mut first, mut second) = (0_usize, 0_usize);
    for unit in head.as_chunks::<2>().0 {
        first += usize::from(unit[0] == 0);
        second += usize::from(unit[1] == 0);
    }
    if second > 2 * first {
        Some(Encoding::Utf16Le)
    } else if first > 2 * second {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

/// Whether more than one byte in a hundred is a control character that text does not have.
fn is_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| {
        byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1A | 0x7F)
    };
    bytes.iter().filter(is_control).count() > bytes.len() / 100
}

fn by_frequency(head: &[u8], at_end: bool) -> Result<Encoding, FormatError> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, at_end);
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess == encoding_rs::GBK || guess == encoding_rs::GB18030 {
        return Ok(Encoding::Gb18030);
    }
    if is_a_little_chinese(head) {
        return Ok(Encoding::Gb18030);
    }
    // Where the other encoding means the same characters, it does not matter: the German words in
    // Windows-1250, say.
    if guess == encoding_rs::WINDOWS_1252 || reads_as_windows_1252(head, guess) {
        return Ok(Encoding::Windows1252);
    }
    Err(FormatError::UnreadEncoding {
        encoding: guess.name(),
    })
}

/// Whether the only bytes beyond ASCII are one or two of the most common Chinese characters in GBK:
/// too little for a guess by frequency.
fn is_a_little_chinese(head: &[u8]) -> bool {
    let mut pairs = 0;
    let mut rest = head;
    while let Some(start) = rest.iter().position(|byte| !byte.is_ascii()) {
        match rest[start..] {
            [0xB0..=0xD7, 0xA1..=0xFE, ..] if pairs < 2 => pairs += 1,
            _ => return false,
        }
        rest = &rest[start + 2..];
    }
    pairs > 0
}

fn reads_as_windows_1252(head: &[u8], guess: &'static encoding_rs::Encoding) -> bool {
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(head);
    let (other, _) = guess.decode_without_bom_handling(head);
    text == other
}
