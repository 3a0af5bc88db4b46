//! An import chunk by chunk, by hand: begun, interrupted, tried again, and what it came to.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_api::{ChunksView, RowsView, TaskView};
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use super::{CHUNKS, Caller, Item, Sluice, text};

/// An import of a system whose worker is unpolled.
pub struct ByHand<'a> {
    sluice: &'a Sluice,
    pub caller: Caller,
    pub task_id: u64,
    /// The messages of its first run, which are in no queue any more.
    pub messages: Vec<String>,
}

/// What an import came to, without what differs from station to station.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub status: TaskStatus,
    pub reason: Option<String>,
    pub rows: Option<RowsView>,
    pub chunks: Option<ChunksView>,
    /// By key; with the number of the row in the place of the stamp.
    pub stored: BTreeMap<String, Item>,
    pub report: Option<String>,
}

/// The numbers of the chunks that messages are for.
pub fn numbers(messages: &[String]) -> BTreeSet<u32> {
    let chunk = |body: &String| <ChunkMessage>::parse(body).expect("ours").chunk.number;
    messages.iter().map(chunk).collect()
}

impl<'a> ByHand<'a> {
    /// Begins an import in a station.
    pub async fn begin(sluice: &'a Sluice, station: &str, file: &[u8]) -> Self {
        let caller = sluice.caller(station);
        let task_id = caller.send(file, &json!({})).await;
        let messages = sluice.chunk_messages(&caller, task_id).await;
        assert_eq!(sluice.take_all(CHUNKS).await.len(), messages.len());
        Self {
            sluice,
            caller,
            task_id,
            messages,
        }
    }

    /// What an import comes to that nothing interrupts.
    pub async fn uninterrupted(sluice: &'a Sluice, station: &str, file: &[u8]) -> Outcome {
        let import = Self::begin(sluice, station, file).await;
        import.deliver(&import.messages).await;
        import.outcome().await
    }

    /// Delivers messages one after the other.
    pub async fn deliver(&self, messages: impl IntoIterator<Item = &String>) {
        for message in messages {
            assert!(self.sluice.deliver(message).await, "a message is handled");
        }
    }

    /// Delivers some of a run's messages, cancels the import, and delivers all.
    pub async fn cancel_after(&self, some: &[String], all: &[String]) {
        self.deliver(some).await;
        self.caller.verb("cancel", self.task_id).await.ok();
        self.deliver(all).await;
        let task = self.caller.ended(self.task_id).await;
        assert_eq!(task.reason.as_deref(), Some("cancelled"));
    }

    /// Retries it. The messages of the chunks that are done again.
    pub async fn retry(&self, run: u32) -> Vec<String> {
        let retried = self.caller.verb("retry", self.task_id).await.ok();
        let state = (&retried["status"], &retried["run_count"]);
        assert_eq!(state, (&json!(2), &json!(run)));
        for field in ["end_time", "reason", "result"] {
            assert_eq!(retried[field], Value::Null, "{field}");
        }
        self.split_again().await
    }

    /// Waits until a retried import is split. The messages of the chunks that are done again.
    pub async fn split_again(&self) -> Vec<String> {
        self.sluice.chunk_messages(&self.caller, self.task_id).await;
        self.sluice.take_all(CHUNKS).await
    }

    /// The task, once it has ended.
    pub async fn ended(&self) -> TaskView {
        self.caller.ended(self.task_id).await
    }

    /// What it came to, once it has ended. Each row that is stored is this task's.
    pub async fn outcome(&self) -> Outcome {
        let task = self.ended().await;
        let mut stored = BTreeMap::new();
        for ((pk, key), mut item) in self.sluice.items().await {
            if !pk.starts_with(&format!("{}#", task.station_id)) {
                continue;
            }
            let origin = text(&item, "_origin").to_owned();
            let row = origin.strip_prefix(&format!("{}:", task.task_id));
            let row = row.unwrap_or_else(|| panic!("{origin} is not of {}", task.task_id));
            item.remove("pk");
            item.insert("_origin".to_owned(), AttributeValue::S(row.to_owned()));
            stored.insert(key, item);
        }
        let report = self.caller.failed_rows_text(&task).await;
        Outcome {
            status: task.status,
            reason: task.reason,
            rows: task.rows,
            chunks: task.chunks,
            stored,
            report,
        }
    }
}
