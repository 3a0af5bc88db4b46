//! When a schedule starts a task: in which months, on which days, and at what time of the day.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How many days are looked at for the next one: dates repeat after 28 years, or 40 around a year like 2100.
const DAYS_AHEAD: usize = 41 * 366;
/// The form of a time of the day.
const TIME: &str = "%H:%M";

/// Reads a list that names nothing twice: what is named twice may be a slip.
fn distinct<'de, D, T>(deserializer: D) -> Result<Option<BTreeSet<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Ord,
{
    let Some(list) = Option::<Vec<T>>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let named = list.len();
    let distinct = BTreeSet::from_iter(list);
    if distinct.len() < named {
        return Err(D::Error::custom("nothing may be named twice"));
    }
    Ok(Some(distinct))
}

/// The days and the time at which a schedule starts a task. A day must meet all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The time of the day, such as `02:30`.
    #[schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub time: String,
    /// Months, 1 to 12; all if nothing is said.
    #[serde(
        default,
        deserialize_with = "distinct",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 12), inner(range(min = 1, max = 12)))]
    pub months: Option<BTreeSet<i8>>,
    /// Days of the month, 1 to 31, or -1 for the last one; all if nothing is said.
    #[serde(
        default,
        deserialize_with = "distinct",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 32), inner(range(min = -1, max = 31)))]
    pub days: Option<BTreeSet<i8>>,
    /// Days of the week; all if nothing is said.
    #[serde(
        default,
        deserialize_with = "distinct",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(min = 1, max = 7))]
    pub weekdays: Option<BTreeSet<DayOfWeek>>,
}

/// A day of the week.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "their names say all of it")]
pub enum DayOfWeek {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Why a schedule cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WhenProblem {
    /// Not a time of the day.
    #[error("when.time: a time of the day from 00:00 to 23:59, such as 02:30")]
    Time,
    /// Not a month.
    #[error("when.months: {0} is not a month: 1 to 12")]
    Month(i8),
    /// Not a day.
    #[error("when.days: {0} is not a day of a month: 1 to 31, or -1 for the last one")]
    Day(i8),
    /// None of anything.
    #[error("when.{0}: name at least one, or leave it out for all")]
    None(&'static str),
    /// No such day will come.
    #[error("when: this schedule never fires: no month that is named has such a day")]
    Never,
}

impl When {
    /// Checks what a caller has sent, and that such a day comes after `now`.
    pub fn check(&self, now: Timestamp, zone: &TimeZone) -> Result<(), WhenProblem> {
        self.time().ok_or(WhenProblem::Time)?;
        for (name, is_empty) in [
            (
                "months",
                self.months.as_ref().is_some_and(BTreeSet::is_empty),
            ),
            ("days", self.days.as_ref().is_some_and(BTreeSet::is_empty)),
            (
                "weekdays",
                self.weekdays.as_ref().is_some_and(BTreeSet::is_empty),
            ),
        ] {
            if is_empty {
                return Err(WhenProblem::None(name));
            }
        }
        let wrong = |of: &Option<BTreeSet<i8>>, is_right: fn(&i8) -> bool| {
            of.iter().flatten().copied().find(|one| !is_right(one))
        };
        if let Some(month) = wrong(&self.months, |month| (1..=12).contains(month)) {
            return Err(WhenProblem::Month(month));
        }
        if let Some(day) = wrong(&self.days, |day| *day == -1 || (1..=31).contains(day)) {
            return Err(WhenProblem::Day(day));
        }
        let next = self.next_after(now, zone);
        next.map(|_| ()).ok_or(WhenProblem::Never)
    }

    /// The first moment after `after` at which it fires. A time that the clocks skip is as much later as they
    /// are put forward; of a time that they show twice, the first counts.
    pub fn next_after(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let time = self.time()?;
        let first = zone.to_datetime(after).date();
        // The time of a day may lie on the day after it, where clocks skip midnight.
        let first = first.yesterday().unwrap_or(first);
        let days = first.series(1.day()).take(DAYS_AHEAD);
        let mut moments = days.filter(|date| self.has(*date)).filter_map(|date| {
            let moment = date.to_datetime(time).to_zoned(zone.clone());
            moment.ok().map(|moment| moment.timestamp())
        });
        moments.find(|moment| *moment > after)
    }

    fn has(&self, date: Date) -> bool {
        let is_last = date.day() == date.days_in_month();
        let has_month = |months: &BTreeSet<i8>| months.contains(&date.month());
        let has_day =
            |days: &BTreeSet<i8>| days.contains(&date.day()) || (is_last && days.contains(&-1));
        let has_weekday = |days: &BTreeSet<DayOfWeek>| days.contains(&date.weekday().into());
        self.months.as_ref().is_none_or(has_month)
            && self.days.as_ref().is_none_or(has_day)
            && self.weekdays.as_ref().is_none_or(has_weekday)
    }

