//! Letters of Western Europe by what stands beside them: other code pages have other letters in their places.

use super::Verdict;

/// What `ß` follows in German, as against `ş` of old Macs in Turkey.
const SHARP_S: [&str; 28] = [
    "eiß", "auß", "ieß", "euß", "äuß", "straß", "groß", "größ", "gruß", "grüß", "fuß", "füß",
    "maß", "spaß", "süß", "stoß", "stöß", "floß", "schloß", "voß", "vöß", "roß", "nuß", "fluß",
    "höß", "büß", "haß", "löß",
];
/// Where French has `û`, as against `ū` of the Baltic and `ű` of Hungary.
const CIRCUMFLEX_U: [&str; 8] = ["brûl", "bûch", "flût", "affût", "sûr", "mûr", "oû", "chût"];
/// Where French has `î` after a consonant, as against `ī` of the Baltic.
const CIRCUMFLEX_I: [&str; 6] = ["nîm", "dîn", "gît", "abîm", "îtr", "clît"];

/// Judges letters that stand where Western Europe does not write them, and where those do that the
/// code pages of Central Europe, Turkey and the Baltic have in their place; `None` for others.
pub(super) fn judge_neighbours(
    character: char,
    word: &[char],
    before: Option<char>,
    after: Option<char>,
) -> Option<Verdict> {
    const VOWELS: &str = "aeiouáéíóúýâêîôûäëïöüå";
    let text = || -> String {
        let small = word.iter().flat_map(|letter| letter.to_lowercase());
        small.collect()
    };
    let has_any = |stems: &[&str]| {
        let text = text();
        stems.iter().any(|stem| text.contains(stem))
    };
    let is_capital = character.is_uppercase();
    let small = |character: char| character.to_lowercase().next().unwrap_or(character);
    let (before, after) = (before.map(small), after.map(small));
    let is_vowel = |letter: Option<char>| letter.is_some_and(|letter| VOWELS.contains(letter));
    let is_consonant = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_ascii() && !"aeiouy".contains(letter))
    };
    let verdict = match small(character) {
        // Names that begin in small letters are rare; capital letters of old Macs and DOS are not: Óscar, Łukasz.
        _ if !is_capital && before.is_none() && after.is_some_and(char::is_lowercase) => {
            Verdict::Weak
        }
        // `ń`: Kaczyński, Toruń.
        'ñ' if is_consonant(after) => Verdict::Bad,
        'ñ' if after.is_none() => Verdict::Weak,
        // `Đ` of DOS: Đakovo.
        'ñ' if is_capital && before.is_none() && !has_any(&["ñú", "ñu", "ñá"]) => {
            Verdict::Weak
        }
        // `ě` and `ů`, as against `lunedì` and `Gesù`.
        'ì' | 'ù' if after.is_some() => Verdict::Bad,
        // `ė` of the Baltic in another code page: Jonaitė, as against `Forlì` and `lunedì`.
        'ì' if !matches!(before, Some('l' | 'd' | 'v' | 's' | 'c')) => Verdict::Weak,
        // `ā` and `ī` there: Māris and Līga, as against `voilà` and `Loïc`.
        'à' if !is_capital && after.is_some() => Verdict::Weak,
        'ï' if !is_vowel(before) => Verdict::Weak,
        // `ň`: Vaňek, as against `història`.
        'ò' if is_vowel(after) || matches!(before, Some('e' | 'a')) => Verdict::Weak,
        // `ř`: Dvořák, as against `Sørensen`.
        'ø' if is_vowel(before) && is_vowel(after) => Verdict::Bad,
        'ø' if is_vowel(before) || is_vowel(after) => Verdict::Weak,
        // `ű`: Szűcs.
        'ø' if before == Some('z') || after == Some('z') => Verdict::Weak,
        // `ć`: Petrović.
        'æ' if after.is_none() && before == Some('i') => Verdict::Bad,
        'æ' if after.is_none() => Verdict::Weak,
        // `Ć`: Ćwik.
        'æ' if is_capital && (is_vowel(after) || after == Some('w')) => Verdict::Weak,
        // `ę` of the Baltic: Kęstutis.
        'æ' if matches!(after, Some('s' | 'z')) => Verdict::Weak,
        // `ă`, `ő` and `ű`, as against `João` and `Simões`.
        'ã' if !matches!(after, Some('o' | 'e' | 's')) => Verdict::Weak,
        'õ' if after != Some('e') => Verdict::Weak,
        'û' if before == Some('y') => Verdict::Bad,
        // `ű` and `ū`: Szűcs and Rūta, as against `Brûlé` and `bûche`.
        'û' if !has_any(&CIRCUMFLEX_U) => Verdict::Weak,
        // `ā` of the Baltic: Jānis, as against `château` and `Ângela`.
        'â' if is_capital && before.is_none() && matches!(after, Some('n' | 'm' | 'g')) => {
            Verdict::Good
        }
        'â' if !matches!(after, Some('t' | 'c' | 'g' | 'b' | 'm' | 'p' | 'h' | 'q'))
            && !has_any(&["châl", "pâl", "mâl", "crân", "flân"]) =>
        {
            Verdict::Weak
        }
        // `ī` of the Baltic and `ţ` of DOS: Rīga and Moţ, as against `dîner`, `Benoît` and `Île`.
        'î' if is_consonant(after)
            && (is_vowel(before) || before.is_none() || has_any(&CIRCUMFLEX_I)) =>
        {
            Verdict::Good
        }
        'î' => Verdict::Weak,
        // `ę`: Jędrzej, Kęstutis.
        'ê' if matches!(after, Some('d' | 'b' | 'k' | 'z' | 'j' | 'g' | 's'))
            && !text().ends_with("ês") =>
        {
            Verdict::Weak
        }
        // `š` of DOS: Krešimir, Niš, as against `Koç`.
        'ç' if !is_capital
            && (matches!(after, Some('e' | 'i' | 'y'))
                || after.is_none() && before == Some('i')) =>
        {
            Verdict::Weak
        }
        // `š` of old Macs, `ń` and `õ` of DOS: Eliška, Gdańsk, Simões.
        'ä' if is_vowel(before) && before != Some('ä')
            || before == Some('y')
            || after == Some('e') =>
        {
            Verdict::Weak
        }
        // `ň` of DOS and `ć`: Plzeň, as against `Umeå`.
        'å' if is_vowel(before) && !has_any(&["meå", "teå", "leå", "geå"]) => Verdict::Weak,
        // `ß` of DOS: Weiß, Groß, Gießen.
        'á' if before == Some('o')
            || before == Some('u') && after.is_none()
            || has_any(&["eiá", "ieá", "auá", "euá", "uiá"]) =>
        {
            Verdict::Weak
        }
        // `ş` of old Macs: Ayşe, Aktaş, as against vowels together and usual stems.
        'ß' if !has_any(&SHARP_S) => Verdict::Weak,
        // `ė` of the Baltic: Jonaitė, as against `Noël` and `België`.
        'ë' if is_consonant(before) || is_capital && before.is_none() => Verdict::Weak,
        // `Ķ` of the Baltic.
        'í' if is_capital && is_vowel(after) => Verdict::Weak,
        // `ý` of old Macs: Pokorný.
        'ù' if before == Some('n') => Verdict::Weak,
        // `č`: Stankevičius, as against `Lefèvre` and `caffè`.
        'è' if is_consonant(before) && is_vowel(after) => Verdict::Weak,
        'è' if is_vowel(before) && is_vowel(after) => Verdict::Bad,
        // `č` at the end: Poreč, Třebíč.
        'è' if after.is_none()
            && matches!(before, Some('e' | 'í' | 'a' | 'o' | 'u'))
            && !has_any(&["noè", "loè"]) =>
        {
            Verdict::Weak
        }
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
