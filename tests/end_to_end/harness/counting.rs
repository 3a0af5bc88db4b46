//! A kind of task that Sluice does not bring: it counts the numbers from 1 on, in segments. All else that its
//! tasks can do comes from the engine.

use std::sync::Once;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sluice_aws::{Added, Admission, NewTask};
use sluice_basics::ids::StationId;
use sluice_basics::rows::RowCounts;
use sluice_engine::{
    Attempt, BoxError, ChunkOutcome, CompleteTask, Cut, CutTask, FinishTask, Finished, InSegments,
    KindOfTask, RunChunk, RunError, Segments, Starter,
};
use sluice_kind::{EqualWork, Segmented};
use sluice_lambda::{Init, Telemetry};
use sluice_task::books::{self, ChunkReport};
use sluice_task::message::ChunkMessage;
use sluice_task::{Task, TaskType};

use super::{Sluice, TASKS};

static DECISIONS: Segmented = Segmented {
    name: "counting",
    words: EqualWork {
        what: "the same numbers",
        done: "counted",
        again: "to count them again, send them with repeat: true",
    },
    file: |_| None,
    hide: |_| {},
};

const KIND: KindOfTask = KindOfTask {
    name: DECISIONS.name,
    plan: |init| Ok(Box::new(InSegments::new(init, Counting)?)),
    run: |_| Ok(Box::new(Counting)),
    finish: |_| Ok(Box::new(Counting)),
};

/// What is to be counted: `to` numbers in each of `segments`. One segment may fail in its first try.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Numbers {
    pub to: u64,
    pub segments: u32,
    pub fails_once: Option<u32>,
}

#[derive(Debug)]
struct Counting;

#[async_trait]
impl CutTask for Counting {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let numbers: Numbers = serde_json::from_value(task.input.clone())?;
        if numbers.to == 0 {
            return Ok(Cut::Refused("there is nothing to count".to_owned()));
        }
        Ok(Cut::Into(Segments::numbered(numbers.segments, &numbers)?))
    }
}

#[async_trait]
impl RunChunk for Counting {
    async fn run_chunk(
        &self,
        message: &ChunkMessage,
        attempt: Attempt<'_>,
    ) -> Result<ChunkOutcome, RunError> {
        let numbers: Numbers = message.plan.read().map_err(RunError::ours)?;
        if numbers.fails_once == Some(message.chunk.number) && attempt.tries.tries == 1 {
            return Err(RunError::Failed {
                words: "the first try cannot count".to_owned(),
                source: "as the test says".into(),
            });
        }
        let count = (1..=numbers.to).count() as u64;
        let rows = RowCounts {
            read: count,
            succeeded: count,
            ..RowCounts::default()
        };
        let report = ChunkReport::done(message.plan.run, &message.chunk, rows);
        Ok(ChunkOutcome::Done {
            report: Box::new(report),
            counted: rows,
        })
    }
}

#[async_trait]
impl FinishTask for Counting {
    async fn finish(&self, complete: CompleteTask<'_>) -> Result<Finished, BoxError> {
        let rows = complete.task.chunks.rows;
        let ending = books::ending(&rows, complete.trouble.cloned(), false);
        let result = serde_json::from_value(json!({ "count": rows.succeeded }))?;
        Ok(Finished::new(ending, result))
    }
}

impl Sluice {
    /// Adds the kind. To be called before the system starts.
    pub fn add_counting() {
        static ADDED: Once = Once::new();
        ADDED.call_once(|| kind_list::add(&DECISIONS, KIND));
    }

    /// Starts counting. Its id.
    pub async fn count(&self, station: &str, numbers: Numbers) -> u64 {
        let lookup = |name: &str| match name {
            "TASKS_TABLE" => Some(TASKS.to_owned()),
            _ => Some(self.queue_url("sluice-uploads")),
        };
        let starter = Starter::new(&Init {
            clients: &self.clients().await,
            lookup: &lookup,
            telemetry: Telemetry::silent(),
        });
        let station_id: StationId = station.parse().expect("a station");
        let new = NewTask {
            created_by: None,
            station_id,
            user_task_id: None,
            name: DECISIONS.name.to_owned(),
            business_id: "numbers".to_owned(),
            business_name: "Numbers".to_owned(),
            task_type: TaskType::Process,
            repeat: false,
            work: Some(format!("{numbers:?}")),
            fingerprint: String::new(),
            admission: Admission::Below(5),
            start_at: None,
        };
        let input: Value = json!(numbers);
        let added = starter
            .expect("a starter")
            .start(&new, |_| input.clone())
            .await;
        match added.expect("an answer") {
            Added::New(task) => task.task_id.get(),
            other => panic!("{other:?}"),
        }
    }
}
