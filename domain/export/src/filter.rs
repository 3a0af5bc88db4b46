//! Which rows are wanted: a condition on each of some columns. A row must meet all of them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use sluice_basics::station::StationConfig;
use sluice_definition::{Column, ColumnType, Definition, Value, compare_numbers};

/// What a caller wants of a column.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Wanted {
    /// This value; null for rows without one.
    Is(Option<Scalar>),
    /// A value between two, both included.
    Between(Bounds),
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Json::deserialize(deserializer)?;
        match value {
            Json::Null => return Ok(Self::Is(None)),
            // A structure could be read from a list, too.
            Json::Array(_) => {
                let words = "must be a value, null, or an object with `from` and `to`";
                return Err(D::Error::custom(words));
            }
            Json::Object(_) => serde_json::from_value(value).map(Self::Between),
            _ => serde_json::from_value(value).map(|scalar| Self::Is(Some(scalar))),
        }
        .map_err(D::Error::custom)
    }
}

/// The two ends of what is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The smallest value; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Scalar>,
    /// The largest value; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Scalar>,
}

/// A value in JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// As it would stand in a file.
    Text(String),
    /// A number.
    Number(serde_json::Number),
    /// Yes or no.
    Boolean(bool),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Boolean(yes) => yes.to_string(),
        }
    }
}

/// A condition on a column, with values as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The row has no value.
    Blank,
    /// The row has this value.
    Is(String),
    /// The row has a value between these, both included.
    Between(Bound),
}

/// The two ends of a condition, with values as they are stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The smallest; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The largest; none for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Why a condition means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// There is no such column.
    #[error("filter: `{0}` is not a column of this business")]
    UnknownColumn(String),
    /// A value is none of the column.
    #[error("filter: column `{column}`: {problem}")]
    Value {
        /// The column.
        column: String,
        /// What is wrong.
        problem: String,
    },
    /// Its values have no order.
    #[error(
        "filter: the values of column `{0}` have no order: name one value instead of from and to"
    )]
    NoOrder(String),
    /// The smallest is larger than the largest.
    #[error("filter: column `{0}`: `from` must not be larger than `to`")]
    Bounds(String),
    /// There is neither.
    #[error("filter: column `{0}`: give `from`, `to` or both")]
    NoBounds(String),
}

impl Condition {
    /// Reads what is wanted of a column, in the conventions of a station.
    ///
    /// # Errors
    ///
    /// If a value cannot be one of the column.
    pub fn of(
        column: &Column,
        wanted: &Wanted,
        config: &StationConfig,
    ) -> Result<Self, FilterError> {
        let name = || column.name.clone();
        let value = |scalar: &Scalar| {
            let problem = |problem: String| FilterError::Value {
                column: name(),
                problem,
            };
            match column.value_of(&scalar.text(), config) {
                Ok(Some(value)) => Ok(value.to_string()),
                Ok(None) => Err(problem(
                    "is blank: say null for rows without a value".into(),
                )),
                Err(problems) => {
                    let words = problems.into_iter().map(|problem| problem.message);
                    Err(problem(words.collect::<Vec<_>>().join("; ")))
                }
            }
        };
        match wanted {
            Wanted::Is(None) => Ok(Self::Blank),
            Wanted::Is(Some(scalar)) => Ok(Self::Is(value(scalar)?)),
            Wanted::Between(bounds) => {
                if !has_order(&column.kind) {
                    return Err(FilterError::NoOrder(name()));
                }
                let from = bounds.from.as_ref().map(value).transpose()?;
                let to = bounds.to.as_ref().map(value).transpose()?;
                let is_right = match (&from, &to) {
                    (None, None) => return Err(FilterError::NoBounds(name())),
                    (Some(from), Some(to)) => compare(&column.kind, from, to) != Ordering::Greater,
                    _ => true,
                };
                if !is_right {
                    return Err(FilterError::Bounds(name()));
                }
                Ok(Self::Between(Bound { from, to }))
            }
        }
    }

    /// Whether a row with this value in the column is wanted.
    pub fn takes(&self, kind: &ColumnType, value: Option<&Value>) -> bool {
        let Some(value) = value else {
            return *self == Self::Blank;
        };
        let text = value.to_string();
        match self {
            Self::Blank => false,
            Self::Is(wanted) => compare(kind, &text, wanted) == Ordering::Equal,
            Self::Between(Bound { from, to }) => {
                let above = |from: &String| compare(kind, &text, from) != Ordering::Less;
                let below = |to: &String| compare(kind, &text, to) != Ordering::Greater;
                from.as_ref().is_none_or(above) && to.as_ref().is_none_or(below)
            }
        }
    }
}

/// All conditions on the rows of a business.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The place of each column in the definition, with its type.
    conditions: Vec<(usize, ColumnType, Condition)>,
}

impl Filter {
    /// Conditions on columns of a definition. Those on columns that it has no more take no row.
    pub fn new(definition: &Definition, conditions: &BTreeMap<String, Condition>) -> Option<Self> {
        let conditions = conditions.iter().map(|(name, condition)| {
            let place = definition.column_index(name)?;
            let kind = definition.columns[place].kind.clone();
            Some((place, kind, condition.clone()))
        });
        Some(Self {
            conditions: conditions.collect::<Option<_>>()?,
        })
    }

