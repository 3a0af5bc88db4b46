//! Submitting a list of orders: what is asked for, and what becomes of each order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sluice_basics::quote::shortened;
use sluice_basics::rows::{MAX_ROW_BYTES, RowCounts};

use super::order::MOST_LINES;
use super::{Order, OrderNo, TimeConfigId};

/// The largest list: one `PUT` takes it, and one invocation reads it.
pub const MOST_LIST_BYTES: u64 = 100 << 20;
/// The most orders of a list.
pub const MOST_LIST_ORDERS: u64 = 1_000_000;

/// What an item has beside the order: its keys, those of the indexes, and its stamp.
const KEY_BYTES: usize = 4 << 10;
/// The longest message about an order, in characters.
const MESSAGE_CHARS: usize = 400;

/// The `input` of a task that stores a list of orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersInput {
    /// What the list is called.
    pub file_name: String,
    /// Its size as NDJSON.
    pub size_bytes: u64,
    /// Where it lies.
    pub object_key: String,
    /// The operation cycles of orders that name none.
    pub time_config_id: TimeConfigId,
}

/// What the chunks of such a task share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersPlan {
    /// Where the list lies.
    pub object_key: String,
    /// Which version of it was planned.
    pub object_etag: String,
    /// The operation cycles of orders that name none.
    pub time_config_id: TimeConfigId,
    /// The object with the numbers that several orders of the list have, if any do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeated: Option<String>,
}

/// Numbers that several orders of a list have, each with the index of the first valid one, which alone is stored.
pub type Repeated = BTreeMap<String, u64>;

/// Why an order is not stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadOrder {
    /// It is no order.
    #[error("{0}")]
    Invalid(String),
    /// It does not fit into an item.
    #[error(
        "the order is too large to be stored whole (at most 400 KB): split it into several orders"
    )]
    TooLarge,
    /// It belongs to other operation cycles than the list.
    #[error(
        "time_config_id: `{own}` is not that of the list, `{list}`: submit the order with its own list"
    )]
    OtherCycles {
        /// That of the order.
        own: TimeConfigId,
        /// That of the request.
        list: TimeConfigId,
    },
    /// An earlier order of the list, which is valid, has the same number.
    #[error(
        "order_no: the order at index {0} of this list has the same number, and only the first is taken: give \
         each order a number of its own"
    )]
    Repeated(u64),
    /// The number is stored already, with the same content.
    #[error("order_no: this very order was submitted before, by task {0}; nothing was changed")]
    Before(String),
    /// The number is stored already, with other content.
    #[error(
        "order_no: another order with this number was submitted before, by task {0}, and stays as it is: take \
         another number"
    )]
    Taken(String),
    /// The table refuses it.
    #[error("the table refuses the order ({0})")]
    Refused(String),
    /// The task ended before its turn.
    #[error("{0}")]
    NotDone(String),
}

impl BadOrder {
    /// Returns what is wrong in one word, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::TooLarge => "too_large",
            Self::OtherCycles { .. } => "other_time_config",
            Self::Repeated(_) => "repeated",
            Self::Before(_) => "submitted_before",
            Self::Taken(_) => "number_taken",
            Self::Refused(_) => "unprocessable",
            Self::NotDone(_) => "not_done",
        }
    }

    /// Returns what became of such an order.
    pub fn outcome(&self) -> OrderOutcome {
        match self {
            Self::Repeated(_) | Self::Before(_) | Self::Taken(_) => OrderOutcome::Duplicate,
            Self::NotDone(_) => OrderOutcome::NotDone,
            _ => OrderOutcome::Failed,
        }
    }
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderOutcome {
    /// It is stored.
    Stored,
    /// Its number is that of another order.
    Duplicate,
    /// Something is wrong with it.
    Failed,
    /// The task ended before its turn, or while it was being stored.
    NotDone,
}

/// A line of the results: every order of the list has one, in the order of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderResult {
    /// Its place in the list, from 0.
    pub index: u64,
    /// What it is called; null if that cannot be read.
    pub order_no: Option<String>,
    /// What became of it.
    pub outcome: OrderOutcome,
    /// Why it is not stored, in one word; null if it is.
    pub code: Option<String>,
    /// The same for people.
    pub message: Option<String>,
}

