//! Which of the encodings of East Asia a text is in: by how many of its characters are common ones
//! in each.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use encoding_rs::{BIG5, DecoderResult, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::characters::{
    CHINESE, CHINESE_SURNAMES_AND_HEADERS, CHINESE_TRADITIONAL, JAPANESE, KOREAN, KOREAN_SURNAMES,
};

/// What a common character counts; the commonest count more, and others of the encoding's usual
/// ones less. Malformed places count against.
const COMMON: f64 = 1.0;
const COMMONEST: f64 = 1.5;
const USUAL: f64 = 0.25;
const HALF_WIDTH: f64 = 0.4;
const MALFORMED: f64 = -1.0;

/// An encoding with less than this on average is no candidate.
const LEAST: f64 = 0.5;

/// The encodings that are compared, and whether their common characters are Chinese, Korean or
/// Japanese ones.
const ENCODINGS: [(&Encoding, Language); 5] = [
    (GB18030, Language::Simplified),
    (BIG5, Language::Traditional),
    (EUC_KR, Language::Korean),
    (EUC_JP, Language::Japanese),
    (SHIFT_JIS, Language::Japanese),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Simplified,
    Traditional,
    Korean,
    Japanese,
}

/// How well a text reads in each encoding, the best first.
#[derive(Clone, Debug)]
pub(super) struct CjkScores(Vec<Score>);

#[derive(Clone, Copy, Debug)]
struct Score {
    encoding: &'static Encoding,
    average: f64,
    characters: usize,
}

impl CjkScores {
    /// The scores of the text that begins with `head`, all of it if `at_end`.
    pub(super) fn of(head: &[u8], at_end: bool) -> Self {
        let score = |(encoding, language): (&'static Encoding, Language)| {
            let (sum, characters) = WEIGHTS.sum(encoding, language, head, at_end);
            let average = if characters == 0 {
                0.0
            } else {
                sum / characters as f64
            };
            Score {
                encoding,
                average,
                characters,
            }
        };
        let mut scores: Vec<Score> = ENCODINGS.into_iter().map(score).collect();
        scores.sort_by(|one, other| other.average.total_cmp(&one.average));
        Self(scores)
    }

    /// Whether the text is Chinese in GB18030, and clearly not in another encoding: the fewer its
    /// characters, the clearer it must be.
    pub(super) fn is_gb18030(&self) -> bool {
        let [best, next, ..] = self.0.as_slice() else {
            return false;
        };
        let margin = (1.2 / best.characters.max(1) as f64).clamp(0.12, 0.5);
        best.encoding == GB18030
            && best.average >= LEAST
            && best.average - next.average.max(0.0) >= margin
    }

    /// Whether characters of the text are usual ones of GB18030 on average, rather than any.
    pub(super) fn reads_as_gb18030(&self) -> bool {
        self.gb18030_average() >= USUAL
    }

    /// Whether most characters of the text are common ones in GB18030.
    pub(super) fn reads_well_as_gb18030(&self) -> bool {
        self.gb18030_average() >= 0.75 * COMMON
    }

    fn gb18030_average(&self) -> f64 {
        let mut scores = self.0.iter();
        scores
            .find(|score| score.encoding == GB18030)
            .map_or(0.0, |score| score.average)
    }

    /// The encodings that the text may be in.
    pub(super) fn candidates(&self) -> impl Iterator<Item = &'static Encoding> {
        let scores = self.0.iter();
        let likely = scores.take_while(|score| score.average >= LEAST);
        likely.map(|score| score.encoding)
    }
}

/// A character of a line: where it stands, and what it is; `None` if it is malformed.
struct Place {
    range: Range<usize>,
    character: Option<char>,
}

/// In a field, the average by which another encoding must read better, and the most that GB18030
/// may read.
const CLEARLY_BETTER: f64 = 0.6;
const HARDLY_READS: f64 = 0.5;

/// Returns the places in a line of bytes whose characters nobody writes there, in their order:
/// a hanzi that is a part of a Latin word, and fields that read well in another encoding alone.
pub(super) fn implausible_places(line: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    // No byte of a character of several bytes is one of these.
    for field in line.split_inclusive(|byte| matches!(byte, ..b'0' | b':'..=b'?')) {
        if !field.is_ascii() {
            judge_field(field, start, &mut found);
        }
        start += field.len();
    }
    found
}

