//! What is known of work that has ended, and how little of it is stored.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::ops::AddAssign;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Stage;

/// How deep calls are told apart; what is deeper counts for the stage that it is within.
const DEPTH: usize = 4;
/// The unit in which times are stored: tenths of a millisecond.
const UNIT: Duration = Duration::from_micros(100);
/// The longest stored form, in bytes. Stacks with the least time are left out beyond it.
const STORED_BYTES: usize = 200;

/// A stage and the stages that it was called within, outermost first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stack {
    stages: [Option<Stage>; DEPTH],
}

/// The calls of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// How many there were.
    pub calls: u64,
    /// How long they took, added up: calls that overlap count each.
    pub total: Duration,
    /// The same, without the time in which calls within them went on.
    pub own: Duration,
}

/// Where the time of some work went.
///
/// Its stored form is a text of at most 200 bytes, such as `c1,1203,15|cb40,1150,1100`: the letters of a stack,
/// its calls, total and self time in tenths of a millisecond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    stacks: BTreeMap<Stack, Times>,
}

/// A text is no stored profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a stored profile")]
pub struct ProfileError;

impl Stack {
    pub(crate) fn of(stage: Stage) -> Self {
        let mut stages = [None; DEPTH];
        stages[0] = Some(stage);
        Self { stages }
    }

    pub(crate) fn with(self, stage: Stage) -> Self {
        let mut stages = self.stages;
        if let Some(place) = stages.iter_mut().find(|place| place.is_none()) {
            *place = Some(stage);
        }
        Self { stages }
    }

    /// Returns the stages, outermost first.
    pub fn stages(&self) -> impl Iterator<Item = Stage> {
        self.stages.into_iter().flatten()
    }
}

impl fmt::Display for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, stage) in self.stages().enumerate() {
            if place > 0 {
                f.write_char(';')?;
            }
            f.write_str(stage.name())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl AddAssign for Times {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        self.total += other.total;
        self.own += other.own;
    }
}

impl Profile {
    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.stacks.is_empty()
    }

    /// Returns each stack with its times; a stack comes before those within it.
    pub fn stacks(&self) -> impl Iterator<Item = (Stack, Times)> {
        self.stacks.iter().map(|(stack, times)| (*stack, *times))
    }
}

impl FromIterator<(Stack, Times)> for Profile {
    fn from_iter<I: IntoIterator<Item = (Stack, Times)>>(stacks: I) -> Self {
        let stacks = stacks.into_iter().collect();
        Self { stacks }
    }
}

impl AddAssign<&Profile> for Profile {
    fn add_assign(&mut self, other: &Self) {
        for (stack, times) in other.stacks() {
            *self.stacks.entry(stack).or_default() += times;
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = |time: Duration| time.as_nanos() / UNIT.as_nanos();
        let text = |(stack, times): (Stack, Times)| {
            let mut text = String::new();
            text.extend(stack.stages().map(|stage| char::from(stage.letter())));
            let (total, own) = (units(times.total), units(times.own));
            let _ = write!(text, "{},{total},{own}", times.calls);
            (times.total, text)
        };
        let mut texts: Vec<_> = self.stacks().map(text).collect();
        let bytes = |texts: &[(Duration, String)]| -> usize {
            texts.iter().map(|(_, text)| text.len() + 1).sum()
        };
        while bytes(&texts) > STORED_BYTES {
            let least = texts
                .iter()
                .enumerate()
                .min_by_key(|(_, (total, _))| *total);
            let Some((place, _)) = least else { break };
            texts.remove(place);
        }
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        f.write_str(&texts.join("|"))
    }
}

impl FromStr for Profile {
    type Err = ProfileError;

