//! Which keys and unique values occur more than once in a file, found in one pass and in bounded memory.
//!
//! A Bloom filter tells whether a value was seen before (Bloom, 1970). Where it errs, a row is deferred
//! without need, and nothing else happens.

use std::collections::HashSet;

use super::Want;

/// Bits that each value sets.
const BITS_OF_A_VALUE: u64 = 6;
/// The smallest and the largest filter, in words of 64 bits: 128 KiB and 64 MiB.
const FEWEST_WORDS: u64 = 1 << 14;
const MOST_WORDS: u64 = 1 << 23;
/// How often a row may repeat a key or a unique value of an earlier row. Each such row waits for the
/// finisher, which holds some 200 bytes for it.
const MOST_REPEATS: u32 = 2_000_000;
/// The place of the number of repeats in the first number of a stored finder, above the filter's size.
const REPEATS_SHIFT: u32 = 32;

/// Finds the values that occur more than once.
#[derive(Debug)]
pub struct ConflictFinder {
    words: Vec<u64>,
    repeated: HashSet<u64>,
    /// How often a value was added again.
    repeats: u32,
}

/// A file has more rows that repeat keys or unique values than the finisher can decide on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "rows of this file repeat keys or unique values of earlier rows more than {MOST_REPEATS} times: remove \
     its duplicate rows, or import it in several parts"
)]
pub struct TooManyConflicts;

/// The keys and unique values that occur more than once in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conflicts {
    /// In ascending order.
    wants: Vec<u64>,
    /// Whether nothing is known, so that every value counts as one that occurs more than once.
    is_unknown: bool,
}

impl ConflictFinder {
    /// A finder for a file of `file_bytes` whose rows have so many `fields` with values of their own.
    pub fn new(file_bytes: u64, fields: usize) -> Self {
        let words = (file_bytes.saturating_mul(fields as u64) / 64).next_power_of_two();
        Self {
            words: vec![0; words.clamp(FEWEST_WORDS, MOST_WORDS) as usize],
            repeated: HashSet::new(),
            repeats: 0,
        }
    }

    /// Adds a value of a row.
    pub fn add(&mut self, want: Want) -> Result<(), TooManyConflicts> {
        let mask = self.words.len() as u64 * 64 - 1;
        let step = (want.0 >> 64) as u64 | 1;
        let mut bit = want.short();
        let mut was_seen = true;
        for _ in 0..BITS_OF_A_VALUE {
            let place = bit & mask;
            let word = &mut self.words[(place / 64) as usize];
            was_seen &= *word >> (place % 64) & 1 == 1;
            *word |= 1 << (place % 64);
            bit = bit.wrapping_add(step);
        }
        if was_seen {
            self.repeated.insert(want.short());
            self.repeats += 1;
            if self.repeats > MOST_REPEATS {
                return Err(TooManyConflicts);
            }
        }
        Ok(())
    }

    /// The values that occur more than once.
    pub fn into_conflicts(self) -> Conflicts {
        let mut wants: Vec<u64> = self.repeated.into_iter().collect();
        wants.sort_unstable();
        Conflicts {
            wants,
            is_unknown: false,
        }
    }

    /// What [`Self::from_bytes`] reads: the filter's size in words and the number of repeats, the filter, the
    /// values. The releases before this one wrote no number of repeats, which reads as 0.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sizes = [self.words.len() as u64 | u64::from(self.repeats) << REPEATS_SHIFT];
        let numbers = sizes.iter().chain(&self.words).chain(&self.repeated);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Goes on where another finder stopped. None if these are not the bytes of one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut numbers = numbers(bytes);
        let sizes = numbers.next()?;
        let (size, repeats) = (u64::from(sizes as u32), (sizes >> REPEATS_SHIFT) as u32);
        if !(FEWEST_WORDS..=MOST_WORDS).contains(&size) || !size.is_power_of_two() {
            return None;
        }
        let words: Vec<u64> = numbers.by_ref().take(size as usize).collect();
        (words.len() as u64 == size).then(|| Self {
            words,
            repeated: numbers.collect(),
            repeats,
        })
    }
}

impl Conflicts {
    /// Nothing is known of a file: any of its rows may want what another wants.
    pub fn unknown() -> Self {
        Self {
            wants: Vec::new(),
            is_unknown: true,
        }
    }

    /// Whether no value occurs more than once.
    pub fn is_empty(&self) -> bool {
        self.wants.is_empty() && !self.is_unknown
    }

    /// Whether a value may occur more than once.
    pub fn contains(&self, want: Want) -> bool {
        self.is_unknown || self.wants.binary_search(&want.short()).is_ok()
    }

    /// As [`Self::from_bytes`] reads them: 8 bytes a value, in ascending order.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.wants
            .iter()
            .flat_map(|want| want.to_le_bytes())
            .collect()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self {
            wants: numbers(bytes).collect(),
            is_unknown: false,
        }
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let words = bytes.as_chunks::<8>().0.iter();
    words.map(|word| u64::from_le_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conflict::WantHasher;

    fn hasher() -> WantHasher {
        WantHasher::new(7.try_into().expect("a task id"))
    }

    #[test]
    fn values_that_come_twice_are_found_and_hardly_any_others() {
        const ROWS: u64 = 100_000;
        let hasher = hasher();
        let mut finder = ConflictFinder::new(ROWS * 40, 1);
        let value = |row: u64| hasher.want(0, &format!("K{}", row % (ROWS - 100)));
        for row in 0..ROWS {
            finder.add(value(row)).expect("few conflicts");
        }
        let conflicts = finder.into_conflicts();
        for row in 0..100 {
            assert!(conflicts.contains(value(row)), "{row}");
        }
        let found = (0..ROWS).filter(|row| conflicts.contains(value(*row)));
        assert!(found.count() < 200 + ROWS as usize / 100);
    }

    #[test]
    fn the_same_value_in_two_fields_is_two_values() {
        let mut finder = ConflictFinder::new(0, 2);
        for field in [0, 1] {
            finder.add(hasher().want(field, "x")).expect("no conflict");
        }
        assert!(finder.into_conflicts().is_empty());
    }

    #[test]
    fn a_finder_goes_on_where_it_was_cut_off() {
        let mut finder = ConflictFinder::new(1_000, 1);
        for value in ["a", "b", "a"] {
            finder.add(hasher().want(0, value)).expect("few conflicts");
        }
        let mut finder = ConflictFinder::from_bytes(&finder.to_bytes()).expect("a finder");
        finder.add(hasher().want(0, "b")).expect("few conflicts");
        finder.add(hasher().want(0, "c")).expect("few conflicts");
        let conflicts = Conflicts::from_bytes(&finder.into_conflicts().to_bytes());
        let found = ["a", "b", "c"].map(|value| conflicts.contains(hasher().want(0, value)));
        assert_eq!(found, [true, true, false]);
        assert!(ConflictFinder::from_bytes(b"something else").is_none());
    }

    #[test]
    fn a_file_may_repeat_one_value_so_often_and_not_once_more_also_where_it_was_cut_off() {
        let value = hasher().want(0, "a");
        let mut finder = ConflictFinder::new(0, 1);
        for _ in 0..MOST_REPEATS {
            finder.add(value).expect("few conflicts");
        }
        let mut finder = ConflictFinder::from_bytes(&finder.to_bytes()).expect("a finder");
        finder.add(value).expect("as many repeats as may be");
        assert_eq!(finder.add(value), Err(TooManyConflicts));
        finder
            .add(hasher().want(0, "b"))
            .expect("a value that is not repeated");
    }
}
