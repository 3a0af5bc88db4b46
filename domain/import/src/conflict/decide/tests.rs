use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{decide as decide_but, *};
use crate::conflict::WantHasher;

const REJECT: Rule = Rule {
    precedence: Precedence::First,
    overwrites: false,
};
const OVERWRITE: Rule = Rule {
    precedence: Precedence::Last,
    overwrites: true,
};

fn decide(contenders: &[Contender], rule: Rule, held: &Held) -> Vec<Verdict> {
    decide_but(contenders, rule, held, &BTreeMap::new())
}

fn want(field: usize, value: &str) -> Want {
    WantHasher::new(7.try_into().expect("a task id")).want(field, value)
}

/// A row that wants a key and values; an empty value is a blank that keeps what is stored.
fn row(row: u64, values: &[&str]) -> Contender {
    let fields = values.iter().enumerate();
    let (wants, kept): (Vec<_>, Vec<_>) = fields.partition(|(_, value)| !value.is_empty());
    let wants = wants
        .into_iter()
        .map(|(field, value)| (field, want(field, value)));
    Contender::new(row, wants, kept.into_iter().map(|(field, _)| field))
}

fn loses<const FIELDS: usize>(fields: [(usize, u64); FIELDS]) -> Verdict {
    Verdict::Loses(Lost::new(fields).expect("a field"))
}

/// Stored rows, each with its key and its values.
fn stored(rows: &[&[&str]]) -> Held {
    let mut held = Held::new();
    for values in rows {
        let key = want(0, values[0]);
        for (field, value) in values.iter().enumerate() {
            held.insert(want(field, value), key);
        }
    }
    held
}

#[test]
fn the_first_row_wins_on_insert_and_the_last_on_overwrite() {
    let rows = [row(2, &["K"]), row(9, &["K"])];
    let held = Held::new();
    assert_eq!(
        decide(&rows, REJECT, &held),
        [Verdict::Wins, loses([(0, 2)])]
    );
    assert_eq!(
        decide(&rows, OVERWRITE, &held),
        [loses([(0, 9)]), Verdict::Wins]
    );
}

#[test]
fn a_row_that_lost_holds_nothing() {
    let rows = [
        row(2, &["K2", "phone", "a@b"]),
        row(3, &["K3", "phone", "c@d"]),
        row(4, &["K4", "other", "c@d"]),
    ];
    let verdicts = decide(&rows, REJECT, &Held::new());
    assert_eq!(verdicts[1], loses([(1, 2)]));
    assert_eq!(verdicts[2], Verdict::Wins);
}

#[test]
fn a_row_that_a_stored_row_bars_holds_nothing() {
    let rows = [row(2, &["K2", "phone"]), row(3, &["K3", "phone"])];
    let verdicts = decide(&rows, REJECT, &stored(&[&["K2", "x"]]));
    assert_eq!(verdicts, [Verdict::Barred(vec![0]), Verdict::Wins]);
    let verdicts = decide(&rows, REJECT, &stored(&[&["K9", "phone"]]));
    assert_eq!(
        verdicts,
        [Verdict::Barred(vec![1]), Verdict::Barred(vec![1])]
    );
}

#[test]
fn all_that_a_row_lost_is_named() {
    let rows = [
        row(2, &["K2", "phone", "a@b"]),
        row(3, &["K3", "other", "c@d"]),
        row(4, &["K2", "other", "a@b"]),
    ];
    let verdicts = decide(&rows, REJECT, &Held::new());
    assert_eq!(verdicts[2], loses([(0, 2), (1, 3), (2, 2)]));
}

#[test]
fn a_stored_row_gives_its_value_to_another_and_two_rows_swap_theirs() {
    let before = stored(&[&["A", "1"], &["B", "2"]]);
    for rows in [
        [row(2, &["A", "3"]), row(3, &["C", "1"])],
        [row(2, &["C", "1"]), row(3, &["A", "3"])],
        [row(2, &["A", "2"]), row(3, &["B", "1"])],
    ] {
        let verdicts = decide(&rows, OVERWRITE, &before);
        assert_eq!(verdicts, [Verdict::Wins, Verdict::Wins], "{rows:?}");
    }
}

#[test]
fn who_keeps_a_value_or_is_refused_gives_nothing_away() {
    let before = stored(&[&["A", "1", "a"], &["B", "2", "b"]]);
    // A blank keeps the phone.
    let rows = [row(2, &["A", "", "x"]), row(3, &["C", "1", ""])];
    assert_eq!(
        decide(&rows, OVERWRITE, &before)[1],
        Verdict::Barred(vec![1])
    );
    // A is refused for its e-mail address, so that its phone stays its own.
    let rows = [row(2, &["A", "3", "b"]), row(3, &["C", "1", ""])];
    let verdicts = decide(&rows, OVERWRITE, &before);
    assert_eq!(
        verdicts,
        [Verdict::Barred(vec![2]), Verdict::Barred(vec![1])]
    );
    // Nobody replaces A.
    let rows = [row(3, &["C", "1", ""])];
    assert_eq!(
        decide(&rows, OVERWRITE, &before),
        [Verdict::Barred(vec![1])]
    );
}