    fn from_str(text: &str) -> Result<Self, ProfileError> {
        let parts = text.split('|').filter(|part| !part.is_empty());
        parts.map(|part| read(part).ok_or(ProfileError)).collect()
    }
}

/// Reads one stack. A stage that this version does not know is an error.
fn read(part: &str) -> Option<(Stack, Times)> {
    let digits = part.find(|character: char| character.is_ascii_digit())?;
    let (letters, numbers) = part.split_at(digits);
    let mut stages = letters.bytes().map(Stage::of_letter);
    let outermost = Stack::of(stages.next()??);
    let stack = stages.try_fold(outermost, |stack, stage| Some(stack.with(stage?)))?;
    let mut numbers = numbers.split(',').map(|number| number.parse::<u64>().ok());
    let mut number = || numbers.next().flatten();
    let calls = number()?;
    let mut time = || {
        Some(Duration::from_nanos(
            (UNIT.as_nanos() as u64).checked_mul(number()?)?,
        ))
    };
    let times = Times {
        calls,
        total: time()?,
        own: time()?,
    };
    numbers.next().is_none().then_some((stack, times))
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Profile {
    /// Reads what is stored. A profile of a version that has other stages is empty: nothing depends on it.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(text.parse().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn times(calls: u64, total: u64, own: u64) -> Times {
        Times {
            calls,
            total: Duration::from_millis(total),
            own: Duration::from_millis(own),
        }
    }

    fn stack(stages: &[Stage]) -> Stack {
        let (outermost, within) = stages.split_first().expect("a stage");
        let stack = Stack::of(*outermost);
        within.iter().fold(stack, |stack, stage| stack.with(*stage))
    }

    #[test]
    fn a_profile_is_stored_as_a_short_text() {
        let profile: Profile = [
            (stack(&[Stage::Chunk]), times(1, 120, 2)),
            (
                stack(&[Stage::Chunk, Stage::WriteBatch]),
                times(40, 1_150, 1_100),
            ),
        ]
        .into_iter()
        .collect();
        assert_eq!(profile.to_string(), "c1,1200,20|cb40,11500,11000");
        let json = serde_json::to_string(&profile).expect("JSON");
        assert_eq!(serde_json::from_str::<Profile>(&json).ok(), Some(profile));
    }

    #[test]
    fn a_profile_of_another_version_is_empty_and_keeps_nothing_from_being_read() {
        for text in [
            "z1,2,3",
            "c1,2",
            "c1,2,3,4",
            "1,2,3",
            "c",
            "cx,1,2",
            "c99999999999999999999,1,1",
        ] {
            assert_eq!(text.parse::<Profile>(), Err(ProfileError), "{text}");
            let json = format!("\"{text}\"");
            let read: Profile = serde_json::from_str(&json).expect("a profile");
            assert!(read.is_empty());
        }
        assert_eq!("".parse::<Profile>(), Ok(Profile::default()));
    }

    #[test]
    fn a_call_that_is_too_deep_counts_for_the_stage_that_it_is_within() {
        let deepest = stack(&[Stage::Chunk, Stage::LookUp, Stage::WriteBatch, Stage::Wait]);
        assert_eq!(deepest.with(Stage::Read), deepest);
    }

    proptest! {
        #[test]
        fn what_is_stored_is_short_and_has_the_stacks_with_the_most_time(
            stacks in prop::collection::btree_map((0..13_usize, 0..13_usize), (1..=u64::MAX >> 44, 0..3_000_000_u64), 0..40),
        ) {
            let all: Vec<Stage> = (b'a'..=b'z').filter_map(Stage::of_letter).collect();
            let profile: Profile = stacks
                .into_iter()
                .map(|((outer, inner), (calls, total))| {
                    (stack(&[all[outer], all[inner]]), times(calls, total, total / 2))
                })
                .collect();
            let text = profile.to_string();
            prop_assert!(text.len() <= STORED_BYTES);
            let read: Profile = text.parse().expect("a profile");
            let least = read.stacks().map(|(_, times)| times.total).min();
            for (stack, times) in profile.stacks() {
                let kept = read.stacks().find(|(kept, _)| *kept == stack);
                match kept {
                    Some((_, kept)) => prop_assert_eq!(kept, times),
                    None => prop_assert!(least.is_none_or(|least| times.total <= least)),
                }
            }
        }
    }
}
