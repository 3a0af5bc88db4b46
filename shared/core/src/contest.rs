//! Rows of one file that want the same key or the same unique value.
//!
//! The outcome is that of importing the rows one after the other: from the first to the last where
//! stored rows stay, so that the first row of the file wins, and from the last to the first where
//! rows replace stored ones, so that the last wins. A row that is refused holds nothing. Chunks run
//! in any order, so workers only note which rows met; once all have run, this decides.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A worker's note: a row that it did not store because of another row of the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contest {
    /// The row.
    pub row: u64,
    /// The row that it met.
    pub with: u64,
}

/// What a row of a dry run wants, of which no more is kept than whether others want the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Want {
    /// The field: its key is 0.
    pub field: u32,
    /// A hash of the value.
    pub hash: u64,
    /// The row.
    pub row: u64,
}

impl Want {
    /// What a row wants with a value of a field.
    pub fn new(field: usize, value: &str, row: u64) -> Self {
        let digest = Sha256::digest(value.as_bytes());
        let (first, _) = digest.split_at(8);
        Self {
            field: field as u32,
            hash: first
                .iter()
                .fold(0, |hash, byte| hash << 8 | u64::from(*byte)),
            row,
        }
    }
}

/// The rows that want the same, or the same as far as hashes tell.
pub fn met(mut wants: Vec<Want>) -> Vec<Contest> {
    wants.sort_unstable();
    let same = |a: &Want, b: &Want| (a.field, a.hash) == (b.field, b.hash);
    let mut contests = Vec::new();
    for group in wants.chunk_by(same) {
        let later = group[1..].iter().map(|want| Contest {
            row: want.row,
            with: group[0].row,
        });
        contests.extend(later);
    }
    contests
}

/// A row that is part of a contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// The row's number.
    pub row: u64,
    /// What it wants: its key (field 0), and its values of the unique columns (fields from 1).
    pub claims: Vec<(usize, String)>,
    /// Fields that rows of others hold.
    pub barred: Vec<usize>,
}

/// Which of two rows of a file wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// The one that comes first.
    First,
    /// The one that comes last.
    Last,
}

impl Precedence {
    /// Whether a row goes before another one.
    pub fn prefers(self, row: u64, to: u64) -> bool {
        match self {
            Self::First => row < to,
            Self::Last => row > to,
        }
    }
}

/// What becomes of a contender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored.
    Wins,
    /// Rows of others hold these fields.
    Barred(Vec<usize>),
    /// Rows of the same file hold these fields, each with the row that does.
    Loses(Vec<(usize, u64)>),
}

/// Decides on rows that, together, are all of the file that want what any of them wants.
pub fn decide(contenders: &[Contender], precedence: Precedence) -> BTreeMap<u64, Verdict> {
    let mut order: Vec<&Contender> = contenders.iter().collect();
    order.sort_unstable_by_key(|contender| contender.row);
    if precedence == Precedence::Last {
        order.reverse();
    }
    let mut holders: HashMap<(usize, &str), u64> = HashMap::new();
    let mut verdicts = BTreeMap::new();
    for contender in order {
        if !contender.barred.is_empty() {
            verdicts.insert(contender.row, Verdict::Barred(contender.barred.clone()));
            continue;
        }
        let held_by = |(field, value): &(usize, String)| {
            let holder = holders.get(&(*field, value.as_str()))?;
            Some((*field, *holder))
        };
        let lost: Vec<(usize, u64)> = contender.claims.iter().filter_map(held_by).collect();
        if lost.is_empty() {
            let claims = contender.claims.iter();
            holders.extend(claims.map(|(field, value)| ((*field, value.as_str()), contender.row)));
            verdicts.insert(contender.row, Verdict::Wins);
        } else {
            verdicts.insert(contender.row, Verdict::Loses(lost));
        }
    }
    verdicts
}

