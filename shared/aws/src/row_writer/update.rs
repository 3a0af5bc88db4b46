//! Replacing stored rows: 25 PartiQL `UPDATE`s a request, each on a condition about the row that is
//! there. Only the columns of the definition are touched.

use super::read::Stamp;
use super::row::{ORIGIN, Row};
use super::statements::{Answer, Statement, stamp};
use super::{RowWriter, WriteError};

/// What became of a row that was to replace another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updated {
    /// It is stored.
    Stored,
    /// It was stored by an earlier try at the same row.
    Already,
    /// There is nothing to replace.
    Absent,
    /// Another row of the same import is there.
    Other(Stamp),
    /// The store refuses the row for good; its code.
    Refused(String),
}

impl RowWriter {
    /// Puts at most 25 rows with different keys in the place of stored ones that this import has not written.
    /// The answers are in the order of the rows.
    pub async fn update(&self, table: &str, rows: &[&Row]) -> Result<Vec<Updated>, WriteError> {
        let statements: Vec<Statement> = rows.iter().map(|row| statement(table, row)).collect();
        let answers = self.execute(&statements).await?;
        let outcome = |(answer, row): (Answer, &&Row)| match answer {
            Answer::Done => Updated::Stored,
            Answer::Refused(code) => Updated::Refused(code),
            Answer::Duplicate | Answer::Unmet(None) => Updated::Absent,
            Answer::Unmet(Some(item)) => match Stamp::of(&item) {
                Stamp(origin) if origin == Some(row.origin) => Updated::Already,
                stamp => Updated::Other(stamp),
            },
        };
        Ok(answers.into_iter().zip(rows).map(outcome).collect())
    }
}

/// `UPDATE "t" SET "_origin" = ? SET … REMOVE … WHERE …`
fn statement(table: &str, row: &Row) -> Statement {
    let text = format!("UPDATE \"{table}\" SET \"{ORIGIN}\" = ?");
    let mut statement = Statement::default().with(&text, stamp(row.origin));
    for (name, value) in &row.columns {
        statement = statement.with(&format!(" SET \"{name}\" = ?"), value.clone());
    }
    for name in &row.cleared {
        statement = statement.and(&format!(" REMOVE \"{name}\""));
    }
    statement
        .at(&row.place)
        .of_others(row.origin)
        .showing_item()
}
