//! Batches of recipients, and what is known of each from its markers.
//!
//! Before a batch is handed to SES its marker is written as claimed, and after the answer as sent. SES knows no
//! request that comes twice, so a batch that is claimed and has no answer is never sent as it is: whether its
//! recipients were sent to is told by SES's events, or stays unknown. The markers of a chunk are numbered, and who
//! writes one has read all before it: what is sent next follows from them alone, however batches are cut.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sluice_basics::notify::OnUnknown;

/// Recipients of one call of SES.
const MAX_RECIPIENTS: usize = 50;
/// Bytes of one call, of the 1 MB or so that SES takes.
const MAX_BYTES: usize = 900 << 10;
/// How often recipients are sent to again of whom nobody knows whether they were sent to.
const MAX_RESENDS: u32 = 2;

/// How many of these recipients, of whom each e-mail has so many bytes, fit into one call: at most `most` of them, and
/// one at least.
pub fn fitting(sizes: impl IntoIterator<Item = usize>, most: usize) -> usize {
    let mut bytes = 0;
    let fits = |size: &usize| {
        bytes += size;
        bytes <= MAX_BYTES
    };
    let most = most.clamp(1, MAX_RECIPIENTS);
    sizes.into_iter().take(most).take_while(fits).count().max(1)
}

/// What became of a recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// SES took the e-mail.
    Sent,
    /// It was not sent, for this reason.
    Failed(String),
    /// The address is on the station's list of those who get none.
    Suppressed,
    /// The address stood in the audience before.
    Duplicate,
    /// Nobody knows whether it was sent.
    Unknown,
}

/// Recipients that were handed to SES together, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Their places in the chunk.
    pub places: Vec<usize>,
    /// The places of those who were to be in it and are suppressed.
    pub suppressed: Vec<usize>,
    /// How far it is.
    pub state: MarkerState,
}

/// How far a batch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkerState {
    /// It was about to be handed to SES.
    Claimed {
        /// When.
        at: Timestamp,
        /// The recipients of whom SES's events say that they were sent to.
        accepted: BTreeSet<usize>,
    },
    /// SES has answered.
    Sent {
        /// Who was not sent to, and why.
        failed: BTreeMap<usize, String>,
        /// Who is to be tried again: SES was too busy.
        again: Vec<usize>,
    },
}

/// What is known of the recipients of a chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What became of them.
    pub outcomes: BTreeMap<usize, Outcome>,
    /// Who can be handed to SES.
    pub open: Vec<usize>,
    /// Of whom nobody knows yet whether they were sent to: events may tell.
    pub waiting: Vec<usize>,
    /// When the first of those is not waited for any more.
    pub until: Option<Timestamp>,
}

/// What the markers so far say of one recipient.
#[derive(Clone, Copy, Default)]
struct Told<'a> {
    last: Last<'a>,
    resends: u32,
}

#[derive(Clone, Copy, Default)]
enum Last<'a> {
    #[default]
    Open,
    Sent,
    Suppressed,
    Failed(&'a str),
    /// It was handed to SES at this time, and there is no answer.
    Claimed(Timestamp),
}

impl Standing {
    /// Reads the markers of a chunk, in their order, about recipients at these places. Events are waited for
    /// `patience` after a claim. A marker is made from all that come before it, so that the last one about a recipient
    /// tells; but whoever was sent to, as events say, is not sent to again.
    pub fn look(
        places: &[usize],
        markers: &[Marker],
        on_unknown: OnUnknown,
        now: Timestamp,
        patience: SignedDuration,
    ) -> Self {
        let mut told: BTreeMap<usize, Told<'_>> = BTreeMap::new();
        let mut sent: BTreeSet<usize> = BTreeSet::new();
        for marker in markers {
            for place in &marker.suppressed {
                told.entry(*place).or_default().last = Last::Suppressed;
            }
            for place in &marker.places {
                let told = told.entry(*place).or_default();
                if matches!(told.last, Last::Claimed(_)) {
                    told.resends += 1;
                }
                told.last = match &marker.state {
                    MarkerState::Claimed { at, .. } => Last::Claimed(*at),
                    MarkerState::Sent { again, .. } if again.contains(place) => Last::Open,
                    MarkerState::Sent { failed, .. } => failed
                        .get(place)
                        .map_or(Last::Sent, |why| Last::Failed(why)),
                };
            }
            if let MarkerState::Claimed { accepted, .. } = &marker.state {
                sent.extend(accepted);
            }
        }
        let mut standing = Self::default();
        for place in places {
            let Told { last, resends } = told.get(place).copied().unwrap_or_default();
            let outcome = match last {
                _ if sent.contains(place) => Outcome::Sent,
                Last::Sent => Outcome::Sent,
                Last::Suppressed => Outcome::Suppressed,
                Last::Failed(why) => Outcome::Failed(why.to_owned()),
                Last::Open => {
                    standing.open.push(*place);
                    continue;
                }
                Last::Claimed(at) => {
                    let until = at.saturating_add(patience).unwrap_or(Timestamp::MAX);
                    if now < until {
                        standing.waiting.push(*place);
                        let first = standing.until.map_or(until, |first| first.min(until));
                        standing.until = Some(first);
                        continue;
                    }
                    if on_unknown == OnUnknown::Resend && resends < MAX_RESENDS {
                        standing.open.push(*place);
                        continue;
                    }
                    Outcome::Unknown
                }
            };
            standing.outcomes.insert(*place, outcome);
        }
        standing
    }

