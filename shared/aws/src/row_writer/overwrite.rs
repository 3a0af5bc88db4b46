//! Writing rows whatever is stored: 25 puts a request, unprocessed ones again until none is left.

use aws_sdk_dynamodb::types::{PutRequest, ReturnConsumedCapacity, WriteRequest};

use super::backoff::Backoff;
use super::{BATCH, Row, RowWriter, WriteError};
use crate::error::AwsError;

impl RowWriter {
    /// Puts at most 25 rows with different keys (the service refuses a call that names a key
    /// twice).
    pub async fn overwrite(&self, table: &str, rows: &[Row]) -> Result<(), WriteError> {
        debug_assert!(rows.len() <= BATCH, "a batch takes {BATCH} rows");
        let mut requests = Vec::with_capacity(rows.len());
        for row in rows {
            let put = PutRequest::builder()
                .set_item(Some(
                    row.attributes().map(|(k, v)| (k.to_owned(), v)).collect(),
                ))
                .build()
                .map_err(|error| AwsError::new("BatchWriteItem", error))?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        let mut backoff = Backoff::new(self.until);
        loop {
            let sent = requests.len();
            let pass = self.pace.enter().await;
            let answer = self
                .dynamodb
                .batch_write_item()
                .request_items(table, requests.clone())
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match answer {
                Ok(answer) => {
                    self.meter.add_written(answer.consumed_capacity());
                    let left = answer.unprocessed_items.unwrap_or_default().remove(table);
                    requests = left.unwrap_or_default();
                    if requests.is_empty() {
                        pass.went_well();
                        return Ok(());
                    }
                    if requests.len() < sent {
                        backoff.reset();
                    }
                }
                Err(error) => {
                    let error = AwsError::of("BatchWriteItem")(error);
                    if !error.is_passing() {
                        return Err(error.into());
                    }
                }
            }
            pass.was_throttled();
            drop(pass);
            backoff.wait("the table left rows unprocessed").await?;
        }
    }
}
