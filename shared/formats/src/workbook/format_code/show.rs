//! What a cell shows: a number or a text in the items of the section that is for it.

use std::fmt::Write;

use super::{Condition, FormatCode, Item, Operator, Section};
use crate::workbook::decimal::Decimal;
use crate::workbook::number_format::NumberFormat;

/// The longest denominator is of four digits.
const MAX_DENOMINATOR_DIGITS: usize = 4;

impl FormatCode {
    /// Returns what a cell with this text shows; `None` if that is not known.
    pub(in crate::workbook) fn show_text(&self, text: &str) -> Option<String> {
        let Some(section) = &self.text else {
            return Some(text.to_owned());
        };
        let mut shown = String::new();
        for item in section.items.as_ref()? {
            match item {
                Item::Literal(literal) => shown.push(*literal),
                Item::Text => shown.push_str(text),
                _ => return None,
            }
        }
        Some(shown)
    }

    /// Returns as what a cell with this number shows it, if that is a date or a time. A sign that the
    /// code leaves out is not known.
    pub(in crate::workbook) fn date_for(&self, number: &Decimal) -> Option<NumberFormat> {
        let (section, has_sign) = self.section_for(number)?;
        section.date.filter(|_| has_sign || !number.is_negative)
    }

    /// Returns what a cell with this number shows; `None` if that is not known.
    pub(in crate::workbook) fn show(&self, number: &Decimal) -> Option<String> {
        let (section, has_sign) = self.section_for(number)?;
        let items = section.items.as_ref()?;
        let mut shown = String::new();
        if has_sign && number.is_negative && !number.is_zero() {
            shown.push('-');
        }
        let has = |wanted: fn(&Item) -> bool| items.iter().any(wanted);
        if has(|item| matches!(item, Item::General | Item::Text)) {
            show_general(items, number, &mut shown)?;
        } else if let Some(place) = items
            .iter()
            .position(|item| matches!(item, Item::Exponent { .. }))
        {
            show_scientific(items, place, number, &mut shown)?;
        } else if let Some(place) = fraction_slash(items) {
            show_fraction(items, place, number, &mut shown)?;
        } else {
            Pattern::read(items)?.show(number, &mut shown)?;
        }
        Some(shown.trim().to_owned())
    }

    /// The section for a number, and whether a minus sign is shown with it: not in a section that
    /// is for negative numbers alone.
    fn section_for(&self, number: &Decimal) -> Option<(&Section, bool)> {
        let sections = &self.numbers;
        if sections.iter().any(|section| section.condition.is_some()) {
            return self.section_by_condition(number);
        }
        let is_negative = number.is_negative && !number.is_zero();
        let section = match (sections.as_slice(), is_negative, number.is_zero()) {
            ([], ..) => return None,
            ([only], ..) => return Some((only, true)),
            // What is shown where the section for negative numbers is left empty, is not known.
            ([_, negative], true, _) if negative.is_empty() => return None,
            ([_, negative, ..], true, _) => negative,
            ([_, _, zero, ..], false, true) => zero,
            ([positive, ..], ..) => positive,
        };
        Some((section, false))
    }

    fn section_by_condition(&self, number: &Decimal) -> Option<(&Section, bool)> {
        let sections = &self.numbers;
        let is_negative = number.is_negative && !number.is_zero();
        for (index, section) in sections.iter().enumerate() {
            let is_last = index + 1 == sections.len();
            let Some(condition) = &section.condition else {
                // Without a condition the first is for positive numbers, the second for negative
                // ones and the last for all others.
                let is_for = match index {
                    _ if is_last && index > 0 => true,
                    0 => !is_negative && !number.is_zero(),
                    _ => is_negative,
                };
                if is_for {
                    // Whether a sign is shown there depends on the other sections.
                    return (!is_negative).then_some((section, true));
                }
                continue;
            };
            if condition.holds(number) {
                let is_for_negative =
                    matches!(condition.operator, Operator::Less | Operator::LessOrEqual)
                        && (condition.operand.is_negative || condition.operand.is_zero());
                return (!is_negative || is_for_negative).then_some((section, false));
            }
        }
        None
    }
}

impl Condition {
    fn holds(&self, number: &Decimal) -> bool {
        let (number, operand) = (number.to_f64(), self.operand.to_f64());
        match self.operator {
            Operator::Less => number < operand,
            Operator::LessOrEqual => number <= operand,
            Operator::Greater => number > operand,
            Operator::GreaterOrEqual => number >= operand,
            Operator::Equal => number.total_cmp(&operand).is_eq(),
            Operator::NotEqual => number.total_cmp(&operand).is_ne(),
        }
    }
}

/// The number in all its digits, with literal text around it.
fn show_general(items: &[Item], number: &Decimal, shown: &mut String) -> Option<()> {
    let plain = number.plain();
    let mut is_shown = false;
    for item in items {
        match item {
            Item::Literal(literal) => shown.push(*literal),
            Item::General | Item::Text if !is_shown => {
                shown.push_str(plain.trim_start_matches('-'));
                is_shown = true;
            }
            _ => return None,
        }
    }
    Some(())
}

