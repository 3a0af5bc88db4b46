//! A phone number, stored in E.164: `+8613812345678`.

use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

use super::Fault;
use super::fold::fold;
use super::number::is_shortened;
use crate::definition::conventions::Conventions;
use crate::definition::problem::ProblemCode;

/// E.164 has 15 digits; more stand in front of them where one dials abroad.
const MAX_DIGITS: usize = 20;

/// A number of any country, or of the station's own without a country code. It must be of a range
/// that is in use, or have as many digits as the country's mobile phones: new ranges come into use
/// before a list has them, but a number with a digit too few or too many is wrong in any case.
pub(super) fn read(text: &str, conventions: &Conventions) -> Result<String, Fault> {
    let text = fold(text);
    if is_shortened(&text) {
        return Err(fault(
            "was shortened by a spreadsheet, and digits of it are lost: format the column as text, \
             and export it again from where the numbers are whole",
        ));
    }
    let dialled = dialled(&text).ok_or_else(|| fault(not_a_phone(&text, conventions)))?;
    let phones = &*PHONE_NUMBER_UTIL;
    let Ok(number) = phones.parse(&dialled, conventions.region) else {
        return Err(fault(not_a_phone(&dialled, conventions)));
    };
    let is_like_mobile = || {
        let length =
            phones.is_possible_number_for_type_with_reason(&number, PhoneNumberType::Mobile);
        matches!(length, Ok(NumberLengthType::IsPossible))
    };
    // Comparing lengths is much faster than looking for the range.
    if !is_like_mobile() && !phones.is_valid_number(&number) {
        return Err(fault(not_a_phone(&dialled, conventions)));
    }
    let e164 = phones.format(&number, PhoneNumberFormat::E164);
    Ok(e164.into_owned())
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(ProblemCode::NotAPhone, message)
}

/// The digits, with a `+` if there was one in front of them. None if there is anything else than
/// what people put between digits.
fn dialled(text: &str) -> Option<String> {
    let text = text.split_once('.').map_or(text, |(digits, decimals)| {
        // A number column has made `13812345678.0` of it.
        let is_number = digits.bytes().all(|b| b.is_ascii_digit());
        let is_whole = !decimals.is_empty() && decimals.bytes().all(|b| b == b'0');
        if is_number && is_whole { digits } else { text }
    });
    let mut dialled = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '0'..='9' => dialled.push(c),
            '+' if dialled.is_empty() => dialled.push(c),
            ' ' | '-' | '(' | ')' | '.' | '/' | '\u{2012}'..='\u{2015}' | '·' => {}
            _ => return None,
        }
        if dialled.len() > MAX_DIGITS {
            return None;
        }
    }
    Some(dialled)
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
