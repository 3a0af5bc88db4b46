//! Stored rows read whole: to compare them with what was imported, and to keep what is about to be replaced.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use sluice_basics::origin::Origin;
use sluice_definition::{Definition, Value};
use sluice_undo::{Held, RowState, Stamped};

use super::row::{ORIGIN, Place, Row};
use super::statements::Item;
use super::{RowWriter, WriteError};
use crate::error::AwsError;

/// A stored row with all its attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundRow {
    pub(super) item: Item,
}

/// What a row held before an import replaced it: its stamp and the columns of its definition, in the form in
/// which DynamoDB writes them as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before(HashMap<String, serde_dynamo::AttributeValue>);

impl RowWriter {
    /// Reads the rows that are stored at places, with all their attributes.
    pub async fn found(
        &self,
        table: &str,
        places: &[&Place],
    ) -> Result<Vec<Option<FoundRow>>, WriteError> {
        let items = self.whole_items(table, places).await?;
        let found = items
            .into_iter()
            .map(|item| item.map(|item| FoundRow { item }));
        Ok(found.collect())
    }
}

impl FoundRow {
    /// Which row wrote it, if an import did.
    pub fn origin(&self) -> Option<Origin> {
        match stamped(&self.item) {
            Stamped::By(origin) => Some(origin),
            Stamped::ByOthers(_) => None,
        }
    }

    /// What it is, to be compared.
    pub fn state(&self, definition: &Definition) -> RowState {
        let is_other = |name: &&String| {
            !matches!(name.as_str(), "pk" | "sk" | ORIGIN)
                && definition.column_index(name).is_none()
        };
        RowState {
            // The least of them: whoever looks again finds the same.
            other_attribute: self.item.keys().filter(is_other).min().cloned(),
            ..state_of(&self.item, definition)
        }
    }

    /// What an import that replaces it keeps.
    pub fn before(&self, definition: &Definition) -> Before {
        let columns = definition.columns.iter().map(|column| column.name.as_str());
        let kept = columns.chain([ORIGIN]).filter_map(|name| {
            let value = self.item.get(name)?.clone();
            Some((name.to_owned(), serde_dynamo::AttributeValue::from(value)))
        });
        Before(kept.collect())
    }

    /// How many bytes its attributes have, about.
    pub fn size_bytes(&self) -> usize {
        let sizes = self.item.iter().map(|(name, value)| {
            let value = match value {
                AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
                _ => 16,
            };
            name.len() + value
        });
        sizes.sum()
    }
}

impl Before {
    fn item(&self) -> Item {
        let attributes = self.0.iter();
        attributes
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect()
    }

    /// What it was, to be compared.
    pub fn state(&self, definition: &Definition) -> RowState {
        state_of(&self.item(), definition)
    }

    /// The stamp that it had.
    pub fn stamp(&self) -> Option<String> {
        self.item().get(ORIGIN)?.as_s().ok().cloned()
    }

    /// The row that takes the place of an imported one again, and that is known as `own`.
    pub fn row(&self, definition: &Definition, place: Place, own: Origin) -> Row {
        let mut item = self.item();
        let (mut columns, mut cleared) = (Vec::new(), Vec::new());
        for column in &definition.columns {
            match item.remove(&column.name) {
                Some(value) => columns.push((column.name.clone(), value)),
                None => cleared.push(column.name.clone()),
            }
        }
        Row {
            origin: own,
            place,
            columns,
            cleared,
        }
    }
}

fn stamped(item: &Item) -> Stamped {
    match item.get(ORIGIN) {
        None => Stamped::ByOthers(None),
        Some(AttributeValue::S(text)) => match text.parse() {
            Ok(origin) => Stamped::By(origin),
            Err(_) => Stamped::ByOthers(Some(text.clone())),
        },
        Some(other) => Stamped::ByOthers(Some(format!("{other:?}"))),
    }
}

fn state_of(item: &Item, definition: &Definition) -> RowState {
    let held = |name: &str| match item.get(name) {
        None => Held::Nothing,
        Some(AttributeValue::S(text)) => Held::Value(Value::Text(text.clone())),
        Some(AttributeValue::N(digits)) => Held::Value(Value::Number(digits.clone())),
        Some(AttributeValue::Bool(yes)) => Held::Value(Value::Boolean(*yes)),
        Some(other) => Held::Other(json_of(other)),
    };
    let columns = definition.columns.iter();
    RowState {
        stamp: stamped(item),
        columns: columns.map(|column| held(&column.name)).collect(),
        other_attribute: None,
    }
}

/// An attribute as text that is the same for the same value.
fn json_of(value: &AttributeValue) -> String {
    let value = serde_dynamo::AttributeValue::from(value.clone());
    let json = serde_json::to_value(&value);
    json.map_or_else(|_| String::new(), |json| json.to_string())
}

impl From<serde_json::Error> for WriteError {
    fn from(error: serde_json::Error) -> Self {
        AwsError::new("reading what was kept of a row", error).into()
    }
}

#[cfg(test)]
mod tests {
    use sluice_definition::Catalog;

    use super::*;

    #[test]
    fn what_is_kept_of_a_row_comes_back_as_it_was() {
        let catalog = Catalog::load().expect("definitions");
        let members = catalog
            .get(&"member_import".parse().expect("a business"))
            .expect("members");
        let s = |text: &str| AttributeValue::S(text.to_owned());
        let found = FoundRow {
            item: HashMap::from([
                ("pk".to_owned(), s("demo#00")),
                ("sk".to_owned(), s("M1")),
                (ORIGIN.to_owned(), s("7:2")),
                ("name".to_owned(), s("Ann")),
                ("points".to_owned(), AttributeValue::N("12".to_owned())),
                (
                    "tier".to_owned(),
                    AttributeValue::Ss(vec!["odd".to_owned()]),
                ),
                ("seen_at".to_owned(), s("today")),
            ]),
        };
        let before = found.before(members);
        let json = serde_json::to_string(&before).expect("JSON");
        let read: Before = serde_json::from_str(&json).expect("as it was written");
        assert_eq!(read, before);
        let state = found.state(members);
        assert_eq!(state.other_attribute.as_deref(), Some("seen_at"));
        assert_eq!(read.state(members).columns, state.columns);
        assert_eq!(read.stamp().as_deref(), Some("7:2"));
        let place = Place::of_row(&"demo".parse().expect("a station"), members, "M1");
        let own = Origin {
            task_id: 9.try_into().expect("an id"),
            row: 5,
        };
        let row = read.row(members, place, own);
        assert_eq!(row.columns.len(), 3);
        assert_eq!(row.cleared.len(), members.columns.len() - 3);
        let tier = row.columns.iter().find(|(name, _)| name == "tier");
        assert_eq!(tier.map(|(_, value)| value), found.item.get("tier"));
    }
}
