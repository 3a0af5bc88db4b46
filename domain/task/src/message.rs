//! What travels through the queues. Each message names its version, so that a function that is
//! replaced while messages wait can tell the old ones.

use std::ops::Not;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sluice_basics::ids::{StationId, TaskRef};
use sluice_basics::plan::Plan;
use sluice_csv::{Chunk, Cursor};
use sluice_import::ImportPlan;
use sluice_scores::MemberMonth;

/// The version this code writes and reads.
pub const VERSION: u8 = 1;

/// One chunk to do: where its work lies, never rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkMessage<P = Plan> {
    /// [`VERSION`]
    pub version: u8,
    /// What all chunks of the task share.
    pub plan: P,
    /// The range.
    pub chunk: Chunk,
    /// How many chunks of the task are on their way at a time, if not all: whoever commits this one sends the one
    /// that is so many numbers later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<u32>,
}

/// The splitter's message to itself: go on with a file, or begin again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitMessage {
    /// [`VERSION`]
    pub version: u8,
    /// The task.
    pub split: TaskRef,
    /// Whether a task is to go on that was planned to its end: its next chunks are sent again.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub go_on: bool,
    /// Where the run before stopped; none to begin at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<SplitResume>,
}

/// What a later run of the splitter needs to plan the same chunks as one long run would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitResume {
    /// What was decided from the header.
    pub plan: ImportPlan,
    /// The start of the first chunk not yet planned.
    pub cursor: Cursor,
    /// The byte up to which the search for conflicts has come: that of a record's start.
    #[serde(default)]
    pub searched_to: u64,
}

/// Sums that could not be recounted when one of their entries changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairMessage {
    /// [`VERSION`]
    pub version: u8,
    /// The station.
    pub station_id: StationId,
    /// The member and the month.
    #[serde(flatten)]
    pub of: MemberMonth,
}

impl RepairMessage {
    /// A message of this version.
    pub fn new(station_id: StationId, of: MemberMonth) -> Self {
        Self {
            version: VERSION,
            station_id,
            of,
        }
    }

    /// Reads a message body.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        read(serde_json::from_str(body)?)
    }
}

impl<P> ChunkMessage<P> {
    /// A message of this version.
    pub fn new(plan: P, chunk: Chunk) -> Self {
        Self {
            version: VERSION,
            plan,
            chunk,
            window: None,
        }
    }
}

impl<P: DeserializeOwned> ChunkMessage<P> {
    /// Reads a message body.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        read(serde_json::from_str(body)?)
    }
}

impl SplitMessage {
    /// A message that splits a task's file from its beginning.
    pub fn begin(task: TaskRef) -> Self {
        Self {
            version: VERSION,
            split: task,
            go_on: false,
            resume: None,
        }
    }

    /// A message that lets a task go on that was paused.
    pub fn go_on(task: TaskRef) -> Self {
        Self {
            go_on: true,
            ..Self::begin(task)
        }
    }

    /// A message that goes on where an earlier leg stopped.
    pub fn resume(resume: SplitResume) -> Self {
        Self {
            version: VERSION,
            split: resume.plan.task.clone(),
            go_on: false,
            resume: Some(resume),
        }
    }

    /// Reads a message body.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        read(serde_json::from_str(body)?)
    }
}

/// Reads a message of ours. Its version comes first: another may have another form.
fn read<M: DeserializeOwned>(message: Value) -> Result<M, MessageError> {
    match message["version"].as_u64() {
        Some(version) if version != u64::from(VERSION) => Err(MessageError::Version(version)),
        _ => Ok(serde_json::from_value(message)?),
    }
}

/// What the uploads queue brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UploadsMessage {
    /// The splitter's message to itself.
    Split(Box<SplitMessage>),
    /// Objects arrived. None of them, where S3 only tested that its notifications are heard.
    Arrived(Vec<ArrivedObject>),
}

/// An object in an event of S3. Of all else in the event nothing is needed.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ArrivedObject {
    /// URL-encoded, as it stands in the event.
    pub key: String,
    /// Its size.
    #[serde(default, rename = "size")]
    pub size_bytes: u64,
    /// Its version.
    #[serde(default, rename = "eTag")]
    pub etag: String,
    /// The id of its version, if the bucket keeps replaced objects.
    #[serde(default, rename = "versionId")]
    pub version_id: Option<String>,
    /// S3's order of events of one key.
    #[serde(default)]
    pub sequencer: String,
    /// When it arrived, if the event says so.
    #[serde(skip)]
    pub arrived_at: Option<Timestamp>,
}

