//! Which orders are asked for: the parameters of the request, and whether an order is one of them.

use serde::{Deserialize, Serialize};
use sluice_basics::characters::searchable;
use sluice_basics::text::ShortText;

use super::{LocalDay, LocalTime, Order, OrderId, OrderIndex, OrderText, TimeConfigId};

/// The longest period, in days.
pub const MOST_DAYS: u32 = 366;

/// The longest text that is searched for, in characters.
const MOST_CHARS: usize = 100;

/// The parameters as they came; an empty one is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderParameters {
    query_type: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    time_config_id: Option<String>,
    cycle_start_time: Option<String>,
    cycle_end_time: Option<String>,
    /// The form of the file, by its name.
    pub format: Option<String>,
    status: Option<String>,
    search_text: Option<String>,
    search_area: Option<String>,
}

/// Why a query is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// There is no such parameter.
    #[error("{0}: there is no such parameter")]
    Unknown(String),
    /// A parameter is needed.
    #[error("{name}: is required with query_type {query_type}")]
    Missing {
        /// The parameter.
        name: &'static str,
        /// The kind of query.
        query_type: u8,
    },
    /// A parameter means nothing in this query.
    #[error(
        "{name}: has no meaning with query_type {query_type}: leave it out, or ask with query_type {with}"
    )]
    Contradiction {
        /// The parameter.
        name: &'static str,
        /// The kind of query.
        query_type: u8,
        /// The kinds of query that have it.
        with: &'static str,
    },
    /// It is none of the kinds of query.
    #[error("query_type: must be 1 (order date), 2 (operation cycle) or 3 (receive date)")]
    Type,
    /// A value cannot be read.
    #[error("{name}: {words}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What is expected.
        words: String,
    },
    /// The period ends before it begins.
    #[error("{end}: must not be before {start}")]
    Backwards {
        /// Where it begins.
        start: &'static str,
        /// Where it ends.
        end: &'static str,
    },
    /// The cycles' period is empty.
    #[error(
        "cycle_end_time: must be after cycle_start_time: a cycle that starts at cycle_end_time is the next one"
    )]
    NoCycle,
    /// The period is too long.
    #[error("{end}: the period has {days} days, at most {MOST_DAYS} are exported at a time")]
    TooLong {
        /// Where it ends.
        end: &'static str,
        /// How many days it has.
        days: u32,
    },
}

/// When the orders are that are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// Ordered on one of these days, both included.
    OrderDate {
        /// The first day.
        from: LocalDay,
        /// The last one.
        to: LocalDay,
    },
    /// Of the operation cycles of a time configuration that start from one time to before another.
    Cycle {
        /// The time configuration.
        time_config_id: TimeConfigId,
        /// Included.
        from: LocalTime,
        /// Excluded: the next cycle starts there.
        before: LocalTime,
    },
    /// Received on one of these days, both included.
    ReceiveDate {
        /// The first day.
        from: LocalDay,
        /// The last one.
        to: LocalDay,
    },
}

/// Which orders are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderQuery {
    /// When.
    pub period: Period,
    /// Only those with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ShortText>,
    /// Only those that have this text, as [`searchable`] makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_text: Option<String>,
    /// Only those whose area has this text, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search_area: Option<String>,
}

impl OrderParameters {
    /// Takes a parameter.
    ///
    /// # Errors
    ///
    /// If there is none of this name: ignoring it would export more than was asked for.
    pub fn set(&mut self, name: &str, value: String) -> Result<(), QueryError> {
        let place = match name {
            "query_type" => &mut self.query_type,
            "start_date" => &mut self.start_date,
            "end_date" => &mut self.end_date,
            "time_config_id" => &mut self.time_config_id,
            "cycle_start_time" => &mut self.cycle_start_time,
            "cycle_end_time" => &mut self.cycle_end_time,
            "format" => &mut self.format,
            "status" => &mut self.status,
            "search_text" => &mut self.search_text,
            "search_area" => &mut self.search_area,
            _ => return Err(QueryError::Unknown(name.to_owned())),
        };
        *place = Some(value).filter(|value| !value.is_empty());
        Ok(())
    }

