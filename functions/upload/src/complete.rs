//! `POST /upload/complete`: joins the parts of a large file.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{CompleteRequest, Refusal};
use sluice_basics::ids::TaskRef;
use sluice_import::ImportInput;
use sluice_kind::Import;
use sluice_lambda::http::{Scope, caller, internal, json_body};
use sluice_task::TaskStatus;

use crate::Upload;

impl Upload {
    /// Joins the parts; the import starts with that. Repeating it after success is fine.
    pub(crate) async fn complete(&self, request: &ApiGatewayV2httpRequest) -> Result<(), Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let wanted: CompleteRequest = json_body(request)?;
        check(&wanted)?;
        let reference = TaskRef {
            station_id,
            task_id: wanted.task_id,
        };
        let task = self.tasks.get(&reference).await.map_err(internal)?;
        let task = task.ok_or_else(Refusal::no_such_task)?;
        if Import::state(&task).is_none() {
            let msg = format!("task {} is not the import of a file", task.task_id);
            return Err(Refusal::conflict(msg));
        }
        let input: ImportInput = serde_json::from_value(task.input.clone()).map_err(internal)?;
        let key = &input.object_key;
        if task.status != TaskStatus::Submitted {
            return self.was_joined(&wanted, task.status, key).await;
        }
        let joined = self
            .objects
            .complete(key, &wanted.upload_id, &wanted.parts)
            .await;
        if joined.map_err(internal)? {
            return Ok(());
        }
        // S3 forgets an upload once it is complete: an answer that got lost is asked for again.
        if self.objects.head(key).await.map_err(internal)?.is_some() {
            return Ok(());
        }
        Err(Refusal::conflict(
            "S3 did not accept the parts: list every part once, in order, with the ETag of its \
             answer; if a part was never sent, send it first",
        ))
    }
}

impl Upload {
    /// Parts are joined as long as the task waits for them. Afterwards that can only be the same
    /// request again, whose answer got lost.
    async fn was_joined(
        &self,
        wanted: &CompleteRequest,
        status: TaskStatus,
        key: &str,
    ) -> Result<(), Refusal> {
        if self.objects.head(key).await.map_err(internal)?.is_some() {
            return Ok(());
        }
        let msg = format!(
            "task {} is {status} and takes no file any more: ask for a new upload",
            wanted.task_id
        );
        Err(Refusal::conflict(msg))
    }
}

/// The most that S3 takes. <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MOST_PARTS: usize = 10_000;
/// Ids and tags of S3 are shorter.
const MOST_CHARS: usize = 1_024;

fn check(wanted: &CompleteRequest) -> Result<(), Refusal> {
    let is_sensible = |text: &str| (1..=MOST_CHARS).contains(&text.chars().count());
    if !is_sensible(&wanted.upload_id) {
        return Err(Refusal::bad_input("upload_id: take that of the ticket"));
    }
    if !(1..=MOST_PARTS).contains(&wanted.parts.len()) {
        let msg = format!("parts: 1 to {MOST_PARTS} parts, as in the ticket");
        return Err(Refusal::bad_input(msg));
    }
    for part in &wanted.parts {
        if !(1..=MOST_PARTS).contains(&(part.part_number as usize)) {
            let msg = format!("part_number: a number between 1 and {MOST_PARTS}");
            return Err(Refusal::bad_input(msg));
        }
        if !is_sensible(&part.etag) {
            let msg = "etag: the ETag header of S3's answer to the part";
            return Err(Refusal::bad_input(msg));
        }
    }
    Ok(())
}
