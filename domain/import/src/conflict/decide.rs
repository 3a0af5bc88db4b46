//! Deciding on the rows that were deferred: pure, from what they want and who holds it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Want;

/// After so many rounds, rows that lost to a refused row stay refused. Each round follows a chain of rows
/// that hand values over to its end, so that files of people never come near.
const MOST_ROUNDS: usize = 100;

/// Which of two rows of a file wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precedence {
    /// The one that comes first.
    First,
    /// The one that comes last.
    Last,
}

/// How rows meet what is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which of two rows of the file wins.
    pub precedence: Precedence,
    /// Whether a row replaces the one stored under its key. If not, that one bars it.
    pub overwrites: bool,
}

/// A row to decide on. There may be hundreds of thousands, so that it is small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contender {
    /// Its number in the file.
    pub row: u64,
    /// Whether it is stored already, by an earlier try.
    pub is_stored: bool,
    /// What it wants, in the order of the fields. The first is its key.
    wants: Box<[Want]>,
    /// The fields of these, a bit each.
    fields: u64,
    /// Fields in which it is blank and keeps the stored value.
    kept: u64,
}

/// Who holds values in the table, as far as it was looked up: the key of the row that has a value. A key
/// that is held is held by itself.
pub type Held = HashMap<Want, Want>;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is stored.
    Wins,
    /// Stored rows hold these fields. If there are none, the store refuses the row.
    Barred(Vec<usize>),
    /// Rows of the same file hold some of its fields.
    Loses(Lost),
    /// Part of the file was not read, so that nobody knows which rows want the same.
    Undecided,
}

/// The fields that rows of the same file hold, each with the row that does. There is at least one. Most rows
/// lose one, which takes no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    first: (usize, u64),
    others: Box<[(usize, u64)]>,
}

impl Lost {
    /// None if there are no fields.
    fn new(fields: impl IntoIterator<Item = (usize, u64)>) -> Option<Self> {
        let mut fields = fields.into_iter();
        Some(Self {
            first: fields.next()?,
            others: fields.collect(),
        })
    }

    /// Returns the fields, each with the row that holds it.
    pub fn fields(&self) -> impl Iterator<Item = (usize, u64)> {
        std::iter::once(self.first).chain(self.others.iter().copied())
    }
}

impl Contender {
    /// A row that wants a key, field 0, and values of unique columns, in the order of their fields. In
    /// the fields `kept` it is blank and keeps what is stored.
    pub fn new(
        row: u64,
        wants: impl IntoIterator<Item = (usize, Want)>,
        kept: impl IntoIterator<Item = usize>,
    ) -> Self {
        let (fields, wants): (Vec<usize>, Vec<Want>) = wants.into_iter().unzip();
        Self {
            row,
            is_stored: false,
            wants: wants.into(),
            fields: bits(fields),
            kept: bits(kept),
        }
    }

    /// What it wants, by field.
    pub fn wants(&self) -> impl Iterator<Item = (usize, Want)> {
        let fields = (0..64).filter(|field| self.fields >> field & 1 == 1);
        fields.zip(self.wants.iter().copied())
    }

    /// Its key.
    pub fn key(&self) -> Option<Want> {
        self.wants.first().copied()
    }

    /// Whether storing the row makes the row before it give up a value that it has in `field`. A row that is
    /// stored already has done so: what its key holds now, another import has stored since.
    pub fn gives_up(&self, field: usize, value: Want) -> bool {
        !self.is_stored && self.kept >> field & 1 == 0 && !self.wants.contains(&value)
    }
}

fn bits(fields: impl IntoIterator<Item = usize>) -> u64 {
    fields.into_iter().fold(0, |bits, field| bits | 1 << field)
}

/// Decides on rows that are in the order of the file, as if they were imported one after the other: from
/// the first to the last, or for [`Precedence::Last`] from the last to the first. A refused row holds
/// nothing. A row may take a value that a stored row holds, if a row of the file that wins replaces that one
/// and gives the value up: so rows can hand values over, and swap them. `refused` are the places of rows
/// that are refused in any case, with the fields that they are told.
pub fn decide(
    contenders: &[Contender],
    rule: Rule,
    held: &Held,
    refused: &BTreeMap<usize, Vec<usize>>,
) -> Vec<Verdict> {
    let mut barred = refused.clone();
    for _ in 0..MOST_ROUNDS {
        let mut verdicts = in_file(contenders, rule.precedence, &barred);
        let found = bar(contenders, &verdicts, rule, held);
        if found.is_empty() {
            if rule.overwrites {
                let barred: Vec<usize> = barred
                    .into_keys()
                    .filter(|index| !refused.contains_key(index))
                    .collect();
                let_in(contenders, &mut verdicts, held, barred);
            }
            return verdicts;
        }
        barred.extend(found);
    }
    // What a refused row stood in the way of stays refused as well.
    let mut verdicts = in_file(contenders, rule.precedence, &barred);
    for (index, fields) in bar(contenders, &verdicts, rule, held) {
        verdicts[index] = Verdict::Barred(fields);
    }
    verdicts
}

