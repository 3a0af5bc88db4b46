//! What files hold, and what must become of their rows: the generator's own knowledge, which nothing of the system
//! goes into.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use local_generator::{FlawKind, generate};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use sluice_definition::OnDuplicate;

/// The row of the first line after a header, as reports number rows.
pub(super) const FIRST_ROW: u64 = 2;

/// What must become of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is stored: nobody else wants its key or its values.
    Stored,
    /// It is stored, or another row was before it.
    Contested,
    /// It is reported as a duplicate, because a row of its own file has its key.
    Duplicate,
    /// It is reported as wrong.
    Bad,
}

/// A row of a file.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// What it is stored under.
    pub(super) key: String,
    /// Its columns as they are stored. Those that are blank are left out.
    pub(super) values: BTreeMap<String, String>,
    /// What must become of it.
    pub(super) fate: Fate,
}

/// A file, and how it is to be imported.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// What becomes of rows whose key is stored already.
    pub(super) rule: OnDuplicate,
    /// Its rows from [`FIRST_ROW`] on.
    pub(super) rows: Vec<Row>,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

impl File {
    /// Returns a row by its number.
    pub(super) fn row(&self, number: u64) -> Option<&Row> {
        let place = number.checked_sub(FIRST_ROW)?;
        self.rows.get(usize::try_from(place).ok()?)
    }

    /// Returns the rows with their numbers.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u64, &Row)> {
        (FIRST_ROW..).zip(&self.rows)
    }
}

