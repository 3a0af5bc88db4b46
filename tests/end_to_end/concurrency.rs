//! Many callers at the same moment: one of them wins, the others are told, and the record is of
//! one piece.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures::future::join_all;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Sluice, id_of, ids, process};

/// As many callers of one station.
const CALLERS: usize = 16;

/// Lets all callers do something at the same moment.
async fn at_once<T>(sluice: &Sluice, act: impl AsyncFn(usize, Caller) -> T) -> Vec<T> {
    let acts = (0..CALLERS).map(|number| act(number, sluice.demo()));
    join_all(acts).await
}

/// The data of the answers that are no refusals; all others say `code`.
fn winners(answers: Vec<Answer>, code: u64) -> Vec<Value> {
    let mut won = Vec::new();
    for answer in answers {
        if answer.code == 0 {
            won.push(answer.ok());
        } else {
            answer.refused(code);
        }
    }
    won
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_starts_one_gets_the_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for round in 0..5 {
        let task_id = demo.add(&json!(round)).await;
        let answers = at_once(&sluice, async |_, caller| {
            caller.verb("start", task_id).await
        });
        let won = winners(answers.await, 40901);
        assert_eq!(won.len(), 1, "round {round}");
        assert_eq!(demo.record(task_id).await, won[0]);
        assert_eq!(
            (&won[0]["status"], &won[0]["run_count"]),
            (&json!(2), &json!(1))
        );
    }
    assert_eq!(sluice.assert_consistent().await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_ends_one_stands() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for round in 0..5 {
        let task_id = demo.run(&json!(round)).await;
        let answers = at_once(&sluice, async |number, caller| {
            let outcome = json!({ "status": 3 + number % 3, "result": { "by": number } });
            caller.verb_with("finish", task_id, &outcome).await
        });
        let won = winners(answers.await, 40901);
        assert_eq!(won.len(), 1, "round {round}");
        assert_eq!(demo.record(task_id).await, won[0]);
    }
    assert_eq!(sluice.assert_consistent().await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_end_from_many_is_fine_for_all() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let outcome = json!({ "status": 4, "result": { "rows": 3 }, "reason": "one is missing" });
    for round in 0..5 {
        let task_id = demo.run(&json!(round)).await;
        let answers = at_once(&sluice, async |_, caller| {
            caller.verb_with("finish", task_id, &outcome).await
        });
        let answers: Vec<Value> = answers.await.into_iter().map(Answer::ok).collect();
        let ended = demo.record(task_id).await;
        assert_eq!(answers, vec![ended; CALLERS], "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_never_goes_back_whoever_says_what() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task_id = demo.run(&json!(1)).await;
    let is_over = AtomicBool::new(false);
    let reading = async {
        let reader = sluice.demo();
        let mut seen = Vec::new();
        while !is_over.load(Relaxed) {
            let progress = reader.record(task_id).await["progress"].as_u64();
            seen.push(progress.expect("a progress"));
        }
        seen
    };
    let updating = async {
        at_once(&sluice, async |number, caller| {
            for step in 0..20 {
                // Half of them rise from 0 to 95, half fall from 95 to 0.
                let progress = if number % 2 == 0 {
                    step * 5
                } else {
                    95 - step * 5
                };
                let news = json!({ "progress": progress, "result": { "by": number } });
                let updated = caller.verb_with("update", task_id, &news).await.ok();
                let shown = updated["progress"].as_u64().expect("a progress");
                assert!(shown >= progress as u64, "{shown} after {progress}");
            }
        })
        .await;
        is_over.store(true, Relaxed);
    };
    let (seen, ()) = tokio::join!(reading, updating);
    assert!(seen.is_sorted(), "{seen:?}");
    assert!(seen.len() > 5, "{seen:?}");
    let task = demo.record(task_id).await;
    assert_eq!(
        (&task["progress"], &task["status"]),
        (&json!(95), &json!(2))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_adds_of_one_user_task_id_are_one_task() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut request = process(&json!({ "month": 10 }));
    request["user_task_id"] = "October".into();
    let answers = at_once(&sluice, async |_, caller| {
        caller.post("/task/add", &request).await
    });
    let added: BTreeSet<u64> = answers.await.into_iter().map(|a| id_of(&a.ok())).collect();
    assert_eq!(added.len(), 1);
    assert_eq!(
        BTreeSet::from_iter(ids(&demo.get("/task/list").await.ok())),
        added
    );

    // With different contents one of them is the task, and the others a conflict that names it.
    let answers = at_once(&sluice, async |number, caller| {
        let mut request = process(&json!({ "number": number }));
        request["user_task_id"] = "November".into();
        caller.post("/task/add", &request).await
    });
    let answers = answers.await;
    let task_id = demo.get("/task/get?user_task_id=November").await.ok()["task_id"].to_string();
    for answer in answers.iter().filter(|answer| answer.code != 0) {
        assert!(answer.msg.contains(&task_id), "{}", answer.msg);
    }
    assert_eq!(winners(answers, 40901).len(), 1);
    assert_eq!(sluice.assert_consistent().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_adds_of_equal_work_one_wins() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (round, names) in [true, false].into_iter().enumerate() {
        let answers = at_once(&sluice, async |number, caller| {
            let mut request = process(&json!({ "round": round }));
            if names {
                request["user_task_id"] = format!("caller {number}").into();
            }
            caller.post("/task/add", &request).await
        });
        let answers = answers.await;
        let list = ids(&demo.get("/task/list?limit=100").await.ok());
        assert_eq!(list.len(), round + 1);
        for answer in answers.iter().filter(|answer| answer.code != 0) {
            assert!(answer.msg.contains(&list[0].to_string()), "{}", answer.msg);
        }
        let won = winners(answers, 40901);
        assert_eq!(won.iter().map(id_of).collect::<Vec<_>>(), [list[0]]);
    }
    assert_eq!(sluice.assert_consistent().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn hiding_and_retrying_at_the_same_moment_leaves_a_record_of_one_piece() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut hidden = 0;
    for round in 0..20 {
        let task_id = demo.run(&json!(round)).await;
        demo.verb_with("finish", task_id, &json!({ "status": 5 }))
            .await
            .ok();
        let named = json!({ "task_ids": [task_id] });
        let answers = at_once(&sluice, async |number, caller| {
            if (number + round) % 4 == 0 {
                caller.verb("retry", task_id).await
            } else {
                caller.post("/task/clear_show", &named).await
            }
        });
        winners(answers.await, 40901);
        let task = demo.record(task_id).await;
        let list = ids(&demo.get("/task/list?limit=100").await.ok());
        let is_shown = task["message_show"] == json!(true);
        assert_eq!(list.contains(&task_id), is_shown, "{task}");
        assert!(
            is_shown || task["status"] == 5,
            "hidden implies ended: {task}"
        );
        hidden += u32::from(!is_shown);
    }
    assert_eq!(sluice.assert_consistent().await, 20);
    println!("{hidden} of 20 were hidden in the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_and_what_the_service_says_at_the_same_moment_give_one_end() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for round in 0..10 {
        let task_id = demo.run(&json!(round)).await;
        let answers = at_once(&sluice, async |number, caller| match (number + round) % 4 {
            0 => (true, caller.verb("cancel", task_id).await),
            1 => (
                true,
                caller
                    .verb_with("finish", task_id, &json!({ "result": 1 }))
                    .await,
            ),
            _ => {
                let news = json!({ "progress": number });
                (false, caller.verb_with("update", task_id, &news).await)
            }
        });
        let (ends, updates): (Vec<_>, Vec<_>) = answers.await.into_iter().partition(|(e, _)| *e);
        winners(
            updates.into_iter().map(|(_, answer)| answer).collect(),
            40901,
        );
        let won = winners(ends.into_iter().map(|(_, answer)| answer).collect(), 40901);
        let task = demo.record(task_id).await;
        assert!(!won.is_empty());
        for end in won {
            assert_eq!(end, task, "the answer is the end that stands");
        }
    }
    assert_eq!(sluice.assert_consistent().await, 10);
}
