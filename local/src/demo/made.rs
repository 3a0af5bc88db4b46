//! What the files hold, and what must come of them: the generator's own knowledge, which nothing of the system goes
//! into.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use csv::StringRecord;
use local_generator::{Options, OrderFlaw, Summary, generate, generate_orders};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::Value;

use crate::records::Record;

/// The row of the first line after a header, as reports number rows.
const FIRST_ROW: u64 = 2;
/// How many rows of a hundred are wrong, and how many come twice.
const BAD_PERCENT: f64 = 3.0;
const DUPLICATE_PERCENT: f64 = 1.0;
/// Every so many members have score entries, and so many each.
const SCORED: usize = 4;
const ENTRIES: u64 = 3;
/// The tiers from the lowest, with the points from which a member has them, as `definitions/evaluation/score.toml` says.
const TIERS: [(&str, i64); 4] = [
    ("bronze", 0),
    ("silver", 1_000),
    ("gold", 5_000),
    ("platinum", 20_000),
];

/// A file of members, in which some rows are wrong, and the same rows as they should be.
pub(super) struct Members {
    /// The file with the wrong rows.
    pub(super) faulty: Vec<u8>,
    /// How many rows there are of each kind.
    pub(super) summary: Summary,
    /// The numbers of the rows that must be refused.
    pub(super) refused: BTreeSet<u64>,
    header: StringRecord,
    right: Vec<StringRecord>,
}

impl Members {
    pub(super) fn new(rows: u64, seed: u64) -> Result<Self> {
        let options = Options {
            rows,
            seed,
            bad_percent: BAD_PERCENT,
            duplicate_percent: DUPLICATE_PERCENT,
        };
        let (mut faulty, mut refused) = (Vec::new(), BTreeSet::new());
        let summary = generate(&options, &mut faulty, |flaw| {
            refused.insert(flaw.row);
        })?;
        // Rows do not depend on what is wrong with others: without flaws each is as it should be.
        let without_flaws = Options {
            bad_percent: 0.0,
            duplicate_percent: 0.0,
            ..options
        };
        let mut right = Vec::new();
        generate(&without_flaws, &mut right, |_| {})?;
        let mut reader = csv::Reader::from_reader(&*right);
        Ok(Self {
            faulty,
            summary,
            refused,
            header: reader.headers()?.clone(),
            right: reader.records().collect::<Result<_, _>>()?,
        })
    }

    /// Returns the values of a column, by row.
    fn column(&self, name: &str) -> impl Iterator<Item = &str> {
        let place = self.header.iter().position(|header| header == name);
        let rows = self.right.iter();
        rows.map(move |row| place.and_then(|place| row.get(place)).unwrap_or_default())
    }

    /// Returns the names of all members by their numbers, as they are stored in the end.
    pub(super) fn names(&self) -> BTreeMap<String, String> {
        let names = self.column("name").map(|name| name.trim().to_owned());
        let numbers = self.column("member_no").map(str::to_owned);
        numbers.zip(names).collect()
    }

    /// Returns how many members of a tier have an e-mail address, and their addresses.
    pub(super) fn addresses(&self, tier: &str) -> (u64, BTreeSet<String>) {
        let members = self.column("tier").zip(self.column("email"));
        let with = members.filter(|(of, email)| *of == tier && !email.is_empty());
        let addresses: Vec<String> = with.map(|(_, email)| email.to_owned()).collect();
        (addresses.len() as u64, addresses.into_iter().collect())
    }

    /// Returns how many members have a tier.
    pub(super) fn of_tier(&self, tier: &str) -> u64 {
        self.column("tier").filter(|of| *of == tier).count() as u64
    }

    /// Returns the refused rows with the values that they should have, as a person corrects them in a spreadsheet.
    /// The columns that say which rows of which import they are stay.
    pub(super) fn corrected(&self, refused: &[Record]) -> Result<Vec<u8>> {
        const KEPT: [&str; 2] = ["error_row", "error_task"];
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(self.header.iter().chain(KEPT))?;
        for record in refused {
            let kept = KEPT.map(|name| record.get(name).map_or("", String::as_str));
            let row: u64 = kept[0].parse().context("a row without its number")?;
            let place = row.checked_sub(FIRST_ROW).map(|place| place as usize);
            let right = place.and_then(|place| self.right.get(place));
            let right = right.context("a row that the file does not have")?;
            file.write_record(right.iter().chain(kept))?;
        }
        Ok(file.into_inner()?)
    }

    /// Returns a file that gives some members other names and adds as many new ones, and how many that is.
    pub(super) fn mistaken_update(&self) -> (String, u64) {
        let mut text = "member_no,name\n".to_owned();
        let count = (self.right.len() / 20).max(1);
        for (number, member_no) in self.column("member_no").take(count).enumerate() {
            // Writing to a text does not fail.
            let _ = writeln!(text, "{member_no},Wrong name {number}");
            let _ = writeln!(text, "NEW-{number},New member {number}");
        }
        (text, count as u64)
    }
}

/// Score entries of some members in a month.
pub(super) struct Entries {
    pub(super) text: String,
    pub(super) count: u64,
    /// The points of the members that have any.
    pub(super) sums: BTreeMap<String, i64>,
}

