//! The plan of a run: what all its chunks share. Each kind of task has a plan of its own; this is what the
//! engine sees of any of them.

use std::ops::{Not, Range};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ids::TaskRef;

/// A plan of any kind. It travels in every chunk's message, so that a worker needs nothing else, and in the
/// manifest, so that a lost message can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The task.
    #[serde(flatten)]
    pub task: TaskRef,
    /// Which run of the task, from 1. A retry is another run.
    pub run: u32,
    /// The version of the object that the work reads, if it reads one. Another version is other work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Where the first chunk starts, in the kind's own measure: a byte of a file, or a segment.
    #[serde(default, rename = "data_start")]
    pub start: u64,
    /// Where the last chunk ends, in the same measure.
    #[serde(rename = "file_bytes")]
    pub end: u64,
    /// Whether nothing is to be stored.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub dry_run: bool,
    /// What only the kind reads.
    #[serde(flatten)]
    pub of_kind: Map<String, Value>,
}

impl Plan {
    /// Returns the plan of a run whose chunks cover `span`, with what only its kind reads.
    ///
    /// # Errors
    ///
    /// If `of_kind` is no JSON object.
    pub fn new(
        task: TaskRef,
        run: u32,
        span: Range<u64>,
        of_kind: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            task,
            run,
            etag: None,
            start: span.start,
            end: span.end,
            dry_run: false,
            of_kind: serde_json::from_value(serde_json::to_value(of_kind)?)?,
        })
    }

    /// Returns the whole of a kind's own plan as any plan.
    ///
    /// # Errors
    ///
    /// If it lacks what every plan has.
    pub fn of(plan: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(plan)?)
    }

    /// Returns the whole plan in the form that its kind gave it.
    ///
    /// # Errors
    ///
    /// If another release or another kind made it.
    pub fn read<P: DeserializeOwned>(&self) -> Result<P, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(self)?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_engine_does_not_know_of_a_plan_stays_in_it() {
        let plan = json!({
            "station_id": "demo", "task_id": 7, "run": 2, "etag": "\"a\"", "data_start": 12,
            "file_bytes": 90, "business": "member_import", "header": ["a", "b"],
            "delimiter": "comma",
        });
        let any: Plan = Plan::of(&plan).expect("a plan");
        assert_eq!((any.run, any.start, any.end), (2, 12, 90));
        assert_eq!(any.read::<Value>().expect("as it was"), plan);
        Plan::of(&json!({ "run": 2 })).expect_err("no task");
    }

    #[test]
    fn a_kind_reads_what_it_gave() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct Counting {
            step: u64,
        }
        let task = TaskRef {
            station_id: "demo".parse().expect("a station"),
            task_id: 7.try_into().expect("an id"),
        };
        let plan = Plan::new(task, 1, 0..64, &Counting { step: 3 }).expect("a plan");
        assert_eq!(
            plan.read::<Counting>().expect("its own"),
            Counting { step: 3 }
        );
    }
}
