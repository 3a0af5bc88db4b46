//! Taking imported rows back, 25 PartiQL statements a request: each on condition that the row is as it was
//! read, every column of it.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_definition::Definition;

use super::found::FoundRow;
use super::row::{ORIGIN, Row};
use super::statements::{Answer, Statement};
use super::transaction::Change;
use super::{RowWriter, WriteError};

/// What became of a row that was to be taken back, or replaced as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// It is done.
    Done,
    /// The row has changed since it was read, or is gone.
    Changed,
    /// The store refuses it for good; its code.
    Refused(String),
}

impl RowWriter {
    /// Deletes, restores or replaces at most 25 rows with different keys, of a table without unique columns. Each
    /// is given with what was found under its key. The answers are in the order of the rows.
    pub async fn change_as_found(
        &self,
        table: &str,
        definition: &Definition,
        changes: &[(&Row, &Change, &FoundRow)],
    ) -> Result<Vec<TakenBack>, WriteError> {
        let statements: Vec<Statement> = changes
            .iter()
            .map(|(row, change, found)| statement(table, definition, row, change, found))
            .collect();
        let answers = self.execute(&statements).await?;
        let outcome = |answer| match answer {
            Answer::Done => TakenBack::Done,
            Answer::Duplicate | Answer::Unmet(_) => TakenBack::Changed,
            Answer::Refused(code) => TakenBack::Refused(code),
        };
        Ok(answers.into_iter().map(outcome).collect())
    }
}

fn statement(
    table: &str,
    definition: &Definition,
    row: &Row,
    change: &Change,
    found: &FoundRow,
) -> Statement {
    let statement = match change {
        Change::Delete => Statement::default().and(&format!("DELETE FROM \"{table}\"")),
        Change::Store => update(table, row, Some(row.origin.to_string())),
        Change::Restore(stamp) => update(table, row, stamp.clone()),
    };
    let columns = definition.columns.iter().map(|column| column.name.as_str());
    let as_found = columns.chain([ORIGIN]);
    as_found.fold(statement.at(&row.place), |statement, name| {
        match found.item.get(name) {
            Some(value) => statement.with(&format!(" AND \"{name}\" = ?"), value.clone()),
            None => statement.and(&format!(" AND \"{name}\" IS MISSING")),
        }
    })
}

/// `UPDATE "t" SET "a" = ? REMOVE "b" …`
fn update(table: &str, row: &Row, stamp: Option<String>) -> Statement {
    let mut statement = Statement::default().and(&format!("UPDATE \"{table}\""));
    for (name, value) in &row.columns {
        statement = statement.with(&format!(" SET \"{name}\" = ?"), value.clone());
    }
    let mut removed: Vec<&str> = row.cleared.iter().map(String::as_str).collect();
    match stamp {
        Some(stamp) => {
            statement = statement.with(&format!(" SET \"{ORIGIN}\" = ?"), AttributeValue::S(stamp));
        }
        None => removed.push(ORIGIN),
    }
    for name in removed {
        statement = statement.and(&format!(" REMOVE \"{name}\""));
    }
    statement
}
