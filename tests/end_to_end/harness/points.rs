//! Score entries, and the sums that are to be kept of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::Value;

use super::{Caller, Sluice, patiently, text};

/// The table of entries.
pub const SCORES: &str = "sluice-scores";
/// The table of sums.
pub const SUMS: &str = "sluice-sums";
/// The table of what evaluations have done.
pub const SCORE_ACTIONS: &str = "sluice-score-actions";

/// Points and numbers of entries, by station, member and day (`2026-01-31`).
pub type Points = BTreeMap<(String, String, String), (i64, u64)>;

/// A file of entries: member, day, points and reference.
pub fn entries(rows: &[(&str, &str, i64, &str)]) -> Vec<u8> {
    let mut file = "member_no,entry_date,points,reference\n".to_owned();
    for (member, day, points, reference) in rows {
        writeln!(file, "{member},{day},{points},{reference}").expect("a line");
    }
    file.into_bytes()
}

fn station_of(pk: &str) -> String {
    let (station, _) = pk.split_once('#').expect("a station and a partition");
    station.to_owned()
}

fn number<T: std::str::FromStr>(value: &AttributeValue) -> T {
    let digits = value.as_n().expect("a number");
    digits.parse().ok().expect("a whole number")
}

impl Sluice {
    /// What the entries are together that are stored: added up here a second time.
    pub async fn folded(&self) -> Points {
        let mut folded = Points::new();
        for ((pk, sk), entry) in self.items_of(SCORES).await {
            let mut parts = sk.split('#');
            let mut part = || parts.next().expect("a part of the key").to_owned();
            let (member, day) = (part(), part());
            assert_eq!(member, text(&entry, "member_no"));
            let sum = folded.entry((station_of(&pk), member, day)).or_default();
            sum.0 += number::<i64>(&entry["points"]);
            sum.1 += 1;
        }
        folded
    }

    /// What is kept.
    pub async fn kept(&self) -> Points {
        let mut kept = Points::new();
        for ((pk, sk), item) in self.items_of(SUMS).await {
            let (month, member) = sk.split_once('#').expect("a month and a member");
            for (name, value) in &item {
                let Some(day) = name.strip_prefix('d') else {
                    continue;
                };
                let key = (station_of(&pk), member.to_owned(), format!("{month}-{day}"));
                let entries = number(&item[&format!("n{day}")]);
                kept.insert(key, (number(value), entries));
            }
        }
        kept
    }

    /// Waits until the sums are what the entries are.
    pub async fn summed(&self) -> Points {
        let folded = self.folded().await;
        // What is left to repairs comes again after some seconds.
        let patience = Duration::from_mins(2);
        patiently(patience, "sums that are what the entries are", async || {
            (self.kept().await == folded).then_some(())
        })
        .await;
        folded
    }
}

impl Caller {
    /// What `GET /score/sums` answers.
    pub async fn sums(&self, member: &str, from: &str, to: &str) -> Value {
        let path = format!("/score/sums?member_no={member}&from={from}&to={to}");
        self.get(&path).await.ok()
    }
}
