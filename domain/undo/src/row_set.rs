//! Numbers of rows, as ranges: as text one range a line.

use std::fmt::Write as _;

/// A set of row numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSet {
    /// First and last row of each range, in ascending order, none touching the next.
    ranges: Vec<(u64, u64)>,
}

/// A text that is no set of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no range of rows")]
pub struct RowSetError(usize);

impl FromIterator<u64> for RowSet {
    fn from_iter<I: IntoIterator<Item = u64>>(rows: I) -> Self {
        let mut rows: Vec<u64> = rows.into_iter().collect();
        rows.sort_unstable();
        let mut set = Self::default();
        for row in rows {
            match set.ranges.last_mut() {
                Some((_, last)) if row <= last.saturating_add(1) => *last = row,
                _ => set.ranges.push((row, row)),
            }
        }
        set
    }
}

impl RowSet {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a row is among them.
    pub fn contains(&self, row: u64) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= row);
        after > 0 && row <= self.ranges[after - 1].1
    }

    /// Adds those of another set.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.ranges.extend(&other.ranges);
        self.ranges.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(self.ranges.len());
        for (first, last) in self.ranges {
            match joined.last_mut() {
                Some((_, end)) if first <= end.saturating_add(1) => *end = last.max(*end),
                _ => joined.push((first, last)),
            }
        }
        Self { ranges: joined }
    }

    /// The set as text.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (first, last) in &self.ranges {
            let _ = if first == last {
                writeln!(text, "{first}")
            } else {
                writeln!(text, "{first}-{last}")
            };
        }
        text
    }

    /// Reads what [`Self::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// Names the line that is no range.
    pub fn parse(text: &str) -> Result<Self, RowSetError> {
        let range = |(index, line): (usize, &str)| {
            let (first, last) = line.split_once('-').unwrap_or((line, line));
            match (first.parse(), last.parse()) {
                (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
                _ => Err(RowSetError(index + 1)),
            }
        };
        let ranges: Result<Vec<(u64, u64)>, RowSetError> =
            text.lines().enumerate().map(range).collect();
        Ok(Self::default().with(&Self { ranges: ranges? }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_are_written_as_ranges() {
        let set: RowSet = [7, 3, 4, 5, 4, 9].into_iter().collect();
        assert_eq!(set.to_text(), "3-5\n7\n9\n");
        assert_eq!(RowSet::parse("x\n"), Err(RowSetError(1)));
        assert_eq!(RowSet::parse("1\n5-4\n"), Err(RowSetError(2)));
    }

    proptest! {
        #[test]
        fn a_set_has_what_was_put_into_it(
            one in proptest::collection::btree_set(0_u64..60, 0..40),
            other in proptest::collection::btree_set(0_u64..60, 0..40),
        ) {
            let (first, second): (RowSet, RowSet) =
                (one.iter().copied().collect(), other.iter().copied().collect());
            let both = first.with(&second);
            let all: BTreeSet<u64> = one.union(&other).copied().collect();
            for row in 0..62 {
                prop_assert_eq!(both.contains(row), all.contains(&row));
            }
            prop_assert_eq!(RowSet::parse(&both.to_text()), Ok(both.clone()));
            prop_assert_eq!(all.into_iter().collect::<RowSet>(), both);
        }
    }
}
