//! `POST /task/retry` of tasks that services run, and which tasks it is not for.

use futures::future::join_all;
use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::harness::{Answer, BUCKET, Sluice, eventually, id_of, ids, leave_unpolled, members};

#[tokio::test(flavor = "multi_thread")]
async fn a_services_task_waits_to_be_started_again_under_the_same_id() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for status in [4, 5] {
        let task_id = demo.run(&json!({ "ends": status })).await;
        let news = json!({ "progress": 70, "result": { "a": 1 }, "reason": "slow" });
        demo.verb_with("update", task_id, &news).await.ok();
        let outcome = json!({ "status": status, "reason": "broke" });
        let ended = demo.verb_with("finish", task_id, &outcome).await.ok();
        demo.post("/task/hide", &json!({ "task_ids": [task_id] }))
            .await
            .ok();

        let retried = demo.verb("retry", task_id).await.ok();
        for (field, value) in [
            ("status", json!(1)),
            ("progress", json!(0)),
            ("result", Value::Null),
            ("reason", Value::Null),
            ("end_time", Value::Null),
            ("message_show", json!(true)),
            ("run_count", json!(1)),
        ] {
            assert_eq!(retried[field], value, "{field}");
        }
        for field in ["task_id", "input", "create_time", "business_id", "type"] {
            assert_eq!(retried[field], ended[field], "{field}");
        }
        assert_eq!(demo.record(task_id).await, retried);
        let list = demo.get("/task/list?status=1").await.ok();
        assert_eq!(ids(&list), [task_id], "it is shown again");
        demo.verb("retry", task_id).await.refused(40901);
        demo.verb("finish", task_id).await.refused(40901);

        let started = demo.verb("start", task_id).await.ok();
        assert_eq!(
            (&started["run_count"], &started["status"]),
            (&json!(2), &json!(2))
        );
        assert!(started["start_time"].as_str() > ended["start_time"].as_str());
        let low = json!({ "progress": 5 });
        let updated = demo.verb_with("update", task_id, &low).await.ok();
        assert_eq!(updated["progress"], 5, "a new run begins at 0");
        let done = json!({ "result": "done" });
        let finished = demo.verb_with("finish", task_id, &done).await.ok();
        assert_eq!(
            (&finished["status"], &finished["reason"]),
            (&json!(3), &Value::Null)
        );
        assert_eq!(finished["run_count"], 2);
    }
    assert_eq!(sluice.assert_consistent().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_waits_runs_or_has_finished_is_not_retried() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let submitted = demo.add(&json!(1)).await;
    let running = demo.run(&json!(2)).await;
    let finished = demo.run(&json!(3)).await;
    demo.verb("finish", finished).await.ok();
    let upload = id_of(&demo.begin(10, &json!({})).await);
    let import = demo.send(&members(20, 601), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, import).await;
    for (task_id, status) in [
        (submitted, "submitted"),
        (running, "running"),
        (finished, "finished"),
        (upload, "submitted"),
        (import, "running"),
    ] {
        let before = demo.record(task_id).await;
        let msg = demo.verb("retry", task_id).await.refused(40901);
        assert!(
            msg.contains(status) && msg.contains(&task_id.to_string()),
            "{msg}"
        );
        assert_eq!(demo.record(task_id).await, before);
    }
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    assert_eq!(demo.ended(import).await.status, TaskStatus::Finished);
    let msg = demo.verb("retry", import).await.refused(40901);
    assert!(msg.contains("finished"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_of_which_every_row_was_tried_is_not_retried_and_says_what_to_do() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let some_wrong = demo.import(b"member_no,name\n1,a\n2,\n").await;
    let all_wrong = demo.import(b"member_no,name\n1,\n2,\n").await;
    let duplicates = demo.import(b"member_no,name\n1,b\n").await;
    for task in [some_wrong, all_wrong, duplicates] {
        assert!(
            task.status.has_ended() && task.status != TaskStatus::Finished,
            "{task:?}"
        );
        let task_id = task.task_id.get();
        let msg = demo.verb("retry", task_id).await.refused(40901);
        assert!(
            msg.contains("correct them in the failed-rows file"),
            "{msg}"
        );
        assert!(msg.contains(&task_id.to_string()), "{msg}");
        assert_eq!(demo.task(task_id).await.modify_time, task.modify_time);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_file_is_gone_is_not_retried() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let never_sent = id_of(&demo.begin(10, &json!({})).await);
    demo.verb("cancel", never_sent).await.ok();
    let deleted = demo.send(&members(20, 602), &json!({})).await;
    let messages = sluice.chunk_messages(&demo, deleted).await;
    demo.verb("cancel", deleted).await.ok();
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(deleted).await;
    let key = task.input["object_key"].as_str().expect("a key");
    let s3 = sluice.clients().await.s3;
    let gone = s3.delete_object().bucket(BUCKET).key(key).send().await;
    gone.expect("the object is deleted");
    for (task_id, told) in [(never_sent, "never came"), (deleted, "upload it again")] {
        let before = demo.record(task_id).await;
        let msg = demo.verb("retry", task_id).await.refused(40901);
        assert!(msg.contains(told), "{msg}");
        assert_eq!(demo.record(task_id).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_cancelled_before_its_file_came_is_retried_with_the_file_that_came_late() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(30, 603);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = id_of(&begun);
    demo.verb("cancel", task_id).await.ok();
    let url = begun["upload"]["url"].as_str().expect("a URL");
    demo.put(url, file).await;
    sluice.drained("sluice-uploads").await;
    assert_eq!(demo.task(task_id).await.status, TaskStatus::Failed);
    demo.verb("retry", task_id).await.ok();
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, task.reason), (TaskStatus::Finished, None));
    assert_eq!(task.run_count, 1, "it had not run before");
    assert_eq!(sluice.items().await.len(), 30);
    assert_eq!(sluice.assert_consistent().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_looked_at_again_and_refused_again() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = demo.import(&members(20, 604)).await;
    let header = demo.import(b"a,b\n1,2\n").await;
    let equal = demo.import(&members(20, 604)).await;
    assert!(
        equal
            .reason
            .as_ref()
            .is_some_and(|reason| reason.contains("the same file"))
    );
    for task in [header, equal] {
        let task_id = task.task_id.get();
        demo.verb("retry", task_id).await.ok();
        let again = eventually("the second refusal", async || {
            let again = demo.task(task_id).await;
            (again.modify_time > task.modify_time && again.status.has_ended()).then_some(again)
        })
        .await;
        assert_eq!(
            (again.status, &again.reason),
            (TaskStatus::Failed, &task.reason)
        );
    }
    assert_eq!(demo.task(first.task_id.get()).await, first);
    assert_eq!(sluice.items().await.len(), 20);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_retries_at_the_same_moment_one_wins() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for round in 0..5 {
        let task_id = demo.run(&json!(round)).await;
        demo.verb_with("finish", task_id, &json!({ "status": 5 }))
            .await
            .ok();
        let callers: Vec<_> = (0..8).map(|_| sluice.demo()).collect();
        let retries = callers.iter().map(|caller| caller.verb("retry", task_id));
        let (won, lost): (Vec<Answer>, Vec<Answer>) = join_all(retries)
            .await
            .into_iter()
            .partition(|answer| answer.code == 0);
        assert_eq!((won.len(), lost.len()), (1, 7), "round {round}");
        for answer in lost {
            answer.refused(40901);
        }
        let started = demo.verb("start", task_id).await.ok();
        assert_eq!(started["run_count"], 2);
    }
    assert_eq!(sluice.assert_consistent().await, 5);
}
