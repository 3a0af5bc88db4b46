//! PartiQL statements, 25 a request: each is answered for itself, and those that are throttled are
//! sent again, at the pace the table can take.

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::{
    AttributeValue, BatchStatementError, BatchStatementErrorCodeEnum as Code,
    BatchStatementRequest, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use sluice_basics::metric::Metric;
use sluice_basics::origin::Origin;

use super::backoff::Backoff;
use super::row::{Place, Row};
use super::{BATCH, RowWriter, WriteError};
use crate::error::AwsError;
use crate::observed::observe;
use sluice_profile::{Stage, stage};

pub(super) type Item = HashMap<String, AttributeValue>;

/// What became of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Done,
    /// An item with the key is there.
    Duplicate,
    /// The condition does not hold; the item, if there is one.
    Unmet(Option<Item>),
    /// The store refuses it for good; its code, since its words may quote the row.
    Refused(String),
}

/// An answer, or why there is none yet.
enum Once {
    Answer(Answer),
    TryAgain(String),
}

/// A statement and its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Statement {
    text: String,
    parameters: Vec<AttributeValue>,
    /// Whether the item is wanted where the condition does not hold.
    shows_item: bool,
}

impl Statement {
    /// `INSERT INTO "t" VALUE {'pk': ?, …}` with one parameter per attribute.
    pub(super) fn insert(table: &str, row: &Row) -> Self {
        let mut text = format!("INSERT INTO \"{table}\" VALUE {{");
        let mut parameters = Vec::with_capacity(row.columns.len() + 3);
        for (index, (name, value)) in row.attributes().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}'{name}': ?");
            parameters.push(value);
        }
        text.push('}');
        Self {
            text,
            parameters,
            shows_item: false,
        }
    }

    /// The same; where the condition does not hold, the answer has the item that is there.
    pub(super) fn showing_item(self) -> Self {
        Self {
            shows_item: true,
            ..self
        }
    }

    /// Adds text with one `?`, and what stands for it.
    pub(super) fn with(mut self, text: &str, parameter: AttributeValue) -> Self {
        self.text.push_str(text);
        self.parameters.push(parameter);
        self
    }

    pub(super) fn and(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// `WHERE` the item is the one at a place.
    pub(super) fn at(self, place: &Place) -> Self {
        self.with(" WHERE \"pk\" = ?", AttributeValue::S(place.pk.clone()))
            .with(" AND \"sk\" = ?", AttributeValue::S(place.sk.clone()))
    }

    /// Of these only an item that the import of this stamp has not written.
    pub(super) fn of_others(self, origin: Origin) -> Self {
        let prefix = AttributeValue::S(format!("{}:", origin.task_id));
        self.with(" AND NOT begins_with(\"_origin\", ?)", prefix)
    }

    fn request(&self) -> Result<BatchStatementRequest, WriteError> {
        BatchStatementRequest::builder()
            .statement(&self.text)
            .set_parameters(Some(self.parameters.clone()))
            .set_return_values_on_condition_check_failure(
                self.shows_item
                    .then_some(ReturnValuesOnConditionCheckFailure::AllOld),
            )
            .build()
            .map_err(|error| AwsError::new("BatchExecuteStatement", error).into())
    }
}

pub(super) fn stamp(origin: Origin) -> AttributeValue {
    AttributeValue::S(origin.to_string())
}

impl RowWriter {
    /// Executes at most 25 statements about different items until each has its answer. The
    /// answers are in the order of the statements.
    pub(super) async fn execute(
        &self,
        statements: &[Statement],
    ) -> Result<Vec<Answer>, WriteError> {
        debug_assert!(
            statements.len() <= BATCH,
            "a batch takes {BATCH} statements"
        );
        let mut answers: Vec<Option<Answer>> = vec![None; statements.len()];
        let mut open: Vec<usize> = (0..statements.len()).collect();
        let mut backoff = Backoff::new(self.until);
        while !open.is_empty() {
            backoff.check("there was no time for all rows")?;
            let batch: Vec<&Statement> = open.iter().map(|&index| &statements[index]).collect();
            let mut again = Vec::new();
            let mut why = String::new();
            for (&index, once) in open.iter().zip(self.execute_once(&batch).await?) {
                match once {
                    Once::Answer(answer) => answers[index] = Some(answer),
                    Once::TryAgain(reason) => {
                        why = reason;
                        again.push(index);
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
        Ok(answers.into_iter().flatten().collect())
    }

    /// One request; a whole call that fails for a passing reason counts as every statement to be
    /// tried again.
    async fn execute_once(&self, statements: &[&Statement]) -> Result<Vec<Once>, WriteError> {
        let requests: Result<Vec<_>, _> = statements.iter().map(|one| one.request()).collect();
        let pass = stage(Stage::Wait, self.pace.enter()).await;
        observe(Metric::BatchSize, statements.len() as f64);
        let request = self
            .dynamodb
            .batch_execute_statement()
            .set_statements(Some(requests?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = match stage(Stage::WriteBatch, request.send()).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = AwsError::of("BatchExecuteStatement")(error);
                if !error.is_passing() {
                    return Err(error.into());
                }
                pass.was_throttled();
                let again = || Once::TryAgain(error.to_string());
                return Ok(statements.iter().map(|_| again()).collect());
            }
        };
        self.meter.add_written(answer.consumed_capacity());
        let responses = answer.responses.unwrap_or_default();
        if responses.len() != statements.len() {
            let (got, sent) = (responses.len(), statements.len());
            let problem = format!("{got} answers to {sent} statements");
            return Err(AwsError::new("BatchExecuteStatement", problem).into());
        }
        let mut answers = Vec::with_capacity(responses.len());
        for response in responses {
            answers.push(meaning(response.error)?);
        }
        if answers.iter().any(|once| matches!(once, Once::TryAgain(_))) {
            pass.was_throttled();
        } else {
            pass.went_well();
        }
        Ok(answers)
    }
}

fn meaning(error: Option<BatchStatementError>) -> Result<Once, WriteError> {
    let Some(error) = error else {
        return Ok(Once::Answer(Answer::Done));
    };
    let message = error.message.unwrap_or_default();
    Ok(match error.code {
        Some(Code::DuplicateItem) => Once::Answer(Answer::Duplicate),
        Some(Code::ConditionalCheckFailed) => {
            let item = error.item.filter(|item| !item.is_empty());
            Once::Answer(Answer::Unmet(item))
        }
        Some(
            Code::InternalServerError
            | Code::ProvisionedThroughputExceeded
            | Code::RequestLimitExceeded
            | Code::ThrottlingError
            | Code::TransactionConflict
            | Code::ItemCollectionSizeLimitExceeded,
        )
        | None => Once::TryAgain(message),
        Some(code @ Code::ValidationError) => {
            Once::Answer(Answer::Refused(code.as_str().to_owned()))
        }
        // No fault of the row: access is denied, or there is no such table.
        Some(code) => return Err(AwsError::new("a statement", code.as_str().to_owned()).into()),
    })
}
