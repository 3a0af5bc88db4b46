//! The verbs of tasks over a road to DynamoDB on which writes meet others, fail, or lose their
//! answers: each does what it says, once, and its caller is told so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use serde_json::{Value, json};

use crate::harness::{Caller, Fault, FaultyRoad, Sluice, id_of, ids, process};

/// A system, and how many of the next writes meet a fault.
struct Bench {
    sluice: Sluice,
    road: FaultyRoad,
    faults: Arc<AtomicU32>,
}

/// A system whose writes can meet a fault.
async fn bench(fault: Fault) -> Bench {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |_| {}).await;
    let faults = Arc::new(AtomicU32::new(0));
    let left = Arc::clone(&faults);
    road.set_rule(move |operation| {
        let is_write = matches!(operation, "TransactWriteItems" | "UpdateItem");
        // A conflict of a single write has another name, which the road does not know.
        let is_hit = is_write && (fault != Fault::Conflict || operation != "UpdateItem");
        let is_next = || left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1));
        if is_hit && is_next().is_ok() {
            fault
        } else {
            Fault::None
        }
    });
    Bench {
        sluice,
        road,
        faults,
    }
}

impl Bench {
    /// Calls a verb whose first write meets the fault, and asserts that it succeeds.
    async fn call(&self, caller: &Caller, verb: &str, body: &Value) -> Value {
        self.faults.store(1, Relaxed);
        let answer = caller.post(&format!("/task/{verb}"), body).await;
        assert_eq!(answer.code, 0, "{verb}: {answer:?}");
        answer.ok()
    }

    /// Takes tasks through all verbs.
    async fn call_all(&self) {
        let demo = self.sluice.demo();
        let added = self.call(&demo, "add", &process(&json!(1))).await;
        let task_id = id_of(&added);
        assert_eq!(
            ids(&demo.get("/task/list").await.ok()),
            [task_id],
            "added once"
        );
        let named = json!({ "task_id": task_id });

        let started = self.call(&demo, "start", &named).await;
        assert_eq!(
            (&started["status"], &started["run_count"]),
            (&json!(2), &json!(1))
        );
        let news = json!({ "task_id": task_id, "progress": 40, "result": [1] });
        let updated = self.call(&demo, "update", &news).await;
        assert_eq!(updated["progress"], 40);
        let outcome = json!({ "task_id": task_id, "status": 5, "reason": "no" });
        let failed = self.call(&demo, "finish", &outcome).await;
        assert_eq!(
            (&failed["status"], &failed["reason"]),
            (&json!(5), &json!("no"))
        );

        let retried = self.call(&demo, "retry", &named).await;
        assert_eq!(
            (&retried["status"], &retried["run_count"]),
            (&json!(1), &json!(1))
        );
        demo.verb("start", task_id).await.ok();
        let cancelled = self.call(&demo, "cancel", &named).await;
        assert_eq!(cancelled["reason"], "cancelled");
        let hidden = json!({ "task_ids": [task_id] });
        self.call(&demo, "hide", &hidden).await;
        assert_eq!(demo.record(task_id).await["message_show"], json!(false));
        assert_eq!(self.sluice.assert_consistent().await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_whose_write_meets_another_one_is_tried_again() {
    let bench = bench(Fault::Conflict).await;
    bench.call_all().await;
    assert_eq!(bench.road.count("TransactWriteItems", Fault::Conflict), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_whose_write_fails_or_is_throttled_is_tried_again() {
    for fault in [Fault::Internal, Fault::Throttled] {
        let bench = bench(fault).await;
        bench.call_all().await;
        assert_eq!(bench.road.count("TransactWriteItems", fault), 5);
        assert_eq!(bench.road.count("UpdateItem", fault), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_whose_write_was_made_but_not_answered_succeeds_all_the_same() {
    let bench = bench(Fault::AnswerLost).await;
    bench.call_all().await;
    assert_eq!(bench.road.count("TransactWriteItems", Fault::AnswerLost), 5);
    assert_eq!(bench.road.count("UpdateItem", Fault::AnswerLost), 2);
}
