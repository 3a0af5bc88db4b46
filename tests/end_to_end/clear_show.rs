//! `POST /task/clear_show` and `/task/hide`: ended tasks leave the lists, all that are named or
//! none.

use serde_json::{Value, json};

use crate::harness::{Caller, Sluice, id_of, ids, members, process};

/// Both names of the verb.
const PATHS: [&str; 2] = ["/task/clear_show", "/task/hide"];

/// A task that has ended. Its id.
async fn ended(caller: &Caller, user_task_id: &str) -> u64 {
    let mut request = process(&json!(user_task_id));
    request["user_task_id"] = user_task_id.into();
    let task_id = id_of(&caller.post("/task/add", &request).await.ok());
    caller.verb("start", task_id).await.ok();
    caller.verb("finish", task_id).await.ok();
    task_id
}

async fn listed(caller: &Caller) -> Vec<u64> {
    ids(&caller.get("/task/list?limit=100").await.ok())
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_tasks_are_hidden_by_either_id_and_by_both_and_shown_when_named() {
    for path in PATHS {
        let sluice = Sluice::start().await;
        let demo = sluice.demo();
        let import = demo.import(&members(5, 301)).await.task_id.get();
        let mut tasks = vec![import];
        for number in 1..=5 {
            tasks.push(ended(&demo, &format!("t{number}")).await);
        }
        let refused = demo.import(b"no,header\n").await.task_id.get();
        for (body, hidden) in [
            (
                json!({ "task_ids": [import, refused] }),
                vec![import, refused],
            ),
            (
                json!({ "user_task_ids": ["t1", "t2"] }),
                vec![tasks[1], tasks[2]],
            ),
            (
                json!({ "task_ids": [tasks[3]], "user_task_ids": ["t4"] }),
                vec![tasks[3], tasks[4]],
            ),
            (
                json!({ "task_ids": [], "user_task_ids": ["t5"] }),
                vec![tasks[5]],
            ),
        ] {
            let before = listed(&demo).await;
            let data = demo.post(path, &body).await.ok();
            assert_eq!(data, Value::Null, "{path}");
            let mut left = before.clone();
            left.retain(|id| !hidden.contains(id));
            assert_eq!(left.len(), before.len() - hidden.len());
            assert_eq!(listed(&demo).await, left, "{path} {body}");
            for task_id in hidden {
                assert_eq!(demo.record(task_id).await["message_show"], json!(false));
                let named = demo.get(&format!("/task/list?task_ids={task_id}")).await;
                assert_eq!(ids(&named.ok()), [task_id], "named, it is shown");
            }
        }
        assert_eq!(listed(&demo).await, [0; 0]);
        let named = demo.get("/task/list?user_task_ids=t4,t5").await.ok();
        assert_eq!(ids(&named), [tasks[5], tasks[4]]);
        sluice.assert_consistent().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hiding_a_hidden_task_and_naming_one_twice_is_fine() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for path in PATHS {
        let task_id = ended(&demo, path.rsplit('/').next().expect("a name")).await;
        let user_task_id = demo.record(task_id).await["user_task_id"].clone();
        for body in [
            json!({ "task_ids": [task_id, task_id] }),
            json!({ "user_task_ids": [user_task_id, user_task_id] }),
            json!({ "task_ids": [task_id], "user_task_ids": [user_task_id] }),
        ] {
            assert_eq!(demo.post(path, &body).await.ok(), Value::Null);
        }
    }
    assert_eq!(listed(&demo).await, [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_has_not_ended_is_named_and_nothing_is_hidden() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let done = ended(&demo, "done").await;
    let running = demo.run(&json!("running")).await;
    let submitted = demo.add(&json!("submitted")).await;
    let upload = id_of(&demo.begin(10, &json!({})).await);
    let before = listed(&demo).await;
    assert_eq!(before, [upload, submitted, running, done]);
    for path in PATHS {
        for open in [running, submitted, upload] {
            let body = json!({ "task_ids": [done, open] });
            let msg = demo.post(path, &body).await.refused(40901);
            assert!(msg.contains(&open.to_string()), "{open}: {msg}");
            assert!(!msg.contains(&done.to_string()), "{done} has ended: {msg}");
            let body = json!({ "task_ids": [open], "user_task_ids": ["done"] });
            let msg = demo.post(path, &body).await.refused(40901);
            assert!(msg.contains(&open.to_string()), "{msg}");
        }
        let both = json!({ "task_ids": [running, done, submitted] });
        let msg = demo.post(path, &both).await.refused(40901);
        for open in [running, submitted] {
            assert!(msg.contains(&open.to_string()), "{open}: {msg}");
        }
    }
    assert_eq!(listed(&demo).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_not_there_is_named_and_nothing_is_hidden() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    let mine = ended(&demo, "mine").await;
    let theirs = ended(&other, "theirs").await;
    for path in PATHS {
        for (body, named) in [
            (json!({ "task_ids": [mine, 12_345] }), "12345"),
            (
                json!({ "task_ids": [12_345], "user_task_ids": ["mine"] }),
                "12345",
            ),
            (json!({ "user_task_ids": ["mine", "nobody's"] }), "nobody's"),
            (
                json!({ "task_ids": [mine], "user_task_ids": ["nobody's"] }),
                "nobody's",
            ),
            (json!({ "task_ids": [mine, theirs] }), &theirs.to_string()),
            (json!({ "user_task_ids": ["theirs", "mine"] }), "theirs"),
        ] {
            let msg = demo.post(path, &body).await.refused(40401);
            assert!(msg.contains("no such task"), "{msg}");
            assert!(msg.contains(named), "{body}: {msg}");
        }
    }
    assert_eq!(listed(&demo).await, [mine]);
    assert_eq!(listed(&other).await, [theirs]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_tasks_are_hidden_at_once_and_more_or_none_refused() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let mut tasks = Vec::new();
    for number in 0..100 {
        let task_id = demo.add(&json!(number)).await;
        demo.verb("cancel", task_id).await.ok();
        tasks.push(task_id);
    }
    for path in PATHS {
        for (task_ids, user_task_ids) in [(101, 0), (0, 101), (60, 41)] {
            let named: Vec<String> = (0..user_task_ids).map(|n| format!("u{n}")).collect();
            let task_ids: Vec<u64> = tasks.iter().copied().cycle().take(task_ids).collect();
            let body = json!({ "task_ids": task_ids, "user_task_ids": named });
            let msg = demo.post(path, &body).await.refused(40001);
            assert!(msg.contains("100"), "{msg}");
        }
        for body in [
            json!({}),
            json!({ "task_ids": [] }),
            json!({ "user_task_ids": [] }),
            json!({ "task_ids": [], "user_task_ids": [] }),
        ] {
            let msg = demo.post(path, &body).await.refused(40001);
            assert!(msg.contains("task_ids"), "{msg}");
        }
    }
    assert_eq!(listed(&demo).await.len(), 100);
    let all = json!({ "task_ids": tasks });
    demo.post("/task/clear_show", &all).await.ok();
    assert_eq!(listed(&demo).await, [0; 0]);
    let named = tasks
        .iter()
        .map(u64::to_string)
        .collect::<Vec<_>>()
        .join(",");
    let list = demo.get(&format!("/task/list?task_ids={named}")).await.ok();
    assert_eq!(ids(&list).len(), 100, "named, they are shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_tasks_are_shown_again_all_or_none() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let (first, second) = (ended(&demo, "first").await, ended(&demo, "second").await);
    let theirs = ended(&sluice.caller("other"), "theirs").await;
    let before = listed(&demo).await;
    let both = json!({ "task_ids": [first, second] });
    demo.post("/task/clear_show", &both).await.ok();
    assert_eq!(listed(&demo).await, [0; 0]);
    assert_eq!(demo.record(first).await["actions"], json!(["show"]));
    for missing in [12_345, theirs] {
        let body = json!({ "task_ids": [first, missing] });
        let msg = demo.post("/task/show", &body).await.refused(40401);
        assert!(msg.contains(&missing.to_string()), "{msg}");
        assert_eq!(listed(&demo).await, [0; 0], "nothing was shown");
    }
    let named = json!({ "task_ids": [first], "user_task_ids": ["second"] });
    assert_eq!(demo.post("/task/show", &named).await.ok(), Value::Null);
    assert_eq!(listed(&demo).await, before);
    assert_eq!(demo.record(first).await["actions"], json!(["hide"]));
    // A task that is shown, or runs, is left as it is.
    let running = demo.run(&json!("running")).await;
    demo.post("/task/show", &json!({ "task_ids": [first, running] }))
        .await
        .ok();
    assert_eq!(demo.record(running).await["status"], 2);
    sluice.assert_consistent().await;
}
