//! Transactions on tasks: sent, metered, and sent again where another writer was in the way.

use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, TransactWriteItem};
use sluice_retry::Backoff;

use super::TaskStore;
use super::item::{CONDITION_FAILED, cancellation_codes, may_pass};
use crate::error::AwsError;

/// A transaction that changed nothing.
#[derive(Debug)]
pub(crate) struct Cancelled {
    /// What DynamoDB says of each part.
    codes: Vec<String>,
    error: AwsError,
}

impl TaskStore {
    /// Sends a transaction once.
    pub(crate) async fn transact(&self, parts: Vec<TransactWriteItem>) -> Result<(), Cancelled> {
        let request = self
            .dynamodb
            .transact_write_items()
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .set_transact_items(Some(parts));
        match request.send().await {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                Ok(())
            }
            Err(error) => Err(Cancelled {
                codes: cancellation_codes(&error),
                error: AwsError::of("TransactWriteItems")(error),
            }),
        }
    }
}

impl Cancelled {
    /// Returns whether the condition of a part was not met.
    pub(crate) fn is_refused(&self, part: usize) -> bool {
        self.codes
            .get(part)
            .is_some_and(|code| code == CONDITION_FAILED)
    }

    /// Returns the first part whose condition was not met, if there is one.
    pub(crate) fn refused(&self) -> Option<usize> {
        (0..self.codes.len()).find(|&part| self.is_refused(part))
    }

    /// Returns whether other writers alone were in the way.
    pub(crate) fn may_pass(&self) -> bool {
        may_pass(&self.codes)
    }

    /// Waits before the transaction is sent again. Returns the error if that cannot help, or if it was sent
    /// as often as the policy allows.
    pub(crate) async fn wait(self, conflicts: &mut Backoff) -> Result<(), AwsError> {
        if self.may_pass() && conflicts.wait().await.is_ok() {
            return Ok(());
        }
        Err(self.error)
    }
}

impl From<Cancelled> for AwsError {
    fn from(cancelled: Cancelled) -> Self {
        cancelled.error
    }
}