    /// What became of recipients when nothing more is sent, for this reason. Also returns how many of them could be
    /// sent to another time.
    pub fn stopped(self, why: &str) -> (BTreeMap<usize, Outcome>, u64) {
        let left = self.open.len() as u64;
        let mut outcomes = self.outcomes;
        let failed = |place| (place, Outcome::Failed(why.to_owned()));
        outcomes.extend(self.open.into_iter().map(failed));
        let unknown = |place| (place, Outcome::Unknown);
        outcomes.extend(self.waiting.into_iter().map(unknown));
        (outcomes, left)
    }
}

/// What SES answered for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It took the e-mail.
    Taken,
    /// It is too busy, or sends too fast for the account.
    Busy,
    /// The account has sent all that it may send in a day.
    DayUsedUp,
    /// It will not send this e-mail.
    Rejected,
    /// It sends nothing for this account or this sender.
    NotAllowed,
}

/// What follows from the answers to a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Who was not sent to, and why.
    pub failed: BTreeMap<usize, String>,
    /// Who is to be tried again.
    pub again: Vec<usize>,
    /// Whether the day's quota is used up.
    pub is_day_used_up: bool,
    /// Why nothing is sent for this account, if that is so.
    pub stop: Option<String>,
}

/// Sorts the answers to a call, one for each recipient. A recipient without an answer was sent to for all that is
/// known, and never again.
pub fn settle_answer(places: &[usize], answers: &[(Answer, String)]) -> Refused {
    let mut refused = Refused::default();
    for (place, (answer, why)) in places.iter().zip(answers) {
        match answer {
            Answer::Taken => {}
            Answer::Rejected => {
                refused.failed.insert(*place, why.clone());
            }
            Answer::Busy => refused.again.push(*place),
            Answer::DayUsedUp => {
                refused.is_day_used_up = true;
                refused.again.push(*place);
            }
            Answer::NotAllowed => {
                refused.stop.get_or_insert_with(|| why.clone());
                refused.again.push(*place);
            }
        }
    }
    refused
}

/// Recipients by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub audience: u64,
    /// Those who were sent to.
    pub sent: u64,
    /// Those who were not, for a reason of theirs.
    pub failed: u64,
    /// Those who get no e-mails.
    pub suppressed: u64,
    /// Those who stood in the audience before.
    pub duplicate: u64,
    /// Those of whom nobody knows.
    pub unknown: u64,
}

