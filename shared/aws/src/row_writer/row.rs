//! Rows and claims as they are stored.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_core::definition::{CheckedRow, Definition, Value};
use sluice_core::ids::StationId;
use sluice_core::origin::Origin;

/// The attribute that holds the [`Origin`] stamp.
pub(super) const ORIGIN: &str = "_origin";
/// The attribute of a claim that holds the key of the row it belongs to.
pub(super) const CLAIM_KEY: &str = "_key";

/// A row as it is stored, or the claim of a row on a value of a unique column.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which row of which task it is.
    pub origin: Origin,
    pub(super) pk: String,
    pub(super) sk: String,
    /// What it holds beside its key and stamp.
    pub(super) columns: Vec<(String, AttributeValue)>,
    /// What it takes away from a row that it replaces.
    pub(super) cleared: Vec<String>,
}

impl Row {
    /// A checked row of a station's file. A column without a value has no attribute; where the
    /// row replaces another, that is taken away unless the row says that it stays.
    pub fn new(
        station: &StationId,
        definition: &Definition,
        row: CheckedRow,
        origin: Origin,
    ) -> Self {
        let pk = format!("{station}#{:02x}", row.shard());
        let mut columns = Vec::with_capacity(row.values.len());
        let mut cleared = Vec::new();
        let values = definition.columns.iter().zip(row.values).enumerate();
        for (index, (column, value)) in values {
            let value = match value {
                Some(Value::Text(text)) => AttributeValue::S(text),
                Some(Value::Number(digits)) => AttributeValue::N(digits),
                Some(Value::Boolean(yes)) => AttributeValue::Bool(yes),
                None if row.kept.contains(&index) => continue,
                None => {
                    cleared.push(column.name.clone());
                    continue;
                }
            };
            columns.push((column.name.clone(), value));
        }
        Self {
            origin,
            pk,
            sk: row.key,
            columns,
            cleared,
        }
    }

    /// The claim of a row on a value of a unique column: an item of its own, whose key no second
    /// claim can have. Claims lie in other partitions than rows.
    pub fn claim(
        station: &StationId,
        column: &str,
        value: &str,
        row_key: &str,
        origin: Origin,
    ) -> Self {
        let sk = format!("{column}#{value}");
        Self {
            origin,
            pk: format!("{station}#u{:02x}", claim_shard(&sk)),
            sk,
            columns: vec![(CLAIM_KEY.to_owned(), AttributeValue::S(row_key.to_owned()))],
            cleared: Vec::new(),
        }
    }

    /// A place in a table, with nothing in it.
    pub fn at(pk: &str, key: &str, origin: Origin) -> Self {
        Self {
            origin,
            pk: pk.to_owned(),
            sk: key.to_owned(),
            columns: Vec::new(),
            cleared: Vec::new(),
        }
    }

    /// Where it is stored: partition and sort key.
    pub fn place(&self) -> (&str, &str) {
        (&self.pk, &self.sk)
    }

    /// Of a claim, the key of the row that it belongs to.
    pub fn claim_key(&self) -> Option<&str> {
        match self.columns.first() {
            Some((name, AttributeValue::S(key))) if name == CLAIM_KEY => Some(key),
            _ => None,
        }
    }

    /// Of a claim, the unique column and the value that it is about.
    pub(super) fn claimed_value(&self) -> Option<(&str, &str)> {
        self.claim_key().and_then(|_| self.sk.split_once('#'))
    }

    /// The text that identifies the row in its station.
    pub fn key(&self) -> &str {
        &self.sk
    }

    /// The size of the stored item: names and values.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
    pub fn size_bytes(&self) -> usize {
        let value_bytes = |value: &AttributeValue| match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => 1,
        };
        self.attributes()
            .map(|(name, value)| name.len() + value_bytes(&value))
            .sum()
    }

    /// All attributes: key, stamp and columns.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, AttributeValue)> {
        let fixed = [
            ("pk", AttributeValue::S(self.pk.clone())),
            ("sk", AttributeValue::S(self.sk.clone())),
            (ORIGIN, AttributeValue::S(self.origin.to_string())),
        ];
        let columns = self
            .columns
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        fixed.into_iter().chain(columns)
    }
}

fn claim_shard(sk: &str) -> u32 {
    crc32fast::hash(sk.as_bytes()) % sluice_core::definition::SHARDS
}
