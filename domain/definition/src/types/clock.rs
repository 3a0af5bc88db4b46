//! The parts of dates and times that people write: a date first, then a time of day, then an
//! offset.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;
use sluice_basics::problem::ProblemCode;
use sluice_basics::station::DateOrder;

use super::Fault;

/// What to write, for messages.
pub(super) const NOT_A_DATE: &str = "must be a date such as 2026-01-31";
const LONG_YEAR: &str = "write the year with four digits, such as 2026-01-31";
const NO_SUCH_DAY: &str = "is no day of the calendar";
const EITHER_ORDER: &str = "may begin with the day or the month: write the year first, such as \
                            2026-01-31, or set the station's date order";
const SERIAL: &str = "is a spreadsheet's number for a day: format the column as a date such as \
                      2026-01-31, and export it again";

/// A time of day, and its offset from UTC if it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) time: Time,
    pub(super) offset: Option<Offset>,
}

fn fault(message: &str) -> Fault {
    Fault::new(ProblemCode::NotADate, message)
}

/// Digits at the beginning, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at(end)
}

/// A number of one or two digits at the beginning, and what follows.
fn short_number(text: &str) -> Option<(i8, &str)> {
    let (number, rest) = digits(text);
    match number.len() {
        1 | 2 => Some((number.parse().ok()?, rest)),
        _ => None,
    }
}

/// The date at the beginning, and what follows it. The year may be anywhere where the order says
/// so, and has four digits.
pub(super) fn split_date(text: &str, order: DateOrder) -> Result<(Date, &str), Fault> {
    if let Some(named) = named_month(text) {
        let (year, month, day, rest) = named?;
        let date = Date::new(year, month, day).map_err(|_| fault(NO_SUCH_DAY))?;
        return Ok((plausible(date)?, rest));
    }
    let (first, rest) = digits(text);
    let (year, month, day, rest) = match first.len() {
        8 => (
            &first[..4],
            number(&first[4..6])?,
            number(&first[6..])?,
            rest,
        ),
        4 => {
            let (month, day, rest) = month_and_day(rest).ok_or_else(|| fault(NOT_A_DATE))?;
            (first, month, day, rest)
        }
        1 | 2 => {
            let (second, year, rest) = year_last(rest)?;
            let first = number(first)?;
            match order {
                // Of these only one order is a day of the calendar.
                DateOrder::YearFirst if first > 12 || first == second => {
                    (year, second, first, rest)
                }
                DateOrder::YearFirst if second > 12 => (year, first, second, rest),
                DateOrder::YearFirst => return Err(fault(EITHER_ORDER)),
                DateOrder::DayFirst => (year, second, first, rest),
                DateOrder::MonthFirst => (year, first, second, rest),
            }
        }
        5 if rest.is_empty() => return Err(fault(SERIAL)),
        _ => return Err(fault(NOT_A_DATE)),
    };
    let year = year.parse().map_err(|_| fault(NOT_A_DATE))?;
    let date = Date::new(year, month, day).map_err(|_| fault(NO_SUCH_DAY))?;
    Ok((plausible(date)?, rest))
}

fn number(digits: &str) -> Result<i8, Fault> {
    digits.parse().map_err(|_| fault(NOT_A_DATE))
}

/// Refuses what a year of two digits becomes where it is read as it stands.
pub(super) fn plausible(date: Date) -> Result<Date, Fault> {
    match date.year() {
        1000.. => Ok(date),
        _ => Err(fault(LONG_YEAR)),
    }
}

/// What follows a year: `-1-31`, `/1/31`, `.1.31` or `年1月31日`.
fn month_and_day(text: &str) -> Option<(i8, i8, &str)> {
    let rest = text.trim_start_matches(' ');
    if let Some(rest) = rest.strip_prefix('年') {
        let (month, rest) = short_number(rest.trim_start_matches(' '))?;
        let rest = rest.trim_start_matches(' ').strip_prefix('月')?;
        let (day, rest) = short_number(rest.trim_start_matches(' '))?;
        let end = rest.trim_start_matches(' ');
        let rest = end.strip_prefix(['日', '号']).unwrap_or(rest);
        return Some((month, day, rest));
    }
    let separator = text.chars().next().filter(|c| "-/.".contains(*c))?;
    let (month, rest) = short_number(&text[1..])?;
    let (day, rest) = short_number(rest.strip_prefix(separator)?)?;
    Some((month, day, rest))
}

/// What follows a day or a month: `/12/2026`, `.12.2026` or `-12-2026`.
fn year_last(text: &str) -> Result<(i8, &str, &str), Fault> {
    let parts = || {
        let separator = text.chars().next().filter(|c| "-/.".contains(*c))?;
        let (second, rest) = short_number(&text[1..])?;
        let (year, rest) = digits(rest.strip_prefix(separator)?);
        Some((second, year, rest))
    };
    let (second, year, rest) = parts().ok_or_else(|| fault(NOT_A_DATE))?;
    match year.len() {
        4 => Ok((second, year, rest)),
        1 | 2 => Err(fault(LONG_YEAR)),
        _ => Err(fault(NOT_A_DATE)),
    }
}

/// The months by the letters that they begin with, which is how they are shortened.
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The year, the month and the day of a date, and what follows it.
type Parts<'t> = (i16, i8, i8, &'t str);

