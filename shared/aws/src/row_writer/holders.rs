//! Who holds keys and unique values: read only once a write has found them taken.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use sluice_core::origin::Origin;

use super::backoff::Backoff;
use super::row::{CLAIM_KEY, ORIGIN, Row};
use super::statements::Item;
use super::{RowWriter, WriteError};
use crate::error::AwsError;

/// How many items one request reads.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const MOST_KEYS: usize = 100;

/// What is known of a stored row or claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its stamp; none if it was not written by an import.
    pub origin: Option<Origin>,
    /// Of a claim, the key of the row that it belongs to.
    pub claim_key: Option<String>,
}

impl Holder {
    pub(super) fn of(item: &Item) -> Self {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        Self {
            origin: text(ORIGIN).and_then(|stamp| stamp.parse().ok()),
            claim_key: text(CLAIM_KEY).cloned(),
        }
    }
}

impl RowWriter {
    /// Who holds the keys of rows or claims; none where nobody does.
    pub async fn holders(
        &self,
        table: &str,
        rows: &[&Row],
    ) -> Result<Vec<Option<Holder>>, WriteError> {
        let items = self.items(table, rows, &[ORIGIN, CLAIM_KEY]).await?;
        let holders = items.iter().map(|item| item.as_ref().map(Holder::of));
        Ok(holders.collect())
    }

    /// Attributes of the stored items with the keys of rows, in the order of the rows.
    pub(super) async fn items(
        &self,
        table: &str,
        rows: &[&Row],
        attributes: &[&str],
    ) -> Result<Vec<Option<Item>>, WriteError> {
        let mut found: HashMap<(String, String), Item> = HashMap::new();
        // A request may name no key twice.
        let distinct: BTreeMap<(&str, &str), &Row> =
            rows.iter().map(|row| (row.place(), *row)).collect();
        let distinct: Vec<&Row> = distinct.into_values().collect();
        for rows in distinct.chunks(MOST_KEYS) {
            self.read(table, rows, attributes, &mut found).await?;
        }
        let found = |row: &&Row| found.get(&(row.pk.clone(), row.sk.clone())).cloned();
        Ok(rows.iter().map(found).collect())
    }

    async fn read(
        &self,
        table: &str,
        rows: &[&Row],
        attributes: &[&str],
        found: &mut HashMap<(String, String), Item>,
    ) -> Result<(), WriteError> {
        let key = |row: &&Row| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(row.pk.clone())),
                ("sk".to_owned(), AttributeValue::S(row.sk.clone())),
            ])
        };
        let mut keys: Vec<Item> = rows.iter().map(key).collect();
        let names: HashMap<String, String> = (0..)
            .zip(attributes)
            .map(|(index, name)| (format!("#a{index}"), (*name).to_owned()))
            .collect();
        let mut projection = "pk, sk".to_owned();
        for name in names.keys() {
            projection.push_str(", ");
            projection.push_str(name);
        }
        let mut backoff = Backoff::new(self.until);
        loop {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .projection_expression(&projection)
                .set_expression_attribute_names(Some(names.clone()))
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let pass = self.pace.enter().await;
            let answer = self
                .dynamodb
                .batch_get_item()
                .request_items(table, request.clone())
                .send()
                .await;
            match answer {
                Ok(answer) => {
                    pass.went_well();
                    let items = answer.responses.unwrap_or_default().remove(table);
                    for item in items.unwrap_or_default() {
                        let text = |name: &str| {
                            item.get(name).and_then(|value| value.as_s().ok()).cloned()
                        };
                        if let (Some(pk), Some(sk)) = (text("pk"), text("sk")) {
                            found.insert((pk, sk), item);
                        }
                    }
                    let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
                    keys = left.map(|left| left.keys).unwrap_or_default();
                }
                Err(error) => {
                    let error = AwsError::of("BatchGetItem")(error);
                    if !error.is_passing() {
                        return Err(error.into());
                    }
                    pass.was_throttled();
                    keys = request.keys;
                }
            }
            if keys.is_empty() {
                return Ok(());
            }
            // Others may go on meanwhile.
            drop(pass);
            backoff.wait("reading stamps was throttled").await?;
        }
    }
}
