//! Whether a text reads as one of Western Europe: by where its letters and symbols beyond ASCII
//! stand. In the wrong encoding a small letter becomes a capital one inside of a word, or a symbol.

mod neighbours;

use super::characters::{IBM437, IBM850};
use neighbours::judge_neighbours;

/// The encodings that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Western {
    Windows1252,
    MacRoman,
    Ibm850,
    Ibm437,
}

impl Western {
    /// Those that are not read.
    pub(super) const UNREAD: [Self; 3] = [Self::MacRoman, Self::Ibm850, Self::Ibm437];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Windows1252 => "Windows-1252",
            Self::MacRoman => "Mac Roman",
            Self::Ibm850 => "IBM850 (DOS)",
            Self::Ibm437 => "IBM437 (DOS)",
        }
    }

    fn decode(self, text: &[u8]) -> Vec<char> {
        let upper: Vec<char> = match self {
            Self::Windows1252 => upper_half(encoding_rs::WINDOWS_1252),
            Self::MacRoman => upper_half(encoding_rs::MACINTOSH),
            Self::Ibm850 => IBM850.chars().collect(),
            Self::Ibm437 => IBM437.chars().collect(),
        };
        let character = |&byte: &u8| match usize::from(byte).checked_sub(0x80) {
            None => char::from(byte),
            Some(index) => upper.get(index).copied().unwrap_or('\u{FFFD}'),
        };
        text.iter().map(character).collect()
    }

    /// Whether the text reads well in this encoding.
    pub(super) fn is_plausible(self, text: &[u8]) -> bool {
        let mut evidence = Evidence::default();
        for line in self
            .decode(text)
            .split(|&character| matches!(character, '\n' | '\r'))
        {
            evidence.add_line(line);
        }
        evidence.is_convincing()
    }
}

fn upper_half(encoding: &'static encoding_rs::Encoding) -> Vec<char> {
    let bytes: Vec<u8> = (0x80..=0xFF).collect();
    let (text, _) = encoding.decode_without_bom_handling(&bytes);
    text.chars().collect()
}

/// What speaks for an encoding and against it.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    good: usize,
    /// Nothing that one would be sure of.
    weak: usize,
    bad: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good,
    Weak,
    /// Speaks against the encoding, but valid text has it now and then.
    Unusual,
    /// Speaks against the encoding. In a file that is read in it, this is an error of the row.
    Bad,
}

/// So many good characters outweigh as many weak ones.
const MANY: usize = 24;

/// How far around a character a line is looked at where the whole file is judged.
const NEIGHBOURHOOD: usize = 256;

/// Returns the places of the characters of a line of Windows-1252 that speak against it: nobody
/// writes them where they stand, so the line is in another encoding.
pub(super) fn implausible_places(line: &[u8]) -> Vec<usize> {
    let line = Western::Windows1252.decode(line);
    let is_implausible = |&index: &usize| {
        let start = index.saturating_sub(NEIGHBOURHOOD);
        let end = line.len().min(index + NEIGHBOURHOOD);
        !line[index].is_ascii()
            && judge(&line[start..end], index - start, line[index]) == Verdict::Bad
    };
    (0..line.len()).filter(is_implausible).collect()
}

impl Evidence {
    fn is_convincing(self) -> bool {
        // Of few letters none may be of another encoding: names of several languages are rare.
        let weak = if self.good < MANY {
            self.weak * MANY
        } else {
            self.weak
        };
        self.good > 0 && weak <= self.good && self.bad * 20 <= self.good
    }

    fn add_line(&mut self, line: &[char]) {
        for (index, &character) in line.iter().enumerate() {
            if character.is_ascii() {
                continue;
            }
            match judge(line, index, character) {
                Verdict::Good => self.good += 1,
                Verdict::Weak => self.weak += 1,
                Verdict::Unusual | Verdict::Bad => self.bad += 1,
            }
        }
    }
}

fn judge(line: &[char], index: usize, character: char) -> Verdict {
    let before = index
        .checked_sub(1)
        .and_then(|before| line.get(before))
        .copied();
    let after = line.get(index + 1).copied();
    if is_letter(character) {
        return judge_letter(line, index, character, before, after);
    }
    judge_symbol(line, index, character, before, after)
}

