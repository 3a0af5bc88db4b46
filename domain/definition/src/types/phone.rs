//! A phone number, stored in E.164: `+8613812345678`.

use std::slice::SliceIndex;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType,
};
use sluice_basics::problem::ProblemCode;

use super::Fault;
use super::fold::fold;
use super::number::is_shortened;
use crate::conventions::Conventions;

/// E.164 has 15 digits; more stand in front of them where one dials abroad.
const MAX_DIGITS: usize = 20;
/// The digits of E.164 with the country code.
const E164_DIGITS: usize = 15;
/// Hardly a number has as many digits without its country code. Some countries have a range that takes
/// more: those of a switchboard's extensions.
const LONG_DIGITS: usize = 12;
/// As many digits behind a number are the end of it, or those of an extension or of another number.
const DOUBTFUL_DIGITS: usize = 4;
/// Fewer digits are no number that could stand beside another one.
const SECOND_NUMBER_DIGITS: usize = 7;

const ONE_NUMBER: &str = "must be one phone number: without an extension, without a second number, \
                          and without words";

/// A number of any country, or of the station's own without a country code. It must be of a range
/// that is in use, or have as many digits as the country's mobile phones: new ranges come into use
/// before a list has them, but a number with a digit too few or too many is wrong in any case.
pub(super) fn read(text: &str, conventions: &Conventions) -> Result<String, Fault> {
    if text.contains(['\n', '\r', '\t', '\u{b}', '\u{c}', '\u{2028}', '\u{2029}']) {
        return Err(fault(ONE_NUMBER));
    }
    let text = fold(text);
    if is_shortened(&text) {
        return Err(fault(
            "was shortened by a spreadsheet, and digits of it are lost: format the column as text, \
             and export it again from where the numbers are whole",
        ));
    }
    if is_negative(&text) {
        return Err(fault(not_a_phone(&text, conventions)));
    }
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let Some(written) = Written::of(&text) else {
        return Err(if digits < SECOND_NUMBER_DIGITS {
            fault(not_a_phone(&text, conventions))
        } else {
            fault(ONE_NUMBER)
        });
    };
    let dialled = written.dialled(..);
    let phones = &*PHONE_NUMBER_UTIL;
    let Ok(number) = phones.parse(&dialled, conventions.region) else {
        return Err(fault(not_a_phone(&dialled, conventions)));
    };
    let is_like_mobile = || {
        let length =
            phones.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile);
        matches!(length, Ok(NumberLengthType::IsPossible))
    };
    if written.ends_in_brackets() {
        return Err(fault(ONE_NUMBER));
    }
    if !written.has_usual_groups(&number) {
        // Only a number that is in use may be written in groups of one's own.
        if !phones.is_valid_number(&number) {
            let message = if is_like_mobile() {
                ONE_NUMBER.to_owned()
            } else {
                not_a_phone(&dialled, conventions)
            };
            return Err(fault(message));
        }
        if written.has_more_than_one(conventions, national_digits(&number)) {
            return Err(fault(ONE_NUMBER));
        }
    } else if !is_like_mobile() && !phones.is_valid_number(&number) {
        // Comparing lengths is much faster than looking for the range.
        return Err(fault(not_a_phone(&dialled, conventions)));
    }
    let e164 = phones.format(&number, PhoneNumberFormat::E164);
    if e164.len() > "+".len() + E164_DIGITS {
        return Err(fault(ONE_NUMBER));
    }
    Ok(e164.into_owned())
}

/// How many digits a number has without its country code.
fn national_digits(number: &PhoneNumber) -> usize {
    let e164 = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::E164);
    let code = number.country_code.to_string();
    e164.len().saturating_sub("+".len() + code.len())
}

/// Whether a text is a number below zero: a formula has subtracted something, as of `=0-13800138000`.
fn is_negative(text: &str) -> bool {
    let number = text.trim().strip_prefix('-');
    number.is_some_and(|number| {
        number.starts_with(|first: char| first.is_ascii_digit())
            && number.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    })
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(ProblemCode::NotAPhone, message)
}

/// A number as it is written: its digits, and what stands between them.
struct Written<'a> {
    has_plus: bool,
    groups: Vec<Group<'a>>,
    /// What stands behind the last digit.
    end: &'a str,
}

struct Group<'a> {
    /// What stands in front of it.
    separator: &'a str,
    digits: &'a str,
}