fn judge_field(field: &[u8], start: usize, found: &mut Vec<Range<usize>>) {
    let places = places_of(field);
    if is_of_another(field, &places) {
        let lost = places.iter().filter(|place| place.range.len() > 1);
        found.extend(lost.map(|place| start + place.range.start..start + place.range.end));
        return;
    }
    for (index, place) in places.iter().enumerate() {
        let letter = |index: Option<usize>| {
            let character = places.get(index?)?.character?;
            character.is_ascii_alphabetic().then_some(character)
        };
        let (before, after) = (letter(index.checked_sub(1)), letter(Some(index + 1)));
        let bytes = &field[place.range.clone()];
        if is_part_of_word(place, bytes, before, after) {
            found.push(start + place.range.start..start + place.range.end);
        }
    }
}

/// Whether a character is two bytes of a Latin word in another encoding: `Z枚e` is Zöe in
/// UTF-8, `Pe馻` is Peña in Windows-1252.
fn is_part_of_word(place: &Place, bytes: &[u8], before: Option<char>, after: Option<char>) -> bool {
    let (Some(character), &[lead, trail]) = (place.character, bytes) else {
        return false;
    };
    // GB2312 has the letters of pinyin, é and ü among them, and those of other scripts.
    if matches!(lead, 0xA1..=0xA9) {
        return false;
    }
    let is_between = before.is_some() && after.is_some_and(|after| after.is_ascii_lowercase());
    let is_common = WEIGHTS.simplified.get(&character) > Some(&USUAL);
    let is_latin_in_utf8 = matches!(lead, 0xC3..=0xC5) && (0x80..=0xBF).contains(&trail);
    if is_common {
        return is_between && is_latin_in_utf8;
    }
    let is_letter_and_ascii = lead >= 0xC0 && trail.is_ascii_alphabetic();
    is_between
        || ((is_latin_in_utf8 || is_letter_and_ascii) && (before.is_some() || after.is_some()))
}

/// Whether a field reads well in another encoding, and hardly in GB18030.
fn is_of_another(field: &[u8], places: &[Place]) -> bool {
    let characters = places.iter().filter_map(|place| place.character);
    let characters = characters.filter(|character| !is_neutral(*character));
    // Two say little beside Latin letters.
    let least = if field.iter().any(u8::is_ascii_alphabetic) {
        3
    } else {
        2
    };
    if characters.count() < least {
        return false;
    }
    // Letters of other scripts and characters of four bytes are what nothing else gives.
    let is_of_this = |place: &Place| match field[place.range.clone()] {
        [lead, _] => matches!(lead, 0xA1..=0xA9),
        ref bytes => bytes.len() > 2,
    };
    if places.iter().any(is_of_this) {
        return false;
    }
    let average = |(encoding, language)| {
        let (sum, characters) = WEIGHTS.sum(encoding, language, field, true);
        sum / characters.max(1) as f64
    };
    let [own, others @ ..] = ENCODINGS;
    let own = average(own);
    let others = others.into_iter().map(average);
    own <= HARDLY_READS && others.fold(0.0, f64::max) >= own + CLEARLY_BETTER
}

/// The characters of a text in GB18030.
fn places_of(text: &[u8]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut start = 0;
    while let Some(&first) = text.get(start) {
        if first.is_ascii() {
            places.push(Place {
                range: start..start + 1,
                character: Some(char::from(first)),
            });
            start += 1;
            continue;
        }
        let length = match (first, text.get(start + 1)) {
            (0x80 | 0xFF, _) | (_, None) => 1,
            (_, Some(b'0'..=b'9')) => 4,
            (_, Some(_)) => 2,
        };
        let end = text.len().min(start + length);
        let bytes = &text[start..end];
        let (decoded, had_errors) = GB18030.decode_without_bom_handling(bytes);
        let is_whole = !had_errors && decoded.chars().count() == 1;
        let character = decoded.chars().next().filter(|_| is_whole);
        // What is malformed may end before another character.
        let end = if is_whole { end } else { start + 1 };
        places.push(Place {
            range: start..end,
            character,
        });
        start = end;
    }
    places
}

/// The tables are built once: a file is judged line by line.
static WEIGHTS: LazyLock<Weights> = LazyLock::new(Weights::new);

struct Weights {
    simplified: HashMap<char, f64>,
    traditional: HashMap<char, f64>,
    korean: HashMap<char, f64>,
    japanese: HashMap<char, f64>,
}