impl UploadsMessage {
    /// Reads a message body. Records of an event that cannot be read are left out if others can.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        let message: Value = serde_json::from_str(body)?;
        if message.get("split").is_some() || message.get("version").is_some() {
            return Ok(Self::Split(Box::new(read(message)?)));
        }
        if message["Event"] == "s3:TestEvent" {
            return Ok(Self::Arrived(Vec::new()));
        }
        let records = message["Records"].as_array();
        let objects: Vec<ArrivedObject> = records
            .into_iter()
            .flatten()
            .filter_map(|record| {
                let mut object = ArrivedObject::deserialize(&record["s3"]["object"]).ok()?;
                object.arrived_at = Timestamp::deserialize(&record["eventTime"]).ok();
                Some(object)
            })
            .collect();
        if objects.is_empty() {
            return Err(MessageError::NotAnEvent);
        }
        Ok(Self::Arrived(objects))
    }
}

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not our JSON.
    #[error("the message is not one of ours")]
    Syntax(#[from] serde_json::Error),
    /// Neither our message nor an event of S3 about an object.
    #[error("the message is neither one of ours nor an event of S3 about an object")]
    NotAnEvent,
    /// From a newer or older release.
    #[error("message version {0} is not supported (this release reads version {VERSION})")]
    Version(u64),
}

impl MessageError {
    /// Whether the message can be read another time: another release may, but no release reads
    /// what is no message.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Version(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_an_event_is_told_from_what_another_release_may_read() {
        for body in [
            "",
            "not one of ours",
            "null",
            "[]",
            "{}",
            "7",
            r#""Records""#,
            r#"{"Records":null}"#,
            r#"{"Records":{}}"#,
            r#"{"Records":[]}"#,
            r#"{"Records":[null]}"#,
            r#"{"Records":[{"s3":null}]}"#,
            r#"{"Records":[{"s3":{"object":{"key":7}}}]}"#,
            r#"{"split":null}"#,
            r#"{"split":{"station_id":"demo"},"version":1}"#,
            r#"{"version":1}"#,
        ] {
            let error = UploadsMessage::parse(body).expect_err(body);
            assert!(!error.is_passing(), "{body}: {error}");
            let error = <ChunkMessage>::parse(body).expect_err(body);
            assert!(!error.is_passing(), "{body}: {error}");
        }
        for body in [
            r#"{"version":2,"split":{"station_id":"demo","task_id":890473042418166}}"#,
            r#"{"version":300,"of another form":[]}"#,
        ] {
            let error = UploadsMessage::parse(body).expect_err("the next version");
            assert!(error.is_passing(), "{error}");
            let error = <ChunkMessage>::parse(body).expect_err("the next version");
            assert!(error.is_passing(), "{error}");
        }
    }

    #[test]
    fn records_that_can_be_read_are_not_lost_with_one_that_cannot() {
        let body = r#"{"Records":[null,{"s3":{"object":{"key":"inbox/demo/a/b.csv","size":3}}}]}"#;
        let Ok(UploadsMessage::Arrived(objects)) = UploadsMessage::parse(body) else {
            panic!("it is an event");
        };
        let keys: Vec<&str> = objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["inbox/demo/a/b.csv"]);
        assert_eq!(objects[0].size_bytes, 3);
    }

    #[test]
    fn a_test_of_s3_brings_nothing_and_is_no_error() {
        let body = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"any"}"#;
        let parsed = UploadsMessage::parse(body).expect("a test");
        assert_eq!(parsed, UploadsMessage::Arrived(Vec::new()));
    }

    #[test]
    fn a_file_named_like_a_message_of_ours_is_a_file() {
        let key = r#"inbox/demo/a/"split".csv"#;
        let body = serde_json::json!({ "Records": [{ "s3": { "object": { "key": key } } }] });
        let parsed = UploadsMessage::parse(&body.to_string()).expect("an event");
        assert!(matches!(parsed, UploadsMessage::Arrived(objects) if objects[0].key == key));
    }
}
