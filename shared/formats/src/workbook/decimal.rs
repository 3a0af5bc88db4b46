//! Numbers as a spreadsheet keeps them: at most 15 significant digits, never a double's noise.

use std::cmp::Ordering;

use sluice_csv::cell::KEPT_DIGITS;

/// Excel's largest number has 309 digits.
const MAX_EXPONENT: i32 = 310;

/// As many digits as are left when noise is rounded away; more are a number that has as many.
const DIGITS_WITHOUT_NOISE: usize = 12;

/// A number in its digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) is_negative: bool,
    /// Its significant digits, from 0 to 9: without zeros in front or behind, none for 0.
    digits: Vec<u8>,
    /// Where the decimal point is, as a number of places after the first digit's left side.
    point: i32,
}

/// What a cell stores as a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// The number, rounded to the digits that a spreadsheet keeps.
    pub(super) number: Decimal,
    /// Whether digits other than zeros were rounded away.
    pub(super) is_rounded: bool,
}

impl Stored {
    /// Reads the text of a number; `None` if it is not one.
    pub(super) fn read(raw: &str) -> Option<Self> {
        let (mantissa, exponent) = match raw.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (raw, 0),
        };
        let unsigned = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let places = i32::try_from(whole.len()).ok()?;
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0');
        let mut number = Decimal {
            is_negative: mantissa.starts_with('-'),
            digits: digits.collect(),
            point: places.checked_add(exponent)?,
        };
        number.normalize();
        if number.point.abs() > MAX_EXPONENT {
            return None;
        }
        let is_rounded = number.digits.len() > KEPT_DIGITS;
        number.keep(KEPT_DIGITS);
        Some(Self { number, is_rounded })
    }

    /// Whether the number has more digits before its decimal point than a spreadsheet keeps.
    pub(super) fn is_long(&self) -> bool {
        self.number.whole_digits() > KEPT_DIGITS
    }

    /// Whether digits were rounded away that were more than the noise of a calculation.
    pub(super) fn has_lost_digits(&self) -> bool {
        self.is_rounded && self.number.digits.len() > DIGITS_WITHOUT_NOISE
    }
}

impl Decimal {
    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    fn whole_digits(&self) -> usize {
        usize::try_from(self.point).unwrap_or_default()
    }

    /// The exponent of its first digit: 2 for 123.
    pub(super) fn exponent(&self) -> i32 {
        if self.is_zero() { 0 } else { self.point - 1 }
    }

    /// The number times a power of ten.
    #[must_use]
    pub(super) fn shifted(&self, places: i32) -> Self {
        let mut shifted = self.clone();
        if !shifted.is_zero() {
            shifted.point += places;
        }
        shifted
    }

    /// The number rounded to so many decimals, halves away from zero: the digits before the point,
    /// without zeros in front, and as many after it.
    pub(super) fn rounded(&self, decimals: usize) -> (Vec<u8>, Vec<u8>) {
        let mut rounded = self.clone();
        let wanted = self
            .point
            .saturating_add(i32::try_from(decimals).unwrap_or(i32::MAX));
        match usize::try_from(wanted) {
            Ok(wanted) => rounded.keep(wanted),
            Err(_) => rounded.digits.clear(),
        }
        let digit = |place: i32| {
            let index = usize::try_from(place).ok();
            index
                .and_then(|index| rounded.digits.get(index))
                .copied()
                .unwrap_or_default()
        };
        let point = if rounded.is_zero() { 0 } else { rounded.point };
        let whole = (0..point).map(digit).collect();
        let fraction = (point..).take(decimals).map(digit).collect();
        (whole, fraction)
    }

    /// The number as a double.
    pub(super) fn to_f64(&self) -> f64 {
        self.plain().parse().unwrap_or_default()
    }

    /// The number as people write it: no exponent, no needless zeros, no `-0`.
    pub(super) fn plain(&self) -> String {
        let decimals = i32::try_from(self.digits.len()).unwrap_or(i32::MAX) - self.point;
        let (whole, fraction) = self.rounded(usize::try_from(decimals).unwrap_or_default());
        let mut text = String::new();
        if self.is_negative && !self.is_zero() {
            text.push('-');
        }
        if whole.is_empty() {
            text.push('0');
        }
        text.extend(whole.iter().map(|&digit| char::from(b'0' + digit)));
        if !fraction.is_empty() {
            text.push('.');
            text.extend(fraction.iter().map(|&digit| char::from(b'0' + digit)));
        }
        text
    }

