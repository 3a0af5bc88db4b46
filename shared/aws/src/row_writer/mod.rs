//! Writing rows in batches, at the pace the table can take, without ever dropping one.

mod backoff;
mod found;
mod insert;
mod read;
mod row;
mod statements;
mod take_back;
mod transaction;
mod update;

use std::sync::Arc;
use std::time::Instant;

use aws_sdk_dynamodb::config::retry::RetryConfig;

pub use found::{Before, FoundRow};
pub use insert::Inserted;
pub use read::Stamp;
pub(crate) use row::ORIGIN;
pub use row::{Place, Row};
pub use take_back::TakenBack;
pub(crate) use transaction::rows_of;
pub use transaction::{Change, Journal, Planned, Put, StoredRow, UniqueTable};
pub use update::Updated;

use crate::clients::Clients;
use crate::error::AwsError;
use crate::meter::Meter;
use crate::pace::Pace;

/// Rows a batch write takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html>
pub const BATCH: usize = 25;
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
