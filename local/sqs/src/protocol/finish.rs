//! `DeleteMessage`, alone and in batches, and `ChangeMessageVisibility`.

use serde::Deserialize;

use super::batch::{self, BatchAnswer, DoneEntry, FailedEntry};
use super::queues::Nothing;
use super::{Context, queue_name, ranged, required};
use crate::error::SqsError;
use crate::receipt::Receipt;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FinishMessage {
    queue_url: Option<String>,
    receipt_handle: Option<String>,
    /// For a change of visibility only.
    visibility_timeout: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<DeleteEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteEntry {
    id: String,
    receipt_handle: Option<String>,
}

pub(super) fn delete(
    context: &mut Context<'_>,
    request: FinishMessage,
) -> Result<Nothing, SqsError> {
    let name = queue_name(request.queue_url)?;
    let receipt = receipt(request.receipt_handle)?;
    context.engine.delete(&name, &[receipt], context.now_ms)?;
    Ok(Nothing {})
}

pub(super) fn delete_batch(
    context: &mut Context<'_>,
    request: DeleteBatch,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    batch::check_ids(request.entries.iter().map(|entry| entry.id.as_str()))?;
    let mut receipts = Vec::with_capacity(request.entries.len());
    let mut answer = BatchAnswer {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    for DeleteEntry { id, receipt_handle } in request.entries {
        match receipt(receipt_handle) {
            Ok(receipt) => {
                receipts.push(receipt);
                answer.successful.push(DoneEntry { id });
            }
            Err(error) => answer.failed.push(FailedEntry::new(id, &error)),
        }
    }
    context.engine.delete(&name, &receipts, context.now_ms)?;
    Ok(answer)
}

pub(super) fn change_visibility(
    context: &mut Context<'_>,
    request: FinishMessage,
) -> Result<Nothing, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    let receipt = receipt(request.receipt_handle)?;
    let visibility_s = visibility_s(request.visibility_timeout)?;
    context
        .engine
        .change_visibility(&name, receipt, visibility_s, context.now_ms)?;
    Ok(Nothing {})
}

fn receipt(handle: Option<String>) -> Result<Receipt, SqsError> {
    required("ReceiptHandle", handle)?.parse()
}

fn visibility_s(timeout: Option<i64>) -> Result<i64, SqsError> {
    let timeout = ranged("VisibilityTimeout", timeout, 0..=43_200)?;
    required("VisibilityTimeout", timeout)
}
