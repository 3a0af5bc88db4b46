//! What is in the tables, read past everything that has faults.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, Result};
use aws_sdk_dynamodb::types::AttributeValue;

use super::oracle::{Stored, StoredRow};
use super::stage::Stage;

/// Points and numbers of entries, by member and day.
pub(super) type Sums = BTreeMap<String, (i64, u64)>;

impl Stage {
    /// The items of a table that belong to a station, with the rest of their partition and their sort key.
    async fn items(
        &self,
        table: &str,
        station: &str,
    ) -> Result<Vec<(String, String, HashMap<String, AttributeValue>)>> {
        let clients = self.system.services.clients(&self.system.urls).await;
        let pages = clients.dynamodb.scan().table_name(table);
        let pages = pages.consistent_read(true).into_paginator();
        let mut found = pages.items().send();
        let prefix = format!("{station}#");
        let mut items = Vec::new();
        while let Some(item) = found.next().await {
            let mut item = item?;
            let pk = text(item.remove("pk").as_ref())?;
            let sk = text(item.remove("sk").as_ref())?;
            if let Some(shard) = pk.strip_prefix(&prefix) {
                items.push((shard.to_owned(), sk, item));
            }
        }
        Ok(items)
    }

    /// The rows of a station and its claims of unique values.
    pub(super) async fn stored(&self, table: &str, station: &str) -> Result<Stored> {
        let mut stored = Stored::default();
        for (shard, key, mut item) in self.items(table, station).await? {
            if shard.starts_with('u') {
                stored
                    .claims
                    .insert(key, text(item.remove("_key").as_ref())?);
                continue;
            }
            let origin = text(item.remove("_origin").as_ref())?;
            let (task, row) = origin.split_once(':').context("an origin")?;
            let mut values = BTreeMap::new();
            for (name, value) in item {
                if !name.starts_with('_') {
                    values.insert(name, text(Some(&value))?);
                }
            }
            let row = StoredRow {
                origin: (task.parse()?, row.parse()?),
                values,
            };
            stored.rows.insert(key, row);
        }
        Ok(stored)
    }

    /// The orders of a station: the number of each, and where it is from (`<task>:<index>`).
    pub(super) async fn orders(&self, station: &str) -> Result<BTreeMap<String, String>> {
        let mut orders = BTreeMap::new();
        for (_, number, item) in self.items("sluice-orders", station).await? {
            orders.insert(number, text(item.get("_origin"))?);
        }
        Ok(orders)
    }

    /// The sums that are kept of a station's entries.
    pub(super) async fn sums(&self, station: &str) -> Result<Sums> {
        let mut sums = Sums::new();
        for (_, key, item) in self.items("sluice-sums", station).await? {
            let (month, member) = key.split_once('#').context("a month and a member")?;
            for (name, value) in &item {
                let Some(day) = name.strip_prefix('d') else {
                    continue;
                };
                let entries = text(item.get(&format!("n{day}")))?;
                let sum = (text(Some(value))?.parse()?, entries.parse()?);
                sums.insert(format!("{member} {month}-{day}"), sum);
            }
        }
        Ok(sums)
    }
}

/// A text, or a number as text.
fn text(value: Option<&AttributeValue>) -> Result<String> {
    match value {
        Some(AttributeValue::S(text) | AttributeValue::N(text)) => Ok(text.clone()),
        other => anyhow::bail!("{other:?} is not a text"),
    }
}
