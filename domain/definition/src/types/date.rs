//! A day of the calendar, stored as `2026-01-31`.

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;
use sluice_basics::problem::ProblemCode;

use super::clock::{NOT_A_DATE, plausible, split_date, time_of_day};
use super::fold::fold;
use super::{Fault, Value};
use crate::conventions::Conventions;
use crate::error::{Mistake, none_of};
use crate::file::ColumnTable;

/// Forms of a date or a time that a definition adds, tried before those that are always read.
/// <https://docs.rs/jiff/0.2/jiff/fmt/strtime/index.html>
#[derive(Clone, Debug, Default)]
pub struct Formats(Vec<String>);

/// Not in this century, so that a year of two digits is not read back as it was.
const SAMPLE: DateTime = DateTime::constant(1912, 11, 23, 17, 45, 0, 0);

impl Formats {
    pub(super) fn of_dates(table: &mut ColumnTable) -> Result<Self, Vec<Mistake>> {
        Self::of_table(table, |read_back| read_back.date() == SAMPLE.date())
    }

    pub(super) fn of_date_times(table: &mut ColumnTable) -> Result<Self, Vec<Mistake>> {
        Self::of_table(table, |read_back| read_back == SAMPLE)
    }

    fn of_table(
        table: &mut ColumnTable,
        is_enough: fn(DateTime) -> bool,
    ) -> Result<Self, Vec<Mistake>> {
        let formats = table.formats.take().unwrap_or_default();
        let mut mistakes = Vec::new();
        for format in &formats {
            let zoned = SAMPLE.to_zoned(jiff::tz::TimeZone::UTC);
            let written = zoned.and_then(|sample| strtime::format(format, &sample));
            let read_back = written.and_then(|text| strtime::parse(format, text)?.to_datetime());
            let problem = match read_back {
                Ok(read_back) if is_enough(read_back) => continue,
                Ok(_) => "does not hold all of it: a year of four digits (%Y), and for a \
                          date_time the hour and the minute"
                    .to_owned(),
                Err(error) => error.to_string(),
            };
            mistakes.push(Mistake::new("formats", format!("`{format}`: {problem}")));
        }
        none_of(mistakes).map(|()| Self(formats))
    }

    /// What the first format that fits makes of the text.
    pub(super) fn parse(&self, text: &str) -> Option<strtime::BrokenDownTime> {
        let mut fitting = self.0.iter();
        fitting.find_map(|format| strtime::parse(format, text).ok())
    }
}

pub(super) fn read(
    text: &str,
    formats: &Formats,
    conventions: &Conventions,
) -> Result<Value, Fault> {
    let text = fold(text);
    if formats.0.is_empty() && is_iso(&text) {
        date_alone(&text, conventions)?;
        return Ok(Value::Text(text.into_owned()));
    }
    let date = match formats.parse(&text).and_then(|parts| parts.to_date().ok()) {
        Some(date) => plausible(date)?,
        None => date_alone(&text, conventions)?,
    };
    Ok(Value::Text(date.to_string()))
}

/// Whether a text, if it is a date, is in the form that dates are stored in.
fn is_iso(text: &str) -> bool {
    matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _])
}

/// A date without a time of day, or with midnight, which spreadsheets add.
fn date_alone(text: &str, conventions: &Conventions) -> Result<Date, Fault> {
    let (date, rest) = split_date(text, conventions.date_order)?;
    if rest.is_empty() {
        return Ok(date);
    }
    let message = match time_of_day(rest) {
        Some(of_day) if of_day.time == Time::midnight() => return Ok(date),
        Some(_) => "must be a date without a time of day",
        None => NOT_A_DATE,
    };
    Err(Fault::new(ProblemCode::NotADate, message))
}
