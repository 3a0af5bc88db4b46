//! Which encoding a text is in, decided here alone, on what the whole sample says. UTF-8 wins
//! wherever most of it is valid: what is malformed then is an error of its row. Another encoding is
//! chosen only if the text reads well in it, and clearly better than in the next one; otherwise the
//! file is refused with the encodings that it may be in, since wrong letters would be stored.

pub(crate) mod characters;
mod cjk;
mod utf8;
mod western;

use std::ops::{Range, RangeInclusive};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use memchr::memmem;

use crate::encoding::standard;
use crate::{Encoding, ForeignFile, FormatError};
use cjk::CjkScores;
use utf8::Utf8Evidence;
use western::Western;

/// As many encodings as a message names.
const MAX_CANDIDATES: usize = 4;

/// Finds what speaks against a guessed encoding, line by line to the end of a file: what follows
/// the head, and rows of another file. The same judgement chooses the encoding.
pub(crate) enum LineJudge {
    Gb18030,
    Windows1252,
    /// UTF-8 among whose rows some are of another encoding. What is malformed stays, as in other
    /// texts of UTF-8.
    MixedUtf8,
}

impl LineJudge {
    /// The judge of an encoding, if one that is guessed can be wrong for a line.
    pub(crate) fn of(encoding: Encoding) -> Option<Self> {
        match encoding {
            Encoding::Gb18030 | Encoding::Gbk => Some(Self::Gb18030),
            Encoding::Windows1252 => Some(Self::Windows1252),
            Encoding::Utf8 | Encoding::Utf16 | Encoding::Utf16Le | Encoding::Utf16Be => None,
        }
    }

    /// Returns the bytes of a line that are no text in this encoding, in their order.
    pub(crate) fn implausible_places(&self, line: &[u8]) -> Vec<Range<usize>> {
        match self {
            _ if line.is_ascii() => Vec::new(),
            Self::Gb18030 => cjk::implausible_places(line),
            Self::Windows1252 => western::implausible_places(line)
                .into_iter()
                .map(|index| index..index + 1)
                .collect(),
            Self::MixedUtf8 => utf8::chance_runs(line),
        }
    }
}

/// What a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) encoding: Encoding,
    /// Whether it is UTF-8 in which some runs are of another encoding, so that others of that one may
    /// be valid UTF-8 by chance. A character that was cut off says nothing of the kind.
    pub(crate) is_mixed: bool,
}

impl From<Encoding> for Guess {
    fn from(encoding: Encoding) -> Self {
        Self {
            encoding,
            is_mixed: false,
        }
    }
}

/// Returns what the text is in that begins with `head`, all of it if `at_end`.
pub(crate) fn guess(
    head: &[u8],
    at_end: bool,
    asked: Option<Encoding>,
) -> Result<Guess, FormatError> {
    let is_named = asked.is_some() || by_mark(head).is_some();
    let encoding = guess_encoding(head, at_end, asked)?;
    Ok(Guess {
        encoding,
        is_mixed: encoding == Encoding::Utf8 && !is_named && Utf8Evidence::of(head, at_end).bad > 0,
    })
}

