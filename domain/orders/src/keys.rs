//! Where an order is stored, and where the indexes have it.
//!
//! An index on the day alone is one hot key: all orders of today would go to one partition. So each day has
//! [`INDEX_SHARDS`] of them. The shard follows from the order's id, which never changes: wherever an order moves
//! to, it stays in its shard, so that one reader of a shard meets all places of an order.

use std::fmt;

use sluice_basics::ids::{StationId, TaskId};

use super::{LocalDay, LocalTime, Order, OrderNo};
use sha2::{Digest, Sha256};

/// How many partitions each day of an index has.
pub const INDEX_SHARDS: u32 = 8;

/// What an order is called in its station: its own number, or `<task>:<index>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrderId(String);

impl OrderId {
    /// Returns the id of the order at `index` of the list that a task submits.
    pub fn of(order_no: Option<&OrderNo>, task_id: TaskId, index: u64) -> Self {
        Self(match order_no {
            Some(number) => number.to_string(),
            None => format!("{task_id}:{index}"),
        })
    }

    /// Returns the id that a stored order has.
    pub fn stored(id: String) -> Self {
        Self(id)
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns 128 bits that no other id has, for sets of many ids.
    pub fn digest(&self) -> u128 {
        let digest = Sha256::digest(self.0.as_bytes());
        let bytes = digest.iter().take(16);
        bytes.fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the shard of an order in every index.
pub fn shard_of_index(id: &OrderId) -> u32 {
    crc32fast::hash(id.0.as_bytes()) % INDEX_SHARDS
}

/// An index of orders. All three have keys only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderIndex {
    /// By the day on which they were ordered.
    OrderDate,
    /// By their time configuration and the day on which their operation cycle starts.
    Cycle,
    /// By the day on which they are received.
    ReceiveDate,
}

impl OrderIndex {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OrderDate, Self::Cycle, Self::ReceiveDate];

    /// Returns the index's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrderDate => "by_order_date",
            Self::Cycle => "by_cycle",
            Self::ReceiveDate => "by_receive_date",
        }
    }

    /// Returns the attributes that are its partition key and its sort key.
    pub fn attributes(self) -> (&'static str, &'static str) {
        match self {
            Self::OrderDate => ("o_pk", "o_sk"),
            Self::Cycle => ("c_pk", "c_sk"),
            Self::ReceiveDate => ("r_pk", "r_sk"),
        }
    }

    /// Returns a partition key: `<station>#<O day|C cycle#start|R day>#<0–7>`. `cycle` is the time configuration.
    pub fn partition(self, station: &StationId, cycle: &str, day: LocalDay, shard: u32) -> String {
        match self {
            Self::OrderDate => format!("{station}#O{day}#{shard}"),
            Self::Cycle => format!("{station}#C{cycle}#{day}#{shard}"),
            Self::ReceiveDate => format!("{station}#R{day}#{shard}"),
        }
    }

    /// Returns the day of an order that the index goes by.
    pub fn day_of(self, order: &Order) -> LocalDay {
        match self {
            Self::OrderDate | Self::Cycle => self.time_of(order).day(),
            Self::ReceiveDate => order.receive_date,
        }
    }

    /// Returns the time by which orders of a day are in order.
    pub fn time_of(self, order: &Order) -> LocalTime {
        match self {
            Self::OrderDate | Self::ReceiveDate => order.order_date,
            Self::Cycle => order.cycle_start_time,
        }
    }

    /// Returns an order's partition key and sort key in the index.
    pub fn place(self, station: &StationId, order: &Order, id: &OrderId) -> (String, String) {
        let cycle = order.time_config_id.as_ref().map_or("", |id| id.as_str());
        let pk = self.partition(station, cycle, self.day_of(order), shard_of_index(id));
        (pk, format!("{}#{id}", self.time_of(order)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::order::tests::sent;

    #[test]
    fn an_order_has_a_place_in_each_index() {
        let station: StationId = "demo".parse().expect("a station");
        let order: Order = serde_json::from_value(sent()).expect("an order");
        let id = OrderId::of(order.order_no.as_ref(), 7.try_into().expect("an id"), 3);
        let shard = shard_of_index(&id);
        let places = OrderIndex::ALL.map(|index| index.place(&station, &order, &id));
        let expected = [
            (
                format!("demo#O2026-01-31#{shard}"),
                "2026-01-31T08:30:00#SO-1",
            ),
            (
                format!("demo#C12#2026-01-31#{shard}"),
                "2026-01-31T06:00:00#SO-1",
            ),
            (
                format!("demo#R2026-02-01#{shard}"),
                "2026-01-31T08:30:00#SO-1",
            ),
        ];
        assert_eq!(places, expected.map(|(pk, sk)| (pk, sk.to_owned())));
    }

    #[test]
    fn an_order_without_a_number_is_called_after_its_task() {
        let id = OrderId::of(None, 7.try_into().expect("an id"), 3);
        assert_eq!(id.as_str(), "7:3");
    }

    #[test]
    fn the_orders_of_a_day_are_spread_over_all_shards() {
        let ids = (0..200).map(|number| OrderId(format!("SO-{number}")));
        let shards: BTreeSet<u32> = ids.map(|id| shard_of_index(&id)).collect();
        assert_eq!(shards, (0..INDEX_SHARDS).collect());
    }
}
