//! The oracle finds what is planted.

use super::super::model::{contested_staff, own_staff};
use super::*;

/// A file of its own rows and the perfect outcome of its import.
fn perfect() -> (File, Told, Stored) {
    let file = own_staff(60, 1, 4);
    let mut told = Told {
        task: 9,
        ..Told::default()
    };
    let mut stored = Stored::default();
    for (number, row) in file.numbered() {
        told.rows.read += 1;
        if row.fate == Fate::Bad {
            told.rows.failed += 1;
            told.reported.insert(number, "format".to_owned());
            continue;
        }
        told.rows.succeeded += 1;
        let found = StoredRow {
            origin: (9, number),
            values: row.values.clone(),
        };
        for column in ["phone", "email"] {
            let claim = format!("{column}#{}", row.values[column]);
            stored.claims.insert(claim, row.key.clone());
        }
        stored.rows.insert(row.key.clone(), found);
    }
    assert!(told.rows.failed > 0);
    (file, told, stored)
}

/// The names of the checks that find something.
fn found(file: &File, told: &Told, stored: &Stored) -> Vec<String> {
    let mut checks = imports(&[(file, told)], stored);
    checks.push(claims(stored, &["phone", "email"]));
    assert!(checks.iter().all(|check| check.compared > 0));
    let failed = checks
        .into_iter()
        .filter(|check| !check.violations.is_empty());
    failed.map(|check| check.name).collect()
}

fn any_key(stored: &Stored) -> String {
    stored.rows.keys().nth(20).unwrap().clone()
}

#[test]
fn a_perfect_import_has_no_violations() {
    let (file, told, stored) = perfect();
    assert_eq!(found(&file, &told, &stored), [""; 0]);
}

#[test]
fn a_lost_row_is_found() {
    let (file, told, mut stored) = perfect();
    let lost = stored.rows.remove(&any_key(&stored)).unwrap();
    for column in ["phone", "email"] {
        stored
            .claims
            .remove(&format!("{column}#{}", lost.values[column]));
    }
    let names = ["no row is lost", "no row is counted twice"];
    assert_eq!(found(&file, &told, &stored), names);
}

#[test]
fn a_count_that_is_doubled_is_found() {
    let (file, mut told, stored) = perfect();
    told.rows.read += 5;
    told.rows.succeeded += 5;
    let names = ["every row is counted", "no row is counted twice"];
    assert_eq!(found(&file, &told, &stored), names);
    // One row counted twice in the place of another one that is not stored.
    let (file, told, mut stored) = perfect();
    let key = any_key(&stored);
    stored.rows.remove(&key);
    assert!(found(&file, &told, &stored).contains(&"no row is counted twice".to_owned()));
}

#[test]
fn a_stale_claim_a_stolen_one_and_a_missing_one_are_found() {
    let name = ["unique values are claimed by who has them"];
    let (file, told, mut stored) = perfect();
    stored
        .claims
        .insert("phone#+8613800000000".to_owned(), "K1-1".to_owned());
    assert_eq!(found(&file, &told, &stored), name);
    let (file, told, mut stored) = perfect();
    let first = stored.claims.keys().next().unwrap().clone();
    stored.claims.insert(first.clone(), "somebody".to_owned());
    assert_eq!(found(&file, &told, &stored), name);
    stored.claims.remove(&first);
    assert_eq!(found(&file, &told, &stored), name);
}

#[test]
fn a_value_of_two_rows_is_found() {
    let (file, told, mut stored) = perfect();
    let mut keys = stored.rows.keys().cloned();
    let (one, two) = (keys.next().unwrap(), keys.next().unwrap());
    let phone = stored.rows[&one].values["phone"].clone();
    let row = stored.rows.get_mut(&two).unwrap();
    row.values.insert("phone".to_owned(), phone);
    let names = [
        "stored rows are as they were sent",
        "unique values are claimed by who has them",
    ];
    assert_eq!(found(&file, &told, &stored), names);
}

#[test]
fn a_report_that_lacks_a_row_or_has_one_too_many_is_found() {
    let name = ["the report has what was not stored"];
    let (file, mut told, stored) = perfect();
    told.reported.pop_first();
    assert_eq!(found(&file, &told, &stored), name);
    let (file, mut told, stored) = perfect();
    told.reported.insert(1_000, "format".to_owned());
    assert_eq!(found(&file, &told, &stored), name);
    let (file, mut told, stored) = perfect();
    let good = stored.rows[&any_key(&stored)].origin.1;
    told.reported.insert(good, "format".to_owned());
    let names = [
        "the report has what was not stored",
        "stored rows are as they were sent",
    ];
    assert_eq!(found(&file, &told, &stored), names);
}

#[test]
fn rows_of_nobody_and_changed_values_are_found() {
    let name = ["stored rows are as they were sent"];
    let (file, told, mut stored) = perfect();
    let key = any_key(&stored);
    let row = stored.rows.get_mut(&key).unwrap();
    row.values
        .insert("name".to_owned(), "Somebody else".to_owned());
    assert_eq!(found(&file, &told, &stored), name);
    let (file, told, mut stored) = perfect();
    stored.rows.insert("X".to_owned(), StoredRow::default());
    let names = [
        "stored rows are as they were sent",
        "no row is counted twice",
    ];
    assert_eq!(found(&file, &told, &stored), names);
}

#[test]
fn a_contested_row_may_be_a_duplicate_but_not_wrong() {
    let files = contested_staff(2, 50, 3);
    let contested = files[0]
        .numbered()
        .find(|(_, row)| row.fate == Fate::Contested);
    let (number, _) = contested.unwrap();
    let of_code = |code: &str| {
        let mut told = Told::default();
        told.reported.insert(number, code.to_owned());
        let check = reported(&[(&files[0], &told)]);
        let words = format!("row {number}:");
        check
            .violations
            .iter()
            .any(|violation| violation.contains(&words))
    };
    assert!(!of_code("duplicate"));
    assert!(!of_code("duplicate; duplicate"), "the key and a value");
    assert!(of_code("duplicate; format"));
    assert!(of_code("internal"));
}

#[test]
fn what_is_missing_other_and_too_much_differs() {
    let map = |pairs: &[(&str, u32)]| -> BTreeMap<String, u32> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), *value))
            .collect()
    };
    let expected = map(&[("a", 1), ("b", 2)]);
    assert!(same("same", &expected, &expected).violations.is_empty());
    for other in [
        map(&[("a", 1)]),
        map(&[("a", 1), ("b", 3)]),
        map(&[("a", 1), ("b", 2), ("c", 3)]),
    ] {
        assert_eq!(
            same("same", &expected, &other).violations.len(),
            1,
            "{other:?}"
        );
    }
}