    /// Returns the query that they mean.
    ///
    /// # Errors
    ///
    /// Names the parameter that is wrong, missing or contradicts another.
    pub fn query(&self) -> Result<OrderQuery, QueryError> {
        let period = match self.query_type.as_deref() {
            Some("1") => {
                let (from, to) = self.days(1)?;
                Period::OrderDate { from, to }
            }
            Some("2") => self.cycle()?,
            Some("3") => {
                let (from, to) = self.days(3)?;
                Period::ReceiveDate { from, to }
            }
            _ => return Err(QueryError::Type),
        };
        let status = parsed("status", self.status.as_ref())?;
        Ok(OrderQuery {
            period,
            status,
            search_text: searched("search_text", self.search_text.as_deref())?,
            search_area: searched("search_area", self.search_area.as_deref())?,
        })
    }

    fn days(&self, query_type: u8) -> Result<(LocalDay, LocalDay), QueryError> {
        for (name, value) in [
            ("time_config_id", &self.time_config_id),
            ("cycle_start_time", &self.cycle_start_time),
            ("cycle_end_time", &self.cycle_end_time),
        ] {
            contradicts(name, value.as_ref(), query_type, "2")?;
        }
        let from = required("start_date", self.start_date.as_ref(), query_type)?;
        let to = required("end_date", self.end_date.as_ref(), query_type)?;
        if to < from {
            return Err(QueryError::Backwards {
                start: "start_date",
                end: "end_date",
            });
        }
        not_too_long("end_date", from, to)?;
        Ok((from, to))
    }

    fn cycle(&self) -> Result<Period, QueryError> {
        contradicts("start_date", self.start_date.as_ref(), 2, "1 or 3")?;
        contradicts("end_date", self.end_date.as_ref(), 2, "1 or 3")?;
        let time_config_id = required("time_config_id", self.time_config_id.as_ref(), 2)?;
        let from: LocalTime = required("cycle_start_time", self.cycle_start_time.as_ref(), 2)?;
        let before: LocalTime = required("cycle_end_time", self.cycle_end_time.as_ref(), 2)?;
        if before <= from {
            return Err(QueryError::NoCycle);
        }
        not_too_long("cycle_end_time", from.day(), before.day())?;
        Ok(Period::Cycle {
            time_config_id,
            from,
            before,
        })
    }
}

fn contradicts(
    name: &'static str,
    value: Option<&String>,
    query_type: u8,
    with: &'static str,
) -> Result<(), QueryError> {
    match value {
        None => Ok(()),
        Some(_) => Err(QueryError::Contradiction {
            name,
            query_type,
            with,
        }),
    }
}

fn parsed<T>(name: &'static str, value: Option<&String>) -> Result<Option<T>, QueryError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let parsed = value.map(|value| value.parse()).transpose();
    parsed.map_err(|error: T::Err| QueryError::Value {
        name,
        words: error.to_string(),
    })
}

fn required<T>(name: &'static str, value: Option<&String>, query_type: u8) -> Result<T, QueryError>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    parsed(name, value)?.ok_or(QueryError::Missing { name, query_type })
}

fn searched(name: &'static str, text: Option<&str>) -> Result<Option<String>, QueryError> {
    let Some(text) = text else {
        return Ok(None);
    };
    let searched = searchable(text);
    if searched.is_empty() || text.chars().count() > MOST_CHARS {
        let words = format!("expected 1 to {MOST_CHARS} characters, of which one can be seen");
        return Err(QueryError::Value { name, words });
    }
    Ok(Some(searched))
}

fn not_too_long(end: &'static str, from: LocalDay, to: LocalDay) -> Result<(), QueryError> {
    match from.days_to(to) {
        days if days > MOST_DAYS => Err(QueryError::TooLong { end, days }),
        _ => Ok(()),
    }
}

impl Period {
    /// Returns the index that has these orders.
    pub fn index(&self) -> OrderIndex {
        match self {
            Self::OrderDate { .. } => OrderIndex::OrderDate,
            Self::Cycle { .. } => OrderIndex::Cycle,
            Self::ReceiveDate { .. } => OrderIndex::ReceiveDate,
        }
    }