impl Counts {
    /// Counts a recipient.
    pub fn add(&mut self, outcome: &Outcome) {
        self.audience += 1;
        *match outcome {
            Outcome::Sent => &mut self.sent,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::Suppressed => &mut self.suppressed,
            Outcome::Duplicate => &mut self.duplicate,
            Outcome::Unknown => &mut self.unknown,
        } += 1;
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.audience += other.audience;
        self.sent += other.sent;
        self.failed += other.failed;
        self.suppressed += other.suppressed;
        self.duplicate += other.duplicate;
        self.unknown += other.unknown;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn claimed(places: &[usize], second: i64, accepted: &[usize]) -> Marker {
        Marker {
            places: places.to_vec(),
            suppressed: Vec::new(),
            state: MarkerState::Claimed {
                at: at(second),
                accepted: accepted.iter().copied().collect(),
            },
        }
    }

    fn sent(places: &[usize], again: &[usize]) -> Marker {
        Marker {
            places: places.to_vec(),
            suppressed: Vec::new(),
            state: MarkerState::Sent {
                failed: BTreeMap::new(),
                again: again.to_vec(),
            },
        }
    }

    fn look(markers: &[Marker], on_unknown: OnUnknown, second: i64) -> Standing {
        Standing::look(&[0, 1, 2], markers, on_unknown, at(second), PATIENCE)
    }

    #[test]
    fn recipients_are_sent_to_once_and_those_whom_ses_could_not_take_again() {
        let hold = OnUnknown::Hold;
        assert_eq!(look(&[], hold, 0).open, [0, 1, 2]);
        let standing = look(&[sent(&[0, 1, 2], &[1])], hold, 0);
        assert_eq!((standing.open, standing.outcomes.len()), (vec![1], 2));
        let standing = look(&[sent(&[0, 1, 2], &[1]), sent(&[1], &[])], hold, 0);
        assert!(standing.open.is_empty() && standing.waiting.is_empty());
        assert_eq!(standing.outcomes.len(), 3);
        let mut outcomes = standing.outcomes.values();
        assert!(outcomes.all(|outcome| *outcome == Outcome::Sent));
    }

    #[test]
    fn however_a_chunk_is_cut_nobody_is_left_out_or_sent_to_twice() {
        // An earlier release has cut otherwise.
        let markers = [sent(&[0, 2], &[]), claimed(&[1], 100, &[])];
        let standing = Standing::look(
            &[0, 1, 2, 3, 4],
            &markers,
            OnUnknown::Hold,
            at(100),
            PATIENCE,
        );
        assert_eq!(standing.open, [3, 4]);
        assert_eq!(standing.waiting, [1]);
        assert_eq!(standing.until, Some(at(1_000)));
    }

    #[test]
    fn recipients_without_an_answer_wait_for_events_and_are_then_held() {
        let hold = OnUnknown::Hold;
        let none = [claimed(&[0, 1, 2], 100, &[])];
        assert_eq!(look(&none, hold, 100).waiting, [0, 1, 2]);
        let ended = look(&none, hold, 1_000);
        assert!(ended.open.is_empty() && ended.waiting.is_empty());
        let mut outcomes = ended.outcomes.values();
        assert!(outcomes.all(|outcome| *outcome == Outcome::Unknown));
        let some = [claimed(&[0, 1, 2], 100, &[0, 2])];
        assert_eq!(look(&some, hold, 999).waiting, [1]);
        let ended = look(&some, hold, 1_000).outcomes;
        assert_eq!(
            (&ended[&0], &ended[&1]),
            (&Outcome::Sent, &Outcome::Unknown)
        );
        let all = look(&[claimed(&[0, 1, 2], 100, &[0, 1, 2])], hold, 101);
        assert_eq!(all.outcomes.len(), 3, "nobody is left to wait for");
    }

    #[test]
    fn who_is_unknown_is_sent_to_again_where_that_was_asked_for() {
        let resend = OnUnknown::Resend;
        let first = claimed(&[0, 1, 2], 100, &[0]);
        assert_eq!(
            look(std::slice::from_ref(&first), resend, 999).waiting,
            [1, 2]
        );
        assert_eq!(
            look(std::slice::from_ref(&first), resend, 1_000).open,
            [1, 2]
        );
        // An event that comes late tells all the same.
        let late = claimed(&[0, 1, 2], 100, &[0, 1]);
        let standing = look(&[late.clone(), claimed(&[1, 2], 2_000, &[])], resend, 2_000);
        assert_eq!(standing.waiting, [2]);
        assert_eq!(standing.outcomes[&1], Outcome::Sent);
        // It ends some day.
        let mut markers = vec![first];
        markers.push(claimed(&[1, 2], 2_000, &[]));
        assert_eq!(look(&markers, resend, 9_000).open, [1, 2]);
        markers.push(claimed(&[1, 2], 9_000, &[]));
        let ended = look(&markers, resend, 99_000);
        assert!(ended.open.is_empty() && ended.waiting.is_empty());
        assert_eq!(ended.outcomes[&1], Outcome::Unknown);
    }

    #[test]
    fn who_may_have_been_sent_to_has_not_failed_when_a_mailing_stops() {
        let markers = [sent(&[0], &[]), claimed(&[1], 100, &[])];
        let (outcomes, left) = look(&markers, OnUnknown::Hold, 200).stopped("it was stopped");
        let failed = Outcome::Failed("it was stopped".to_owned());
        let wanted = [Outcome::Sent, Outcome::Unknown, failed];
        assert!(outcomes.into_values().eq(wanted));
        assert_eq!(left, 1);
    }

    #[test]
    fn a_call_has_at_most_fifty_recipients_and_900_kib() {
        assert_eq!(fitting([1; 120], 50), 50);
        assert_eq!(fitting([1; 120], 14), 14);
        assert_eq!(fitting([1; 120], 0), 1);
        assert_eq!(fitting([1; 3], 1_000), 3);
        let large = 400 << 10;
        assert_eq!(fitting([large, large, large], 50), 2);
        assert_eq!(
            fitting([MAX_BYTES + 1, 1], 50),
            1,
            "one alone is sent as it is"
        );
    }

    #[test]
    fn answers_are_sorted_by_what_follows_from_them() {
        let words = |answer| (answer, format!("{answer:?}"));
        let answers = [
            Answer::Taken,
            Answer::Rejected,
            Answer::Busy,
            Answer::DayUsedUp,
            Answer::NotAllowed,
        ];
        let refused = settle_answer(&[3, 4, 5, 6, 7], &answers.map(words));
        assert_eq!(refused.failed, BTreeMap::from([(4, "Rejected".to_owned())]));
        assert_eq!(refused.again, [5, 6, 7]);
        assert!(refused.is_day_used_up);
        assert_eq!(refused.stop.as_deref(), Some("NotAllowed"));
    }

    proptest! {
        /// Whatever SES, its events and the processes do, a recipient is handed to SES again only after a definite
        /// refusal, as long as unknown ones are held.
        #[test]
        fn nobody_is_handed_to_ses_twice_while_unknown_ones_are_held(
            fates in prop::collection::vec((0_u8..4, 1_usize..6, prop::collection::vec(0_u8..3, 5)), 1..12),
        ) {
            let places: Vec<usize> = (0..5).collect();
            let mut taken: BTreeMap<usize, u32> = BTreeMap::new();
            let mut markers = Vec::new();
            for (fate, most, answers) in fates {
                let standing = Standing::look(&places, &markers, OnUnknown::Hold, at(0), PATIENCE);
                if standing.open.is_empty() {
                    break;
                }
                let claim: Vec<usize> = standing.open.iter().copied().take(most).collect();
                let answers: Vec<(Answer, String)> = claim.iter().zip(&answers).map(|(_, answer)| {
                    let answer = [Answer::Taken, Answer::Busy, Answer::Rejected][usize::from(*answer)];
                    (answer, String::new())
                }).collect();
                let accepts = |place: &usize| {
                    let index = claim.iter().position(|other| other == place);
                    index.is_some_and(|index| answers[index].0 == Answer::Taken)
                };
                let mut marker = claimed(&claim, 0, &[]);
                // 0: killed before the call; 1: after it; 2: the answer arrives; 3: as 1, and events come.
                if fate > 0 {
                    for place in claim.iter().filter(|place| accepts(place)) {
                        *taken.entry(*place).or_default() += 1;
                    }
                }
                if fate == 2 {
                    let settled = settle_answer(&claim, &answers);
                    marker.state = MarkerState::Sent { failed: settled.failed, again: settled.again };
                }
                if fate == 3 {
                    let accepted = claim.iter().copied().filter(accepts).collect();
                    marker.state = MarkerState::Claimed { at: at(0), accepted };
                }
                markers.push(marker);
            }
            prop_assert!(taken.values().all(|times| *times == 1), "{taken:?}");
            let end = Standing::look(&places, &markers, OnUnknown::Hold, at(99_999), PATIENCE);
            prop_assert_eq!(end.outcomes.len() + end.open.len(), places.len());
            for (place, outcome) in &end.outcomes {
                if *outcome == Outcome::Sent {
                    prop_assert_eq!(taken.get(place), Some(&1));
                }
            }
        }
    }
}
