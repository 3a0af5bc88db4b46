//! An order as callers send it and as it is stored.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sluice_basics::characters::is_unwritten;
use sluice_basics::text::{ShortText, TextError};

use super::{Decimal, LocalDay, LocalTime};

/// Lines that an order has at most; more would not fit into its item anyway.
pub(super) const MOST_LINES: usize = 2_000;

/// An order: its head and its lines, stored whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The order's own number. An order without one is called `<task>:<index>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_no: Option<OrderNo>,
    /// Who orders.
    pub customer: Customer,
    /// Where the customer belongs to.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub area: Option<OrderText>,
    /// When it was ordered.
    pub order_date: LocalTime,
    /// Which operation cycles it belongs to; that of the request if the order names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_config_id: Option<TimeConfigId>,
    /// When its operation cycle starts.
    pub cycle_start_time: LocalTime,
    /// The day on which it is to be received.
    pub receive_date: LocalDay,
    /// Where it stands, in the words of the system that it comes from.
    pub status: ShortText,
    /// A remark.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub remark: Option<OrderText>,
    /// What is ordered.
    #[schemars(length(min = 1, max = 2000))]
    pub lines: Vec<OrderLine>,
}

/// Who orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    /// The customer's number.
    pub code: ShortText,
    /// The name.
    pub name: OrderText,
    /// A phone number.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub phone: Option<OrderText>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The article's number.
    pub sku_code: ShortText,
    /// Its name.
    pub name: OrderText,
    /// Its specification.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub spec: Option<OrderText>,
    /// How many.
    pub quantity: Decimal,
    /// Of what.
    pub unit: ShortText,
    /// The price of one.
    pub price: Decimal,
    /// The price of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// A note.
    #[serde(
        default,
        deserialize_with = "given",
        skip_serializing_if = "Option::is_none"
    )]
    pub note: Option<OrderText>,
}

impl Order {
    /// The attributes of a stored order that are the order itself.
    pub const ATTRIBUTES: [&str; 10] = [
        "order_no",
        "customer",
        "area",
        "order_date",
        "time_config_id",
        "cycle_start_time",
        "receive_date",
        "status",
        "remark",
        "lines",
    ];
}

/// Text of an order: up to 1,000 characters, perhaps of several lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OrderText(String);

const MOST_CHARS: usize = 1_000;

/// A text that an order cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {MOST_CHARS} characters and no control characters")]
pub struct NotAText;

impl OrderText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OrderText {
    type Err = NotAText;

    fn from_str(text: &str) -> Result<Self, NotAText> {
        let is_short = (1..=MOST_CHARS).contains(&text.chars().count());
        let is_written = is_short && !text.chars().any(is_unwritten);
        is_written.then(|| Self(text.to_owned())).ok_or(NotAText)
    }
}

impl<'de> Deserialize<'de> for OrderText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for OrderText {
    fn schema_name() -> Cow<'static, str> {
        "OrderText".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1, "maxLength": MOST_CHARS })
    }
}

/// A text that may be missing, null or empty.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OrderText>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(D::Error::custom)
}

/// An order's own number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct OrderNo(#[schemars(with = "ShortText")] String);

/// A text that is no order number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAnOrderNo {
    /// It is empty, too long or has control characters.
    #[error(transparent)]
    Text(#[from] TextError),
    /// It has white space at an end.
    #[error("expected an order number without spaces at its ends")]
    Spaces,
    /// It could be that of an order without a number.
    #[error(
        "digits, a colon and digits are the name of an order without a number: take another number"
    )]
    Generated,
}

impl OrderNo {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for OrderNo {
    type Err = NotAnOrderNo;

    fn from_str(text: &str) -> Result<Self, NotAnOrderNo> {
        let line: ShortText = text.parse()?;
        if text.trim() != text {
            return Err(NotAnOrderNo::Spaces);
        }
        let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        match text.split_once(':') {
            Some((task, index)) if are_digits(task) && are_digits(index) => {
                Err(NotAnOrderNo::Generated)
            }
            _ => Ok(Self(line.into())),
        }
    }
}

impl<'de> Deserialize<'de> for OrderNo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// The id of a time configuration, which defines operation cycles: a text, or a whole number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct TimeConfigId(#[schemars(with = "ShortText")] String);

impl TimeConfigId {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TimeConfigId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for TimeConfigId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        text.parse::<ShortText>().map(|text| Self(text.into()))
    }
}

impl<'de> Deserialize<'de> for TimeConfigId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a text or a whole number")]
        enum Sent {
            Text(String),
            Number(u64),
        }
        let text = match Sent::deserialize(deserializer)? {
            Sent::Text(text) => text,
            Sent::Number(number) => number.to_string(),
        };
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An order, as JSON.
    pub(crate) fn sent() -> Value {
        json!({
            "order_no": "SO-1",
            "customer": { "code": "C7", "name": "张三商店", "phone": "13800138000" },
            "area": "华东",
            "order_date": "2026-01-31 08:30:00",
            "time_config_id": 12,
            "cycle_start_time": "2026-01-31T06:00:00",
            "receive_date": "2026-02-01",
            "status": "confirmed",
            "remark": "",
            "lines": [
                { "sku_code": "S1", "name": "苹果", "spec": "10kg", "quantity": "2.50", "unit": "箱",
                  "price": "12.00", "amount": "30.00" },
                { "sku_code": "S2", "name": "梨", "quantity": "1", "unit": "箱", "price": "0.10",
                  "note": "gift" },
            ],
        })
    }

    fn read(sent: Value) -> Result<Order, String> {
        serde_path_to_error::deserialize(sent).map_err(|error| error.to_string())
    }

    #[test]
    fn an_order_keeps_its_digits_and_is_read_as_it_was_written() {
        let order = read(sent()).expect("an order");
        let written = serde_json::to_value(&order).expect("JSON");
        assert_eq!(written["lines"][0]["quantity"], "2.50");
        assert_eq!(written["time_config_id"], "12");
        assert_eq!(written["remark"], Value::Null, "empty is none");
        assert_eq!(read(written), Ok(order));
    }

    #[test]
    fn every_attribute_of_an_order_is_named() {
        let mut all = sent();
        all["remark"] = "x".into();
        let order = read(all).expect("an order");
        let written = serde_json::to_value(&order).expect("JSON");
        let mut names: Vec<&str> = written
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let mut known = Order::ATTRIBUTES.to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let refused = |change: &dyn Fn(&mut Value)| {
            let mut order = sent();
            change(&mut order);
            read(order).expect_err("a refusal")
        };
        for (change, place) in [
            (
                &(|order: &mut Value| order["lines"][1]["price"] = json!(0.1))
                    as &dyn Fn(&mut Value),
                "lines[1].price",
            ),
            (
                &|order| order["lines"][0]["quantity"] = "1,5".into(),
                "lines[0].quantity",
            ),
            (
                &|order| order["order_date"] = "2026-01-31T08:30:00Z".into(),
                "order_date",
            ),
            (
                &|order| order["receive_date"] = "soon".into(),
                "receive_date",
            ),
            (&|order| order["order_no"] = " SO".into(), "order_no"),
            (&|order| order["order_no"] = "7:1".into(), "order_no"),
            (&|order| order["colour"] = "red".into(), "colour"),
            (
                &|order| order["customer"]["name"] = "".into(),
                "customer.name",
            ),
            (
                &|order| order["customer"]["code"] = Value::Null,
                "customer.code",
            ),
            (&|order| order["status"] = "a\u{0}b".into(), "status"),
        ] {
            let msg = refused(change);
            assert!(msg.contains(place), "{place}: {msg}");
        }
    }
}