#[test]
fn a_long_chain_of_rows_that_rely_on_a_refused_one_is_refused() {
    let count = 50_000;
    let value = |n: usize| format!("v{n}");
    let key = |n: usize| format!("K{n}");
    let mut held = Held::new();
    let mut rows = Vec::new();
    for n in 0..count {
        let name = want(0, &key(n));
        held.insert(name, name);
        held.insert(want(1, &value(n)), name);
        rows.push(row(n as u64 + 2, &[&key(n), &value(n + 1)]));
    }
    // The value that the last one wants belongs to somebody who is not in the file.
    held.insert(want(1, &value(count)), want(0, "other"));
    let verdicts = decide(&rows, OVERWRITE, &held);
    assert!(
        verdicts
            .iter()
            .all(|verdict| *verdict == Verdict::Barred(vec![1]))
    );
}

#[test]
fn a_row_that_is_stored_already_stays_whatever_comes_before_it() {
    let mut rows = [row(2, &["K"]), row(9, &["K"])];
    rows[1].is_stored = true;
    let verdicts = decide(&rows, REJECT, &stored(&[&["K"]]));
    assert_eq!(verdicts, [loses([(0, 9)]), Verdict::Wins]);
}

#[test]
fn a_row_that_is_stored_already_gives_nothing_up_any_more() {
    // Another import has given A its phone again since.
    let mut rows = [row(2, &["A", "3"]), row(3, &["C", "1"])];
    rows[0].is_stored = true;
    let verdicts = decide(&rows, OVERWRITE, &stored(&[&["A", "1"]]));
    assert_eq!(verdicts, [Verdict::Wins, Verdict::Barred(vec![1])]);
}

#[test]
fn a_row_that_the_store_refuses_gives_way_to_the_next() {
    let rows = [row(2, &["K"]), row(9, &["K"])];
    let refused = BTreeMap::from([(0, Vec::new())]);
    let verdicts = decide_but(&rows, REJECT, &Held::new(), &refused);
    assert_eq!(verdicts, [Verdict::Barred(vec![]), Verdict::Wins]);
}

type Table = BTreeMap<u8, (Option<u8>, Option<u8>)>;

fn values() -> impl Strategy<Value = (u8, Option<u8>, Option<u8>)> {
    let value = || prop::option::weighted(0.7, 0..6u8);
    (0..6u8, value(), value())
}

/// A table in which no value occurs twice.
fn table(rows: &[(u8, Option<u8>, Option<u8>)]) -> Table {
    let mut table = Table::new();
    for (key, phone, email) in rows {
        let is_free = |phone: Option<u8>, email: Option<u8>| {
            !table
                .values()
                .any(|(a, b)| (phone.is_some() && *a == phone) || (email.is_some() && *b == email))
        };
        if is_free(*phone, *email) {
            table.entry(*key).or_insert((*phone, *email));
        }
    }
    table
}

fn text(value: Option<u8>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn contenders(rows: &[(u8, Option<u8>, Option<u8>)]) -> Vec<Contender> {
    let numbered = (2..).zip(rows);
    numbered
        .map(|(number, (key, phone, email))| {
            row(number, &[&key.to_string(), &text(*phone), &text(*email)])
        })
        .collect()
}

fn held(table: &Table) -> Held {
    let rows: Vec<Vec<String>> = table
        .iter()
        .map(|(key, (phone, email))| vec![key.to_string(), text(*phone), text(*email)])
        .collect();
    let mut held = Held::new();
    for values in &rows {
        for (field, value) in values
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_empty())
        {
            held.insert(want(field, value), want(0, &values[0]));
        }
    }
    held
}

proptest! {
    /// Inserting is importing one row after the other.
    #[test]
    fn inserting_is_importing_one_row_after_the_other(
        before in prop::collection::vec(values(), 0..5),
        rows in prop::collection::vec(values(), 1..14),
    ) {
        let before = table(&before);
        let verdicts = decide(&contenders(&rows), REJECT, &held(&before));
        let mut model = before;
        for ((key, phone, email), verdict) in rows.iter().zip(&verdicts) {
            let is_taken = model.contains_key(key) || model.values().any(|(a, b)| {
                (phone.is_some() && a == phone) || (email.is_some() && b == email)
            });
            prop_assert_eq!(*verdict == Verdict::Wins, !is_taken);
            if !is_taken {
                model.insert(*key, (*phone, *email));
            }
        }
    }

    /// After overwriting, no value belongs to two rows, and who was refused could not have been stored
    /// beside those that were.
    #[test]
    fn overwriting_leaves_each_value_with_one_row(
        before in prop::collection::vec(values(), 0..6),
        rows in prop::collection::vec(values(), 1..14),
    ) {
        let before = table(&before);
        let verdicts = decide(&contenders(&rows), OVERWRITE, &held(&before));
        let mut after = before;
        let mut winners = BTreeSet::new();
        for ((key, phone, email), verdict) in rows.iter().zip(&verdicts) {
            if *verdict == Verdict::Wins {
                prop_assert!(winners.insert(*key), "a key won twice");
                let old = after.get(key).copied().unwrap_or_default();
                after.insert(*key, (phone.or(old.0), email.or(old.1)));
            }
        }
        for (index, (phone, email)) in after.values().enumerate() {
            for (other_phone, other_email) in after.values().skip(index + 1) {
                prop_assert!(phone.is_none() || phone != other_phone);
                prop_assert!(email.is_none() || email != other_email);
            }
        }
        for ((key, phone, email), verdict) in rows.iter().zip(&verdicts) {
            if *verdict != Verdict::Wins {
                let clashes = winners.contains(key) || after.iter().any(|(other, (a, b))| {
                    other != key && ((phone.is_some() && a == phone) || (email.is_some() && b == email))
                });
                prop_assert!(clashes, "row with key {} was refused for nothing", key);
            }
        }
    }
}
