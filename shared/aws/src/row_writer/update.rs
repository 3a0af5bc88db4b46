//! Replacing stored rows: 25 PartiQL `UPDATE`s a request, each on a condition about the row that is
//! there. Only the columns of the definition are touched.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_core::origin::Origin;

use super::holders::Holder;
use super::row::{ORIGIN, Row};
use super::statements::{Answer, Statement, stamp};
use super::{RowWriter, WriteError};

/// What must be stored for a row to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A row that this import has not written.
    OfOthers,
    /// The row with this stamp, or with none.
    Stamped(Option<Origin>),
    /// Of a claim: one of the row with the same key that this import has not taken over.
    OfSameRow,
}

/// What became of a row that was to replace another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// It is stored.
    Stored,
    /// It was stored by an earlier try at the same row.
    Already,
    /// There is nothing to replace.
    Absent,
    /// Another row than the expected one is there.
    Other(Holder),
    /// The store refuses the row for good; its code.
    Refused(String),
}

impl RowWriter {
    /// Puts at most 25 rows with different keys in the place of stored ones. The answers are in
    /// the order of the rows.
    pub async fn update(
        &self,
        table: &str,
        rows: &[(&Row, Expected)],
    ) -> Result<Vec<Updated>, WriteError> {
        let statement =
            |(row, expected): &(&Row, Expected)| statement(table, row, *expected).showing_item();
        let statements: Vec<Statement> = rows.iter().map(statement).collect();
        let answers = self.execute(&statements).await?;
        let outcome = |(answer, (row, _)): (Answer, &(&Row, Expected))| match answer {
            Answer::Done => Updated::Stored,
            Answer::Refused(code) => Updated::Refused(code),
            Answer::Duplicate | Answer::Unmet(None) => Updated::Absent,
            Answer::Unmet(Some(item)) => match Holder::of(&item) {
                holder if holder.origin == Some(row.origin) => Updated::Already,
                holder => Updated::Other(holder),
            },
        };
        Ok(answers.into_iter().zip(rows).map(outcome).collect())
    }

    /// Deletes at most 25 rows or claims that have still the stamps of these.
    pub async fn delete(&self, table: &str, rows: &[&Row]) -> Result<(), WriteError> {
        let statement = |row: &&Row| {
            Statement::new(format!("DELETE FROM \"{table}\""))
                .at(row)
                .stamped(Some(row.origin))
        };
        let statements: Vec<Statement> = rows.iter().map(statement).collect();
        self.execute(&statements).await?;
        Ok(())
    }
}

/// `UPDATE "t" SET "_origin" = ? SET … REMOVE … WHERE …`
fn statement(table: &str, row: &Row, expected: Expected) -> Statement {
    let text = format!("UPDATE \"{table}\" SET \"{ORIGIN}\" = ?");
    let mut statement = Statement::default().with(&text, stamp(row.origin));
    for (name, value) in &row.columns {
        statement = statement.with(&format!(" SET \"{name}\" = ?"), value.clone());
    }
    for name in &row.cleared {
        statement = statement.and(&format!(" REMOVE \"{name}\""));
    }
    statement = statement.at(row);
    match expected {
        Expected::Stamped(origin) => statement.stamped(origin),
        Expected::OfOthers => statement.of_others(row.origin),
        Expected::OfSameRow => {
            let key = row.claim_key().unwrap_or_default().to_owned();
            let statement = statement.with(" AND \"_key\" = ?", AttributeValue::S(key));
            statement.of_others(row.origin)
        }
    }
}
