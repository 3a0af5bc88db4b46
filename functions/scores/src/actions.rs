//! `GET /score/actions`

use std::fmt;
use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{Timestamp, Zoned};
use sluice_api::{ActionKind, ActionView, ActionsAnswer, Code, Refusal};
use sluice_aws::{ActionCursor, RowReader, StoredAction};
use sluice_basics::ids::StationId;
use sluice_lambda::http::{Scope, caller, internal, parameter, parsed_parameter};
use sluice_scores::{Month, TIER_RULE};

use crate::{Scores, check_length};

/// Actions of a page.
const PAGE: usize = 100;
/// Months that are looked through for the actions of a member.
const MONTHS: i32 = 36;

/// A cursor as callers see it.
struct Cursor(ActionCursor);

#[derive(Debug)]
struct WrongCursor;

/// Whose actions are wanted.
enum Wanted {
    Member(String),
    Period(Month),
}

impl Scores {
    /// What was done to a member in the last 36 months, the last month first; or to all members in a month.
    pub(crate) async fn actions(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<ActionsAnswer, Refusal> {
        let station = caller(request, Scope::Read)?;
        let period: Option<Month> = parsed_parameter(request, "period")?;
        let wanted = match (parameter(request, "member_no"), period) {
            (Some(member_no), None) => {
                check_length(&member_no)?;
                Wanted::Member(member_no)
            }
            (None, Some(period)) => Wanted::Period(period),
            _ => {
                let msg = "name either a member by member_no or a month by period";
                return Err(Refusal::bad_input(msg));
            }
        };
        let cursor: Option<Cursor> = parsed_parameter(request, "cursor")?;
        let is_first = cursor.is_none();
        let mut cursor = match cursor {
            Some(Cursor(cursor)) => Some(check(&wanted, cursor)?),
            None => Some(wanted.beginning()),
        };
        let mut actions: Vec<StoredAction> = Vec::new();
        while let Some(at) = cursor.take().filter(|_| actions.len() < PAGE) {
            let room = PAGE - actions.len();
            let page = self
                .actions
                .page(&station, &at, wanted.member_no(), room)
                .await;
            let (page, more) = page.map_err(internal)?;
            actions.extend(page);
            cursor = match more {
                Some(_) => Some(ActionCursor { after: more, ..at }),
                None => wanted.after(&at),
            };
            if actions.len() == PAGE {
                break;
            }
        }
        if let (true, true, Wanted::Member(member_no)) = (actions.is_empty(), is_first, &wanted) {
            self.check_member(&station, member_no).await?;
        }
        Ok(ActionsAnswer {
            actions: actions.into_iter().map(view).collect(),
            next_cursor: cursor.map(|cursor| Cursor(cursor).to_string()),
        })
    }

    async fn check_member(&self, station: &StationId, member_no: &str) -> Result<(), Refusal> {
        let is_known = self
            .members
            .has(station, &self.tables.members, member_no)
            .await;
        if is_known.map_err(internal)? {
            return Ok(());
        }
        let msg = "there is no such member in this station";
        Err(Refusal::new(Code::NotFound, msg))
    }
}

impl Wanted {
    fn member_no(&self) -> Option<&str> {
        match self {
            Self::Member(member_no) => Some(member_no),
            Self::Period(_) => None,
        }
    }

    fn beginning(&self) -> ActionCursor {
        match self {
            Self::Member(member_no) => ActionCursor::of_member(member_no, last_month()),
            Self::Period(period) => ActionCursor::of_month(*period),
        }
    }

    /// Where it goes on when a partition's month is read.
    fn after(&self, at: &ActionCursor) -> Option<ActionCursor> {
        match self {
            Self::Member(member_no) => {
                let earlier = at.period.plus(-1);
                let is_wanted = earlier > last_month().plus(-MONTHS) && earlier < at.period;
                is_wanted.then(|| ActionCursor::of_member(member_no, earlier))
            }
            Self::Period(_) => at.next_partition(),
        }
    }
}

/// The last month that can have been evaluated: it may have ended already where a station is.
fn last_month() -> Month {
    Month::of(Zoned::new(Timestamp::now(), jiff::tz::TimeZone::UTC).date())
}

fn check(wanted: &Wanted, cursor: ActionCursor) -> Result<ActionCursor, Refusal> {
    let begins = match wanted {
        Wanted::Member(member_no) => {
            let same = ActionCursor::of_member(member_no, cursor.period);
            let prefix = format!("{}#{member_no}#", cursor.period);
            (same.partition == cursor.partition).then_some(prefix)
        }
        Wanted::Period(period) => (*period == cursor.period).then(|| format!("{period}#")),
    };
    let fits = |prefix: &String| {
        let after = cursor.after.as_ref();
        after.is_none_or(|after| after.starts_with(prefix.as_str()))
    };
    // One that was made up must not have the request read what nobody can have done.
    let is_possible = cursor.period <= last_month() && cursor.partition < RowReader::PARTITIONS;
    match begins.filter(fits) {
        Some(_) if is_possible => Ok(cursor),
        _ => Err(Refusal::bad_input(format!("cursor: {WrongCursor}"))),
    }
}

impl fmt::Display for WrongCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("take the next_cursor of the page before, with the same member_no or period")
    }
}

impl FromStr for Cursor {
    type Err = WrongCursor;

    fn from_str(text: &str) -> Result<Self, WrongCursor> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| WrongCursor)?;
        let cursor = serde_json::from_slice(&json).map_err(|_| WrongCursor)?;
        Ok(Self(cursor))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_vec(&self.0).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

fn view(action: StoredAction) -> ActionView {
    let kind = match () {
        () if action.rule == TIER_RULE => ActionKind::Tier,
        () if action.coupon.is_some() => ActionKind::Coupon,
        () => ActionKind::Reward,
    };
    ActionView {
        period: action.period,
        member_no: action.member_no,
        kind,
        rule: action.rule,
        coupon: action.coupon,
        points: action.points,
        tier_before: action.tier_before,
        tier_after: action.tier_after,
        window_points: action.window_points,
        task_id: action.task_id,
        at: action.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_shown_and_for_what_it_was_shown() {
        let period: Month = "2026-01".parse().expect("a month");
        let cursor = ActionCursor {
            after: Some("2026-01#M1#tier".to_owned()),
            ..ActionCursor::of_member("M1", period)
        };
        let shown = Cursor(cursor.clone()).to_string();
        let read = shown.parse::<Cursor>().expect("a cursor").0;
        assert_eq!(read, cursor);
        let of_member = |name: &str| Wanted::Member(name.to_owned());
        assert_eq!(
            check(&of_member("M1"), read.clone()).expect("the same"),
            cursor
        );
        check(&of_member("M2"), read.clone()).expect_err("another member");
        let other = Wanted::Period("2026-02".parse().expect("a month"));
        check(&other, read).expect_err("another month");
        assert!("x".parse::<Cursor>().is_err());
    }
}