/// The items of digits with what stands between them.
#[derive(Debug)]
struct Pattern<'a> {
    whole: &'a [Item],
    /// With the point.
    fraction: &'a [Item],
    /// By how many powers of ten the number is shown larger.
    shift: i32,
    is_grouped: bool,
}

impl<'a> Pattern<'a> {
    fn read(items: &'a [Item]) -> Option<Self> {
        let is_digit = |item: &Item| matches!(item, Item::Digit(_));
        let point = items.iter().position(|item| *item == Item::Point);
        let (whole, fraction) = items.split_at(point.unwrap_or(items.len()));
        if fraction.iter().skip(1).any(|item| *item == Item::Point) {
            return None;
        }
        let mut shift = 0;
        let mut is_grouped = false;
        for part in [whole, fraction] {
            let first = part.iter().position(is_digit);
            let last = part.iter().rposition(is_digit);
            for (index, _) in part
                .iter()
                .enumerate()
                .filter(|(_, item)| **item == Item::Comma)
            {
                match (first, last) {
                    (Some(first), Some(last)) if first < index && index < last => {
                        is_grouped = true;
                    }
                    // Directly behind the digits.
                    (_, Some(last))
                        if last < index
                            && part[last + 1..index]
                                .iter()
                                .all(|item| *item == Item::Comma) =>
                    {
                        shift -= 3;
                    }
                    // It may be a literal, or mean something else.
                    _ => return None,
                }
            }
        }
        let percents = items.iter().filter(|item| **item == Item::Percent).count();
        shift += 2 * i32::try_from(percents).ok()?;
        Some(Self {
            whole,
            fraction,
            shift,
            is_grouped,
        })
    }

    fn decimals(&self) -> usize {
        digits_in(self.fraction)
    }

    fn show(&self, number: &Decimal, shown: &mut String) -> Option<()> {
        let (whole, fraction) = number.shifted(self.shift).rounded(self.decimals());
        self.show_whole(&whole, shown)?;
        self.show_fraction(&whole, &fraction, shown)
    }

    fn show_whole(&self, digits: &[u8], shown: &mut String) -> Option<()> {
        let mut places = digits_in(self.whole);
        // More digits than places stand at the first of them.
        let mut next = digits.len().max(places);
        for item in self.whole {
            match item {
                Item::Digit(placeholder) => {
                    places -= 1;
                    while next > places {
                        next -= 1;
                        let digit = digits
                            .len()
                            .checked_sub(next + 1)
                            .map(|index| digits[index]);
                        match (digit, placeholder) {
                            (Some(digit), _) => shown.push(char::from(b'0' + digit)),
                            (None, '0') => shown.push('0'),
                            (None, '?') => shown.push(' '),
                            (None, _) => continue,
                        }
                        if self.is_grouped && next > 0 && next.is_multiple_of(3) {
                            shown.push(if digit.is_none() && *placeholder == '?' {
                                ' '
                            } else {
                                ','
                            });
                        }
                    }
                }
                item => show_literal(item, shown)?,
            }
        }
        Some(())
    }

    fn show_fraction(&self, whole: &[u8], digits: &[u8], shown: &mut String) -> Option<()> {
        let significant = digits.iter().rposition(|&digit| digit > 0);
        let mut place = 0;
        for item in self.fraction {
            match item {
                Item::Point => {
                    if digits_in(self.whole) == 0 {
                        shown.extend(whole.iter().map(|&digit| char::from(b'0' + digit)));
                    }
                    shown.push('.');
                }
                Item::Digit(placeholder) => {
                    let is_needed = significant.is_some_and(|last| place <= last);
                    match placeholder {
                        _ if is_needed => shown.push(char::from(b'0' + digits[place])),
                        '0' => shown.push('0'),
                        '?' => shown.push(' '),
                        _ => {}
                    }
                    place += 1;
                }
                item => show_literal(item, shown)?,
            }
        }
        Some(())
    }
}

fn digits_in(items: &[Item]) -> usize {
    let digits = items.iter().filter(|item| matches!(item, Item::Digit(_)));
    digits.count()
}

fn show_literal(item: &Item, shown: &mut String) -> Option<()> {
    match item {
        Item::Literal(literal) => shown.push(*literal),
        Item::Percent => shown.push('%'),
        Item::Slash => shown.push('/'),
        // Grouping and scaling.
        Item::Comma => {}
        _ => return None,
    }
    Some(())
}