/// Judges a symbol. Between two letters it is a letter of another encoding; elsewhere it may be
/// what is left of a text of several lines.
#[expect(clippy::too_many_lines, reason = "one table, a case per symbol")]
fn judge_symbol(
    line: &[char],
    index: usize,
    character: char,
    before: Option<char>,
    after: Option<char>,
) -> Verdict {
    let is_letter = |character: Option<char>| character.is_some_and(is_letter);
    let is_lower = |character: Option<char>| character.is_some_and(char::is_lowercase);
    let is_upper = |character: Option<char>| character.is_some_and(char::is_uppercase);
    let is_digit = |character: Option<char>| character.is_some_and(|c| c.is_ascii_digit());
    let (follows_letter, precedes_letter) = (is_letter(before), is_letter(after));
    let is_inside = follows_letter && precedes_letter;
    let (earlier, later) = (&line[..index], &line[index + 1..]);
    let word_before = word_at(earlier, earlier.len().saturating_sub(1));
    let word_before = if follows_letter { word_before } else { &[] };
    let word_after = if precedes_letter {
        word_at(later, 0)
    } else {
        &[]
    };
    let good_or = |is_good: bool, is_bad: bool| match (is_good, is_bad) {
        (true, _) => Verdict::Good,
        (false, true) => Verdict::Bad,
        (false, false) => Verdict::Unusual,
    };
    match character {
        // `í` of Mac Roman: Lluís, as against `it’s`.
        '’' if is_inside && matches!((word_before, word_after), ([.., 'u'], ['s'])) => {
            Verdict::Weak
        }
        // The same: Tímea, Kolín, as against `t’aime` and `rock ’n’ roll`.
        '’' if is_inside
            && (matches!(word_after, ['n'])
                || matches!(word_after, ['m']) && word_before.len() > 1
                // `Solís`, as against `it’s`.
                || matches!(word_after, ['s'])
                    && word_before.first().is_some_and(|first| first.is_uppercase())
                || matches!(word_before, ['t' | 'T'])
                    && word_after
                        .first()
                        .is_some_and(|first| !"aeiouyhc".contains(*first))) =>
        {
            Verdict::Weak
        }
        '’' if is_inside => good_if(is_apostrophe(word_before, word_after)),
        // A letter of Japanese or DOS: nothing is left out before it.
        '’' if !follows_letter && precedes_letter && !earlier.contains(&'‘') => Verdict::Weak,
        // `í`: Piauí.
        '’' if follows_letter && !earlier.contains(&'‘') && word_before.len() > 2 => {
            Verdict::Weak
        }
        '’' => good_or(
            earlier.contains(&'‘')
                || matches!(
                    before,
                    Some('a' | 'e' | 'i' | 'o' | 'u' | 's' | 'x' | 'z' | '0'..='9')
                )
                || word_before.len() <= 2,
            follows_letter,
        ),
        '‘' | '“' => {
            let closing = if character == '‘' { '’' } else { '”' };
            good_or(
                !follows_letter && (later.contains(&closing) || later.contains(&character))
                    || earlier.contains(&'„')
                    || earlier.contains(&'‚'),
                follows_letter,
            )
        }
        '”' => good_or(
            !precedes_letter
                && (earlier.contains(&'“') || earlier.contains(&'„') || earlier.contains(&'”')),
            follows_letter,
        ),
        '„' | '‚' => good_or(
            !follows_letter
                && precedes_letter
                && later.iter().any(|&c| matches!(c, '“' | '”' | '‘' | '’')),
            follows_letter || is_lower(after),
        ),
        '«' | '‹' => good_or(
            !follows_letter && later.iter().any(|&c| matches!(c, '»' | '›')),
            is_inside,
        ),
        '»' | '›' => good_or(
            !precedes_letter && earlier.iter().any(|&c| matches!(c, '«' | '‹')),
            is_inside,
        ),
        // `Ś` of DOS, as against `Paris – Lyon`, and `ñ` of Mac Roman: Mañé.
        '–' | '—' if !follows_letter && is_lower(after) => Verdict::Weak,
        '–' | '—'
            if [before, after]
                .iter()
                .flatten()
                .any(|&beside| !beside.is_ascii() && beside != '\u{A0}') =>
        {
            Verdict::Weak
        }
        // `ù` of DOS, and `ó` of Mac Roman: Mariù.
        '–' | '—' if follows_letter && !precedes_letter => Verdict::Weak,
        // `ñ` and `ó` of Mac Roman, as against `Montag–freitag`.
        '–' | '—' => good_or(
            !(follows_letter && is_lower(after)),
            word_before.len() <= 3 || word_after.len() <= 3,
        ),
        // `Cádiz` in DOS.
        '\u{A0}' if is_lower(after) && matches!(word_before, [only] if is_initial(*only)) => {
            Verdict::Bad
        }
        '\u{A0}' if follows_letter && is_lower(after) => Verdict::Weak,
        // `á` of DOS at the end of a word: Bogotá.
        '\u{A0}' if follows_letter && after.is_none_or(|after| !after.is_alphanumeric()) => {
            Verdict::Weak
        }
        '\u{A0}' => Verdict::Good,
        // Stand for an apostrophe, or in the middle of a word of Catalan.
        '´' | '·' if is_inside => Verdict::Good,
        '…' if precedes_letter => good_or(false, is_inside),
        '…' | '´' | '·' => Verdict::Weak,
        '€' => good_or(
            !follows_letter && !precedes_letter,
            is_inside || (is_lower(after) && !is_digit(before)),
        ),
        '£' | '¢' => good_or(!follows_letter && !precedes_letter, follows_letter),
        '¡' | '¿' => good_or(
            !follows_letter && precedes_letter && later.iter().any(|&c| matches!(c, '!' | '?')),
            follows_letter,
        ),
        // `N°de rue`.
        '°' => good_if(!is_inside || matches!(word_before, ['n' | 'N'])),
        // Stand behind abbreviations and units: `nº`, `cm²`, `3ºB`, `MªJosé`. Behind names they are
        // letters of Central Europe and Turkey: `Michał`.
        'ª' | 'º' | '²' | '³' | '¹' => good_if(
            is_digit(before)
                || word_before.len() <= 3
                    && (!precedes_letter || follows_letter && is_upper(after))
                || matches!(word_before, ['n' | 'N' | 'm' | 'M']),
        ),
        '®' | '©' | '™' => good_if(!precedes_letter),
        'µ' => good_or(
            !follows_letter && (1..=2).contains(&word_after.len()),
            follows_letter,
        ),
        '½' | '¼' | '¾' | '×' | '÷' | '±' | '§' | '¥' => good_or(
            !follows_letter && !precedes_letter,
            follows_letter || (!is_digit(before) && word_after.len() > 2),
        ),
        '†' | '‡' | '‰' | '•' | '¦' | '¬' | '¶' if !follows_letter && !precedes_letter => {
            Verdict::Weak
        }
        '•' | '†' | '¦' | '¬' | '¶' => good_or(false, is_inside),
        // Where a program may break a word.
        '\u{AD}' => Verdict::Unusual,
        _ => Verdict::Bad,
    }
}

