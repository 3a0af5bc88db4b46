//! Reading orders by an index: its keys page by page, and then the items.
//!
//! Indexes lag behind the table, and an order may move from one day to another while it is looked for. Only the
//! item counts: an entry whose order is elsewhere now is passed over, unless that is also in the period. An
//! order's shard never changes, so that the reader of a shard meets all its places, and gives it out once.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use sluice_basics::ids::StationId;
use sluice_orders::{LocalDay, Order, OrderId, OrderQuery, Period};
use sluice_profile::{Stage, stage};
use sluice_retry::RetryPolicy;

use super::{Item, OrderTable, id_of, order_of, text};
use crate::error::AwsError;

/// The most orders that are read together: as many as one `BatchGetItem` takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const MOST_AT_ONCE: u64 = 100;
/// Orders of the first page, whose size is not known yet.
const FIRST_AT_ONCE: u64 = 5;
/// About how many read units a page takes, of 4 KB each: large orders come in small pages, so that eight readers
/// fit into one function.
const PAGE_UNITS: u64 = 500;
/// The most orders of a shard: what is remembered of them takes 32 bytes each.
const MOST_ORDERS: usize = 4_000_000;

/// An order that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundOrder {
    /// What it is called.
    pub id: OrderId,
    /// The order as it is now.
    pub order: Order,
    /// Where the index had it: such keys come in ascending order.
    pub key: String,
}

/// Why orders could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadOrderError {
    /// A request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// An item is no order.
    #[error("the item of the order `{0}` is not an order")]
    NotAnOrder(OrderId),
    /// There are more orders than can be remembered.
    #[error(
        "the period has more than {MOST_ORDERS} orders in one of its parts: choose a shorter one"
    )]
    TooMany,
}

/// The orders of a period in one shard of its index, being read.
#[derive(Debug)]
pub struct OrdersOfShard<'a> {
    table: &'a OrderTable,
    station: &'a StationId,
    query: &'a OrderQuery,
    shard: u32,
    /// The days that are left, the next one last.
    days: Vec<LocalDay>,
    next: Option<Item>,
    /// How many orders the next page has at most.
    at_once: u64,
    seen: HashSet<u128>,
}

impl OrderTable {
    /// Reads the orders of a query's period in one shard of its index. Which of them are wanted is for the caller to ask.
    pub fn shard<'a>(
        &'a self,
        station: &'a StationId,
        query: &'a OrderQuery,
        shard: u32,
    ) -> OrdersOfShard<'a> {
        let mut days: Vec<LocalDay> = query.period.days().collect();
        days.reverse();
        OrdersOfShard {
            table: self,
            station,
            query,
            shard,
            days,
            next: None,
            at_once: FIRST_AT_ONCE,
            seen: HashSet::new(),
        }
    }

    /// Items by their sort keys, as they are now, and the read units that they took.
    async fn items(&self, keys: Vec<Item>) -> Result<(HashMap<String, Item>, u64), AwsError> {
        let mut found = HashMap::new();
        let mut units = 0;
        let mut left = keys;
        let mut backoff = RetryPolicy::REQUEST.backoff();
        while !left.is_empty() {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let get = self
                .dynamodb
                .batch_get_item()
                .request_items(&self.table, keys)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send();
            let answer = stage(Stage::LookUp, get).await;
            let answer = answer.map_err(AwsError::of("BatchGetItem"))?;
            units += self.meter.add_read(answer.consumed_capacity());
            let before = found.len();
            let mut items = answer.responses.unwrap_or_default();
            for item in items.remove(&self.table).unwrap_or_default() {
                found.insert(text(&item, "sk").unwrap_or_default(), item);
            }
            let mut unprocessed = answer.unprocessed_keys.unwrap_or_default();
            left = unprocessed
                .remove(&self.table)
                .map(|keys| keys.keys)
                .unwrap_or_default();
            if found.len() > before {
                // An answer has at most 16 MB, so a part of it is no failure.
                backoff = RetryPolicy::REQUEST.backoff();
            }
            if !left.is_empty() {
                let waited = backoff.wait().await;
                waited.map_err(|error| AwsError::passing("BatchGetItem", error))?;
            }
        }
        Ok((found, units))
    }
}