/// `0.00E+00`, and `##0.0E+0`, where the exponent is a multiple of three.
fn show_scientific(
    items: &[Item],
    place: usize,
    number: &Decimal,
    shown: &mut String,
) -> Option<()> {
    let (mantissa, exponent) = (&items[..place], &items[place + 1..]);
    let pattern = Pattern::read(mantissa)?;
    if pattern.shift != 0 || pattern.is_grouped {
        return None;
    }
    let digits = i32::try_from(digits_in(pattern.whole)).ok()?;
    let has_optional = pattern.whole.contains(&Item::Digit('#'));
    if digits == 0 || (digits > 1 && !has_optional) || exponent.is_empty() {
        return None;
    }
    let all_digits = exponent
        .iter()
        .all(|item| matches!(item, Item::Digit('0' | '#')));
    if !all_digits {
        return None;
    }
    let mut power = number.exponent().div_euclid(digits) * digits;
    let (whole, _) = number.shifted(-power).rounded(pattern.decimals());
    if i32::try_from(whole.len()).ok()? > digits {
        power += digits;
    }
    pattern.show(&number.shifted(-power), shown)?;
    let Item::Exponent { plus } = items[place] else {
        return None;
    };
    shown.push('E');
    if power < 0 {
        shown.push('-');
    } else if plus {
        shown.push('+');
    }
    let width = exponent
        .iter()
        .filter(|item| **item == Item::Digit('0'))
        .count();
    write!(shown, "{:0width$}", power.abs()).ok()
}

/// The slash of a fraction: it stands between digits, or before a number.
fn fraction_slash(items: &[Item]) -> Option<usize> {
    let place = items.iter().position(|item| *item == Item::Slash)?;
    let is_digit = |item: Option<&Item>| match item {
        Some(Item::Digit(_)) => true,
        Some(Item::Literal(literal)) => literal.is_ascii_digit(),
        _ => false,
    };
    let before = place.checked_sub(1).and_then(|before| items.get(before));
    let is_fraction = matches!(before, Some(Item::Digit(_))) && is_digit(items.get(place + 1));
    is_fraction.then_some(place)
}

/// `# ?/?`, `# ??/16` or `?/?`.
fn show_fraction(items: &[Item], slash: usize, number: &Decimal, shown: &mut String) -> Option<()> {
    let is_digit = |item: &Item| matches!(item, Item::Digit(_));
    let start = items[..slash]
        .iter()
        .rposition(|item| !is_digit(item))
        .map_or(0, |index| index + 1);
    let before = &items[..start];
    let denominator: Vec<char> = items[slash + 1..]
        .iter()
        .map_while(|item| match item {
            Item::Digit(digit) => Some(*digit),
            Item::Literal(digit) if digit.is_ascii_digit() => Some(*digit),
            _ => None,
        })
        .collect();
    let after = &items[slash + 1 + denominator.len()..];
    let literals = |items: &[Item]| -> Option<String> {
        items
            .iter()
            .map(|item| match item {
                Item::Literal(literal) => Some(*literal),
                _ => None,
            })
            .collect()
    };
    if denominator.len() > MAX_DENOMINATOR_DIGITS || number.exponent() > 14 {
        return None;
    }
    let fixed = denominator.iter().any(|digit| matches!(digit, '1'..='9'));
    let whole_places = before.iter().position(is_digit);
    let (prefix, whole_end) = match whole_places {
        None => (before, before.len()),
        Some(first) => {
            let last = before.iter().rposition(is_digit)?;
            if !before[first..=last]
                .iter()
                .all(|item| *item == Item::Digit('#'))
            {
                return None;
            }
            (&before[..first], last + 1)
        }
    };
    let value = number.to_f64().abs();
    let whole = if whole_places.is_some() {
        value.trunc()
    } else {
        0.0
    };
    let part = value - whole;
    let (top, bottom) = if fixed {
        let text: String = denominator.iter().collect();
        let bottom: f64 = text.parse().ok()?;
        ((part * bottom).round(), bottom)
    } else {
        let most = 10_i32.pow(u32::try_from(denominator.len()).ok()?) - 1;
        nearest_fraction(part, most)
    };
    let (whole, top) = if whole_places.is_some() && top >= bottom {
        (whole + 1.0, 0.0)
    } else {
        (whole, top)
    };
    shown.push_str(&literals(prefix)?);
    let is_whole = top == 0.0;
    if whole_places.is_some() && (whole > 0.0 || is_whole) {
        write!(shown, "{whole}").ok()?;
        if !is_whole {
            shown.push_str(&literals(&before[whole_end..])?);
        }
    }
    if whole_places.is_none() || !is_whole {
        write!(shown, "{top}/{bottom}").ok()?;
    }
    shown.push_str(&literals(after)?);
    Some(())
}

/// The last convergent of the number's continued fraction whose denominator is small enough, as
/// Excel shows it: the numerator and the denominator.
fn nearest_fraction(number: f64, most: i32) -> (f64, f64) {
    const NONE_LEFT: f64 = 5e-8;
    let most = f64::from(most);
    let (mut before, mut last) = ((0.0, 1.0), (1.0, 0.0));
    let mut rest = number;
    loop {
        let whole = rest.floor();
        let next = (whole * last.0 + before.0, whole * last.1 + before.1);
        if next.1 > most {
            return last;
        }
        let part = rest - whole;
        if part < NONE_LEFT {
            return next;
        }
        (before, last) = (last, next);
        rest = part.recip();
    }
}
