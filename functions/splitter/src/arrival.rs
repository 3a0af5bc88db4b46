//! Objects that arrived: which import each belongs to. A file in the inbox gets its task here.

use aws_lambda_events::s3::S3Event;
use percent_encoding::percent_decode_str;
use sluice_aws::{Added, NewTask};
use sluice_core::ids::{BusinessId, StationId, TaskRef};
use sluice_core::import::{ImportInput, ImportOptions};
use sluice_core::object_key::Arrival;
use sluice_core::task::{FILE_IMPORT, TaskType};

use crate::{SplitError, Splitter};

/// An object that may be the file of a task.
pub(crate) struct Arrived {
    pub(crate) task: TaskRef,
    pub(crate) object_key: String,
}

/// A file in the inbox.
struct InboxFile {
    station_id: StationId,
    business: BusinessId,
    file_name: String,
    object_key: String,
    etag: String,
    size_bytes: u64,
    /// S3's order of events of one key; tells two arrivals of the same bytes apart.
    sequencer: String,
}

impl Splitter {
    /// The tasks whose files an S3 event announces.
    pub(crate) async fn arrivals(&self, body: &str) -> Result<Vec<Arrived>, SplitError> {
        // S3 sends a test message without records when notifications are set up.
        if body.contains("\"s3:TestEvent\"") {
            return Ok(Vec::new());
        }
        let event: S3Event = serde_json::from_str(body).map_err(SplitError::Event)?;
        let mut tasks = Vec::new();
        for record in event.records {
            let object = record.s3.object;
            let key = decoded(&object.key.unwrap_or_default());
            match Arrival::parse(&key) {
                Ok(Arrival::Upload(task)) => tasks.push(Arrived {
                    task,
                    object_key: key,
                }),
                Ok(Arrival::Inbox {
                    station_id,
                    business,
                    file_name,
                }) => {
                    let file = InboxFile {
                        station_id,
                        business,
                        file_name,
                        object_key: key,
                        etag: object.e_tag.unwrap_or_default(),
                        size_bytes: object.size.unwrap_or_default().max(0) as u64,
                        sequencer: object.sequencer.unwrap_or_default(),
                    };
                    let object_key = file.object_key.clone();
                    let task = self.add_inbox_task(file).await?;
                    tasks.extend(task.map(|task| Arrived { task, object_key }));
                }
                Err(error) => tracing::warn!(%error, "an object starts no import"),
            }
        }
        Ok(tasks)
    }

    /// Adds the task of a file in the inbox. The event may come twice: its user id is made from
    /// the arrival, so that both give one task.
    async fn add_inbox_task(&self, file: InboxFile) -> Result<Option<TaskRef>, SplitError> {
        let arrival = format!("{}\n{}\n{}", file.object_key, file.etag, file.sequencer);
        let user_task_id = format!("inbox-{}", sluice_core::fingerprint(arrival.as_bytes()));
        let definition = self.catalog.get(&file.business);
        let new = NewTask {
            station_id: file.station_id,
            user_task_id: user_task_id.parse().ok(),
            name: FILE_IMPORT.to_owned(),
            business_id: file.business.to_string(),
            business_name: definition.map_or_else(
                || file.business.to_string(),
                |definition| definition.title.clone(),
            ),
            kind: TaskType::Import,
            repeat: false,
            // Known when the file is opened.
            work: None,
            fingerprint: user_task_id,
        };
        let input = ImportInput {
            business: file.business,
            file_name: file.file_name,
            size_bytes: file.size_bytes,
            object_key: file.object_key,
            etag: Some(file.etag),
            options: ImportOptions::default(),
        };
        let input = serde_json::to_value(&input).map_err(SplitError::Input)?;
        let added = self.tasks.add(&new, |_| input.clone()).await?;
        Ok(match added {
            Added::New(task) | Added::Before(task) => Some(task.reference()),
            Added::Conflict(_) | Added::Equal(_) => None,
        })
    }
}

/// The key as it is: events have it URL-encoded, with `+` for a space.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
fn decoded(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded() {
        assert_eq!(
            decoded("inbox/demo/member_import/%E4%BC%9A%E5%91%98+1%2B2.csv"),
            "inbox/demo/member_import/会员 1+2.csv"
        );
    }
}