    /// Returns whether a row is wanted whose values stand in the order of the definition's columns.
    pub fn takes(&self, values: &[Option<Value>]) -> bool {
        self.conditions.iter().all(|(place, kind, condition)| {
            condition.takes(kind, values.get(*place).and_then(Option::as_ref))
        })
    }

    /// Returns the places of the columns that it looks at.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.conditions.iter().map(|(place, ..)| *place)
    }
}

fn has_order(kind: &ColumnType) -> bool {
    !matches!(kind, ColumnType::Boolean | ColumnType::List(_))
}

/// Compares values as they are stored. Dates are stored so that their texts are in order; moments may have
/// fractions of a second.
fn compare(kind: &ColumnType, left: &str, right: &str) -> Ordering {
    let by_text = || left.cmp(right);
    match kind {
        ColumnType::Integer(_) | ColumnType::Decimal(_) => {
            compare_numbers(left, right).unwrap_or_else(by_text)
        }
        ColumnType::DateTime(_) => match (left.parse::<Timestamp>(), right.parse::<Timestamp>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => by_text(),
        },
        _ => by_text(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use sluice_definition::Definition;

    fn orders() -> Definition {
        let text = r#"
business = "orders"
title = "Orders"
table = "orders"
key = ["id"]
on_duplicate = "reject"
[[columns]]
name = "id"
type = "text"
required = true
[[columns]]
name = "amount"
type = "decimal"
[[columns]]
name = "day"
type = "date"
[[columns]]
name = "at"
type = "date_time"
[[columns]]
name = "paid"
type = "boolean"
"#;
        Definition::parse(text).expect("a definition")
    }

    fn condition(column: &str, wanted: serde_json::Value) -> Result<Condition, String> {
        let definition = orders();
        let place = definition.column_index(column).expect("a column");
        let wanted: Wanted = serde_json::from_value(wanted).expect("a form that is known");
        let config = StationConfig::default();
        Condition::of(&definition.columns[place], &wanted, &config)
            .map_err(|error| error.to_string())
    }

    fn takes(column: &str, wanted: serde_json::Value, value: Option<Value>) -> bool {
        let definition = orders();
        let conditions = BTreeMap::from([(
            column.to_owned(),
            condition(column, wanted).expect("a condition"),
        )]);
        let filter = Filter::new(&definition, &conditions).expect("a filter");
        let mut values = vec![None; definition.columns.len()];
        values[definition.column_index(column).expect("a column")] = value;
        filter.takes(&values)
    }

    #[test]
    fn values_are_compared_as_what_they_are() {
        let number = |digits: &str| Some(Value::Number(digits.to_owned()));
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let range = json!({ "from": 9, "to": "100.5" });
        for (digits, expected) in [
            ("8.99", false),
            ("9", true),
            ("9.0", true),
            ("10", true),
            ("100.50", true),
            ("100.51", false),
            ("-20", false),
        ] {
            assert_eq!(
                takes("amount", range.clone(), number(digits)),
                expected,
                "{digits}"
            );
        }
        assert!(takes("amount", json!("12.50"), number("12.5")));
        let day = json!({ "from": "2026-01-31" });
        assert!(takes("day", day.clone(), text("2026-01-31")));
        assert!(takes("day", day.clone(), text("2026-02-01")));
        assert!(!takes("day", day, text("2025-12-31")));
        let until = json!({ "to": "2026-01-31T08:30:00Z" });
        assert!(takes("at", until.clone(), text("2026-01-31T08:30:00Z")));
        assert!(!takes("at", until, text("2026-01-31T08:30:00.5Z")));
        assert!(takes("paid", json!(true), Some(Value::Boolean(true))));
        assert!(!takes("paid", json!(true), Some(Value::Boolean(false))));
    }

    #[test]
    fn a_row_without_a_value_is_wanted_by_null_alone() {
        assert!(takes("day", json!(null), None));
        assert!(!takes(
            "day",
            json!(null),
            Some(Value::Text("2026-01-31".into()))
        ));
        assert!(!takes("amount", json!({ "from": -5 }), None));
        assert!(!takes("id", json!("a"), None));
    }

    #[test]
    fn a_condition_that_means_nothing_is_refused_and_says_why() {
        for (column, wanted, words) in [
            (
                "amount",
                json!("many"),
                "column `amount`: must be a decimal number",
            ),
            ("day", json!({ "from": "31/31/2026" }), "column `day`"),
            ("id", json!(""), "null for rows without a value"),
            ("paid", json!({ "from": false }), "no order"),
            (
                "amount",
                json!({ "from": 10, "to": 9 }),
                "must not be larger",
            ),
            ("amount", json!({}), "give `from`, `to` or both"),
        ] {
            let refused = condition(column, wanted.clone()).expect_err("a refusal");
            assert!(refused.contains(words), "{wanted}: {refused}");
        }
    }
}
