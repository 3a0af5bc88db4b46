//! Which evaluation of a station has its turn. An item of the tasks table:
//!
//! | item | pk | sk |
//! |---|---|---|
//! | the turn | `STATION#<station>` | `EVALUATION` |
//!
//! A turn has a number that no other has. What an evaluation writes to members carries the number, and is not
//! written over a higher one: one that was cancelled and still runs somewhere changes nothing any more.

use std::fmt;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemOutput};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use serde::{Deserialize, Serialize};
use sluice_basics::ids::{StationId, TaskId, TaskRef};
use sluice_retry::RetryPolicy;
use sluice_scores::{EvaluationPlan, Month};

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::task_store::TaskStore;
use crate::task_store::item::{Item, from_item, key, n, station_pk, to_item};

/// Who has the turn, or had the last one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Its number.
    pub turn: u64,
    /// The month that is evaluated.
    pub period: Month,
    /// By which task.
    pub task_id: TaskId,
    /// Whether the evaluation came to its end.
    pub is_done: bool,
    /// Whether the same month had a turn before.
    pub is_again: bool,
    /// Whether the turn before did not come to its end.
    pub rewrites: bool,
}

/// Whether an evaluation has the turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It has.
    Granted(Turn),
    /// Another one runs.
    Busy(Turn),
    /// An earlier month was begun with and is not done: the tiers of a later one follow from its own.
    Unfinished(Turn),
    /// A later month was evaluated, or begun with, so that tiers have moved on.
    Passed(Turn),
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Granted(turn) => write!(f, "{} can be evaluated", turn.period),
            Self::Busy(turn) => write!(
                f,
                "an evaluation of {} is running as task {}: wait until it has ended, or cancel it",
                turn.period, turn.task_id
            ),
            Self::Unfinished(turn) => write!(
                f,
                "the evaluation of {} is not finished: retry task {}, or evaluate that month again, before a later \
                 one",
                turn.period, turn.task_id
            ),
            Self::Passed(turn) => write!(
                f,
                "{} was evaluated since, as task {}: tiers have moved on, and earlier months are not evaluated \
                 any more",
                turn.period, turn.task_id
            ),
        }
    }
}

/// The turns of evaluations.
#[derive(Clone, Debug)]
pub struct Evaluations {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    table: String,
    tasks: TaskStore,
}

impl Evaluations {
    /// Those in the tasks table named `table`.
    pub fn new(clients: &Clients, table: String) -> Self {
        Self {
            dynamodb: clients.dynamodb.clone(),
            meter: clients.meter.clone(),
            tasks: TaskStore::new(clients, table.clone()),
            table,
        }
    }

    /// Returns what is in the way of evaluating a month.
    pub async fn hindrance(
        &self,
        station: &StationId,
        period: Month,
    ) -> Result<Option<Taken>, AwsError> {
        match self.turn(station).await? {
            Some(last) => self.hinders(station, &last, period).await,
            None => Ok(None),
        }
    }

    /// As [`Self::take`], for a task that writes nothing: it takes no turn, and is told that it has number 0.
    pub async fn look(&self, task: &TaskRef, period: Month) -> Result<Taken, AwsError> {
        let last = self.turn(&task.station_id).await?;
        if let Some(last) = &last
            && let Some(taken) = self.hinders(&task.station_id, last, period).await?
        {
            return Ok(taken);
        }
        Ok(Taken::Granted(Turn {
            turn: 0,
            period,
            task_id: task.task_id,
            is_done: false,
            is_again: last.is_some_and(|last| last.period == period),
            rewrites: false,
        }))
    }

    /// Takes the turn for a task, if it has it not already.
    pub async fn take(&self, task: &TaskRef, period: Month) -> Result<Taken, AwsError> {
        let station = &task.station_id;
        let mut backoff = RetryPolicy::CONFLICT.backoff();
        loop {
            let last = self.turn(station).await?;
            if let Some(last) = &last {
                if last.task_id == task.task_id {
                    return Ok(Taken::Granted(last.clone()));
                }
                if let Some(taken) = self.hinders(station, last, period).await? {
                    return Ok(taken);
                }
            }
            let turn = Turn {
                turn: last.as_ref().map_or(0, |last| last.turn) + 1,
                period,
                task_id: task.task_id,
                is_done: false,
                is_again: last.as_ref().is_some_and(|last| last.period == period),
                rewrites: last.as_ref().is_some_and(|last| !last.is_done),
            };
            if self.put(station, &turn, last.map(|last| last.turn)).await? {
                return Ok(Taken::Granted(turn));
            }
            let waited = backoff.wait().await;
            waited.map_err(|error| AwsError::passing("PutItem", error))?;
        }
    }

    /// Whether an evaluation still has its turn.
    pub async fn has(&self, station: &StationId, plan: &EvaluationPlan) -> Result<bool, AwsError> {
        let turn = self.turn(station).await?;
        Ok(turn.is_some_and(|turn| turn.turn == plan.turn))
    }

    /// Notes that the evaluation with a turn came to its end. Does nothing if another one has the turn.
    pub async fn end(&self, station: &StationId, turn: u64) -> Result<(), AwsError> {
        let answer = self
            .dynamodb
            .update_item()
            .table_name(&self.table)
            .set_key(Some(turn_key(station)))
            .update_expression("SET is_done = :done")
            .condition_expression("turn = :turn")
            .expression_attribute_values(":done", AttributeValue::Bool(true))
            .expression_attribute_values(":turn", n(turn))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        self.updated(answer).map(|_| ())
    }

    /// Whether a turn is in the way of evaluating a month.
    async fn hinders(
        &self,
        station: &StationId,
        last: &Turn,
        period: Month,
    ) -> Result<Option<Taken>, AwsError> {
        if !last.is_done {
            let holder = TaskRef {
                station_id: station.clone(),
                task_id: last.task_id,
            };
            let holder = self.tasks.get(&holder).await?;
            if holder.is_some_and(|holder| !holder.status.has_ended()) {
                return Ok(Some(Taken::Busy(last.clone())));
            }
            if period > last.period {
                return Ok(Some(Taken::Unfinished(last.clone())));
            }
        }
        Ok((last.period > period).then(|| Taken::Passed(last.clone())))
    }

    async fn turn(&self, station: &StationId) -> Result<Option<Turn>, AwsError> {
        let item = self.read(turn_key(station)).await?;
        item.map(from_item).transpose()
    }

    async fn put(
        &self,
        station: &StationId,
        turn: &Turn,
        was: Option<u64>,
    ) -> Result<bool, AwsError> {
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_item(turn_key(station), turn)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let put = match was {
            Some(was) => put
                .condition_expression("turn = :was")
                .expression_attribute_values(":was", n(was)),
            None => put.condition_expression("attribute_not_exists(turn)"),
        };
        let answer = put.send().await.map_err(AwsError::of("PutItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
    }

    fn updated<R: fmt::Debug + Send + Sync + 'static>(
        &self,
        answer: Result<UpdateItemOutput, SdkError<UpdateItemError, R>>,
    ) -> Result<bool, AwsError> {
        let answer = answer.map_err(AwsError::of("UpdateItem"));
        self.meter
            .made(answer.map(|answer| answer.consumed_capacity))
    }

    async fn read(&self, key: Item) -> Result<Option<Item>, AwsError> {
        let answer = self
            .dynamodb
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(AwsError::of("GetItem"))?;
        self.meter.add_read(answer.consumed_capacity.as_ref());
        Ok(answer.item)
    }
}

fn turn_key(station: &StationId) -> Item {
    key(station_pk(station), "EVALUATION".to_owned())
}