impl<'a> Written<'a> {
    /// None if there is anything else than what people put between digits.
    fn of(text: &'a str) -> Option<Self> {
        let text = text.split_once('.').map_or(text, |(digits, decimals)| {
            // A number column has made `13812345678.0` of it.
            let is_number = digits.bytes().all(|b| b.is_ascii_digit());
            let is_whole = !decimals.is_empty() && decimals.bytes().all(|b| b == b'0');
            if is_number && is_whole { digits } else { text }
        });
        let mut written = Self {
            has_plus: false,
            groups: Vec::new(),
            end: text,
        };
        let mut digits = 0;
        while let Some(start) = written.end.find(|c: char| c.is_ascii_digit()) {
            let (separator, rest) = written.end.split_at(start);
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let (group, rest) = rest.split_at(end.unwrap_or(rest.len()));
            let is_first = written.groups.is_empty();
            written.has_plus |= is_first && separator.contains('+');
            if !is_separator(separator, is_first) {
                return None;
            }
            digits += group.len();
            written.end = rest;
            written.groups.push(Group {
                separator,
                digits: group,
            });
        }
        let is_number = is_separator(written.end, false) && digits <= MAX_DIGITS;
        is_number.then_some(written)
    }

    /// Some groups as they are dialled.
    fn dialled(&self, groups: impl SliceIndex<[Group<'a>], Output = [Group<'a>]>) -> String {
        let digits = self.groups[groups].iter().map(|group| group.digits);
        let plus = if self.has_plus { "+" } else { "" };
        std::iter::once(plus).chain(digits).collect()
    }

    /// Whether the number is written as one run of digits, or in the groups in which it usually is.
    fn has_usual_groups(&self, number: &PhoneNumber) -> bool {
        let Some(last) = self.groups.last() else {
            return true;
        };
        let usual = PHONE_NUMBER_UTIL.format(number, PhoneNumberFormat::International);
        let usual: Vec<&str> = usual
            .split(|c: char| !c.is_ascii_digit())
            .filter(|group| !group.is_empty())
            // The country code.
            .skip(1)
            .collect();
        if last.digits.ends_with(&usual.concat()) {
            return true;
        }
        let Some((first, others)) = usual.split_first() else {
            return false;
        };
        let written: Vec<&str> = self.groups.iter().map(|group| group.digits).collect();
        let Some(before) = written.len().checked_sub(others.len() + 1) else {
            return false;
        };
        written[before].ends_with(first) && written[before + 1..] == *others
    }

    /// Whether the last digits alone stand in brackets: no number ends so, but an extension stands there.
    fn ends_in_brackets(&self) -> bool {
        let last = self.groups.last();
        self.groups.len() > 1
            && self.end.contains(')')
            && last.is_some_and(|last| last.separator.contains('('))
    }

    /// Whether the digits seem to be those of a number and of something else: of its extension, of
    /// another one, or of another one's last digits. The number that all of them make has as many
    /// without its country code.
    fn has_more_than_one(&self, conventions: &Conventions, digits: usize) -> bool {
        let is_valid = |dialled: &str| {
            let number = PHONE_NUMBER_UTIL.parse(dialled, conventions.region);
            number.is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
        };
        let last = self.groups.len() - 1;
        (1..=last).any(|cut| {
            let (before, group) = (&self.groups[cut - 1], &self.groups[cut]);
            let (length, length_before) = (group.digits.len(), before.digits.len());
            let is_short_end = cut == last && length <= 3;
            let is_apart = length == 1 || length_before >= 6 || self.end.contains(')');
            if is_short_end && is_apart {
                return true;
            }
            if !is_valid(&self.dialled(..cut)) {
                return false;
            }
            let rest = self.dialled(cut..);
            let is_second = rest.len() >= SECOND_NUMBER_DIGITS && is_valid(&rest);
            is_second
                || digits >= LONG_DIGITS && rest.len() >= DOUBTFUL_DIGITS
                || group.separator.contains('/')
                || is_short_end && length <= 2 && length < length_before
        })
    }
}

/// Whether a text is what people put between digits, or before the first of them.
fn is_separator(text: &str, is_first: bool) -> bool {
    let is_between = |c: char| {
        matches!(
            c,
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2012}'..='\u{2015}' | '·'
        )
    };
    let pluses = text.chars().filter(|c| *c == '+').count();
    text.chars().all(|c| c == '+' || is_between(c)) && pluses <= usize::from(is_first)
}

/// What would be right, as far as that is known.
fn not_a_phone(text: &str, conventions: &Conventions) -> String {
    match (&conventions.region, text.starts_with('+')) {
        (_, true) => "must be a phone number with all its digits, such as +8613812345678".into(),
        (None, false) => {
            "must be a phone number with + and its country code, such as +8613812345678".into()
        }
        (Some(_), false) => format!(
            "must be a phone number of {} with all its digits, or one with + and its country \
             code, such as +8613812345678",
            conventions.country
        ),
    }
}