/// Rows that met, directly or through others, as groups in the order of the file.
pub fn groups(contests: impl IntoIterator<Item = Contest>) -> Vec<Vec<u64>> {
    let mut parents: HashMap<u64, u64> = HashMap::new();
    for contest in contests {
        let root = root_of(&mut parents, contest.row);
        let other = root_of(&mut parents, contest.with);
        parents.insert(root.max(other), root.min(other));
    }
    let mut rows: Vec<u64> = parents.keys().copied().collect();
    rows.sort_unstable();
    let mut groups: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for row in rows {
        let root = root_of(&mut parents, row);
        groups.entry(root).or_default().push(row);
    }
    groups.into_values().collect()
}

/// The first row known of the group of `row`. Halves the paths it walks, as is usual for disjoint
/// sets.
fn root_of(parents: &mut HashMap<u64, u64>, mut row: u64) -> u64 {
    loop {
        let parent = *parents.entry(row).or_insert(row);
        if parent == row {
            return row;
        }
        let grandparent = *parents.entry(parent).or_insert(parent);
        parents.insert(row, grandparent);
        row = grandparent;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contender(row: u64, claims: &[&str]) -> Contender {
        let claims = claims.iter().enumerate();
        Contender {
            row,
            claims: claims
                .map(|(field, value)| (field, (*value).to_owned()))
                .collect(),
            barred: Vec::new(),
        }
    }

    #[test]
    fn the_first_row_wins_on_insert_and_the_last_on_overwrite() {
        let rows = [contender(2, &["K"]), contender(9, &["K"])];
        let first = decide(&rows, Precedence::First);
        assert_eq!(first[&2], Verdict::Wins);
        assert_eq!(first[&9], Verdict::Loses(vec![(0, 2)]));
        let last = decide(&rows, Precedence::Last);
        assert_eq!(last[&2], Verdict::Loses(vec![(0, 9)]));
        assert_eq!(last[&9], Verdict::Wins);
    }

    #[test]
    fn a_row_that_lost_holds_nothing() {
        let rows = [
            contender(2, &["K2", "phone", "a@b"]),
            contender(3, &["K3", "phone", "c@d"]),
            contender(4, &["K4", "other", "c@d"]),
        ];
        let verdicts = decide(&rows, Precedence::First);
        assert_eq!(verdicts[&3], Verdict::Loses(vec![(1, 2)]));
        assert_eq!(verdicts[&4], Verdict::Wins);
    }

    #[test]
    fn a_row_that_others_bar_holds_nothing() {
        let mut rows = vec![
            contender(2, &["K2", "phone"]),
            contender(3, &["K3", "phone"]),
        ];
        rows[0].barred = vec![0];
        let verdicts = decide(&rows, Precedence::First);
        assert_eq!(verdicts[&2], Verdict::Barred(vec![0]));
        assert_eq!(verdicts[&3], Verdict::Wins);
    }

    #[test]
    fn all_that_a_row_lost_is_named() {
        let rows = [
            contender(2, &["K2", "phone", "a@b"]),
            contender(3, &["K3", "other", "c@d"]),
            contender(4, &["K2", "other", "a@b"]),
        ];
        let verdicts = decide(&rows, Precedence::First);
        assert_eq!(verdicts[&4], Verdict::Loses(vec![(0, 2), (1, 3), (2, 2)]));
    }

    #[test]
    fn rows_that_want_the_same_meet() {
        let wants = vec![
            Want::new(0, "K2", 5),
            Want::new(1, "K1", 2),
            Want::new(0, "K1", 3),
            Want::new(0, "K1", 9),
            Want::new(0, "K1", 7),
        ];
        let mut contests = met(wants);
        contests.sort_unstable();
        let with_3 = |row| Contest { row, with: 3 };
        assert_eq!(contests, [with_3(7), with_3(9)]);
    }

    #[test]
    fn rows_that_met_are_one_group_in_whatever_order_it_is_told() {
        let met = |row, with| Contest { row, with };
        let mut told = vec![met(9, 5), met(7, 3), met(5, 2), met(9, 2)];
        let expected = vec![vec![2, 5, 9], vec![3, 7]];
        assert_eq!(groups(told.clone()), expected);
        told.reverse();
        assert_eq!(groups(told), expected);
    }
}
