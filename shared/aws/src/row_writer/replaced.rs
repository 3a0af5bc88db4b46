//! What rows replace, kept so that a row which must not have been stored can be taken back, and
//! so that unique values which are given up can be freed.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use sluice_core::definition::Definition;
use sluice_core::origin::Origin;

use super::row::{ORIGIN, Row};
use super::statements::Statement;
use super::{RowWriter, WriteError};

/// A stored row as it was before a row of an import took its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its partition.
    pub pk: String,
    /// Its key.
    pub key: String,
    /// Its stamp, if it had one.
    origin: Option<String>,
    /// The columns of the definition.
    columns: BTreeMap<String, Stored>,
}

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Stored {
    S(String),
    N(String),
    Bool(bool),
}

impl Replaced {
    /// Its stamp, if it was written by an import.
    pub fn origin(&self) -> Option<Origin> {
        self.origin.as_ref().and_then(|stamp| stamp.parse().ok())
    }

    /// The text of a column, if it has one.
    pub fn text(&self, column: &str) -> Option<&str> {
        match self.columns.get(column)? {
            Stored::S(text) => Some(text),
            Stored::N(_) | Stored::Bool(_) => None,
        }
    }

    /// Whether it has the value that a claim is about.
    pub fn has_value_of(&self, claim: &Row) -> bool {
        let claimed = claim.claimed_value();
        claimed.is_some_and(|(column, value)| self.text(column) == Some(value))
    }
}

impl RowWriter {
    /// The rows that are stored under the keys of rows; none where nothing is.
    pub async fn stored(
        &self,
        table: &str,
        definition: &Definition,
        rows: &[&Row],
    ) -> Result<Vec<Option<Replaced>>, WriteError> {
        let columns = || definition.columns.iter().map(|column| column.name.as_str());
        let attributes: Vec<&str> = columns().chain([ORIGIN]).collect();
        let items = self.items(table, rows, &attributes).await?;
        let stored = items.into_iter().zip(rows).map(|(item, row)| {
            let mut item = item?;
            let origin = item.remove(ORIGIN).and_then(|stamp| match stamp {
                AttributeValue::S(stamp) => Some(stamp),
                _ => None,
            });
            let column = |name: &str| {
                let value = match item.remove(name)? {
                    AttributeValue::S(text) => Stored::S(text),
                    AttributeValue::N(digits) => Stored::N(digits),
                    AttributeValue::Bool(yes) => Stored::Bool(yes),
                    _ => return None,
                };
                Some((name.to_owned(), value))
            };
            Some(Replaced {
                pk: row.pk.clone(),
                key: row.sk.clone(),
                origin,
                columns: columns().filter_map(column).collect(),
            })
        });
        Ok(stored.collect())
    }

    /// Puts stored rows back in the place of those with these stamps, at most 25. One whose place
    /// another row has taken since stays away.
    pub async fn restore(
        &self,
        table: &str,
        definition: &Definition,
        rows: &[(&Replaced, Origin)],
    ) -> Result<(), WriteError> {
        let statement = |(replaced, instead_of): &(&Replaced, Origin)| {
            restoring(table, definition, replaced, *instead_of)
        };
        let statements: Vec<Statement> = rows.iter().map(statement).collect();
        self.execute(&statements).await?;
        Ok(())
    }
}

/// `UPDATE "t" SET … REMOVE … WHERE … AND "_origin" = ?`
fn restoring(
    table: &str,
    definition: &Definition,
    replaced: &Replaced,
    instead_of: Origin,
) -> Statement {
    let mut statement = Statement::new(format!("UPDATE \"{table}\""));
    statement = statement.setting_stamp(replaced.origin());
    for column in &definition.columns {
        let name = &column.name;
        let value = match replaced.columns.get(name) {
            Some(Stored::S(text)) => AttributeValue::S(text.clone()),
            Some(Stored::N(digits)) => AttributeValue::N(digits.clone()),
            Some(Stored::Bool(yes)) => AttributeValue::Bool(*yes),
            None => {
                statement = statement.and(&format!(" REMOVE \"{name}\""));
                continue;
            }
        };
        statement = statement.with(&format!(" SET \"{name}\" = ?"), value);
    }
    statement
        .with(" WHERE \"pk\" = ?", AttributeValue::S(replaced.pk.clone()))
        .with(" AND \"sk\" = ?", AttributeValue::S(replaced.key.clone()))
        .stamped(Some(instead_of))
}
