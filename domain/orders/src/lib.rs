//! Orders: what one is, where it is stored and found, which of them are exported, and as what.

#![warn(missing_docs)]

mod decimal;
mod export;
mod format;
mod keys;
mod list;
mod order;
mod query;
mod submission;
mod times;

pub use decimal::{Decimal, NotADecimal};
pub use export::OrderExportInput;
pub use format::{Field, FormatColumn, FormatError, FormatName, OrderFormat};
pub use keys::{INDEX_SHARDS, OrderId, OrderIndex, shard_of_index};
pub use list::{Line, OrderLines, number_of};
pub use order::{Customer, Order, OrderLine, OrderNo, OrderText, TimeConfigId};
pub use query::{MOST_DAYS, OrderParameters, OrderQuery, Period, QueryError};
pub use submission::{
    BadOrder, MOST_LIST_BYTES, MOST_LIST_ORDERS, OrderOutcome, OrderResult, OrdersInput,
    OrdersPlan, Repeated,
};
pub use times::{LocalDay, LocalTime};
