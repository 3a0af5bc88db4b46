//! The table of orders: one item each, and three indexes that have nothing but keys.

mod formats;
mod read;
mod write;

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_orders::{Order, OrderId};

use crate::clients::Clients;
use crate::meter::Meter;

pub use formats::{OrderFormatError, order_format};
pub use read::{FoundOrder, OrdersOfShard, ReadOrderError};
pub use write::Submitted;

type Item = HashMap<String, AttributeValue>;

/// The attribute that says which order of which list it was.
const ORIGIN: &str = "_origin";

/// The table of orders.
#[derive(Clone, Debug)]
pub struct OrderTable {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
}

impl OrderTable {
    /// The table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            table,
        }
    }
}

fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

/// The id of a stored order.
fn id_of(item: &Item) -> OrderId {
    OrderId::stored(text(item, "sk").unwrap_or_default())
}

/// The order that an item is, which has lines. Others may keep attributes of their own beside it.
fn order_of(item: &mut Item) -> Option<Order> {
    let attributes = Order::ATTRIBUTES.iter();
    let own: Item = attributes
        .filter_map(|name| item.remove_entry(*name))
        .collect();
    let order: Order = serde_dynamo::from_item(own).ok()?;
    (!order.lines.is_empty()).then_some(order)
}
