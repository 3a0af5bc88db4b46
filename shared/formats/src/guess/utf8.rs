//! How much of a text is UTF-8: judged by its runs of bytes beyond ASCII, since text in another
//! encoding is hardly ever valid UTF-8 over a whole run.

use std::ops::Range;

/// The evidence for UTF-8 and against it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Utf8Evidence {
    /// Runs that are UTF-8, and those of which a program cut off a part of a character.
    pub(super) good: usize,
    /// Runs that are valid, and hardly what anybody writes.
    pub(super) doubtful: usize,
    /// Runs that are not UTF-8.
    pub(super) bad: usize,
    /// Whether all is valid.
    pub(super) is_valid: bool,
    /// Whether a good run has a character of three bytes or more.
    pub(super) has_long: bool,
}

impl Utf8Evidence {
    /// The evidence in the text that begins with `head`, all of it if `at_end`.
    pub(super) fn of(head: &[u8], at_end: bool) -> Self {
        let whole = match std::str::from_utf8(head) {
            // The last character was cut off with the head.
            Err(error) if !at_end && error.error_len().is_none() => &head[..error.valid_up_to()],
            _ => head,
        };
        let mut evidence = Self {
            is_valid: true,
            ..Self::default()
        };
        for run in runs(whole) {
            evidence.add(&run);
        }
        evidence
    }

    /// Whether the text is UTF-8, with some malformed places at most: errors of their rows.
    pub(super) fn is_mostly_utf8(self) -> bool {
        // A name in GBK may be valid UTF-8 by chance, with characters of two bytes.
        self.good > self.bad || (self.good == self.bad && self.has_long)
    }

    fn add(&mut self, run: &Run<'_>) {
        match std::str::from_utf8(run.bytes) {
            Ok(text) if is_plausible(text, run) => {
                self.good += 1;
                self.has_long |= text.chars().any(|c| c.len_utf8() > 2);
            }
            Ok(_) => self.doubtful += 1,
            Err(_) => {
                self.is_valid = false;
                if is_damaged_utf8(run.bytes) {
                    self.good += 1;
                } else {
                    self.bad += 1;
                }
            }
        }
    }
}

/// The runs of a line that are UTF-8 by chance: valid, hardly what anybody writes, and in a line without
/// a run that is UTF-8 beyond doubt.
pub(super) fn chance_runs(line: &[u8]) -> Vec<Range<usize>> {
    let mut doubtful = Vec::new();
    for run in runs(line) {
        match std::str::from_utf8(run.bytes) {
            Ok(text) if is_plausible(text, &run) => return Vec::new(),
            Ok(_) => doubtful.push(run.begin..run.begin + run.bytes.len()),
            Err(_) => {}
        }
    }
    doubtful
}

/// A run of bytes beyond ASCII, and the bytes around it.
struct Run<'a> {
    begin: usize,
    before: Option<u8>,
    bytes: &'a [u8],
    after: Option<u8>,
}

impl Run<'_> {
    fn touches(&self, is_wanted: fn(&u8) -> bool) -> bool {
        [self.before, self.after].iter().flatten().any(is_wanted)
    }
}

fn runs(text: &[u8]) -> impl Iterator<Item = Run<'_>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let begin = start + text[start..].iter().position(|byte| !byte.is_ascii())?;
        let length = text[begin..].iter().position(u8::is_ascii);
        let end = length.map_or(text.len(), |length| begin + length);
        start = end;
        Some(Run {
            begin,
            before: begin.checked_sub(1).map(|index| text[index]),
            bytes: &text[begin..end],
            after: text.get(end).copied(),
        })
    })
}

