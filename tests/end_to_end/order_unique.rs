//! The order of chunks does not matter either where columns are unique: a property over files whose
//! rows want the same keys, phones and e-mails, in stations that have staff already, against a model
//! that imports one row after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::harness::{Item, text};
use crate::order::{Bench, Deliveries, Told, check_all, fresh_station, row_of};

/// A row: who it is, and what nobody else may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Person {
    key: u8,
    phone: Option<u8>,
    email: Option<u8>,
}

#[derive(Clone, Debug)]
struct Case {
    /// Who is there already.
    before: Vec<Person>,
    rows: Vec<Person>,
    deliveries: Deliveries,
    /// What overwrites all that afterwards.
    later: Vec<Person>,
}

/// What an import of a case came to.
struct Came {
    before: Stored,
    after: Stored,
    told: Told,
    later: Stored,
}

/// What a station has stored: its staff by number, and who has claimed which value.
#[derive(Debug, PartialEq)]
struct Stored {
    staff: BTreeMap<String, (u64, Option<String>, Option<String>)>,
    claims: BTreeMap<String, String>,
}

fn person(keys: u8, values: u8) -> impl Strategy<Value = Person> {
    let value = move || prop_oneof![1 => Just(None), 2 => (0..values).prop_map(Some)];
    (0..keys, value(), value()).prop_map(|(key, phone, email)| Person { key, phone, email })
}

fn cases() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(person(6, 8), 0..5),
        prop::collection::vec(person(14, 12), 8..40),
        Deliveries::any(),
        prop::collection::vec(person(14, 12), 1..12),
    )
        .prop_map(|(before, rows, deliveries, later)| Case {
            before,
            rows,
            deliveries,
            later,
        })
}

fn phone(n: u8) -> String {
    format!("+861381234{n:04}")
}

fn email(n: u8) -> String {
    format!("p{n}@example.com")
}

fn file(rows: &[Person]) -> String {
    let mut file = "staff_no,name,phone,email\n".to_owned();
    for (row, person) in (2..).zip(rows) {
        let padding = "x".repeat(60 + row % 30);
        let phone = person.phone.map(phone).unwrap_or_default();
        let email = person.email.map(email).unwrap_or_default();
        let key = person.key;
        writeln!(file, "K{key},row {row} {padding},{phone},{email}").expect("a line");
    }
    file
}

/// What must be stored: rows taken one after the other, from the last on where the last wins. A row may
/// take a value of a stored row which a row of the file makes give it up.
fn model(before: &Model, rows: &[Person], rule: &str) -> (Model, usize) {
    let overwrites = rule == "overwrite";
    let same = |a: Option<u8>, b: Option<u8>| a.is_some() && a == b;
    let mut barred: BTreeSet<u64> = BTreeSet::new();
    let mut won = loop {
        let mut numbered: Vec<(u64, Person)> = (2..).zip(rows.iter().copied()).collect();
        numbered.retain(|(row, _)| !barred.contains(row));
        if overwrites {
            numbered.reverse();
        }
        let mut won = Model::new();
        for (row, person) in numbered {
            let clashes = won.iter().any(|(key, (_, other)): (&u8, &(u64, Person))| {
                *key == person.key
                    || same(person.phone, other.phone)
                    || same(person.email, other.email)
            });
            if !clashes {
                won.insert(person.key, (row, person));
            }
        }
        // Of those that win in the file, those that stored rows leave room for.
        let mut fits = won.clone();
        loop {
            let count = fits.len();
            let others = fits.clone();
            fits.retain(|key, (_, person)| {
                let gives_up = |holder: u8, old: Option<u8>, new: fn(&Person) -> Option<u8>| {
                    let giver = others.get(&holder).filter(|_| overwrites);
                    giver.is_some_and(|(_, giver)| new(giver).is_some_and(|new| Some(new) != old))
                };
                before.iter().all(|(holder, (_, old))| {
                    if holder == key {
                        return overwrites;
                    }
                    let phone = !same(person.phone, old.phone)
                        || gives_up(*holder, old.phone, |giver| giver.phone);
                    let email = !same(person.email, old.email)
                        || gives_up(*holder, old.email, |giver| giver.email);
                    phone && email
                })
            });
            if fits.len() == count {
                break;
            }
        }
        if fits.len() == won.len() {
            break won;
        }
        let out = won.iter().filter(|(key, _)| !fits.contains_key(key));
        barred.extend(out.map(|(_, (row, _))| *row));
    };
    // Rows that were barred come in, the last first, where another has made room meanwhile.
    for _ in rows {
        for row in barred.iter().rev() {
            let person = rows[*row as usize - 2];
            let fits = !won.contains_key(&person.key)
                && won.values().all(|(_, other)| {
                    !same(person.phone, other.phone) && !same(person.email, other.email)
                })
                && before.iter().all(|(holder, (_, old))| {
                    let giver = won.get(holder).map(|(_, giver)| *giver);
                    let gone = |old: Option<u8>, new: Option<Option<u8>>| {
                        new.flatten().is_some_and(|new| Some(new) != old)
                    };
                    *holder == person.key
                        || ((!same(person.phone, old.phone)
                            || gone(old.phone, giver.map(|giver| giver.phone)))
                            && (!same(person.email, old.email)
                                || gone(old.email, giver.map(|giver| giver.email))))
                });
            if fits && overwrites {
                won.insert(person.key, (*row, person));
            }
        }
    }
    let mut after = before.clone();
    for (key, (row, person)) in &won {
        // A blank keeps what is stored.
        let old = before.get(key).map(|(_, old)| *old);
        let merged = Person {
            key: *key,
            phone: person.phone.or(old.and_then(|old| old.phone)),
            email: person.email.or(old.and_then(|old| old.email)),
        };
        after.insert(*key, (*row, merged));
    }
    (after, won.len())
}

