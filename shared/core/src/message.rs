//! What travels through the queues. Each message names its version, so that a function that is
//! replaced while messages wait can tell the old ones.

use serde::{Deserialize, Serialize};

use crate::csv::{Chunk, Cursor};
use crate::ids::TaskRef;
use crate::import::ImportPlan;

/// The version this code writes and reads.
pub const VERSION: u8 = 1;

/// One chunk to import: a range of the file, never rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkMessage {
    /// [`VERSION`]
    pub version: u8,
    /// What all chunks of the task share.
    pub plan: ImportPlan,
    /// The range.
    pub chunk: Chunk,
}

/// The splitter's message to itself: go on with a file, or begin again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitMessage {
    /// [`VERSION`]
    pub version: u8,
    /// The task.
    pub split: TaskRef,
    /// Where the run before stopped; none to begin at the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<SplitResume>,
}

/// What a later run of the splitter needs to plan the same chunks as one long run would have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitResume {
    /// What was decided from the header.
    pub plan: ImportPlan,
    /// The start of the first chunk not yet sent.
    pub cursor: Cursor,
}

impl ChunkMessage {
    /// A message of this version.
    pub fn new(plan: ImportPlan, chunk: Chunk) -> Self {
        Self {
            version: VERSION,
            plan,
            chunk,
        }
    }

    /// Reads a message body.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        let message: Self = serde_json::from_str(body)?;
        check_version(message.version)?;
        Ok(message)
    }
}

impl SplitMessage {
    /// A message that splits a task's file from its beginning.
    pub fn begin(task: TaskRef) -> Self {
        Self {
            version: VERSION,
            split: task,
            resume: None,
        }
    }

    /// A message that goes on at `cursor`.
    pub fn resume(plan: ImportPlan, cursor: Cursor) -> Self {
        let split = plan.task.clone();
        Self {
            version: VERSION,
            split,
            resume: Some(SplitResume { plan, cursor }),
        }
    }

    /// Reads a message body.
    pub fn parse(body: &str) -> Result<Self, MessageError> {
        let message: Self = serde_json::from_str(body)?;
        check_version(message.version)?;
        Ok(message)
    }
}

fn check_version(version: u8) -> Result<(), MessageError> {
    if version == VERSION {
        Ok(())
    } else {
        Err(MessageError::Version(version))
    }
}

/// Why a message cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not our JSON.
    #[error("the message is not one of ours")]
    Syntax(#[from] serde_json::Error),
    /// From a newer or older release.
    #[error("message version {0} is not supported (this release reads version {VERSION})")]
    Version(u8),
}