impl Weights {
    fn new() -> Self {
        let table = |lists: &[(&str, f64)]| {
            let mut table = HashMap::new();
            for (characters, weight) in lists {
                table.extend(characters.chars().map(|character| (character, *weight)));
            }
            table
        };
        Self {
            simplified: table(&[
                (CHINESE_TRADITIONAL, USUAL),
                (CHINESE, COMMON),
                (CHINESE_SURNAMES_AND_HEADERS, COMMONEST),
            ]),
            traditional: table(&[
                (CHINESE, COMMON),
                (CHINESE_TRADITIONAL, COMMON),
                (CHINESE_SURNAMES_AND_HEADERS, COMMON),
            ]),
            korean: table(&[(KOREAN, COMMON), (KOREAN_SURNAMES, COMMONEST)]),
            japanese: table(&[(JAPANESE, COMMON)]),
        }
    }

    /// The weights of all characters beyond ASCII, and how many there are.
    fn sum(
        &self,
        encoding: &'static Encoding,
        language: Language,
        head: &[u8],
        at_end: bool,
    ) -> (f64, usize) {
        let mut decoder = encoding.new_decoder_without_bom_handling();
        // A field is short, and there are many of them.
        let mut buffer = vec![0; (16 << 10).min(3 * head.len() + 16)];
        let mut rest = head;
        let (mut sum, mut characters) = (0.0, 0);
        loop {
            let (result, read, written) =
                decoder.decode_to_utf8_without_replacement(rest, &mut buffer, at_end);
            let text = std::str::from_utf8(&buffer[..written]).unwrap_or_default();
            for character in text.chars().filter(|character| !is_neutral(*character)) {
                sum += self.of(character, encoding, language);
                characters += 1;
            }
            rest = &rest[read..];
            match result {
                DecoderResult::InputEmpty => return (sum, characters),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    sum += MALFORMED;
                    characters += 1;
                }
            }
        }
    }

    fn of(&self, character: char, encoding: &'static Encoding, language: Language) -> f64 {
        let table = match language {
            Language::Simplified => &self.simplified,
            Language::Traditional => &self.traditional,
            Language::Korean => &self.korean,
            Language::Japanese => &self.japanese,
        };
        if let Some(weight) = table.get(&character) {
            return *weight;
        }
        match character {
            '\u{3041}'..='\u{30FF}' if language == Language::Japanese => COMMON,
            '\u{FF61}'..='\u{FF9F}' => HALF_WIDTH,
            '\u{AC00}'..='\u{D7A3}' => USUAL,
            _ if is_usual(character, encoding) => USUAL,
            _ => 0.0,
        }
    }
}

/// ASCII, punctuation and letters of full width, which say nothing of a language.
fn is_neutral(character: char) -> bool {
    matches!(character, '\0'..='\x7F' | '\u{3000}'..='\u{3020}' | '\u{FF00}'..='\u{FF60}')
}

/// Whether a character is among the first thousands of its standard, which are ordered by how
/// usual they are.
fn is_usual(character: char, encoding: &'static Encoding) -> bool {
    let mut utf8 = [0; 4];
    let text: &str = character.encode_utf8(&mut utf8);
    let standard = if encoding == SHIFT_JIS {
        EUC_JP
    } else {
        encoding
    };
    let (bytes, _, had_errors) = standard.encode(text);
    let &[lead, trail] = &*bytes else {
        return false;
    };
    let leads = if standard == GB18030 {
        0xB0..=0xD7
    } else if standard == BIG5 {
        0xA4..=0xC6
    } else if standard == EUC_JP {
        0xB0..=0xCF
    } else {
        return false;
    };
    !had_errors && leads.contains(&lead) && (standard == BIG5 || trail >= 0xA1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(line: &[u8]) -> usize {
        implausible_places(line).len()
    }

    #[test]
    fn chinese_beside_latin_letters_is_plausible_in_gb18030() {
        for text in [
            "A座B室,T恤,VIP女",
            "iPhone和iPad",
            "Android或iOS",
            "Vlog拍摄",
            "卡拉OK 朱镕基Bob",
            "王堃,李喆,綦毋,亓官",
            "￥12（含税）",
        ] {
            assert_eq!(lost(&GB18030.encode(text).0), 0, "{text}");
        }
    }

    #[test]
    fn latin_words_and_fields_of_other_encodings_are_not_plausible_in_gb18030() {
        for text in ["Zöe", "MÜLLER", "René", "Łódź"] {
            assert!(lost(text.as_bytes()) > 0, "{text}");
        }
        for text in ["Peña", "Müller", "Örebro", "Ángel"] {
            let (bytes, ..) = encoding_rs::WINDOWS_1252.encode(text);
            assert!(lost(&bytes) > 0, "{text}");
        }
        for text in ["김민지", "박지영", "이수"] {
            assert!(lost(&EUC_KR.encode(text).0) > 0, "{text}");
        }
    }
}