/// Whether a letter begins a word of more than itself, as no vowel and no `y` need to.
fn is_initial(letter: char) -> bool {
    letter.is_ascii_uppercase() && !"AEIOUY".contains(letter)
}

fn good_if(is_good: bool) -> Verdict {
    if is_good { Verdict::Good } else { Verdict::Bad }
}

/// Letters; not the ordinals and the sign for millionths.
fn is_letter(character: char) -> bool {
    character.is_alphabetic() && !matches!(character, 'ª' | 'º' | 'µ' | 'ˆ')
}

fn judge_letter(
    line: &[char],
    index: usize,
    character: char,
    before: Option<char>,
    after: Option<char>,
) -> Verdict {
    let letter = |character: Option<char>| character.filter(|&character| is_letter(character));
    let (before, after) = (letter(before), letter(after));
    let is_lower = |character: Option<char>| character.is_some_and(char::is_lowercase);
    let is_upper = |character: Option<char>| character.is_some_and(char::is_uppercase);
    // No letters of Latin: Greek ones of DOS.
    if character > '\u{17F}' && character != 'ƒ' {
        return Verdict::Bad;
    }
    if character.is_uppercase() {
        if is_lower(before) {
            // `Ó hÉinniú`: a letter that Irish puts before a name.
            let is_prefix = matches!(before, Some('h' | 'n' | 't'))
                && index.checked_sub(2).is_none_or(|at| !is_letter(line[at]));
            return if is_prefix {
                Verdict::Unusual
            } else {
                Verdict::Bad
            };
        }
        // `MŠrta`, which is Märta in Mac Roman.
        // `VØra` and `CÏur` are Věra in DOS and Cœur in Mac Roman, `JÜrgen` a slip of the keys.
        if is_upper(before) && is_lower(after) && after != Some('ß') {
            let is_usual = matches!(character, 'Ä' | 'Ö' | 'Ü' | 'É' | 'Ñ');
            return if is_usual {
                Verdict::Weak
            } else {
                Verdict::Bad
            };
        }
        // `Ÿ` begins no word.
        if character == 'Ÿ' && is_lower(after) {
            return Verdict::Bad;
        }
    } else if character == 'ß' && before.is_none() {
        return Verdict::Bad;
    } else if character != 'ß' && is_upper(after) {
        // `SociétéGénérale` and `MüLLER` are written so; `LîPEZ` is López in Mac Roman.
        let is_usual = is_lower(before) || matches!(character, 'ä' | 'ö' | 'ü' | 'ø' | 'ñ');
        return if is_usual {
            Verdict::Unusual
        } else {
            Verdict::Bad
        };
    }
    // `É` of Mac Roman and `â` of DOS.
    if character == 'ƒ' && (before.is_some() || after.is_some()) {
        return Verdict::Bad;
    }
    let word = word_at(line, index);
    let is_alone = !word.iter().any(char::is_ascii);
    if is_alone && word.len() > 1 {
        return Verdict::Bad;
    }
    // Beside symbols it is one of the bytes of a character, as against `à\u{A0}Paris` and `«à»`.
    let beside = [index.checked_sub(1), Some(index + 1)];
    let is_symbol = |at: &usize| {
        line.get(*at)
            .is_some_and(|one| !one.is_ascii() && !"\u{A0}«»“”‘’„‚…".contains(*one))
    };
    if is_alone && beside.iter().flatten().any(is_symbol) {
        return Verdict::Unusual;
    }
    if has_long_run(word) {
        return Verdict::Bad;
    }
    // `龍` in Big5 is `Às`.
    if word.len() == 2 && before.is_none() && character.is_uppercase() {
        return Verdict::Weak;
    }
    if let Some(verdict) = judge_neighbours(character, word, before, after) {
        return verdict;
    }
    match character {
        // Two of them begin hardly any syllable: `Straße` in DOS.
        'á' if matches!(before, Some('a' | 'A')) => Verdict::Bad,
        // Stands before vowels alone: `Ángel` in Mac Roman.
        'ç' | 'Ç'
            if after.is_some_and(|after| !"aeiouyAEIOUY".contains(after) && after.is_ascii()) =>
        {
            Verdict::Bad
        }
        'œ' | 'Œ' if before.is_some() && !matches!(after, Some('u' | 'i' | 'U' | 'I')) => {
            Verdict::Weak
        }
        // Turkish and the Baltic, which have other letters in their place, lack these.
        'Þ' | 'þ' | 'Ð' | 'ð' | 'Ý' | 'ý' if line.iter().any(|&one| "áíóúæÁÍÓÚÆ".contains(one)) => {
            Verdict::Good
        }
        'Š' | 'š' | 'Ž' | 'ž' | 'Ÿ' | 'ÿ' | 'ƒ' | 'Þ' | 'þ' | 'Ð' | 'ð' | 'Ý' | 'ý' => {
            Verdict::Weak
        }
        _ if is_alone
            && !matches!(
                character.to_lowercase().next(),
                Some('à' | 'é' | 'è' | 'ó' | 'ò' | 'ö' | 'ä' | 'å' | 'ø')
            ) =>
        {
            Verdict::Unusual
        }
        _ => Verdict::Good,
    }
}