impl Entries {
    /// Draws entries in a month such as `2026-01`.
    pub(super) fn new(members: &Members, month: &str, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut made = Self {
            text: "member_no,entry_date,points,reference\n".to_owned(),
            count: 0,
            sums: BTreeMap::new(),
        };
        for member_no in members.column("member_no").step_by(SCORED) {
            let most = [300, 1_500, 4_000, 15_000][random.random_range(0..4)];
            for reference in 1..=ENTRIES {
                let (day, points) = (random.random_range(1..=28), random.random_range(0..most));
                let _ = writeln!(
                    made.text,
                    "{member_no},{month}-{day:02},{points},A-{reference}"
                );
                made.count += 1;
                *made.sums.entry(member_no.to_owned()).or_default() += points;
            }
        }
        made
    }

    pub(super) fn points(&self) -> i64 {
        self.sums.values().sum()
    }

    /// Returns what the first evaluation must decide.
    pub(super) fn evaluated(&self, members: &Members) -> Evaluated {
        let mut evaluated = Evaluated::default();
        let held = members.column("member_no").zip(members.column("tier"));
        for (member_no, tier) in held {
            let points = self.sums.get(member_no).copied().unwrap_or_default();
            let reached = TIERS.iter().rposition(|(_, from)| points >= *from);
            let reached = reached.unwrap_or_default();
            let held = TIERS.iter().position(|(name, _)| *name == tier);
            let (rule, after) = match held {
                None => ("first", reached),
                Some(held) if reached > held => ("upgraded", reached),
                Some(held) if reached == held => ("kept", held),
                // The first month below its tier takes nothing from a member.
                Some(held) => ("grace", held),
            };
            *evaluated.rules.entry(rule.to_owned()).or_default() += 1;
            *evaluated
                .tiers
                .entry(TIERS[after].0.to_owned())
                .or_default() += 1;
            let reward = match points {
                ..500 => continue,
                500..2_000 => 20,
                _ => 100,
            };
            evaluated.rewarded += 1;
            evaluated.reward_points += reward;
        }
        evaluated
    }
}

/// What an evaluation decides.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    /// Members by the reason for their tier.
    pub(super) rules: BTreeMap<String, u64>,
    /// Members by tier.
    pub(super) tiers: BTreeMap<String, u64>,
    /// How many members have a reward.
    pub(super) rewarded: u64,
    /// The points of all rewards.
    pub(super) reward_points: i64,
}

/// A list of orders.
pub(super) struct Orders {
    pub(super) list: Vec<Value>,
    pub(super) good: u64,
    pub(super) bad: u64,
    pub(super) duplicate: u64,
}

impl Orders {
    pub(super) fn new(orders: u64, seed: u64) -> Result<Self> {
        let options = Options {
            rows: orders,
            seed,
            bad_percent: BAD_PERCENT,
            duplicate_percent: DUPLICATE_PERCENT,
        };
        let (mut text, mut flaws) = (Vec::new(), BTreeMap::new());
        generate_orders(&options, &mut text, |index, flaw| {
            flaws.insert(index, flaw);
        })?;
        let mut made = Self {
            list: Vec::new(),
            good: 0,
            bad: 0,
            duplicate: 0,
        };
        for (index, line) in (0..).zip(text.split(|byte| *byte == b'\n')) {
            // The list is one JSON document, so an order that is no JSON cannot be in it.
            let Ok(order) = serde_json::from_slice(line) else {
                continue;
            };
            match flaws.get(&index) {
                None => made.good += 1,
                Some(OrderFlaw::Bad(_)) => made.bad += 1,
                Some(OrderFlaw::Duplicate { .. }) => made.duplicate += 1,
            }
            made.list.push(order);
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corrected_row_is_the_row_that_was_spoiled() {
        let members = Members::new(400, 7).expect("members");
        assert_eq!(members.refused.len(), 16);
        assert_eq!(members.names().len(), 400);
        let refused = members.refused.iter().map(|row| {
            let fields = [
                ("error_row", row.to_string()),
                ("error_task", "'7".to_owned()),
            ];
            Record::from(fields.map(|(name, value)| (name.to_owned(), value)))
        });
        let refused: Vec<Record> = refused.collect();
        let corrected = members.corrected(&refused).expect("a file");
        let mut reader = csv::Reader::from_reader(&*corrected);
        let names = members.names();
        let mut rows = 0;
        for record in reader.records() {
            let record = record.expect("a record");
            assert!(names.contains_key(&record[0]), "{record:?}");
            assert_eq!(&record[11], "'7");
            rows += 1;
        }
        assert_eq!(rows, 16);
    }

    #[test]
    fn points_and_decisions_are_of_all_members() {
        let members = Members::new(400, 7).expect("members");
        let entries = Entries::new(&members, "2026-01", 7);
        assert_eq!((entries.count, entries.sums.len()), (300, 100));
        assert_eq!(entries.text.lines().count(), 301);
        let evaluated = entries.evaluated(&members);
        assert_eq!(evaluated.rules.values().sum::<u64>(), 400);
        assert_eq!(evaluated.tiers.values().sum::<u64>(), 400);
        assert!(evaluated.rewarded > 0);
    }

    #[test]
    fn a_list_of_orders_counts_its_flaws() {
        let orders = Orders::new(400, 7).expect("orders");
        let all = orders.good + orders.bad + orders.duplicate;
        assert_eq!(all, orders.list.len() as u64);
        assert_eq!((orders.good, orders.duplicate), (384, 4));
    }
}
