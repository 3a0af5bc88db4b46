//! The values of one row before they are written as CSV, and how a good row's values are drawn.

use crate::column::Column;
use crate::draw::Draw;
use crate::locale::{LOCALES, Locale};
use crate::template::fill;

const EMAIL_DOMAINS: [&str; 3] = ["example.com", "example.org", "example.net"];
const GENDERS: [&str; 8] = [
    "female", "male", "female", "male", "female", "male", "female", "other",
];
const TIERS: [&str; 8] = [
    "bronze", "bronze", "bronze", "bronze", "silver", "silver", "gold", "platinum",
];
const EMOJI: [&str; 6] = ["🌸", "🎉", "👩‍🚀", "🐼", "🇯🇵", "☕"];

/// One row's fields. The buffers are used again for each row.
#[derive(Default)]
pub struct Record {
    fields: [Vec<u8>; Column::ALL.len() + 1],
    width: usize,
}

impl Record {
    /// The fields that are to be written.
    pub fn fields(&self) -> &[Vec<u8>] {
        &self.fields[..self.width]
    }

    /// The field of a column.
    pub fn field(&mut self, column: Column) -> &mut Vec<u8> {
        &mut self.fields[column as usize]
    }

    /// Replaces a field.
    pub fn set(&mut self, column: Column, value: &str) {
        let field = self.field(column);
        field.clear();
        field.extend_from_slice(value.as_bytes());
    }

    /// Exchanges one field with another record.
    pub fn swap_field(&mut self, column: Column, other: &mut Self) {
        std::mem::swap(self.field(column), other.field(column));
    }

    /// Leaves the last field out.
    pub fn drop_last(&mut self) {
        self.width = Column::ALL.len() - 1;
    }

    /// Adds a field that no column is there for.
    pub fn push_extra(&mut self, value: &str) {
        self.width = Column::ALL.len() + 1;
        self.fields[Column::ALL.len()].extend_from_slice(value.as_bytes());
    }

    /// Fills the record with a good row that has this member number.
    pub fn draw_good(&mut self, member_no: u32, draw: &mut Draw) {
        for field in &mut self.fields {
            field.clear();
        }
        self.width = Column::ALL.len();

        let locale = draw.pick(&LOCALES);
        let member = self.field(Column::MemberNo);
        member.push(b'M');
        push_number(member, member_no, 9);
        draw_name(self.field(Column::Name), locale, draw);
        if draw.percent(92) {
            let phone = draw.pick(locale.phones);
            fill(self.field(Column::Phone), phone, locale, draw);
        }
        if draw.percent(92) {
            draw_email(self.field(Column::Email), locale, draw);
        }
        if draw.percent(88) {
            self.set(Column::Gender, draw.pick(&GENDERS));
        }
        if draw.percent(82) {
            let year = 1940 + draw.below(71);
            draw_date(self.field(Column::Birthday), year, 12, draw);
        }
        if draw.percent(95) {
            self.set(Column::Tier, draw.pick(&TIERS));
        }
        if draw.percent(95) {
            draw_points(self.field(Column::Points), draw);
        }
        if draw.percent(97) {
            let year = 2015 + draw.below(12);
            let months = if year == 2026 { 6 } else { 12 };
            draw_date(self.field(Column::JoinedOn), year, months, draw);
        }
        if draw.percent(93) {
            draw_address(self.field(Column::Address), locale, draw);
        }
    }
}

fn draw_name(text: &mut Vec<u8>, locale: &Locale, draw: &mut Draw) {
    let template = if draw.percent(8) {
        draw.pick(locale.rare_names)
    } else {
        locale.name
    };
    fill(text, template, locale, draw);
    if draw.percent(1) {
        push_emoji(text, draw);
    }
}

fn draw_email(text: &mut Vec<u8>, locale: &Locale, draw: &mut Draw) {
    text.extend_from_slice(draw.pick(locale.handles).as_bytes());
    text.push(b'.');
    text.extend_from_slice(draw.pick(locale.handles).as_bytes());
    push_number(text, draw.below(10_000), 1);
    text.push(b'@');
    text.extend_from_slice(draw.pick(&EMAIL_DOMAINS).as_bytes());
}

fn draw_points(text: &mut Vec<u8>, draw: &mut Draw) {
    let limit = draw.pick(&[1, 500, 5_000, 100_001]);
    push_number(text, draw.below(limit), 1);
}

fn draw_address(text: &mut Vec<u8>, locale: &Locale, draw: &mut Draw) {
    let template = draw.pick(locale.addresses);
    fill(text, template, locale, draw);
    if draw.percent(45) {
        let note = draw.pick(locale.notes);
        fill(text, note, locale, draw);
    }
    if draw.percent(1) {
        push_emoji(text, draw);
    }
}

fn push_emoji(text: &mut Vec<u8>, draw: &mut Draw) {
    text.push(b' ');
    text.extend_from_slice(draw.pick(&EMOJI).as_bytes());
}

/// A day of `year`, in its first `months` months.
fn draw_date(text: &mut Vec<u8>, year: u32, months: u32, draw: &mut Draw) {
    let month = 1 + draw.below(months);
    // Every fourth year from 1940 to 2026 is a leap year, 2000 too.
    let days = match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    push_number(text, year, 4);
    text.push(b'-');
    push_number(text, month, 2);
    text.push(b'-');
    push_number(text, 1 + draw.below(days), 2);
}

/// Appends `number` in decimal, with leading zeros up to `width` digits.
pub fn push_number(text: &mut Vec<u8>, number: u32, width: usize) {
    let mut digits = [b'0'; 10];
    let mut rest = number;
    let mut start = digits.len();
    while rest > 0 {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    text.extend_from_slice(&digits[start.min(digits.len() - width)..]);
}