impl OrderResult {
    /// Returns the result of an order.
    pub fn of(index: u64, order_no: Option<String>, stored: Result<(), BadOrder>) -> Self {
        let (outcome, bad) = match stored {
            Ok(()) => (OrderOutcome::Stored, None),
            Err(bad) => (bad.outcome(), Some(bad)),
        };
        Self {
            index,
            order_no,
            outcome,
            code: bad.as_ref().map(|bad| bad.code().to_owned()),
            message: bad.map(|bad| shortened(&bad.to_string(), MESSAGE_CHARS)),
        }
    }

    /// Counts the order.
    pub fn count(&self, rows: &mut RowCounts) {
        rows.read += 1;
        *match self.outcome {
            OrderOutcome::Stored => &mut rows.succeeded,
            OrderOutcome::Duplicate => &mut rows.duplicate,
            OrderOutcome::Failed | OrderOutcome::NotDone => &mut rows.failed,
        } += 1;
    }
}

impl Order {
    /// Reads an order of a list whose request names `cycles`, and checks it. None for `line` means that it was
    /// too long to be read.
    ///
    /// # Errors
    ///
    /// Says what is wrong, and where.
    pub fn of_list(line: Option<&[u8]>, cycles: &TimeConfigId) -> Result<Self, BadOrder> {
        let line = line.ok_or(BadOrder::TooLarge)?;
        let mut json = serde_json::Deserializer::from_slice(line);
        let order: Result<Self, _> = serde_path_to_error::deserialize(&mut json);
        let mut order = order.map_err(|error| {
            let path = error.path().to_string();
            let words = error.inner().to_string();
            let words = without_value(&words);
            BadOrder::Invalid(match path.as_str() {
                "." | "?" => format!("the order cannot be read: {words}"),
                path => format!("{path}: {words}"),
            })
        })?;
        json.end().map_err(|_| {
            BadOrder::Invalid(
                "the line has more than one order: put each on a line of its own".to_owned(),
            )
        })?;
        if !(1..=MOST_LINES).contains(&order.lines.len()) {
            let count = order.lines.len();
            let words =
                format!("lines: an order has 1 to {MOST_LINES} lines, this one has {count}");
            return Err(BadOrder::Invalid(words));
        }
        match &order.time_config_id {
            Some(own) if own != cycles => {
                return Err(BadOrder::OtherCycles {
                    own: own.clone(),
                    list: cycles.clone(),
                });
            }
            _ => order.time_config_id = Some(cycles.clone()),
        }
        // An item counts less for a value than JSON writes.
        let bytes = serde_json::to_vec(&order).map_or(usize::MAX, |json| json.len());
        if bytes > MAX_ROW_BYTES - KEY_BYTES {
            return Err(BadOrder::TooLarge);
        }
        Ok(order)
    }

    /// Returns why the order at `index` of a list is not stored because of an earlier one of the list, if it is not.
    pub fn repeats(number: Option<&OrderNo>, index: u64, repeated: &Repeated) -> Option<BadOrder> {
        let first = *repeated.get(number?.as_str())?;
        (first < index).then_some(BadOrder::Repeated(first))
    }
}