fn guess_encoding(
    head: &[u8],
    at_end: bool,
    asked: Option<Encoding>,
) -> Result<Encoding, FormatError> {
    if is_utf32(head) {
        return Err(FormatError::UnreadEncoding { encoding: "UTF-32" });
    }
    if let Some(encoding) = by_mark(head) {
        return Ok(encoding);
    }
    match asked {
        None => {}
        Some(Encoding::Utf16) => return Ok(utf16_order(head).unwrap_or(Encoding::Utf16Le)),
        Some(encoding) => return Ok(encoding),
    }
    let utf8 = Utf8Evidence::of(head, at_end);
    if let Some(encoding) = unmarked_utf16(head, utf8.is_valid) {
        return Ok(encoding);
    }
    if let Some(encoding) = by_escapes(head) {
        return Err(FormatError::UnreadEncoding { encoding });
    }
    if !utf8.is_valid && is_binary(head) {
        return Err(FormatError::Foreign(ForeignFile::Binary));
    }
    if utf8.is_mostly_utf8() {
        return Ok(Encoding::Utf8);
    }
    if utf8.is_valid {
        // Nothing beyond ASCII, or so little that it may be valid by chance.
        let is_chance = utf8.doubtful > 0 && CjkScores::of(head, at_end).is_gb18030();
        return if is_chance {
            Err(unclear(["UTF-8", Encoding::Gb18030.written()]))
        } else {
            Ok(Encoding::Utf8)
        };
    }
    by_letters(head, at_end)
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

/// Whether a text is UTF-32: by its mark, or by the two zeros that each character has.
fn is_utf32(head: &[u8]) -> bool {
    if head.starts_with(b"\xFF\xFE\0\0") || head.starts_with(b"\0\0\xFE\xFF") {
        return true;
    }
    let characters = head.as_chunks::<4>().0;
    let is_all =
        |zeros: fn(&[u8; 4]) -> bool| !characters.is_empty() && characters.iter().all(zeros);
    is_all(|four| four[0] == 0 && four[1] <= 0x10 && four[2..] != [0, 0])
        || is_all(|four| four[3] == 0 && four[2] <= 0x10 && four[..2] != [0, 0])
}

/// The encodings that write other letters in ASCII, after an escape sequence.
/// <https://www.rfc-editor.org/rfc/rfc1468>, 1557, 1922 and 1843.
fn by_escapes(head: &[u8]) -> Option<&'static str> {
    const ESCAPES: [(&[u8], &str); 9] = [
        (b"\x1B$B", "ISO-2022-JP"),
        (b"\x1B$@", "ISO-2022-JP"),
        (b"\x1B$(", "ISO-2022-JP"),
        (b"\x1B(J", "ISO-2022-JP"),
        (b"\x1B(I", "ISO-2022-JP"),
        (b"\x1B$)C", "ISO-2022-KR"),
        (b"\x1B$)A", "ISO-2022-CN"),
        (b"\x1B$)G", "ISO-2022-CN"),
        (b"\x1B$A", "ISO-2022-JP-2"),
    ];
    let escaped = ESCAPES
        .into_iter()
        .find(|(escape, _)| memmem::find(head, escape).is_some());
    if let Some((_, name)) = escaped {
        return Some(name);
    }
    // `~{<:Ky~}`: pairs of bytes between the two.
    let start = memmem::find(head, b"~{")? + 2;
    let length = memmem::find(&head[start..], b"~}")?;
    let pairs = &head[start..start + length];
    let is_text = |byte: &u8| (0x21..=0x7E).contains(byte);
    (length > 0 && length % 2 == 0 && pairs.iter().all(is_text)).then_some("HZ-GB-2312")
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

/// The encoding of a text that is not UTF-8.
fn by_letters(head: &[u8], at_end: bool) -> Result<Encoding, FormatError> {
    let cjk = CjkScores::of(head, at_end);
    if !cjk.reads_well_as_gb18030()
        && let Some(encoding) = by_cyrillic_words(head)
    {
        return Err(unclear([encoding, Encoding::Gb18030.written()]));
    }
    let is_plausible = Western::Windows1252.is_plausible(head);
    if cjk.is_gb18030() && !is_plausible {
        return Ok(Encoding::Gb18030);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, at_end);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Where the other encoding means the same characters, it does not matter: the German words in
    // Windows-1250, say.
    let is_western = guess == encoding_rs::WINDOWS_1252 || reads_as_windows_1252(head, guess);
    let is_of_elsewhere = || western::has_words_of_elsewhere(head);
    if is_western && is_plausible && !cjk.is_gb18030() && !is_of_elsewhere() {
        return Ok(Encoding::Windows1252);
    }
    let unread = Western::UNREAD.into_iter();
    let old: Vec<&str> = unread
        .filter(|encoding| encoding.is_plausible(head))
        .map(Western::name)
        .collect();
    let mut candidates: Vec<&str> = Vec::new();
    if guess == encoding_rs::GBK {
        candidates.push(Encoding::Gb18030.written());
    } else if !is_western {
        candidates.push(guess.name());
    } else if old.is_empty() || is_plausible {
        candidates.push(Western::Windows1252.name());
    }
    candidates.extend(cjk.candidates().map(|encoding| match encoding.name() {
        "gb18030" => Encoding::Gb18030.written(),
        name => name,
    }));
    candidates.extend(old);
    let gb18030 = Encoding::Gb18030.written();
    // Nothing else comes into question: names of several languages in one file, say.
    if guess == encoding_rs::GBK
        && cjk.reads_as_gb18030()
        && candidates.iter().all(|name| *name == gb18030)
    {
        return Ok(Encoding::Gb18030);
    }
    Err(unclear(candidates))
}

/// Returns the Cyrillic encoding in which each word beyond ASCII is a capital letter with small ones
/// after it, as names in GB18030 hardly ever are.
fn by_cyrillic_words(head: &[u8]) -> Option<&'static str> {
    const LEAST_LETTERS: usize = 3;
    let (low, high) = (0xC0..=0xDF_u8, 0xE0..=0xFF_u8);
    let has_words = |capital: &RangeInclusive<u8>, small: &RangeInclusive<u8>| {
        let mut words = head
            .split(u8::is_ascii)
            .filter(|word| !word.is_empty())
            .peekable();
        words.peek().is_some()
            && words.all(|word| {
                word.len() >= LEAST_LETTERS
                    && capital.contains(&word[0])
                    && word[1..].iter().all(|byte| small.contains(byte))
            })
    };
    if has_words(&high, &low) {
        return Some("KOI8-R");
    }
    has_words(&low, &high).then_some("windows-1251")
}

/// Refuses a text that may be in each of these encodings.
fn unclear(candidates: impl IntoIterator<Item = &'static str>) -> FormatError {
    let mut names: Vec<&'static str> = Vec::new();
    for name in candidates {
        if names.len() < MAX_CANDIDATES && !names.contains(&name) {
            names.push(name);
        }
    }
    match names.as_slice() {
        &[encoding] if encoding.parse::<Encoding>().is_err() => {
            FormatError::UnreadEncoding { encoding }
        }
        _ => FormatError::UnclearEncoding {
            candidates: names.join(" or "),
        },
    }
}

fn reads_as_windows_1252(head: &[u8], guess: &'static encoding_rs::Encoding) -> bool {
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(head);
    let (other, _) = guess.decode_without_bom_handling(head);
    text == other
}
