//! Deciding about the members of a partition: members and the sums of the window's months are read side by side.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Instant;

use kind_reconciliation::{MergeError, SumsOfMonth};
use sluice_aws::{AwsError, MemberCursor, MemberStanding, ScoreActions, Sums};
use sluice_basics::ids::StationId;
use sluice_scores::{Decision, Evaluated, EvaluatedSegment, EvaluationPlan, Month, Points, Rules};

/// The most that the decisions of a segment may have together.
const MOST_BYTES: usize = 256 << 20;

/// Why a segment could not be decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecideError {
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error("a decision cannot be written")]
    Json(#[from] serde_json::Error),
    #[error("there was no time to decide about all members of the segment")]
    OutOfTime,
    #[error("the decisions of a segment have more than {MOST_BYTES} bytes")]
    TooLarge,
}

/// What a segment is decided from.
#[derive(Debug)]
pub(crate) struct Decider<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) actions: &'a ScoreActions,
    pub(crate) sums: &'a Sums,
    pub(crate) station: &'a StationId,
    pub(crate) plan: &'a EvaluationPlan,
    pub(crate) until: Instant,
}

/// The decisions of a segment, as they are stored.
#[derive(Debug, Default)]
pub(crate) struct Decisions {
    /// One line for each member; the first has what is not about one of them.
    pub(crate) lines: Vec<u8>,
}

/// The members of a partition, one by one.
struct Members<'a> {
    cursor: MemberCursor<'a>,
    page: VecDeque<MemberStanding>,
    last: Option<String>,
}

impl Decider<'_> {
    /// Decides about the members of a partition.
    pub(crate) async fn decide(
        &self,
        partition: u32,
        differences: u64,
    ) -> Result<Decisions, DecideError> {
        let period = self.plan.input.period;
        let mut given = self.given(partition).await?;
        let window = self.rules.window(period);
        let of_month =
            |month| SumsOfMonth::new(month, self.sums.partition(self.station, partition, month));
        let mut sums: Vec<SumsOfMonth<'_>> = window.months().map(of_month).collect();
        let mut members = Members {
            cursor: self
                .actions
                .members(self.station, partition, self.rules, period),
            page: VecDeque::new(),
            last: None,
        };
        let mut without_member = BTreeSet::new();
        let mut lines = Vec::new();
        while let Some(member) = members.next().await? {
            if Instant::now() >= self.until {
                return Err(DecideError::OutOfTime);
            }
            let months = points_of(&mut sums, Some(&member.member_no), &mut without_member).await?;
            let given = given.remove(&member.member_no).unwrap_or_default();
            let decision = self
                .rules
                .decide(evaluated(member, months, given), self.plan);
            serde_json::to_writer(&mut lines, &decision)?;
            lines.push(b'\n');
            if lines.len() > MOST_BYTES {
                return Err(DecideError::TooLarge);
            }
        }
        points_of(&mut sums, None, &mut without_member).await?;
        let whole = EvaluatedSegment {
            without_member: without_member.len() as u64,
            differences,
            ..EvaluatedSegment::default()
        };
        Decisions::new(&whole, &lines)
    }

    async fn given(&self, partition: u32) -> Result<HashMap<String, Vec<String>>, DecideError> {
        if !self.plan.is_again {
            return Ok(HashMap::new());
        }
        let period = self.plan.input.period;
        Ok(self.actions.given(self.station, partition, period).await?)
    }
}

impl Decisions {
    fn new(whole: &EvaluatedSegment, decisions: &[u8]) -> Result<Self, DecideError> {
        let mut lines = serde_json::to_vec(whole)?;
        lines.push(b'\n');
        lines.extend_from_slice(decisions);
        Ok(Self { lines })
    }

    /// Reads what is stored: the decisions, and what they come to.
    pub(crate) fn read(
        stored: &[u8],
    ) -> Result<(EvaluatedSegment, Vec<Decision>), serde_json::Error> {
        let mut lines = stored
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty());
        let mut segment: EvaluatedSegment =
            serde_json::from_slice(lines.next().unwrap_or(b"{}".as_slice()))?;
        let mut decisions = Vec::new();
        for line in lines {
            let decision: Decision = serde_json::from_slice(line)?;
            segment.take(&decision);
            segment.bytes += line.len() as u64 + 1;
            decisions.push(decision);
        }
        Ok((segment, decisions))
    }
}

impl Members<'_> {
    async fn next(&mut self) -> Result<Option<MemberStanding>, DecideError> {
        while self.page.is_empty() {
            match self.cursor.next_page().await? {
                Some(page) => self.page.extend(page),
                None => return Ok(None),
            }
        }
        let next = self.page.pop_front();
        let number = next.as_ref().map(|member| member.member_no.clone());
        if self.last.is_some() && self.last >= number {
            return Err(MergeError::Order.into());
        }
        self.last = number;
        Ok(next)
    }
}

/// Takes the sums of a member, and passes over those that come before it; without one, all that are left.
async fn points_of(
    sums: &mut [SumsOfMonth<'_>],
    member_no: Option<&str>,
    without_member: &mut BTreeSet<String>,
) -> Result<BTreeMap<Month, Points>, DecideError> {
    let mut months = BTreeMap::new();
    for of_month in sums {
        while let Some(next) = of_month.next_member().await? {
            if member_no.is_some_and(|member_no| next > member_no) {
                break;
            }
            let next = next.to_owned();
            let kept = of_month.take(&next)?.unwrap_or_default();
            if kept.is_empty() {
                continue;
            }
            if member_no == Some(next.as_str()) {
                months.insert(of_month.month, kept.total().points);
            } else {
                without_member.insert(next);
            }
        }
    }
    Ok(months)
}

fn evaluated(
    member: MemberStanding,
    months: BTreeMap<Month, Points>,
    given: Vec<String>,
) -> Evaluated {
    Evaluated {
        member_no: member.member_no,
        before: member.before,
        now: member.now,
        has_opted_out: member.has_opted_out,
        months,
        given,
    }
}

#[cfg(test)]
mod tests {
    use sluice_scores::{Standing, TierRule, TierWrite};

    use super::*;

    #[test]
    fn decisions_are_read_as_they_were_written() {
        let decision = Decision {
            member_no: "M1".to_owned(),
            months: BTreeMap::new(),
            points: Points::from(7),
            before: Standing::default(),
            after: Standing {
                tier: Some("bronze".to_owned()),
                grace: 0,
            },
            rule: TierRule::First,
            writes: TierWrite::Standing,
            coupons: Vec::new(),
            rewards: Vec::new(),
            no_longer_earned: Vec::new(),
        };
        let whole = EvaluatedSegment {
            without_member: 3,
            differences: 1,
            ..EvaluatedSegment::default()
        };
        let mut line = serde_json::to_vec(&decision).expect("a line");
        line.push(b'\n');
        let stored = Decisions::new(&whole, &line).expect("lines").lines;
        let (segment, decisions) = Decisions::read(&stored).expect("decisions");
        assert_eq!(decisions, [decision]);
        assert_eq!(
            (segment.members, segment.without_member, segment.differences),
            (1, 3, 1)
        );
        assert_eq!(segment.bytes, line.len() as u64);
        Decisions::read(b"{}\nx\n").expect_err("no decision");
    }
}
