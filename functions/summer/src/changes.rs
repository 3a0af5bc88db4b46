//! Which sums a batch of the stream is about. Of a record only its key matters: what is true of the entry is read
//! from the table.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::dynamodb::EventRecord;
use serde_json::Value;
use sluice_basics::ids::StationId;
use sluice_definition::SHARDS;
use sluice_scores::{Days, EntryKey, MemberMonth, is_in_its_place};

/// Sums that entries of a batch count for, each once.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    pub(crate) sums: BTreeMap<(StationId, MemberMonth), Days>,
    /// By the same keys, the first record of the batch that is about them.
    pub(crate) first: BTreeMap<(StationId, MemberMonth), String>,
    /// Records of rows that are counted in no sums: what an earlier release stored, or something else.
    pub(crate) passed_over: usize,
}

impl Touched {
    pub(crate) fn of(records: Vec<EventRecord>) -> Self {
        let mut touched = Self::default();
        let mut days: BTreeMap<(StationId, MemberMonth), BTreeSet<i8>> = BTreeMap::new();
        for record in records {
            let Some((station, entry)) = entry_of(&record) else {
                touched.passed_over += 1;
                continue;
            };
            let of = MemberMonth {
                month: entry.month(),
                member_no: entry.member_no,
            };
            let key = (station, of);
            let number = record.change.sequence_number.unwrap_or_default();
            touched.first.entry(key.clone()).or_insert(number);
            days.entry(key).or_default().insert(entry.day.day());
        }
        touched.sums = days
            .into_iter()
            .map(|(key, days)| (key, Days::Some(days)))
            .collect();
        touched
    }
}

/// The station and the entry that a record is about.
fn entry_of(record: &EventRecord) -> Option<(StationId, EntryKey)> {
    let keys = serde_json::to_value(&record.change.keys).ok()?;
    let text = |name: &str| match &keys[name]["S"] {
        Value::String(text) => Some(text.clone()),
        _ => None,
    };
    let pk = text("pk")?;
    let (station, partition) = pk.rsplit_once('#')?;
    let partition = u32::from_str_radix(partition, 16).ok()?;
    let entry = EntryKey::parse(&text("sk")?)?;
    let is_counted = partition < SHARDS && is_in_its_place(&entry.member_no, partition);
    is_counted.then_some((station.parse().ok()?, entry))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sluice_definition::shard_of;

    use super::*;

    fn record(pk: &str, sk: &str, number: u32) -> EventRecord {
        let record = json!({
            "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1",
            "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1.0,
                "Keys": { "pk": { "S": pk }, "sk": { "S": sk } },
                "SequenceNumber": number.to_string(),
                "SizeBytes": 1,
                "StreamViewType": "KEYS_ONLY",
            },
        });
        serde_json::from_value(record).expect("a record")
    }

    #[test]
    fn changes_of_a_members_month_are_one_recount() {
        let pk = format!("demo#{:02x}", shard_of("M1"));
        let elsewhere = format!("demo#{:02x}", (shard_of("M1") + 1) % SHARDS);
        let touched = Touched::of(vec![
            record(&pk, "M1#2026-01-31#b", 7),
            record(&pk, "M1#2026-01-02#", 8),
            record(&pk, "M1#2026-01-31#a", 9),
            record(&pk, "M1#2026-02-01#a", 10),
            // An earlier release stored these, or nobody did.
            record(&elsewhere, "M1#2026-01-03#", 11),
            record(&pk, "M1#2026-01-03", 12),
            record("demo#u07", "phone#1", 13),
        ]);
        let found: Vec<_> = touched.sums.iter().collect();
        let month = |text: &str| MemberMonth {
            member_no: "M1".to_owned(),
            month: text.parse().expect("a month"),
        };
        let key = |text: &str| ("demo".parse().expect("a station"), month(text));
        assert_eq!(
            found,
            [
                (&key("2026-01"), &Days::Some([2, 31].into())),
                (&key("2026-02"), &Days::Some([1].into())),
            ]
        );
        assert_eq!(touched.first[&key("2026-01")], "7");
        assert_eq!(touched.passed_over, 3);
    }
}