/// Whether a run that is not valid has more characters of three bytes than malformed places.
fn is_damaged_utf8(run: &[u8]) -> bool {
    const MAX_REST: usize = 3;
    // What is left of a character whose start was cut off.
    let rest = run
        .iter()
        .take_while(|byte| (0x80..0xC0).contains(*byte))
        .count();
    let (mut long, mut malformed) = (0_usize, 0_usize);
    let whole = if rest <= MAX_REST {
        malformed += usize::from(rest > 0);
        &run[rest..]
    } else {
        run
    };
    for chunk in whole.utf8_chunks() {
        long += chunk.valid().chars().filter(|&c| c >= '\u{800}').count();
        malformed += usize::from(!chunk.invalid().is_empty());
    }
    long > 0 && long >= malformed
}

/// Whether a valid run is text as people write it. Pairs of bytes in GBK and its like may be
/// characters of two bytes in UTF-8: symbols that stand alone, rare letters, or a mixture.
fn is_plausible(text: &str, run: &Run<'_>) -> bool {
    if text.chars().any(|character| character >= '\u{800}') {
        return true;
    }
    let is_alone = !run.touches(|byte| byte.is_ascii_alphanumeric() || *byte == b' ');
    let mut letters = 0;
    let mut script = None;
    for character in text.chars() {
        match Script::of(character) {
            Script::Latin => return true,
            Script::Rare if is_alone => return false,
            Script::Symbol | Script::Rare => {}
            found => {
                if *script.get_or_insert(found) != found {
                    return false;
                }
                letters += 1;
            }
        }
    }
    !is_alone || letters > 1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Symbol,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Armenian,
    Rare,
}

impl Script {
    fn of(character: char) -> Self {
        match character {
            '\u{C0}'..='\u{D6}'
            | '\u{D8}'..='\u{F6}'
            | '\u{F8}'..='\u{17F}'
            | '\u{218}'..='\u{21B}' => Self::Latin,
            '\u{A0}'..='\u{BF}' | '\u{D7}' | '\u{F7}' => Self::Symbol,
            '\u{386}'..='\u{3CE}' => Self::Greek,
            '\u{400}'..='\u{45F}' | '\u{490}' | '\u{491}' => Self::Cyrillic,
            '\u{5D0}'..='\u{5EA}' => Self::Hebrew,
            '\u{621}'..='\u{64A}' => Self::Arabic,
            '\u{531}'..='\u{587}' => Self::Armenian,
            _ => Self::Rare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_letter_beside_words_of_its_script_is_no_chance() {
        assert!(chance_runs("Иван,подъезд \"Д\"\n".as_bytes()).is_empty());
        assert!(chance_runs("د. سارة,1\n".as_bytes()).is_empty());
        // In GBK: 魏 and 陆, in one row.
        assert_eq!(chance_runs(b"1,\xCE\xBA,\xC2\xBD\n"), [2..4, 5..7]);
    }

    #[test]
    fn runs_are_good_doubtful_or_bad() {
        type Counts = (usize, usize, usize);
        let cases: [(&[u8], Counts); 12] = [
            ("张三".as_bytes(), (1, 0, 0)),
            ("Zöe".as_bytes(), (1, 0, 0)),
            ("Сергей".as_bytes(), (1, 0, 0)),
            ("20°C,£5".as_bytes(), (2, 0, 0)),
            // In GBK: 卢一, 魏 and 陆.
            (b"1,\xC2\xAC\xD2\xBB\n", (0, 1, 0)),
            (b"1,\xCE\xBA\n", (0, 1, 0)),
            (b"1,\xC2\xBD\n", (0, 1, 0)),
            (b"Jos\xE9", (0, 0, 1)),
            (b"\xD5\xC5\xC8\xFD", (0, 0, 1)),
            // Cut off at its end, at its start and inside.
            (b"\xE5\xBC\xA0\xE4\xB8,", (1, 0, 0)),
            (b",\xB8\x89\xE5\xBC\xA0,", (1, 0, 0)),
            (b"\xE5\xBC\xA0\xE4\xE5\xBC\xA0", (1, 0, 0)),
        ];
        for (text, (good, doubtful, bad)) in cases {
            let found = Utf8Evidence::of(text, true);
            let found = (found.good, found.doubtful, found.bad);
            assert_eq!(found, (good, doubtful, bad), "{text:?}");
        }
    }
}
