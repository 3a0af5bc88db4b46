//! Whether a section of a number format makes a date or a time of a number. Only that is read here
//! of the codes (ECMA-376 part 1, 18.8.30 and 18.8.31).

use std::iter::Peekable;
use std::str::Chars;

/// What kind of value is shown for a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// The number.
    #[default]
    Number,
    /// A date.
    Date,
    /// A time of day; with fractions of seconds or without.
    Time { fractions: bool },
    /// Both.
    DateTime { fractions: bool },
    /// Hours past 24.
    Elapsed { fractions: bool },
    /// A date or a time: formats that mean one or the other by the country.
    DateOrTime,
}

impl NumberFormat {
    /// The format of a number that needs no code.
    pub(super) fn of_id(id: u32) -> Self {
        let fractions = false;
        match id {
            14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Date,
            18..=21 | 32 | 33 | 45 => Self::Time { fractions },
            22 => Self::DateTime { fractions },
            46 => Self::Elapsed { fractions },
            47 => Self::Time { fractions: true },
            34 | 35 | 55 | 56 | 71..=81 => Self::DateOrTime,
            _ => Self::Number,
        }
    }

    /// Returns the format of one section of a code, such as `yyyy\-mm\-dd`: `Number` if it is for
    /// numbers, or has letters in it that are not known.
    pub(super) fn of_section(code: &str) -> Self {
        let marks = Marks::of(code);
        if marks.unknown {
            Self::Number
        } else {
            marks.format()
        }
    }
}

/// What a code has in it.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each may stand with each")]
struct Marks {
    date: bool,
    time: bool,
    elapsed: bool,
    fractions: bool,
    /// Digits, or letters that mean nothing.
    unknown: bool,
}

impl Marks {
    fn of(code: &str) -> Self {
        let mut marks = Self::default();
        let mut last = None;
        let mut rest = code.chars().peekable();
        while let Some(character) = rest.next() {
            let letter = character.to_ascii_lowercase();
            match letter {
                ';' => break,
                '"' => skip_past('"', &mut rest),
                '\\' | '_' | '*' => {
                    rest.next();
                }
                '[' => marks.elapsed |= is_elapsed(&mut rest),
                // `General`, and `AM/PM` or `A/P`.
                'g' if skip_if(&mut rest, "eneral") => {}
                'a' if skip_if(&mut rest, "m/pm") || skip_if(&mut rest, "/p") => marks.time = true,
                // A day of the week, in East Asia.
                'a' if skip_if(&mut rest, "aaa") || skip_if(&mut rest, "aa") => marks.date = true,
                'e' if next_is(&mut rest, '+') || next_is(&mut rest, '-') => {}
                'y' | 'd' | 'e' | 'g' | 'b' => marks.date = true,
                'h' => marks.time = true,
                's' => {
                    marks.time = true;
                    marks.fractions |= has_fractions(&mut rest);
                }
                'm' => {
                    let mut length = 1;
                    while rest
                        .next_if(|next| next.eq_ignore_ascii_case(&'m'))
                        .is_some()
                    {
                        length += 1;
                    }
                    // Minutes only beside hours or seconds.
                    let is_minutes = length < 3 && (last == Some('h') || before_seconds(&rest));
                    marks.date |= !is_minutes;
                    marks.time |= is_minutes;
                }
                '0' | '#' | '?' => marks.unknown = true,
                _ => marks.unknown |= letter.is_ascii_alphabetic(),
            }
            if letter.is_ascii_alphabetic() {
                last = Some(letter);
            }
        }
        marks
    }

    fn format(&self) -> NumberFormat {
        let fractions = self.fractions;
        match self {
            Self { elapsed: true, .. } => NumberFormat::Elapsed { fractions },
            Self {
                date: true,
                time: true,
                ..
            } => NumberFormat::DateTime { fractions },
            Self { date: true, .. } => NumberFormat::Date,
            Self { time: true, .. } => NumberFormat::Time { fractions },
            _ => NumberFormat::Number,
        }
    }
}

fn next_is(rest: &mut Peekable<Chars<'_>>, wanted: char) -> bool {
    rest.peek()
        .is_some_and(|next| next.eq_ignore_ascii_case(&wanted))
}