/// By key, the row that is stored and what it has.
type Model = BTreeMap<u8, (u64, Person)>;

fn as_stored(model: &Model) -> Stored {
    let mut claims = BTreeMap::new();
    let mut staff = BTreeMap::new();
    for (key, (row, person)) in model {
        let key = format!("K{key}");
        let (phone, email) = (person.phone.map(phone), person.email.map(email));
        for (column, value) in [("phone", &phone), ("email", &email)] {
            if let Some(value) = value {
                claims.insert(format!("{column}#{value}"), key.clone());
            }
        }
        staff.insert(key, (*row, phone, email));
    }
    Stored { staff, claims }
}

async fn stored(bench: &Bench, station: &str) -> Stored {
    let staff = bench.sluice.staff(station).await;
    let column = |key: &str, name: &str| staff.value(key, name).map(str::to_owned);
    let person = |(key, item): (&String, &Item)| {
        let row = row_of(item);
        let name = text(item, "name");
        assert!(
            name.starts_with(&format!("row {row} ")),
            "{name} is not {row}"
        );
        (
            key.clone(),
            (row, column(key, "phone"), column(key, "email")),
        )
    };
    Stored {
        staff: staff.people.iter().map(person).collect(),
        claims: staff.claims.clone(),
    }
}

/// Imports a case into a station of its own.
async fn import(bench: &Bench, case: &Case, rule: &str, deliveries: &Deliveries) -> Came {
    let station = fresh_station();
    let caller = bench.sluice.caller(&station).of_business("staff_import");
    let caller = caller.repeating();
    let natural = Deliveries::natural();
    if !case.before.is_empty() {
        let before = file(&case.before);
        Box::pin(bench.import(&caller, &before, "reject", &natural)).await;
    }
    let before = stored(bench, &station).await;
    let rows = file(&case.rows);
    let (_, told) = Box::pin(bench.import(&caller, &rows, rule, deliveries)).await;
    let after = stored(bench, &station).await;
    let later = file(&case.later);
    Box::pin(bench.import(&caller, &later, "overwrite", &natural)).await;
    Came {
        before,
        after,
        told,
        later: stored(bench, &station).await,
    }
}

async fn check(bench: &Bench, case: &Case, rule: &str) -> Result<(), TestCaseError> {
    let natural = Deliveries::natural();
    let expected = Box::pin(import(bench, case, rule, &natural)).await;
    let found = Box::pin(import(bench, case, rule, &case.deliveries)).await;
    let (old, _) = model(&Model::new(), &case.before, "reject");
    prop_assert_eq!(&found.before, &as_stored(&old), "what is there already");
    let (new, won) = model(&old, &case.rows, rule);
    prop_assert_eq!(
        &expected.after,
        &as_stored(&new),
        "in the order of the file"
    );
    prop_assert_eq!(&found.after, &expected.after);
    let (newest, _) = model(&new, &case.later, "overwrite");
    prop_assert_eq!(&expected.later, &as_stored(&newest), "what comes later");
    prop_assert_eq!(&found.later, &expected.later);
    let (found, expected_told, told) = (found.later, expected.told, found.told);
    let rows = expected_told.rows;
    let out = case.rows.len() - won;
    let counted = if rule == "skip" {
        (rows.skipped, rows.duplicate)
    } else {
        (rows.duplicate, rows.skipped)
    };
    prop_assert_eq!(counted, (out as u64, 0));
    prop_assert_eq!(rows.succeeded, won as u64);
    prop_assert_eq!(told, expected_told);
    // Nobody shares a value: the claims name as many as the rows have.
    let values = found.staff.values();
    let values: Vec<&String> = values.flat_map(|(_, a, b)| a.iter().chain(b)).collect();
    let distinct: BTreeSet<&&String> = values.iter().collect();
    prop_assert_eq!(distinct.len(), values.len());
    Ok(())
}

fn check_rule(rule: &str) {
    check_all(cases(), &async |bench: &Bench, case: Case| {
        check(bench, &case, rule).await
    });
}

#[test]
fn of_rows_that_want_one_value_the_first_wins_in_any_order_of_chunks() {
    check_rule("reject");
}

#[test]
fn rows_that_want_one_value_are_skipped_alike_in_any_order_of_chunks() {
    check_rule("skip");
}

#[test]
fn of_rows_that_overwrite_the_last_wins_in_any_order_of_chunks() {
    check_rule("overwrite");
}