    /// Returns the time configuration, where the index goes by it.
    pub fn cycle(&self) -> &str {
        match self {
            Self::Cycle { time_config_id, .. } => time_config_id.as_str(),
            _ => "",
        }
    }

    /// Returns the days of the index that have these orders, in their order.
    pub fn days(&self) -> impl Iterator<Item = LocalDay> + use<> {
        let (from, to) = match self {
            Self::OrderDate { from, to } | Self::ReceiveDate { from, to } => (*from, *to),
            Self::Cycle { from, before, .. } => (from.day(), before.day()),
        };
        std::iter::successors(Some(from), |day| day.next()).take_while(move |day| *day <= to)
    }

    /// Returns whether an order is in the period as it is now.
    pub fn has(&self, order: &Order) -> bool {
        let index = self.index();
        match self {
            Self::OrderDate { from, to } | Self::ReceiveDate { from, to } => {
                (from..=to).contains(&&index.day_of(order))
            }
            Self::Cycle {
                time_config_id,
                from,
                before,
            } => {
                let start = order.cycle_start_time;
                order.time_config_id.as_ref() == Some(time_config_id)
                    && (*from..*before).contains(&start)
            }
        }
    }
}

impl OrderQuery {
    /// Returns whether an order is one of those that are asked for. Phone numbers are searched for callers who
    /// may see them.
    pub fn takes(&self, id: &OrderId, order: &Order, may_see_sensitive: bool) -> bool {
        if !self.period.has(order) {
            return false;
        }
        if self
            .status
            .as_ref()
            .is_some_and(|status| *status != order.status)
        {
            return false;
        }
        let has = |text: &str, wanted: &String| searchable(text).contains(wanted.as_str());
        let area = order.area.as_ref().map_or("", |area| area.as_str());
        if self
            .search_area
            .as_ref()
            .is_some_and(|wanted| !has(area, wanted))
        {
            return false;
        }
        let Some(wanted) = &self.search_text else {
            return true;
        };
        let customer = &order.customer;
        let phone = customer.phone.as_ref().filter(|_| may_see_sensitive);
        let of_lines = order.lines.iter();
        let of_lines = of_lines.flat_map(|line| [line.sku_code.as_str(), line.name.as_str()]);
        [id.as_str(), customer.code.as_str(), customer.name.as_str()]
            .into_iter()
            .chain(phone.map(OrderText::as_str))
            .chain(order.remark.as_ref().map(OrderText::as_str))
            .chain(of_lines)
            .any(|text| has(text, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::tests::sent;

    fn asked(parameters: &[(&str, &str)]) -> Result<OrderQuery, String> {
        let mut all = OrderParameters::default();
        for (name, value) in parameters {
            let set = all.set(name, (*value).to_owned());
            set.map_err(|error| error.to_string())?;
        }
        all.query().map_err(|error| error.to_string())
    }

    const DAYS: [(&str, &str); 3] = [
        ("query_type", "1"),
        ("start_date", "2026-01-30"),
        ("end_date", "2026-02-01"),
    ];
    const CYCLE: [(&str, &str); 4] = [
        ("query_type", "2"),
        ("time_config_id", "12"),
        ("cycle_start_time", "2026-01-31 06:00"),
        ("cycle_end_time", "2026-02-01 06:00"),
    ];

    /// Asks with one of these parameters changed, and added if it is not there.
    fn refused(
        base: &[(&'static str, &'static str)],
        name: &'static str,
        value: &'static str,
    ) -> String {
        let others = base.iter().filter(|(other, _)| *other != name);
        let mut all: Vec<_> = others.copied().collect();
        all.push((name, value));
        asked(&all).expect_err("a refusal")
    }

    #[test]
    fn every_parameter_of_days_that_is_wrong_missing_or_contradicts_is_named() {
        for (name, value, words) in [
            ("query_type", "4", "query_type: must be 1"),
            ("query_type", "", "query_type: must be 1"),
            (
                "start_date",
                "",
                "start_date: is required with query_type 1",
            ),
            ("end_date", "", "end_date: is required with query_type 1"),
            ("start_date", "31.01.2026", "start_date: expected a day"),
            ("end_date", "2026-02-30", "end_date: expected a day"),
            (
                "end_date",
                "2026-01-29",
                "end_date: must not be before start_date",
            ),
            (
                "end_date",
                "2027-02-28",
                "end_date: the period has 395 days",
            ),
            (
                "time_config_id",
                "12",
                "time_config_id: has no meaning with query_type 1",
            ),
            ("cycle_start_time", "x", "cycle_start_time: has no meaning"),
            ("cycle_end_time", "x", "cycle_end_time: has no meaning"),
            ("status", "a\u{1}", "status: expected 1 to 64"),
            ("search_text", "\u{3000}", "search_text: expected"),
            ("search_area", "\u{200b}", "search_area: expected"),
            ("colour", "red", "colour: there is no such parameter"),
        ] {
            let msg = refused(&DAYS, name, value);
            assert!(msg.starts_with(words), "{name}={value}: {msg}");
        }
    }

    #[test]
    fn every_parameter_of_cycles_that_is_wrong_missing_or_contradicts_is_named() {
        for (name, value, words) in [
            (
                "start_date",
                "2026-01-31",
                "start_date: has no meaning with query_type 2",
            ),
            ("end_date", "2026-01-31", "end_date: has no meaning"),
            (
                "time_config_id",
                "",
                "time_config_id: is required with query_type 2",
            ),
            ("cycle_start_time", "", "cycle_start_time: is required"),
            ("cycle_end_time", "", "cycle_end_time: is required"),
            (
                "cycle_start_time",
                "noon",
                "cycle_start_time: expected a time",
            ),
            (
                "cycle_end_time",
                "2026-01-31T06:00:00",
                "cycle_end_time: must be after",
            ),
            (
                "cycle_end_time",
                "2028-01-31",
                "cycle_end_time: the period has",
            ),
        ] {
            let msg = refused(&CYCLE, name, value);
            assert!(msg.starts_with(words), "{name}={value}: {msg}");
        }
    }

    #[test]
    fn a_period_has_its_days_and_its_orders() {
        let order: Order = serde_json::from_value(sent()).expect("an order");
        let at = |parameters: &[(&str, &str)]| asked(parameters).expect("a query").period;
        let days = at(&DAYS);
        assert_eq!(days.days().count(), 3);
        assert!(days.has(&order));
        let cycle = at(&CYCLE);
        assert_eq!((cycle.days().count(), cycle.cycle()), (2, "12"));
        assert!(cycle.has(&order));
        let mut next = order.clone();
        next.cycle_start_time = "2026-02-01T06:00".parse().expect("a time");
        assert!(!cycle.has(&next), "the next cycle");
        let received = |from: &str, to: &str| {
            at(&[("query_type", "3"), ("start_date", from), ("end_date", to)]).has(&order)
        };
        assert!(received("2026-02-01", "2026-02-01") && !received("2026-01-31", "2026-01-31"));
    }

    #[test]
    fn orders_are_found_by_status_area_and_text_however_these_are_written() {
        let order: Order = serde_json::from_value(sent()).expect("an order");
        let id = OrderId::stored("SO-1".to_owned());
        let takes = |name: &str, value: &str| {
            let mut all = DAYS.to_vec();
            all.push((name, value));
            let query = asked(&all).expect("a query");
            (
                query.takes(&id, &order, true),
                query.takes(&id, &order, false),
            )
        };
        assert_eq!(takes("status", "confirmed"), (true, true));
        assert_eq!(takes("status", "confirm"), (false, false));
        assert_eq!(takes("search_area", " 华 东"), (true, true));
        assert_eq!(takes("search_area", "华南"), (false, false));
        for text in ["ｓｏ－1", "so-1", "C7", "张三", "苹果", "s2"] {
            assert_eq!(takes("search_text", text), (true, true), "{text}");
        }
        assert_eq!(
            takes("search_text", "138001"),
            (true, false),
            "a phone number"
        );
        assert_eq!(takes("search_text", "nobody"), (false, false));
    }

    #[test]
    fn a_query_is_read_as_it_was_written() {
        for parameters in [&DAYS[..], &CYCLE] {
            let query = asked(parameters).expect("a query");
            let json = serde_json::to_string(&query).expect("JSON");
            assert_eq!(serde_json::from_str::<OrderQuery>(&json).ok(), Some(query));
        }
    }
}
