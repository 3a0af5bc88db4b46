//! Whether a text reads as one of Western Europe: by where its letters and symbols beyond ASCII
//! stand. In the wrong encoding a small letter becomes a capital one inside of a word, or a symbol.

mod fragments;

use super::characters::{IBM437, IBM850};
use fragments::is_of_elsewhere;

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

/// Marks that want another one before them or after them on their line.
const MARKS: [char; 12] = ['‘', '’', '‚', '“', '”', '„', '«', '»', '‹', '›', '!', '?'];

/// A line, and where on it each of [`MARKS`] stands first and last: to look for another mark from
/// each of them would take hours for a long line.
struct Line<'a> {
    characters: &'a [char],
    first: [Option<usize>; MARKS.len()],
    last: [Option<usize>; MARKS.len()],
}

impl<'a> Line<'a> {
    fn of(characters: &'a [char]) -> Self {
        let mut line = Self {
            characters,
            first: [None; MARKS.len()],
            last: [None; MARKS.len()],
        };
        for (index, character) in characters.iter().enumerate() {
            if let Some(mark) = MARKS.iter().position(|mark| mark == character) {
                line.first[mark].get_or_insert(index);
                line.last[mark] = Some(index);
            }
        }
        line
    }

    /// Whether one of these marks stands before `index`.
    fn has_before(&self, index: usize, marks: &[char]) -> bool {
        let first = MARKS.iter().zip(self.first);
        let mut first = first.filter(|(mark, _)| marks.contains(mark));
        first.any(|(_, first)| first.is_some_and(|first| first < index))
    }

    /// Whether one of these marks stands after `index`.
    fn has_after(&self, index: usize, marks: &[char]) -> bool {
        let last = MARKS.iter().zip(self.last);
        let mut last = last.filter(|(mark, _)| marks.contains(mark));
        last.any(|(_, last)| last.is_some_and(|last| last > index))
    }
}

/// How many letters of a word are looked at on each side of a character. No name is as long, and a
/// line without a blank may be.
const WORD_REACH: usize = 32;

/// Returns the places of the characters of a line of Windows-1252 that speak against it: nobody
/// writes them where they stand, so the line is in another encoding.
pub(super) fn implausible_places(line: &[u8]) -> Vec<usize> {
    let characters = Western::Windows1252.decode(line);
    let line = Line::of(&characters);
    let is_implausible =
        |&index: &usize| !characters[index].is_ascii() && judge(&line, index) == Verdict::Bad;
    (0..characters.len()).filter(is_implausible).collect()
}

/// Returns whether more than one in twenty letters beyond ASCII of a text that reads well in
/// Windows-1252 stands in a word that nobody in Western Europe writes.
pub(super) fn has_words_of_elsewhere(text: &[u8]) -> bool {
    let text = Western::Windows1252.decode(text);
    let (mut letters, mut elsewhere) = (0, 0);
    for word in text.split(|&character| !is_letter(character)) {
        let beyond_ascii = word.iter().filter(|letter| !letter.is_ascii()).count();
        letters += beyond_ascii;
        if beyond_ascii > 0 && is_of_elsewhere(word) {
            elsewhere += beyond_ascii;
        }
    }
    elsewhere * 20 > letters - elsewhere
}

impl Evidence {
    fn is_convincing(self) -> bool {
        self.good > 0 && self.weak <= self.good && self.bad * 20 <= self.good
    }

    fn add_line(&mut self, characters: &[char]) {
        let line = Line::of(characters);
        for (index, &character) in characters.iter().enumerate() {
            if character.is_ascii() {
                continue;
            }
            match judge(&line, index) {
                Verdict::Good => self.good += 1,
                Verdict::Weak => self.weak += 1,
                Verdict::Unusual | Verdict::Bad => self.bad += 1,
            }
        }
    }
}

