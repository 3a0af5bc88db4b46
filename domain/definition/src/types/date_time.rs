//! A moment, stored in UTC as `2026-01-31T00:30:00Z`.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset};
use sluice_basics::problem::ProblemCode;

use super::clock::{plausible, split_date, time_of_day};
use super::date::Formats;
use super::fold::fold;
use super::{Fault, Value};
use crate::conventions::Conventions;

pub(super) fn read(
    text: &str,
    formats: &Formats,
    conventions: &Conventions,
) -> Result<Value, Fault> {
    let text = fold(text);
    let of_format = formats
        .parse(&text)
        .and_then(|parts| Some((parts.to_datetime().ok()?, parts.offset())));
    let (written, offset) = match of_format {
        Some((written, offset)) => {
            plausible(written.date())?;
            (written, offset)
        }
        None => date_and_time(&text, conventions)?,
    };
    let moment = moment(written, offset, conventions)?;
    let text = moment.to_string();
    // RFC 3339 has years of four digits.
    if text.starts_with('-') {
        return Err(fault("is too far away"));
    }
    Ok(Value::Text(text))
}

fn fault(message: impl Into<String>) -> Fault {
    Fault::new(ProblemCode::NotADate, message)
}

fn date_and_time(
    text: &str,
    conventions: &Conventions,
) -> Result<(DateTime, Option<Offset>), Fault> {
    let (date, rest) = split_date(text, conventions.date_order)?;
    if rest.is_empty() {
        return Err(fault("needs a time of day, such as 2026-01-31 08:30"));
    }
    match time_of_day(rest) {
        Some(of_day) => Ok((date.to_datetime(of_day.time), of_day.offset)),
        None => Err(fault("must be a date and a time such as 2026-01-31 08:30")),
    }
}

/// The moment that a clock showed this. Where clocks are put back and show a time twice, it is
/// the first of both; where they are put forward and skip it, there is none.
fn moment(
    written: DateTime,
    offset: Option<Offset>,
    conventions: &Conventions,
) -> Result<Timestamp, Fault> {
    if let Some(offset) = offset {
        let moment = offset.to_timestamp(written);
        return moment.map_err(|_| fault("is too far away"));
    }
    let possible = conventions.zone.to_ambiguous_timestamp(written);
    if let AmbiguousOffset::Gap { .. } = possible.offset() {
        return Err(fault(format!(
            "is a time that the clocks of {} skip: write another, or the offset from UTC",
            conventions.zone_name
        )));
    }
    possible.earlier().map_err(|_| fault("is too far away"))
}