/// A date with its month as an English word, in any order: `31-Dec-1990`, `Dec 31, 1990`,
/// `1990 December 31`. None if there is no such word where a month may stand.
fn named_month(text: &str) -> Option<Result<Parts<'_>, Fault>> {
    if let Some((month, rest)) = month_name(text) {
        let parts = || {
            let (day, rest) = day_of_month(after_separator(rest)?)?;
            let (year, rest) = digits(after_separator(rest)?);
            Some((year, month, day, rest))
        };
        return Some(checked_year(parts()));
    }
    let (first, rest) = digits(text);
    let rest = ordinal(rest).unwrap_or(rest);
    let (month, rest) = month_name(rest.trim_start_matches([' ', '-', '/', '.', ',']))?;
    let parts = || {
        let rest = rest.trim_start_matches([' ', '-', '/', '.', ',']);
        if first.len() > 2 {
            let (day, rest) = day_of_month(rest)?;
            return Some((first, month, day, rest));
        }
        let (year, rest) = digits(rest);
        Some((year, month, first.parse().ok()?, rest))
    };
    Some(checked_year(parts()))
}

fn checked_year<'t>(parts: Option<(&str, i8, i8, &'t str)>) -> Result<Parts<'t>, Fault> {
    let (year, month, day, rest) = parts.ok_or_else(|| fault(NOT_A_DATE))?;
    match year.len() {
        4 => {
            let year = year.parse().map_err(|_| fault(NOT_A_DATE))?;
            Ok((year, month, day, rest))
        }
        1 | 2 => Err(fault(LONG_YEAR)),
        _ => Err(fault(NOT_A_DATE)),
    }
}

/// The month that a text begins with the name of, in full or shortened, and what follows.
fn month_name(text: &str) -> Option<(i8, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let word = word.to_ascii_lowercase();
    let word = if word == "sept" { "september" } else { &word };
    let is_it = |(_, month): &(i8, &&str)| word == **month || word == &month[..3];
    let (number, _) = (1..).zip(&MONTHS).find(is_it)?;
    Some((number, rest))
}

/// A day such as `31` or `31st` at the beginning, and what follows.
fn day_of_month(text: &str) -> Option<(i8, &str)> {
    let (day, rest) = short_number(text)?;
    Some((day, ordinal(rest).unwrap_or(rest)))
}

/// What follows the ending of a number such as `1st`.
fn ordinal(text: &str) -> Option<&str> {
    let (ending, rest) = text.split_at_checked(2)?;
    let is_ending = ["st", "nd", "rd", "th"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known));
    (is_ending && !rest.starts_with(|c: char| c.is_alphanumeric())).then_some(rest)
}

/// What follows signs between the parts of a date, if there are any.
fn after_separator(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches([' ', '-', '/', '.', ',']);
    (rest.len() < text.len()).then_some(rest)
}

/// The time of day in what follows a date; there must be nothing else.
pub(super) fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let text = text.strip_prefix(['T', 't']).unwrap_or(text);
    let (before, text) = split_half(text.trim_start_matches(' '));
    let (hour, text) = short_number(text.trim_start_matches(' '))?;
    let (minute, text) = two_digits(text.strip_prefix(':')?)?;
    let (mut second, mut nanosecond, mut text) = (0, 0, text);
    if let Some(rest) = text.strip_prefix(':') {
        (second, text) = two_digits(rest)?;
        if let Some(rest) = text.strip_prefix(['.', ',']) {
            (nanosecond, text) = fraction(rest)?;
        }
    }
    let (after, text) = split_half(text.trim_start_matches(' '));
    let half = match (before, after) {
        (Some(_), Some(_)) => return None,
        (before, after) => before.or(after),
    };
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(Half::Morning) => hour % 12,
        Some(Half::Afternoon) => hour % 12 + 12,
    };
    Some(TimeOfDay {
        time: Time::new(hour, minute, second, nanosecond).ok()?,
        offset: offset(text.trim_start_matches(' '))?,
    })
}

/// The halves of a day.
#[derive(Clone, Copy)]
enum Half {
    Morning,
    Afternoon,
}

fn split_half(text: &str) -> (Option<Half>, &str) {
    let words = [
        ("am", Half::Morning),
        ("上午", Half::Morning),
        ("pm", Half::Afternoon),
        ("下午", Half::Afternoon),
    ];
    for (word, half) in words {
        if let Some((start, rest)) = text.split_at_checked(word.len())
            && start.eq_ignore_ascii_case(word)
        {
            return (Some(half), rest);
        }
    }
    (None, text)
}

fn two_digits(text: &str) -> Option<(i8, &str)> {
    let (number, rest) = digits(text);
    match number.len() {
        2 => Some((number.parse().ok()?, rest)),
        _ => None,
    }
}

/// The decimals of a second as nanoseconds.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let (decimals, rest) = digits(text);
    match decimals.len() {
        1..=9 => Some((format!("{decimals:0<9}").parse().ok()?, rest)),
        _ => None,
    }
}

/// The offset that a text is, if any: `Z`, `+08:00`, `+0800` or `+08`.
#[expect(
    clippy::option_option,
    reason = "what is no offset differs from there being none"
)]
fn offset(text: &str) -> Option<Option<Offset>> {
    if text.is_empty() {
        return Some(None);
    }
    if text.eq_ignore_ascii_case("z") {
        return Some(Some(Offset::UTC));
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..]);
    let (hours, minutes) = match (hours.len(), rest) {
        (2, "") => (hours, "0"),
        (4, "") => hours.split_at(2),
        (2, rest) => (
            hours,
            rest.strip_prefix(':')
                .filter(|minutes| minutes.len() == 2)?,
        ),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 18 || !(0..60).contains(&minutes) {
        return None;
    }
    Some(Some(
        Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()?,
    ))
}
