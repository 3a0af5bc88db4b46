//! Staff accounts: files of them, and what a station has stored of them. No two have the same phone
//! or e-mail address.

use std::collections::BTreeMap;

use super::{Item, Sluice, text};

/// The table of staff rows.
pub const STAFF: &str = "sluice-staff";
const UNIQUE: [&str; 2] = ["phone", "email"];

/// What a station has stored.
#[derive(Debug, PartialEq)]
pub struct Staff {
    /// By number.
    pub people: BTreeMap<String, Item>,
    /// By column and value, the number of who has claimed it.
    pub claims: BTreeMap<String, String>,
}

impl Sluice {
    /// The staff of a station.
    pub async fn staff(&self, station: &str) -> Staff {
        let mut staff = Staff {
            people: BTreeMap::new(),
            claims: BTreeMap::new(),
        };
        for ((pk, sk), item) in self.items_of(STAFF).await {
            match pk.strip_prefix(&format!("{station}#")) {
                None => {}
                Some(shard) if shard.starts_with('u') => {
                    staff.claims.insert(sk, text(&item, "_key").to_owned());
                }
                Some(_) => {
                    staff.people.insert(sk, item);
                }
            }
        }
        staff
    }
}

impl Staff {
    /// What a person has in a column.
    pub fn value(&self, number: &str, column: &str) -> Option<&str> {
        let value = self.people.get(number)?.get(column)?;
        Some(value.as_s().expect("a text"))
    }

    /// Asserts that each value has been claimed by the one person who has it, and no other has.
    pub fn assert_agrees(&self) {
        let mut had = BTreeMap::new();
        for number in self.people.keys() {
            for column in UNIQUE {
                if let Some(value) = self.value(number, column) {
                    let other = had.insert(format!("{column}#{value}"), number.clone());
                    assert_eq!(other, None, "{value} is stored twice");
                }
            }
        }
        let lacking: Vec<_> = had
            .iter()
            .filter(|(value, number)| self.claims.get(*value) != Some(*number))
            .collect();
        let left: Vec<_> = self
            .claims
            .iter()
            .filter(|(value, _)| !had.contains_key(*value))
            .collect();
        assert!(
            lacking.is_empty() && left.is_empty(),
            "no claims on {lacking:?}, claims for nobody on {left:?}"
        );
    }
}

/// A file of staff accounts, each line `number,name,phone,email`.
pub fn staff_file<L: AsRef<str>>(lines: &[L]) -> Vec<u8> {
    let mut file = "staff_no,name,phone,email\n".to_owned();
    for line in lines {
        file.push_str(line.as_ref());
        file.push('\n');
    }
    file.into_bytes()
}
