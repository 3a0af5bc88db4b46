//! What a trace shows of a piece of work: when it ran, for which task, and whether it failed.
//! <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use sluice_basics::trace::{SegmentId, Trace};

use super::Work;

pub(super) struct Segment {
    pub(super) id: SegmentId,
    document: Value,
}

impl Segment {
    /// A segment under the one that the trace names.
    pub(super) fn begin(stack: &str, work: &Work, trace: &Trace) -> Self {
        let id = SegmentId(rand::random());
        let mut annotations = Map::new();
        if let Some(task) = &work.task {
            annotations.insert("station".to_owned(), json!(task.station_id));
            annotations.insert("task_id".to_owned(), json!(task.task_id.to_string()));
        }
        if let Some(chunk) = work.chunk {
            annotations.insert("chunk".to_owned(), json!(chunk));
        }
        let mut document = json!({
            "name": format!("{stack}-{}", work.function),
            "id": id.to_string(),
            "trace_id": trace.root(),
            "start_time": now(),
            "annotations": annotations,
        });
        if let Some(parent) = trace.parent() {
            document["parent_id"] = json!(parent.to_string());
        }
        Self { id, document }
    }

    /// What is sent of it.
    pub(super) fn ended(mut self, has_failed: bool) -> Value {
        self.document["end_time"] = json!(now());
        if has_failed {
            self.document["fault"] = json!(true);
        }
        self.document
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}