/// The letters around a place.
fn word_at(line: &[char], index: usize) -> &[char] {
    let is_other = |&character: &char| !is_letter(character);
    let start = line[..index]
        .iter()
        .rposition(is_other)
        .map_or(0, |at| at + 1);
    let length = line[index..].iter().position(is_other);
    let end = length.map_or(line.len(), |length| index + length);
    &line[start..end]
}

/// Whether three letters beyond ASCII follow each other that are not as in `Ñúñez`.
fn has_long_run(word: &[char]) -> bool {
    let small = |character: char| character.to_lowercase().next();
    word.windows(3).any(|three| {
        three.iter().all(|character| !character.is_ascii()) && small(three[0]) != small(three[2])
    })
}

/// Whether `’` between these words is one: `it’s`, `l’été`, `O’Neill`.
fn is_apostrophe(prefix: &[char], suffix: &[char]) -> bool {
    const BEFORE: [&str; 20] = [
        "all", "dall", "dell", "nell", "sull", "quell", "quest", "sant", "un", "qu", "jusqu",
        "lorsqu", "puisqu", "quelqu", "presqu", "aujourd", "grand", "prud", "entr", "vall",
    ];
    const AFTER: [&str; 8] = ["s", "t", "d", "m", "n", "ll", "re", "ve"];
    const VOWELS: &str = "aeiouyhàâäáèéêëìíîïòóôöùúûüœæ";
    let lower = |word: &[char]| -> String {
        word.iter()
            .flat_map(|letter| letter.to_lowercase())
            .collect()
    };
    let (before, after) = (lower(prefix), lower(suffix));
    // `O’Neill` and `l’été`.
    let is_capital = suffix.first().is_some_and(|first| first.is_uppercase());
    let is_article = prefix.len() <= 2 && prefix.iter().all(|letter| letter.is_lowercase());
    // `L’hospitalet` and `N’diaye`, as against `D’az`, which is Díaz in Mac Roman.
    let is_elision = match before.as_str() {
        "l" | "d" | "j" | "c" | "s" | "o" => after.starts_with(|first| VOWELS.contains(first)),
        "m" | "n" | "t" => true,
        _ => false,
    };
    is_capital
        || is_article
        || (is_elision && after != "az")
        || BEFORE.contains(&before.as_str())
        || AFTER.contains(&after.as_str())
}

#[cfg(test)]
mod tests;