    fn time(&self) -> Option<Time> {
        let is_of_form = self.time.len() == 5;
        is_of_form.then(|| Time::strptime(TIME, &self.time).ok())?
    }
}

impl From<Weekday> for DayOfWeek {
    fn from(day: Weekday) -> Self {
        match day {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn when(json: Value) -> When {
        serde_json::from_value(json).expect("when")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("a zone")
    }

    /// The first `most` times after one.
    fn times(when: &When, after: &str, of: &str, most: usize) -> Vec<String> {
        let (mut times, mut last) = (Vec::new(), at(after));
        for _ in 0..most {
            last = when.next_after(last, &zone(of)).expect("another time");
            times.push(last.to_string());
        }
        times
    }

    #[test]
    fn it_fires_every_day_at_its_time_in_its_time_zone() {
        let daily = when(json!({ "time": "02:30" }));
        let fired = times(&daily, "2026-01-30T20:00:00Z", "Asia/Shanghai", 3);
        let expected = [
            "2026-01-31T18:30:00Z",
            "2026-02-01T18:30:00Z",
            "2026-02-02T18:30:00Z",
        ];
        assert_eq!(fired, expected);
        // Not at the moment itself once more.
        let fired = times(&daily, "2026-01-30T18:30:00Z", "Asia/Shanghai", 1);
        assert_eq!(fired, ["2026-01-31T18:30:00Z"]);
        let fired = times(&daily, "2026-01-30T18:29:59Z", "Asia/Shanghai", 1);
        assert_eq!(fired, ["2026-01-30T18:30:00Z"]);
    }

    #[test]
    fn a_day_must_meet_all_that_is_named_and_months_have_different_ends() {
        let ends = when(json!({ "time": "00:00", "days": [-1] }));
        let fired = times(&ends, "2028-01-01T00:00:00Z", "UTC", 3);
        assert_eq!(
            fired,
            [
                "2028-01-31T00:00:00Z",
                "2028-02-29T00:00:00Z",
                "2028-03-31T00:00:00Z"
            ]
        );
        // A day that a month does not have is left out, and not moved.
        let late = when(json!({ "time": "00:00", "days": [30, 31] }));
        let fired = times(&late, "2026-02-01T00:00:00Z", "UTC", 3);
        assert_eq!(
            fired,
            [
                "2026-03-30T00:00:00Z",
                "2026-03-31T00:00:00Z",
                "2026-04-30T00:00:00Z"
            ]
        );
        let quarters = json!({ "time": "06:00", "months": [1, 4, 7, 10], "days": [1, 2, 3, 4, 5, 6, 7],
            "weekdays": ["monday"] });
        let fired = times(&when(quarters), "2026-01-05T06:00:00Z", "UTC", 2);
        assert_eq!(fired, ["2026-04-06T06:00:00Z", "2026-07-06T06:00:00Z"]);
        let rare =
            when(json!({ "time": "00:00", "months": [2], "days": [29], "weekdays": ["monday"] }));
        assert_eq!(
            times(&rare, "2072-03-01T00:00:00Z", "UTC", 1),
            ["2112-02-29T00:00:00Z"]
        );
    }

    #[test]
    fn when_the_clocks_change_it_fires_once_a_day_all_the_same() {
        let daily = when(json!({ "time": "02:30" }));
        // 2026-03-29 has no 02:30 in Berlin, and 2026-10-25 has two.
        let spring = times(&daily, "2026-03-28T12:00:00Z", "Europe/Berlin", 2);
        assert_eq!(spring, ["2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"]);
        let autumn = times(&daily, "2026-10-24T12:00:00Z", "Europe/Berlin", 2);
        assert_eq!(autumn, ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    }

    #[test]
    fn what_never_fires_or_is_no_time_is_refused() {
        let now = at("2026-11-27T10:00:00Z");
        for (wrong, words) in [
            (
                json!({ "time": "02:30", "months": [2], "days": [30] }),
                "never fires",
            ),
            (
                json!({ "time": "02:30", "months": [4, 6, 9, 11], "days": [31] }),
                "never fires",
            ),
            (json!({ "time": "24:00" }), "when.time"),
            (json!({ "time": "2:30" }), "when.time"),
            (json!({ "time": "02:60" }), "when.time"),
            (json!({ "time": "02:30:00" }), "when.time"),
            (json!({ "time": "" }), "when.time"),
            (
                json!({ "time": "02:30", "months": [0] }),
                "0 is not a month",
            ),
            (
                json!({ "time": "02:30", "months": [13] }),
                "13 is not a month",
            ),
            (json!({ "time": "02:30", "days": [0] }), "0 is not a day"),
            (json!({ "time": "02:30", "days": [-2] }), "-2 is not a day"),
            (json!({ "time": "02:30", "days": [32] }), "32 is not a day"),
            (
                json!({ "time": "02:30", "days": [] }),
                "when.days: name at least one",
            ),
            (
                json!({ "time": "02:30", "weekdays": [] }),
                "when.weekdays: name at least one",
            ),
        ] {
            let problem = when(wrong.clone()).check(now, &TimeZone::UTC);
            let problem = problem.expect_err(words).to_string();
            assert!(problem.contains(words), "{wrong}: {problem}");
        }
        let leap = when(json!({ "time": "02:30", "months": [2], "days": [29, 30] }));
        assert_eq!(leap.check(now, &TimeZone::UTC), Ok(()));
    }
}