/// A member file with bad and duplicated rows.
pub(super) fn members(rows: u64, seed: u64) -> Result<File, local_generator::GenerateError> {
    let options = local_generator::Options {
        rows,
        seed,
        bad_percent: 4.0,
        duplicate_percent: 4.0,
    };
    let (mut bytes, mut flaws) = (Vec::new(), BTreeMap::new());
    generate(&options, &mut bytes, |flaw| {
        flaws.insert(flaw.row, flaw.kind);
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&*bytes);
    let header = reader.byte_headers().cloned().unwrap_or_default();
    let place_of = |name: &str| header.iter().position(|header| header == name.as_bytes());
    let places = ["member_no", "name"].map(place_of);
    let mut modeled = Vec::new();
    for (row, record) in (FIRST_ROW..).zip(reader.byte_records().flatten()) {
        let [key, name] = places.map(|place| {
            let field = place.and_then(|place| record.get(place));
            let text = String::from_utf8_lossy(field.unwrap_or_default());
            text.trim().to_owned()
        });
        let values = [("member_no", key.clone()), ("name", name)];
        modeled.push(Row {
            key,
            values: values.map(|(name, value)| (name.to_owned(), value)).into(),
            fate: match flaws.get(&row) {
                None => Fate::Contested,
                Some(FlawKind::Duplicate { .. }) => Fate::Duplicate,
                Some(FlawKind::Bad(_)) => Fate::Bad,
            },
        });
    }
    Ok(File {
        rule: OnDuplicate::Reject,
        rows: modeled,
        bytes,
    })
}

/// A line of a staff file. Its phone has eight digits after a Chinese prefix.
struct Staff {
    key: String,
    name: String,
    phone: Option<u64>,
    email: Option<String>,
    fate: Fate,
}

fn staff_file(rule: OnDuplicate, staff: Vec<Staff>) -> File {
    let mut text = "staff_no,name,phone,email\n".to_owned();
    let mut rows = Vec::new();
    for Staff {
        key,
        name,
        phone,
        email,
        fate,
    } in staff
    {
        let phone = phone.map(|digits| format!("138{digits:08}"));
        let shown = |field: &Option<String>| field.clone().unwrap_or_default();
        // Writing to a text does not fail.
        let _ = writeln!(text, "{key},{name},{},{}", shown(&phone), shown(&email));
        let phone = phone.map(|phone| format!("+86{phone}"));
        let columns = [
            ("staff_no", Some(key.clone())),
            ("name", Some(name)),
            ("phone", phone),
            ("email", email),
        ];
        let values = columns.into_iter();
        let values = values.filter_map(|(name, value)| Some((name.to_owned(), value?)));
        rows.push(Row {
            key,
            values: values.collect(),
            fate,
        });
    }
    File {
        rule,
        rows,
        bytes: text.into_bytes(),
    }
}

/// Staff that nobody else wants, with some bad rows. The number tells files apart.
pub(super) fn own_staff(rows: u64, number: u64, seed: u64) -> File {
    let mut random = StdRng::seed_from_u64(seed);
    let staff = (0..rows).map(|row| own(number, row, &mut random));
    staff_file(OnDuplicate::Reject, staff.collect())
}

fn own(number: u64, row: u64, random: &mut StdRng) -> Staff {
    let is_bad = random.random_bool(0.04);
    let email = if is_bad {
        "nobody@".to_owned()
    } else {
        format!("p{number}-{row}@example.com")
    };
    Staff {
        key: format!("K{number}-{row}"),
        name: format!("Row {number} {row}"),
        phone: Some(number * 1_000_000 + row),
        email: Some(email),
        fate: if is_bad { Fate::Bad } else { Fate::Stored },
    }
}

/// Several files of staff that want the same keys, phones and e-mail addresses, beside some of their own.
pub(super) fn contested_staff(files: u64, rows: u64, seed: u64) -> Vec<File> {
    let mut random = StdRng::seed_from_u64(seed);
    let is_strict = random.random_bool(0.5);
    let (keys, values) = (rows / 4 + 4, rows / 3 + 6);
    let mut drawn = Vec::new();
    for number in 1..=files {
        let mut staff = Vec::new();
        for row in 0..rows {
            if random.random_bool(0.4) {
                staff.push(own(number, row, &mut random));
                continue;
            }
            let mut value = || {
                random
                    .random_bool(0.75)
                    .then(|| random.random_range(0..values))
            };
            let (phone, email) = (value(), value());
            staff.push(Staff {
                key: format!("C{}", random.random_range(0..keys)),
                name: format!("Row {number} {row}"),
                phone: phone.map(|phone| 90_000_000 + phone),
                email: email.map(|email| format!("c{email}@example.com")),
                fate: Fate::Contested,
            });
        }
        let rules = [
            OnDuplicate::Reject,
            OnDuplicate::Skip,
            OnDuplicate::Overwrite,
            OnDuplicate::Overwrite,
        ];
        let rule = if is_strict {
            OnDuplicate::Reject
        } else {
            rules[random.random_range(0..rules.len())]
        };
        drawn.push(staff_file(rule, staff));
    }
    drawn
}

/// A file that overwrites every second good row of another one with new values, and has as many new rows.
pub(super) fn overwriting(file: &File, number: u64) -> File {
    let good = file.rows.iter().filter(|row| row.fate == Fate::Stored);
    let mut staff = Vec::new();
    for (place, row) in (0..).zip(good) {
        let key = if place % 2 == 0 {
            row.key.clone()
        } else {
            format!("K{number}-{place}")
        };
        staff.push(Staff {
            key,
            name: format!("Row {number} {place}"),
            phone: Some(number * 1_000_000 + place),
            email: Some(format!("p{number}-{place}@example.com")),
            fate: Fate::Stored,
        });
    }
    staff_file(OnDuplicate::Overwrite, staff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_files() {
        let bytes = |files: Vec<File>| files.into_iter().map(|file| file.bytes).collect::<Vec<_>>();
        let drawn = |seed| bytes(contested_staff(3, 40, seed));
        assert_eq!(drawn(5), drawn(5));
        assert_ne!(drawn(5), drawn(6));
        let of_members = |seed| members(100, seed).unwrap().bytes;
        assert_eq!(of_members(5), of_members(5));
        assert_ne!(of_members(5), of_members(6));
    }

    #[test]
    fn a_member_file_is_modeled_row_by_row() {
        let file = members(500, 3).unwrap();
        let with = |fate| file.rows.iter().filter(|row| row.fate == fate).count();
        let fates = [Fate::Contested, Fate::Duplicate, Fate::Bad].map(with);
        assert_eq!(fates, [460, 20, 20]);
        let good = file.rows.iter().filter(|row| row.fate == Fate::Contested);
        let keys: std::collections::BTreeSet<&str> = good.map(|row| row.key.as_str()).collect();
        assert_eq!(keys.len(), 460);
    }

    #[test]
    fn an_overwriting_file_has_old_and_new_keys() {
        let base = own_staff(50, 1, 9);
        let over = overwriting(&base, 2);
        let is_old = |row: &&Row| base.rows.iter().any(|old| old.key == row.key);
        let old = over.rows.iter().filter(is_old).count();
        assert!(old > 20 && old < over.rows.len());
    }
}
