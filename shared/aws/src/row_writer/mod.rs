//! Writing rows in batches, at the pace the table can take, without ever dropping one.

mod backoff;
mod insert;
mod overwrite;

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use sluice_core::definition::{CheckedRow, Definition, Value};
use sluice_core::ids::StationId;
use sluice_core::origin::Origin;

pub use insert::Inserted;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::pace::Pace;

/// Rows a batch write takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html>
pub const BATCH: usize = 25;
/// The attribute that holds the [`Origin`] stamp.
const ORIGIN: &str = "_origin";

/// A row as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which row of which task it is.
    pub origin: Origin,
    pk: String,
    sk: String,
    /// What it holds beside its key and stamp.
    columns: Vec<(String, AttributeValue)>,
}

impl Row {
    /// A checked row of a station's file. A column without a value has no attribute.
    pub fn new(
        station: &StationId,
        definition: &Definition,
        row: CheckedRow,
        origin: Origin,
    ) -> Self {
        let pk = format!("{station}#{:02x}", row.shard());
        let columns = definition
            .columns
            .iter()
            .zip(row.values)
            .filter_map(|(column, value)| {
                let value = match value? {
                    Value::Text(text) => AttributeValue::S(text),
                    Value::Number(digits) => AttributeValue::N(digits),
                    Value::Boolean(yes) => AttributeValue::Bool(yes),
                };
                Some((column.name.clone(), value))
            })
            .collect();
        Self {
            origin,
            pk,
            sk: row.key,
            columns,
        }
    }

    /// The text that identifies the row in its station.
    pub fn key(&self) -> &str {
        &self.sk
    }

    /// The size of the stored item: names and values.
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
    pub fn size_bytes(&self) -> usize {
        let value_bytes = |value: &AttributeValue| match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            _ => 1,
        };
        self.attributes()
            .map(|(name, value)| name.len() + value_bytes(&value))
            .sum()
    }

    /// All attributes: key, stamp and columns.
    fn attributes(&self) -> impl Iterator<Item = (&str, AttributeValue)> {
        let fixed = [
            ("pk", AttributeValue::S(self.pk.clone())),
            ("sk", AttributeValue::S(self.sk.clone())),
            (ORIGIN, AttributeValue::S(self.origin.to_string())),
        ];
        let columns = self
            .columns
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        fixed.into_iter().chain(columns)
    }
}

/// Why rows could not be written now. What was written stays, and is recognised by its stamp
/// when the same rows are written again.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The table kept throttling until the function's time was up.
    #[error("the table did not take the rows in time: {0}")]
    OutOfTime(String),
    /// A call failed for a reason that waiting does not mend.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// Writes rows to the tables of definitions.
#[derive(Clone, Debug)]
pub struct RowWriter {
    dynamodb: aws_sdk_dynamodb::Client,
    meter: Meter,
    pace: Arc<Pace>,
    /// When to give up.
    until: Instant,
}

impl RowWriter {
    /// A writer that keeps to `pace` and gives up at `until`.
    pub fn new(clients: &Clients, pace: Arc<Pace>, until: Instant) -> Self {
        // Throttles must reach the pace and not be slept away inside the SDK, so that retries
        // are all made here.
        let config = clients
            .dynamodb
            .config()
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .build();
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(config),
            meter: clients.meter.clone(),
            pace,
            until,
        }
    }
}
