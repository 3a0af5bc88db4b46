//! What went wrong and what is missing: the errors of rows, and why a task is not done.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::ids::TaskId;
use sluice_import::report::{FileColumn, RowError};
use sluice_task::TaskStatus;

/// The answer to `GET /task/errors`: a page of rows that were not imported, in the order of the
/// file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowErrors {
    /// Whether the task has ended. Until then there are no errors to be read.
    pub ended: bool,
    /// The columns of the file, in its order: those that `values` of the rows are named by.
    pub columns: Vec<FileColumn>,
    /// The rows.
    pub errors: Vec<RowError>,
    /// Where the next page starts; null on the last one.
    pub next_cursor: Option<String>,
}

/// The answer to `GET /task/explain`: why a task is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The task.
    pub task_id: TaskId,
    /// Where it stands.
    pub status: TaskStatus,
    /// What it waits for.
    pub waiting_for: Waiting,
    /// The same in words.
    pub explanation: String,
    /// The first hundred chunks that are planned and not committed.
    pub chunks: Vec<ChunkView>,
    /// How many chunks are not committed; null as long as nobody knows how many there are.
    pub chunks_open: Option<u32>,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// Nothing: it has ended.
    Nothing,
    /// Its file, which has not arrived.
    File,
    /// The time at which it is to begin.
    Time,
    /// The splitter, which has not begun with the file.
    Splitter,
    /// Older imports of the station: as many as may run at a time have not ended.
    Room,
    /// The splitter, which is reading the file.
    Splitting,
    /// Somebody to resume it: it is paused.
    Resume,
    /// Chunks that are not committed.
    Chunks,
    /// The finisher: all chunks are committed.
    Finisher,
    /// The service that runs it.
    Handler,
}

/// A chunk that is not committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChunkView {
    /// Its number, from 0.
    pub chunk: u32,
    /// Its first row, as a spreadsheet shows it.
    pub first_row: u64,
    /// How many rows it has.
    pub rows: u64,
    /// Where it is.
    pub state: ChunkState,
    /// How often a worker has begun with it.
    pub tries: u32,
    /// When a worker last began with it.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub begun_at: Option<Timestamp>,
    /// What the last try failed of.
    pub last_error: Option<String>,
    /// The search for the rows that make it fail; null if there is none.
    pub search: Option<SearchView>,
}

/// The search for the rows that make a chunk fail: its rows are tried by halves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchView {
    /// The first of the rows that are tried now, as a spreadsheet shows it.
    pub first_row: u64,
    /// The last of them.
    pub last_row: u64,
    /// The rows that were found so far.
    pub found: Vec<u64>,
}

/// Where a chunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChunkState {
    /// Planned in an earlier run; the splitter has not sent it in this one yet.
    NotSent,
    /// In the queue; no worker has begun with it.
    Queued,
    /// A worker is busy with it.
    Running,
    /// A try failed; it is in the queue again.
    Waiting,
    /// It failed too often; the sweeper counts it as failed next.
    DeadLettered,
}