fn skip_if(rest: &mut Peekable<Chars<'_>>, word: &str) -> bool {
    let mut after = rest.clone();
    let is_next = word.chars().all(|letter| {
        after
            .next_if(|next| next.eq_ignore_ascii_case(&letter))
            .is_some()
    });
    if is_next {
        *rest = after;
    }
    is_next
}

fn skip_past(end: char, rest: &mut Peekable<Chars<'_>>) {
    rest.find(|character| *character == end);
}

/// Reads up to a `]`: `[h]`, `[mm]`, `[ss]`, as against a colour, a condition or a country.
fn is_elapsed(rest: &mut Peekable<Chars<'_>>) -> bool {
    let inner: String = rest.take_while(|character| *character != ']').collect();
    let is_unit = |unit: char| inner.chars().all(|c| c.eq_ignore_ascii_case(&unit));
    !inner.is_empty() && ['h', 'm', 's'].into_iter().any(is_unit)
}

/// After the first of seconds: reads the others, and whether `.0` follows.
fn has_fractions(rest: &mut Peekable<Chars<'_>>) -> bool {
    while rest
        .next_if(|next| next.eq_ignore_ascii_case(&'s'))
        .is_some()
    {}
    let has_fractions = rest.next_if_eq(&'.').is_some() && next_is(rest, '0');
    while has_fractions && rest.next_if_eq(&'0').is_some() {}
    has_fractions
}

/// Whether seconds are what is shown next.
fn before_seconds(rest: &Peekable<Chars<'_>>) -> bool {
    rest.clone()
        .find(|character| character.is_ascii_alphabetic() || matches!(character, '[' | ';'))
        .is_some_and(|next| next.eq_ignore_ascii_case(&'s'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_apart() {
        let time = NumberFormat::Time { fractions: false };
        let date_time = NumberFormat::DateTime { fractions: false };
        let elapsed = NumberFormat::Elapsed { fractions: false };
        let cases = [
            ("General", NumberFormat::Number),
            ("", NumberFormat::Number),
            ("0", NumberFormat::Number),
            ("0.00", NumberFormat::Number),
            ("#,##0.00 \"days\"", NumberFormat::Number),
            ("[Red]0.00;[Blue]-0.00", NumberFormat::Number),
            ("0.00E+00", NumberFormat::Number),
            ("##0.0e-0", NumberFormat::Number),
            ("0%", NumberFormat::Number),
            ("\\d0", NumberFormat::Number),
            ("_-* #,##0.00_-", NumberFormat::Number),
            ("@", NumberFormat::Number),
            ("[$€-407] #,##0.00", NumberFormat::Number),
            ("[DBNum1]General", NumberFormat::Number),
            ("00000", NumberFormat::Number),
            ("yyyy-mm-dd", NumberFormat::Date),
            ("yyyy\\-mm\\-dd;@", NumberFormat::Date),
            ("yyyy\"年\"m\"月\"d\"日\"", NumberFormat::Date),
            ("[$-F800]dddd, mmmm dd, yyyy", NumberFormat::Date),
            ("[$-404]e/m/d", NumberFormat::Date),
            ("[$-411]ge.m.d", NumberFormat::Date),
            ("yyyy/m/d aaaa", NumberFormat::Date),
            ("Standard", NumberFormat::Number),
            ("JJJJ-MM-TT", NumberFormat::Number),
            ("0yyyy", NumberFormat::Number),
            ("mmm", NumberFormat::Date),
            ("mm", NumberFormat::Date),
            ("h:mm", time),
            ("h:mm AM/PM", time),
            ("mm:ss", time),
            ("上午/下午h\"时\"mm\"分\"", time),
            ("mm:ss.0", NumberFormat::Time { fractions: true }),
            ("[h]:mm:ss", elapsed),
            ("[mm]:ss", elapsed),
            ("m/d/yy h:mm", date_time),
            ("yyyy-mm-dd\\ hh:mm:ss", date_time),
            (
                "d.m.yyyy h:mm:ss.000",
                NumberFormat::DateTime { fractions: true },
            ),
            ("\"unclosed yyyy", NumberFormat::Number),
            ("[unclosed", NumberFormat::Number),
        ];
        for (code, format) in cases {
            assert_eq!(NumberFormat::of_section(code), format, "{code}");
        }
    }
}