impl OrdersOfShard<'_> {
    /// Reads the next orders, at most 100 of them and perhaps none. None at the end.
    pub async fn next_orders(&mut self) -> Result<Option<Vec<FoundOrder>>, ReadOrderError> {
        let Some(day) = self.days.last().copied() else {
            return Ok(None);
        };
        let entries = self.next_entries(day).await?;
        // An entry that moves meanwhile may be in a page twice, which `BatchGetItem` refuses.
        let mut asked = HashSet::new();
        let once = entries.iter().filter(|entry| asked.insert(id_of(entry)));
        let keys = once.map(|entry| {
            let of = |name: &str| (name.to_owned(), entry[name].clone());
            HashMap::from([of("pk"), of("sk")])
        });
        let (mut items, units) = self.table.items(keys.collect()).await?;
        self.at_once = page_size(items.len() as u64, units).unwrap_or(self.at_once);
        let (_, sort_key) = self.query.period.index().attributes();
        let mut found = Vec::with_capacity(items.len());
        for entry in entries {
            let id = id_of(&entry);
            // It was deleted, or the page has it twice.
            let Some(mut item) = items.remove(id.as_str()) else {
                continue;
            };
            let Some(order) = order_of(&mut item) else {
                return Err(ReadOrderError::NotAnOrder(id));
            };
            if !self.query.period.has(&order) || !self.seen.insert(id.digest()) {
                continue;
            }
            let key = format!("{day}/{}", text(&entry, sort_key).unwrap_or_default());
            found.push(FoundOrder { id, order, key });
        }
        if self.seen.len() > MOST_ORDERS {
            return Err(ReadOrderError::TooMany);
        }
        Ok(Some(found))
    }

    /// The next entries of a day. The last ones take the day away.
    async fn next_entries(&mut self, day: LocalDay) -> Result<Vec<Item>, AwsError> {
        let period = &self.query.period;
        let index = period.index();
        let (pk, sk) = index.attributes();
        let partition = index.partition(self.station, period.cycle(), day, self.shard);
        let mut query = self
            .table
            .dynamodb
            .query()
            .table_name(&self.table.table)
            .index_name(index.name())
            .expression_attribute_names("#pk", pk)
            .expression_attribute_values(":pk", AttributeValue::S(partition))
            .limit(self.at_once as i32)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_exclusive_start_key(self.next.take());
        query = match period {
            // What starts at `before` has more behind the time, and is larger.
            Period::Cycle { from, before, .. } => query
                .key_condition_expression("#pk = :pk AND #sk BETWEEN :from AND :before")
                .expression_attribute_names("#sk", sk)
                .expression_attribute_values(":from", AttributeValue::S(from.to_string()))
                .expression_attribute_values(":before", AttributeValue::S(before.to_string())),
            _ => query.key_condition_expression("#pk = :pk"),
        };
        let answer = stage(Stage::Query, query.send()).await;
        let answer = answer.map_err(AwsError::of("Query"))?;
        self.table.meter.add_read(answer.consumed_capacity());
        self.next = answer.last_evaluated_key;
        if self.next.is_none() {
            self.days.pop();
        }
        let entries = answer.items.unwrap_or_default().into_iter();
        Ok(entries
            .filter(|entry| entry.contains_key("pk") && entry.contains_key("sk"))
            .collect())
    }
}

/// How many orders a page has, if those of the last one are of usual size. None if there were none.
fn page_size(orders: u64, units: u64) -> Option<u64> {
    let fitting = (orders * PAGE_UNITS).checked_div(units.max(orders))?;
    Some(fitting.clamp(1, MOST_AT_ONCE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_orders_come_in_small_pages() {
        for (orders, units, at_once) in [
            (20, 20, Some(100)),
            (20, 0, Some(100)),
            (20, 200, Some(50)),
            (20, 2_000, Some(5)),
            (1, 100, Some(5)),
            (1, 1_000, Some(1)),
            (0, 0, None),
        ] {
            assert_eq!(page_size(orders, units), at_once, "{orders} of {units}");
        }
    }
}
