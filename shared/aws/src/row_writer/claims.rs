//! Claims on unique values that pass from one import to another, or to nobody. An import that is about to
//! store a value has put its stamp on the claim, and whoever takes a claim away names the stamp that
//! it has seen there.

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_core::origin::Origin;

use super::row::{CLAIM_KEY, Row};
use super::statements::Statement;
use super::{RowWriter, WriteError};

impl RowWriter {
    /// Gives at most 25 claims that bear their own stamps back to stored rows with the same keys, whose
    /// stamps these are.
    pub async fn give_back(
        &self,
        table: &str,
        claims: &[(&Row, Option<Origin>)],
    ) -> Result<(), WriteError> {
        let statement = |(claim, to): &(&Row, Option<Origin>)| {
            Statement::new(format!("UPDATE \"{table}\""))
                .setting_stamp(*to)
                .at(claim)
                .stamped(Some(claim.origin))
        };
        let statements: Vec<Statement> = claims.iter().map(statement).collect();
        self.execute(&statements).await?;
        Ok(())
    }

    /// Deletes at most 25 claims on values that the rows they belong to have given up, if they bear
    /// still these stamps.
    pub async fn free(
        &self,
        table: &str,
        claims: &[(&Row, Option<Origin>)],
    ) -> Result<(), WriteError> {
        let statement = |(claim, stamp): &(&Row, Option<Origin>)| {
            let key = claim.claim_key().unwrap_or_default().to_owned();
            Statement::new(format!("DELETE FROM \"{table}\""))
                .at(claim)
                .with(&format!(" AND \"{CLAIM_KEY}\" = ?"), AttributeValue::S(key))
                .stamped(*stamp)
        };
        let statements: Vec<Statement> = claims.iter().map(statement).collect();
        self.execute(&statements).await?;
        Ok(())
    }
}
