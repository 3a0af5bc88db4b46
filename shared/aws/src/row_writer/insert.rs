//! Inserting rows that must not exist yet: 25 PartiQL `INSERT`s a request, the only batch write
//! with a condition. A taken key is answered per statement; whose row it is shows its stamp.

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum as Code,
    BatchStatementRequest, KeysAndAttributes, ReturnConsumedCapacity,
};
use sluice_core::origin::Origin;

use super::backoff::Backoff;
use super::{BATCH, ORIGIN, Row, RowWriter, WriteError};
use crate::error::AwsError;

/// What became of a row that was to be inserted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is stored, by this call or by an earlier try at the same row.
    Stored,
    /// Its key belongs to another row; the stamp of that one, if it has one.
    Taken(Option<Origin>),
    /// The store refuses the row for good; its code, since its words may quote the row.
    Refused(String),
}

/// A row's place in a batch and what is known of it.
enum Answer {
    Known(Inserted),
    TryAgain(String),
    KeyTaken,
    Failed(String),
}

impl RowWriter {
    /// Inserts at most 25 rows with different keys. The answers are in the order of the rows.
    pub async fn insert(&self, table: &str, rows: &[Row]) -> Result<Vec<Inserted>, WriteError> {
        debug_assert!(rows.len() <= BATCH, "a batch takes {BATCH} rows");
        let mut outcomes: Vec<Option<Inserted>> = vec![None; rows.len()];
        let mut open: Vec<usize> = (0..rows.len()).collect();
        let mut backoff = Backoff::new(self.until);
        while !open.is_empty() {
            backoff.check("there was no time for all rows")?;
            let batch: Vec<&Row> = open.iter().map(|&index| &rows[index]).collect();
            let answers = self.insert_once(table, &batch).await?;
            let mut taken = Vec::new();
            let mut again = Vec::new();
            let mut why = String::new();
            for (&index, answer) in open.iter().zip(answers) {
                match answer {
                    Answer::Known(outcome) => outcomes[index] = Some(outcome),
                    Answer::KeyTaken => taken.push(index),
                    Answer::Failed(code) => {
                        return Err(AwsError::new("an INSERT", code).into());
                    }
                    Answer::TryAgain(reason) => {
                        why = reason;
                        again.push(index);
                    }
                }
            }
            if !taken.is_empty() {
                let batch: Vec<&Row> = taken.iter().map(|&index| &rows[index]).collect();
                for (&index, owner) in taken.iter().zip(self.owners(table, &batch).await?) {
                    match owner {
                        // Deleted in between: the key is free again.
                        None => again.push(index),
                        Some(Some(origin)) if origin == rows[index].origin => {
                            outcomes[index] = Some(Inserted::Stored);
                        }
                        Some(origin) => outcomes[index] = Some(Inserted::Taken(origin)),
                    }
                }
            }
            if again.len() < open.len() {
                backoff.reset();
            }
            if !again.is_empty() {
                backoff.wait(&why).await?;
            }
            open = again;
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// Puts a row in the place of one that `loser` wrote. False if that one is not there any
    /// more.
    pub async fn displace(
        &self,
        table: &str,
        row: &Row,
        loser: Origin,
    ) -> Result<bool, WriteError> {
        let mut backoff = Backoff::new(self.until);
        loop {
            backoff.check("there was no time for all rows")?;
            let pass = self.pace.enter().await;
            let answer = self
                .dynamodb
                .put_item()
                .table_name(table)
                .set_item(Some(
                    row.attributes().map(|(k, v)| (k.to_owned(), v)).collect(),
                ))
                .condition_expression("#origin = :loser")
                .expression_attribute_names("#origin", ORIGIN)
                .expression_attribute_values(":loser", AttributeValue::S(loser.to_string()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match answer {
                Ok(answer) => {
                    pass.went_well();
                    self.meter.add_written(answer.consumed_capacity());
                    return Ok(true);
                }
                Err(SdkError::ServiceError(error))
                    if matches!(
                        error.err(),
                        PutItemError::ConditionalCheckFailedException(_)
                    ) =>
                {
                    return Ok(false);
                }
                Err(error) => {
                    let error = AwsError::of("PutItem")(error);
                    if !error.is_passing() {
                        return Err(error.into());
                    }
                    pass.was_throttled();
                    drop(pass);
                    backoff.wait(&error.to_string()).await?;
                }
            }
        }
    }

    /// The stamps of stored rows: the outer option is none if there is no item any more, the
    /// inner one if the item has no stamp.
    async fn owners(
        &self,
        table: &str,
        rows: &[&Row],
    ) -> Result<Vec<Option<Option<Origin>>>, WriteError> {
        let mut found: HashMap<(String, String), Option<Origin>> = HashMap::new();
        let mut keys: Vec<HashMap<String, AttributeValue>> = rows
            .iter()
            .map(|row| {
                HashMap::from([
                    ("pk".to_owned(), AttributeValue::S(row.pk.clone())),
                    ("sk".to_owned(), AttributeValue::S(row.sk.clone())),
                ])
            })
            .collect();
        let mut backoff = Backoff::new(self.until);
        while !keys.is_empty() {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(std::mem::take(&mut keys)))
                .projection_expression("pk, sk, #origin")
                .expression_attribute_names("#origin", ORIGIN)
                .consistent_read(true)
                .build()
                .map_err(|error| AwsError::new("BatchGetItem", error))?;
            let pass = self.pace.enter().await;
            let answer = self
                .dynamodb
                .batch_get_item()
                .request_items(table, request.clone())
                .send()
                .await;
            match answer {
                Ok(answer) => {
                    pass.went_well();
                    let items = answer.responses.unwrap_or_default().remove(table);
                    for item in items.unwrap_or_default() {
                        let text = |name: &str| {
                            item.get(name).and_then(|value| value.as_s().ok()).cloned()
                        };
                        if let (Some(pk), Some(sk)) = (text("pk"), text("sk")) {
                            let origin = text(ORIGIN).and_then(|stamp| stamp.parse().ok());
                            found.insert((pk, sk), origin);
                        }
                    }
                    let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
                    keys = left.map(|left| left.keys).unwrap_or_default();
                }
                Err(error) => {
                    let error = AwsError::of("BatchGetItem")(error);
                    if !error.is_passing() {
                        return Err(error.into());
                    }
                    pass.was_throttled();
                    keys = request.keys;
                }
            }
            if !keys.is_empty() {
                backoff.wait("reading stamps was throttled").await?;
            }
        }
        Ok(rows
            .iter()
            .map(|row| found.remove(&(row.pk.clone(), row.sk.clone())))
            .collect())
    }

    /// One request; a whole call that fails for a passing reason counts as every row to be
    /// tried again.
    async fn insert_once(&self, table: &str, rows: &[&Row]) -> Result<Vec<Answer>, WriteError> {
        let mut statements = Vec::with_capacity(rows.len());
        for row in rows {
            statements.push(statement(table, row)?);
        }
        let pass = self.pace.enter().await;
        let answer = self
            .dynamodb
            .batch_execute_statement()
            .set_statements(Some(statements))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match answer {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                let responses = answer.responses.unwrap_or_default();
                if responses.len() != rows.len() {
                    let problem = format!("{} answers to {} rows", responses.len(), rows.len());
                    return Err(AwsError::new("BatchExecuteStatement", problem).into());
                }
                let answers: Vec<Answer> = responses
                    .iter()
                    .map(|response| meaning(response.error()))
                    .collect();
                if answers
                    .iter()
                    .any(|answer| matches!(answer, Answer::TryAgain(_)))
                {
                    pass.was_throttled();
                } else {
                    pass.went_well();
                }
                Ok(answers)
            }
            Err(error) => {
                let error = AwsError::of("BatchExecuteStatement")(error);
                if !error.is_passing() {
                    return Err(error.into());
                }
                pass.was_throttled();
                Ok(rows
                    .iter()
                    .map(|_| Answer::TryAgain(error.to_string()))
                    .collect())
            }
        }
    }
}

/// `INSERT INTO "t" VALUE {'pk': ?, …}` with one parameter per attribute.
fn statement(table: &str, row: &Row) -> Result<BatchStatementRequest, WriteError> {
    let mut text = format!("INSERT INTO \"{table}\" VALUE {{");
    let mut parameters = Vec::with_capacity(row.columns.len() + 3);
    for (name, value) in row.attributes() {
        let separator = if parameters.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}'{name}': ?");
        parameters.push(value);
    }
    text.push('}');
    BatchStatementRequest::builder()
        .statement(text)
        .set_parameters(Some(parameters))
        .build()
        .map_err(|error| AwsError::new("BatchExecuteStatement", error).into())
}

fn meaning(error: Option<&BatchStatementError>) -> Answer {
    let Some(error) = error else {
        return Answer::Known(Inserted::Stored);
    };
    let message = error.message().unwrap_or_default();
    match error.code() {
        Some(Code::DuplicateItem) => Answer::KeyTaken,
        Some(
            Code::InternalServerError
            | Code::ProvisionedThroughputExceeded
            | Code::RequestLimitExceeded
            | Code::ThrottlingError
            | Code::TransactionConflict
            | Code::ItemCollectionSizeLimitExceeded,
        )
        | None => Answer::TryAgain(message.to_owned()),
        Some(code @ Code::ValidationError) => {
            Answer::Known(Inserted::Refused(code.as_str().to_owned()))
        }
        // No fault of the row: access is denied, or there is no such table.
        Some(code) => Answer::Failed(code.as_str().to_owned()),
    }
}
