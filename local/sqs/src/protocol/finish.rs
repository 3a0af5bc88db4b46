//! `DeleteMessage` and `ChangeMessageVisibility`, alone and in batches.

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
pub(super) struct FinishBatch {
    queue_url: Option<String>,
    #[serde(default)]
    entries: Vec<FinishEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FinishEntry {
    id: String,
    receipt_handle: Option<String>,
    /// For a change of visibility only.
    visibility_timeout: Option<i64>,
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
    request: FinishBatch,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    let mut receipts = Vec::with_capacity(request.entries.len());
    let answer = each(request.entries, |entry| {
        receipts.push(receipt(entry.receipt_handle)?);
        Ok(())
    })?;
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

pub(super) fn change_visibility_batch(
    context: &mut Context<'_>,
    request: FinishBatch,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    let name = queue_name(request.queue_url)?;
    context.engine.find_queue(&name)?;
    each(request.entries, |entry| {
        let receipt = receipt(entry.receipt_handle)?;
        let visibility_s = visibility_s(entry.visibility_timeout)?;
        context
            .engine
            .change_visibility(&name, receipt, visibility_s, context.now_ms)
    })
}

/// Does `work` for every entry; one that fails does not stop the others.
fn each(
    entries: Vec<FinishEntry>,
    mut work: impl FnMut(FinishEntry) -> Result<(), SqsError>,
) -> Result<BatchAnswer<DoneEntry>, SqsError> {
    batch::check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
    let mut answer = BatchAnswer {
        successful: Vec::new(),
        failed: Vec::new(),
    };
    for entry in entries {
        let id = entry.id.clone();
        match work(entry) {
            Ok(()) => answer.successful.push(DoneEntry { id }),
            Err(error) => answer.failed.push(FailedEntry::new(id, &error)),
        }
    }
    Ok(answer)
}

fn receipt(handle: Option<String>) -> Result<Receipt, SqsError> {
    required("ReceiptHandle", handle)?.parse()
}

fn visibility_s(timeout: Option<i64>) -> Result<i64, SqsError> {
    let timeout = ranged("VisibilityTimeout", timeout, 0..=43_200)?;
    required("VisibilityTimeout", timeout)
}