/// Lets rows in, the last of the file first, that were barred by a stored row which another one, that won
/// later, makes give the value up.
fn let_in(contenders: &[Contender], verdicts: &mut [Verdict], held: &Held, mut barred: Vec<usize>) {
    barred.sort_unstable_by(|a, b| b.cmp(a));
    let mut wanted: HashSet<Want> = HashSet::new();
    let mut givers: HashMap<Want, usize> = HashMap::new();
    for (index, contender) in contenders.iter().enumerate() {
        if verdicts[index] == Verdict::Wins {
            wanted.extend(&contender.wants);
            givers.extend(contender.key().map(|key| (key, index)));
        }
    }
    for _ in 0..MOST_ROUNDS {
        let count = barred.len();
        barred.retain(|&index| {
            let contender = &contenders[index];
            let key = contender.key();
            let is_free = |(field, want): (usize, Want)| match held.get(&want) {
                Some(holder) if field > 0 && Some(*holder) != key => {
                    let giver = givers.get(holder).map(|&giver| &contenders[giver]);
                    giver.is_some_and(|giver| giver.gives_up(field, want))
                }
                _ => true,
            };
            let is_in = contender.wants.iter().all(|want| !wanted.contains(want))
                && contender.wants().all(is_free);
            if is_in {
                verdicts[index] = Verdict::Wins;
                wanted.extend(&contender.wants);
                givers.extend(key.map(|key| (key, index)));
            }
            !is_in
        });
        if barred.len() == count {
            return;
        }
    }
}

/// Who wins within the file, where these rows are barred.
fn in_file(
    contenders: &[Contender],
    precedence: Precedence,
    barred: &BTreeMap<usize, Vec<usize>>,
) -> Vec<Verdict> {
    let mut holders: HashMap<Want, u64> = HashMap::new();
    for contender in contenders.iter().filter(|one| one.is_stored) {
        holders.extend(contender.wants.iter().map(|want| (*want, contender.row)));
    }
    let mut verdicts = vec![Verdict::Wins; contenders.len()];
    let mut judge = |index: usize| {
        let contender = &contenders[index];
        if contender.is_stored {
            return;
        }
        if let Some(fields) = barred.get(&index) {
            verdicts[index] = Verdict::Barred(fields.clone());
            return;
        }
        let held_by = |(field, want)| Some((field, *holders.get(&want)?));
        match Lost::new(contender.wants().filter_map(held_by)) {
            Some(lost) => verdicts[index] = Verdict::Loses(lost),
            None => holders.extend(contender.wants.iter().map(|want| (*want, contender.row))),
        }
    };
    match precedence {
        Precedence::First => (0..contenders.len()).for_each(&mut judge),
        Precedence::Last => (0..contenders.len()).rev().for_each(&mut judge),
    }
    verdicts
}

/// Which of the rows that win within the file stored rows bar, and in which fields.
fn bar(
    contenders: &[Contender],
    verdicts: &[Verdict],
    rule: Rule,
    held: &Held,
) -> Vec<(usize, Vec<usize>)> {
    let mut by_key: HashMap<Want, usize> = HashMap::new();
    for (index, contender) in contenders.iter().enumerate() {
        if verdicts[index] == Verdict::Wins
            && let Some(key) = contender.key()
        {
            by_key.insert(key, index);
        }
    }
    let mut barred: HashMap<usize, Vec<usize>> = HashMap::new();
    // Rows that rely on another row, which gives up what they want.
    let mut relying: HashMap<usize, Vec<(usize, usize)>> = HashMap::new();
    let mut open: Vec<usize> = Vec::new();
    for (index, contender) in contenders.iter().enumerate() {
        if verdicts[index] != Verdict::Wins || contender.is_stored {
            continue;
        }
        let key = contender.key();
        for (field, want) in contender.wants().skip(1) {
            let Some(holder) = held.get(&want).filter(|holder| Some(**holder) != key) else {
                continue;
            };
            let giver = by_key.get(holder).copied();
            match giver.filter(|&giver| rule.overwrites && contenders[giver].gives_up(field, want))
            {
                Some(giver) => relying.entry(giver).or_default().push((index, field)),
                None => barred.entry(index).or_default().push(field),
            }
        }
        let is_stored = key.is_some_and(|key| held.contains_key(&key));
        if is_stored && !rule.overwrites && !barred.contains_key(&index) {
            barred.insert(index, vec![0]);
        }
        if barred.contains_key(&index) {
            open.push(index);
        }
    }
    while let Some(giver) = open.pop() {
        for (index, field) in relying.remove(&giver).unwrap_or_default() {
            let fields = barred.entry(index).or_default();
            if fields.is_empty() {
                open.push(index);
            }
            fields.push(field);
        }
    }
    let mut barred: Vec<_> = barred.into_iter().collect();
    for (_, fields) in &mut barred {
        fields.sort_unstable();
    }
    barred
}

#[cfg(test)]
mod tests;
