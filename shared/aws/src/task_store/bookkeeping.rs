//! What the books of a task cost: the writes whose answers come too late to be counted with the
//! work that they belong to. Their units follow from the sizes of the items.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>

use aws_sdk_dynamodb::types::AttributeValue;
use sluice_basics::used::Used;
use sluice_task::Task;

use super::item::{Item, LISTED, s, station_pk, task_key, to_item};
use crate::error::AwsError;

/// In a transaction each write costs twice.
const IN_TRANSACTION: u64 = 2;
/// Marks, claims and markers of chunks are small.
const SMALL: u64 = 1;
/// The version that an opening changes, where a station has little room.
const ADMISSION: u64 = SMALL;
/// An entry in the index of lists.
const INDEX: u64 = 1;

/// What it cost to add a task that has not started, and to send its file.
pub fn cost_of_adding(task: &Task) -> Result<Used, AwsError> {
    let claims = u64::from(task.user_task_id.is_some()) + u64::from(task.work.is_some());
    // A file of the inbox is admitted later, where what that writes is counted as it is written.
    let is_from_inbox = task.input.get("etag").is_some();
    let admission = if is_from_inbox { 0 } else { ADMISSION };
    Ok(Used {
        write_units: IN_TRANSACTION * (record_units(task)? + SMALL + admission + claims * SMALL)
            + INDEX,
        dynamodb_requests: 1,
        s3_writes: 1,
        ..Used::default()
    })
}

/// What it costs to count the chunks of a task, to say how many there are, and to end it as the
/// record `ended`. The record grows by some thirty bytes while chunks are counted; all are taken to be
/// counted in the record as it is now.
pub fn cost_of_ending(task: &Task, ended: &Task) -> Result<Used, AwsError> {
    let chunks = u64::from(task.chunks.done);
    let record = record_units(task)?;
    let counted = chunks * IN_TRANSACTION * (SMALL + record);
    let ending = IN_TRANSACTION * (record_units(ended)? + SMALL) + INDEX;
    Ok(Used {
        write_units: counted + record + ending,
        dynamodb_requests: chunks + 2,
        // Messages are received and deleted one by one: one for each chunk, and for the file.
        sqs_requests: 2 * (chunks + 1),
        // The manifest.
        s3_writes: 1,
        ..Used::default()
    })
}

/// Write units of a task's record.
fn record_units(task: &Task) -> Result<u64, AwsError> {
    let mut item = to_item(task_key(&task.reference()), task)?;
    item.insert(LISTED.to_owned(), s(station_pk(&task.station_id)));
    Ok(item_bytes(&item).div_ceil(1_024).max(1))
}

fn item_bytes(item: &Item) -> u64 {
    let attributes = item.iter();
    attributes
        .map(|(name, value)| name.len() as u64 + value_bytes(value))
        .sum()
}

/// The size of a value, as AWS describes it.
fn value_bytes(value: &AttributeValue) -> u64 {
    match value {
        AttributeValue::S(text) => text.len() as u64,
        AttributeValue::N(number) => number_bytes(number),
        AttributeValue::Ns(numbers) => numbers.iter().map(|number| number_bytes(number)).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|v| 1 + value_bytes(v)).sum::<u64>(),
        AttributeValue::M(map) => 3 + map.len() as u64 + item_bytes(map),
        _ => 1,
    }
}

/// Two digits to a byte without the zeros at both ends, one byte more, and one for the sign.
fn number_bytes(number: &str) -> u64 {
    let digits = number.trim_start_matches('-');
    let significant = digits.trim_matches('0').len();
    significant.div_ceil(2) as u64 + 1 + u64::from(digits.len() < number.len())
}
