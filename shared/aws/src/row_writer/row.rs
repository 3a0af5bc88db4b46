//! Rows as they are stored, and the places of rows and of claims.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_basics::ids::StationId;
use sluice_basics::origin::Origin;
use sluice_definition::{CheckedRow, Definition, Value, shard_of};

/// The attribute that holds the [`Origin`] stamp.
pub(crate) const ORIGIN: &str = "_origin";
/// The attribute of a claim that holds the key of the row it belongs to.
pub(super) const CLAIM_KEY: &str = "_key";

/// Where an item is stored: its partition key and its sort key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub(super) pk: String,
    pub(super) sk: String,
}

impl Place {
    /// The partition key of one of a station's partitions of rows, from 0.
    pub fn partition_of_rows(station: &StationId, partition: u32) -> String {
        format!("{station}#{partition:02x}")
    }

    /// The place of what is spread by the whole of its key.
    pub fn of_key(station: &StationId, key: &str) -> Self {
        Self {
            pk: Self::partition_of_rows(station, shard_of(key)),
            sk: key.to_owned(),
        }
    }

    /// The place of a definition's row with a key.
    pub fn of_row(station: &StationId, definition: &Definition, key: &str) -> Self {
        Self {
            pk: Self::partition_of_rows(station, definition.shard_of(key)),
            sk: key.to_owned(),
        }
    }

    /// The place of the claim on a value of a unique column: an item of its own, which no two rows can have.
    /// Claims lie in other partitions than rows.
    pub fn of_claim(station: &StationId, column: &str, value: &str) -> Self {
        let sk = format!("{column}#{value}");
        Self {
            pk: format!("{station}#u{:02x}", shard_of(&sk)),
            sk,
        }
    }

    /// As an item's key.
    pub(crate) fn key(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// A row as it is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which row of which task it is.
    pub origin: Origin,
    /// Where it is stored.
    pub place: Place,
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
            place: Place::of_row(station, definition, &row.key),
            columns,
            cleared,
        }
    }

    /// A row that is to be deleted: of it nothing but its place matters.
    pub fn to_delete(place: Place, origin: Origin) -> Self {
        Self {
            origin,
            place,
            columns: Vec::new(),
            cleared: Vec::new(),
        }
    }

    /// A column that the row sets.
    pub(super) fn column(&self, name: &str) -> Option<&AttributeValue> {
        let column = self.columns.iter().find(|(column, _)| column == name)?;
        Some(&column.1)
    }

    /// Whether the row takes a column away from the one that it replaces.
    pub(super) fn clears(&self, column: &str) -> bool {
        self.cleared.iter().any(|cleared| cleared == column)
    }

    /// The text that identifies the row in its station.
    pub fn key(&self) -> &str {
        &self.place.sk
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
            ("pk", AttributeValue::S(self.place.pk.clone())),
            ("sk", AttributeValue::S(self.place.sk.clone())),
            (ORIGIN, AttributeValue::S(self.origin.to_string())),
        ];
        let columns = self
            .columns
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        fixed.into_iter().chain(columns)
    }
}