/// Judges the character at `index` by what stands around it. How long this takes does not depend on
/// the line.
fn judge(line: &Line<'_>, index: usize) -> Verdict {
    let characters = line.characters;
    let character = characters[index];
    let before = index
        .checked_sub(1)
        .and_then(|before| characters.get(before))
        .copied();
    let after = characters.get(index + 1).copied();
    if is_letter(character) {
        return judge_letter(characters, index, character, before, after);
    }
    judge_symbol(line, index, character, before, after)
}

/// Judges a symbol. Between two letters it is a letter of another encoding; elsewhere it may be
/// what is left of a text of several lines.
#[expect(clippy::too_many_lines, reason = "one table, a case per symbol")]
fn judge_symbol(
    line: &Line<'_>,
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
    let (earlier, later) = (&line.characters[..index], &line.characters[index + 1..]);
    let has_before = |marks: &[char]| line.has_before(index, marks);
    let has_after = |marks: &[char]| line.has_after(index, marks);
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
        // `Joaquín`, as against `Rock’n` and `an’n`.
        '’' if is_inside && is_rather_i(word_before, word_after) => Verdict::Weak,
        '’' if is_inside => good_if(is_apostrophe(word_before, word_after)),
        '’' => good_or(
            has_before(&['‘'])
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
                !follows_letter && has_after(&[closing, character]) || has_before(&['„', '‚']),
                follows_letter,
            )
        }
        '”' => good_or(
            !precedes_letter && has_before(&['“', '„', '”']),
            follows_letter,
        ),
        '„' | '‚' => good_or(
            !follows_letter && precedes_letter && has_after(&['“', '”', '‘', '’']),
            follows_letter || is_lower(after),
        ),
        '«' | '‹' => good_or(!follows_letter && has_after(&['»', '›']), is_inside),
        '»' | '›' => good_or(!precedes_letter && has_before(&['«', '‹']), is_inside),
        // `Ś` of DOS: Świdnica, Śliwa.
        '—' if !follows_letter
            && before != Some(' ')
            && matches!(word_after, ['w' | 'l' | 'r' | 'c' | 'm' | 'n', _, ..]) =>
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
        // `Nováková` in DOS.
        '\u{A0}' if !precedes_letter && ends_with_any(word_before, &BEFORE_LAST_A) => Verdict::Weak,
        // `Cádiz` in DOS.
        '\u{A0}' if is_lower(after) && matches!(word_before, [only] if is_initial(*only)) => {
            Verdict::Bad
        }
        '\u{A0}' if follows_letter && is_lower(after) => Verdict::Weak,
        // Stand for an apostrophe, or in the middle of a word of Catalan.
        '´' | '·' | '\u{A0}' => Verdict::Good,
        '…' if precedes_letter => good_or(false, is_inside),
        '…' => Verdict::Weak,
        '€' => good_or(
            !follows_letter && !precedes_letter,
            is_inside || (is_lower(after) && !is_digit(before)),
        ),
        '£' | '¢' => good_or(!follows_letter && !precedes_letter, follows_letter),
        '¡' | '¿' => good_or(
            !follows_letter && precedes_letter && has_after(&['!', '?']),
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
            !follows_letter && !is_lower(after),
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

/// What stands before the last `á` in surnames of Czech and Slovak women, and in well-known places.
const BEFORE_LAST_A: [&str; 10] = [
    "ov", "sk", "bogot", "panam", "paran", "canad", "cear", "amap", "cuiab", "alcal",
];

fn ends_with_any(word: &[char], endings: &[&str]) -> bool {
    let small: String = word
        .iter()
        .flat_map(|letter| letter.to_lowercase())
        .collect();
    endings.iter().any(|ending| small.ends_with(ending))
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
        if is_upper(before) && is_lower(after) {
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
    if has_long_run(word) {
        return Verdict::Bad;
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

/// Judges letters that stand where Western Europe does not write them, and where those do that the
/// code pages of Central Europe, Turkey and the Baltic have in their place; `None` for others.
fn judge_neighbours(
    character: char,
    word: &[char],
    before: Option<char>,
    after: Option<char>,
) -> Option<Verdict> {
    const VOWELS: &str = "aeiouáéíóúýâêîôûäëïöüå";
    let small = |character: char| character.to_lowercase().next().unwrap_or(character);
    let (before, after) = (before.map(small), after.map(small));
    let is_vowel = |letter: Option<char>| letter.is_some_and(|letter| VOWELS.contains(letter));
    let is_consonant = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_ascii() && !"aeiouy".contains(letter))
    };
    let verdict = match small(character) {
        // `ń`: Kaczyński.
        'ñ' if is_consonant(after) => Verdict::Bad,
        // `ě` and `ů`, as against `lunedì` and `Gesù`.
        'ì' | 'ù' if after.is_some() => Verdict::Bad,
        // `ň`: Vaňek, as against `història`.
        'ò' if is_vowel(after) => Verdict::Weak,
        // `ř`: Dvořák, as against `Sørensen`.
        'ø' if is_vowel(before) && is_vowel(after) => Verdict::Bad,
        'ø' if is_vowel(before) || is_vowel(after) => Verdict::Weak,
        // `ć`: Petrović.
        'æ' if after.is_none() && before == Some('i') => Verdict::Bad,
        'æ' if after.is_none() => Verdict::Weak,
        // `ă`, `ő` and `ű`, as against `João` and `Simões`.
        'ã' if !matches!(after, None | Some('o' | 'e' | 's')) => Verdict::Weak,
        'õ' if after != Some('e') => Verdict::Weak,
        'û' if before == Some('y') => Verdict::Bad,
        // `ű`: Szűcs, as against `Brûlé` and `bûche`.
        'û' if before == Some('z') || matches!(after, Some('d' | 'g' | 'j' | 'k' | 'v' | 'z')) => {
            Verdict::Weak
        }
        // `ń` of DOS: Kaczyński.
        'ä' if before == Some('y') && is_consonant(after) => Verdict::Weak,
        // `ş` of old Macs: Ayşe.
        'ß' if before == Some('y') => Verdict::Weak,
        // `ė` of the Baltic: Jonaitė, as against `Noël` and `België`.
        'ë' if is_consonant(before) => Verdict::Weak,
        // `č`: Stankevičius, as against `Lefèvre` and `caffè`.
        'è' if is_consonant(before) && is_vowel(after) => Verdict::Weak,
        'è' if is_vowel(before) && is_vowel(after) => Verdict::Bad,
        // `ş`, as against `Þór`.
        // As against `Hafþór`, `Friðþjófur` and `Sigþrúður`.
        'þ' if before.is_some() && !matches!(after, Some('ó' | 'ú' | 'j' | 'r')) => Verdict::Bad,
        'þ' if after == Some('a') => Verdict::Bad,
        // `ı`: Yıldız.
        'ý' if word.iter().filter(|&&letter| small(letter) == 'ý').count() > 1 => Verdict::Bad,
        // `Č`: Černý.
        'è' if character.is_uppercase() && before.is_none() && after.is_some() => Verdict::Weak,
        _ => return None,
    };
    Some(verdict)
}

/// The letters around a place, as far as they are looked at.
fn word_at(line: &[char], index: usize) -> &[char] {
    let begin = index.saturating_sub(WORD_REACH);
    let end = line.len().min(index + WORD_REACH);
    let (line, index) = (&line[begin..end], index - begin);
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

/// Whether `’` between these words is rather `í` of Mac Roman: English and Low German shorten few
/// names so.
fn is_rather_i(prefix: &[char], suffix: &[char]) -> bool {
    const BEFORE_N: [&str; 12] = [
        "rock", "drum", "guns", "fish", "cap", "salt", "pop", "chick", "hit", "surf", "bang",
        "pick",
    ];
    let is_name = |word: &[char]| word.len() > 1 && word[0].is_uppercase();
    suffix == ['n'] && is_name(prefix) && !ends_with_any(prefix, &BEFORE_N)
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
