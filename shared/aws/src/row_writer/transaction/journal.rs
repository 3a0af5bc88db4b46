//! Which rows a task has stored, written down in the transactions that store them: a try that comes after
//! another, which was cut off, knows what that one has done, whatever others have made of the rows since.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use jiff::Timestamp;

use super::Item;
use crate::error::AwsError;

/// How long an entry is kept. No try comes so late.
const KEPT_SECONDS: i64 = 30 * 24 * 3_600;

/// Where a part of a task's rows is written down: a partition of the tasks table.
#[derive(Clone, Debug)]
pub struct Journal {
    pub(crate) table: String,
    pub(crate) pk: String,
}

impl Journal {
    /// The entry of rows that are stored together, on condition that its first row has none.
    pub(super) fn entry(&self, rows: &[u64]) -> Result<TransactWriteItem, AwsError> {
        let number = |number: i64| AttributeValue::N(number.to_string());
        let numbers = rows.iter().map(|row| AttributeValue::N(row.to_string()));
        let first = rows.first().copied().unwrap_or_default();
        let expires = Timestamp::now().as_second() + KEPT_SECONDS;
        let item = HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(format!("{first:016}"))),
            ("rows".to_owned(), AttributeValue::L(numbers.collect())),
            ("expires_at".to_owned(), number(expires)),
        ]);
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(|error| AwsError::new("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// The rows of an entry.
pub(crate) fn rows_of(item: &Item) -> Vec<u64> {
    let rows = item.get("rows").and_then(|rows| rows.as_l().ok());
    let rows = rows.into_iter().flatten();
    rows.filter_map(|row| row.as_n().ok()?.parse().ok())
        .collect()
}