    /// Its significant digits as text.
    pub(super) fn significant(&self) -> String {
        let digits = self.digits.iter();
        digits.map(|&digit| char::from(b'0' + digit)).collect()
    }

    /// Rounds to so many significant digits.
    fn keep(&mut self, count: usize) {
        if self.digits.len() <= count {
            return;
        }
        let is_up = self.digits[count] >= 5;
        self.digits.truncate(count);
        if is_up {
            if let Some(index) = self.digits.iter().rposition(|&digit| digit < 9) {
                self.digits.truncate(index + 1);
                self.digits[index] += 1;
            } else {
                self.digits = vec![1];
                self.point += 1;
            }
        }
        self.normalize();
    }

    fn normalize(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        let zeros = self.digits.iter().take_while(|&&digit| digit == 0).count();
        self.digits.drain(..zeros);
        self.point -= i32::try_from(zeros).unwrap_or_default();
        if self.digits.is_empty() {
            self.point = 0;
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.to_f64().partial_cmp(&other.to_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(raw: &str) -> Stored {
        Stored::read(raw).unwrap_or_else(|| panic!("{raw}"))
    }

    #[test]
    fn numbers_have_no_exponents_no_noise_and_no_needless_digits() {
        let cases = [
            ("13800138000", "13800138000"),
            ("1.3800138E10", "13800138000"),
            ("42.0", "42"),
            ("434.99999999999994", "435"),
            ("1.1000000000000001", "1.1"),
            ("0.30000000000000004", "0.3"),
            ("0.1", "0.1"),
            ("1E-7", "0.0000001"),
            ("-0", "0"),
            ("-12.50", "-12.5"),
            ("007", "7"),
            ("+5", "5"),
            (".5", "0.5"),
            ("999999999999999.9", "1000000000000000"),
            ("0.00099999999999999999", "0.001"),
        ];
        for (raw, expected) in cases {
            assert_eq!(stored(raw).number.plain(), expected, "{raw}");
        }
        for raw in [
            "", "abc", "NaN", "inf", "1e999", "1 2", "1,5", "--1", ".", "1e", "0x1",
        ] {
            assert_eq!(Stored::read(raw), None, "{raw}");
        }
    }

    #[test]
    fn digits_that_are_lost_are_told_from_noise() {
        for raw in [
            "110101199003071234",
            "1.10101199003071E+17",
            "1000000000000000",
            "1E15",
        ] {
            assert!(stored(raw).is_long(), "{raw}");
        }
        assert!(stored("110101199003071234").is_rounded);
        assert!(!stored("1E15").is_rounded);
        for raw in ["999999999999999", "123456789012.345", "-1E14", "0"] {
            assert!(!stored(raw).is_long() && !stored(raw).is_rounded, "{raw}");
        }
        assert!(stored("434.99999999999994").is_rounded);
        assert!(!stored("434.99999999999994").has_lost_digits());
        assert!(stored("3.3333333333333335").has_lost_digits());
    }

    #[test]
    fn halves_are_rounded_away_from_zero_in_decimal() {
        let rounded = |raw: &str, decimals| {
            let (whole, fraction) = stored(raw).number.rounded(decimals);
            let text = |digits: Vec<u8>| -> String {
                digits
                    .iter()
                    .map(|digit| char::from(b'0' + digit))
                    .collect()
            };
            (text(whole), text(fraction))
        };
        let pair = |whole: &str, fraction: &str| (whole.to_owned(), fraction.to_owned());
        assert_eq!(rounded("1.115", 2), pair("1", "12"));
        assert_eq!(rounded("2.5", 0), pair("3", ""));
        assert_eq!(rounded("0.5", 0), pair("1", ""));
        assert_eq!(rounded("0.04", 1), pair("", "0"));
        assert_eq!(rounded("0.06", 1), pair("", "1"));
        assert_eq!(rounded("99.99", 1), pair("100", "0"));
        assert_eq!(rounded("1200", 1), pair("1200", "0"));
        assert_eq!(rounded("0.004", 2), pair("", "00"));
    }
}