/// What is wrong, without the value that is: it may be what not everybody sees who sees the message. The line is
/// the order's own: where in it is of no use.
fn without_value(words: &str) -> &str {
    let words = words.split(" at line ").next().unwrap_or_default();
    let quotes = ["invalid type: ", "invalid value: ", "unknown variant "];
    let expected = words
        .rfind("expected ")
        .filter(|_| quotes.iter().any(|quote| words.starts_with(quote)));
    expected.map_or(words, |at| &words[at..])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::order::tests::sent;

    fn cycles() -> TimeConfigId {
        "12".parse().expect("an id")
    }

    fn checked(order: &Value) -> Result<Order, BadOrder> {
        Order::of_list(Some(order.to_string().as_bytes()), &cycles())
    }

    #[test]
    fn an_order_takes_the_cycles_of_its_list_and_contradicts_none() {
        let mut order = sent();
        order
            .as_object_mut()
            .expect("an object")
            .remove("time_config_id");
        let read = checked(&order).expect("an order");
        assert_eq!(read.time_config_id, Some(cycles()));
        order["time_config_id"] = "13".into();
        let bad = checked(&order).expect_err("other cycles");
        assert_eq!(
            (bad.code(), bad.outcome()),
            ("other_time_config", OrderOutcome::Failed)
        );
    }

    #[test]
    fn an_order_that_no_item_holds_is_refused_whole() {
        let mut order = sent();
        let line = order["lines"][0].clone();
        order["lines"] = vec![line.clone(); 1_500].into();
        order["lines"][7]["note"] = "x".repeat(900).into();
        assert!(checked(&order).is_ok(), "{}", order.to_string().len());
        let mut long = line;
        long["note"] = "x".repeat(400).into();
        order["lines"] = vec![long; 900].into();
        assert_eq!(checked(&order), Err(BadOrder::TooLarge));
        assert_eq!(Order::of_list(None, &cycles()), Err(BadOrder::TooLarge));
    }

    #[test]
    fn what_is_wrong_with_an_order_is_told_in_words_and_one_word() {
        let mut order = sent();
        order["lines"] = Value::Array(Vec::new());
        assert!(
            checked(&order)
                .expect_err("no lines")
                .to_string()
                .contains("1 to 2000")
        );
        order["lines"] = sent()["lines"].clone();
        order["lines"][1]["price"] = 0.1.into();
        let result = OrderResult::of(4, Some("SO-1".to_owned()), checked(&order).map(drop));
        assert_eq!((result.index, result.code.as_deref()), (4, Some("invalid")));
        let message = result.message.expect("words");
        assert!(
            message.starts_with("lines[1].price: ") && message.contains("in quotes"),
            "{message}"
        );
        for (name, value) in [
            ("order_date", Value::from("13800138000")),
            ("customer", "13800138000".into()),
            ("lines", 13_800_138_000_u64.into()),
            ("remark", 13_800_138_000_u64.into()),
        ] {
            let mut order = sent();
            order[name] = value;
            let bad = checked(&order).expect_err(name).to_string();
            assert!(bad.starts_with(name) && !bad.contains("138"), "{bad}");
        }
        for line in ["7", "{", "{}", r#"{"order_no":"a"}{}"#, "[]", "\u{0}"] {
            let bad = Order::of_list(Some(line.as_bytes()), &cycles()).expect_err("no order");
            assert_eq!(bad.code(), "invalid", "{line}");
        }
    }

    #[test]
    fn the_first_of_several_orders_with_a_number_is_the_one() {
        let repeated = Repeated::from([("SO-1".to_owned(), 3)]);
        let number: OrderNo = "SO-1".parse().expect("a number");
        let other: OrderNo = "SO-2".parse().expect("a number");
        assert_eq!(Order::repeats(Some(&number), 3, &repeated), None);
        assert_eq!(
            Order::repeats(Some(&number), 9, &repeated),
            Some(BadOrder::Repeated(3))
        );
        assert_eq!(Order::repeats(Some(&other), 9, &repeated), None);
        assert_eq!(Order::repeats(None, 9, &repeated), None);
    }

    #[test]
    fn every_outcome_is_counted_once() {
        let mut rows = RowCounts::default();
        let bads = [
            BadOrder::TooLarge,
            BadOrder::Repeated(1),
            BadOrder::Before("7".to_owned()),
            BadOrder::NotDone("cancelled".to_owned()),
        ];
        let results = bads.into_iter().map(Err).chain([Ok(())]);
        for stored in results {
            OrderResult::of(0, None, stored).count(&mut rows);
        }
        assert!(rows.is_balanced());
        assert_eq!(
            (rows.read, rows.succeeded, rows.failed, rows.duplicate),
            (5, 1, 2, 2)
        );
    }
}
