//! Inserting rows that must not exist yet: 25 PartiQL `INSERT`s a request, the only batch write
//! with a condition that costs no more than a plain one. A taken key is answered per statement;
//! whose row it is shows its stamp.

use super::backoff::Backoff;
use super::read::Stamp;
use super::row::{Place, Row};
use super::statements::{Answer, Statement};
use super::{RowWriter, WriteError};

/// What became of a row that was to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is stored.
    Stored,
    /// It was stored by an earlier try at the same row.
    Already,
    /// Its key belongs to another row.
    Taken(Stamp),
    /// The store refuses the row for good; its code, since its words may quote the row.
    Refused(String),
}

impl RowWriter {
    /// Inserts at most 25 rows with different keys. The answers are in the order of the rows.
    pub async fn insert(&self, table: &str, rows: &[&Row]) -> Result<Vec<Inserted>, WriteError> {
        let mut outcomes: Vec<Option<Inserted>> = vec![None; rows.len()];
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let mut backoff = Backoff::new(self.until);
        while !open.is_empty() {
            let statement = |&index: &usize| Statement::insert(table, rows[index]);
            let statements: Vec<Statement> = open.iter().map(statement).collect();
            let mut taken = Vec::new();
            for (&index, answer) in open.iter().zip(self.execute(&statements).await?) {
                match answer {
                    Answer::Done => outcomes[index] = Some(Inserted::Stored),
                    Answer::Refused(code) => outcomes[index] = Some(Inserted::Refused(code)),
                    Answer::Duplicate | Answer::Unmet(_) => taken.push(index),
                }
            }
            open.clear();
            if taken.is_empty() {
                break;
            }
            let places: Vec<&Place> = taken.iter().map(|&index| &rows[index].place).collect();
            let stamps = self.stamps(table, &places).await?;
            for (index, stamp) in taken.into_iter().zip(stamps) {
                match stamp {
                    // Deleted in between: the key is free again.
                    None => open.push(index),
                    Some(Stamp(origin)) if origin == Some(rows[index].origin) => {
                        outcomes[index] = Some(Inserted::Already);
                    }
                    Some(stamp) => outcomes[index] = Some(Inserted::Taken(stamp)),
                }
            }
            if !open.is_empty() {
                backoff
                    .wait("rows were deleted while they were asked for")
                    .await?;
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }
}
