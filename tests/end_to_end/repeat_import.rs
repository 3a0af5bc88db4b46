//! The same bytes for the same business: imported once, whatever way they come, unless the caller
//! says otherwise.

use serde_json::{Value, json};
use sluice_api::{RowsView, TaskView};
use sluice_task::TaskStatus;

use crate::harness::{Answer, Caller, Sluice, id_of, leave_unpolled, members};

const BODY: &str = "/upload?business=member_import&file_name=m.csv";

async fn post_body(caller: &Caller, path: &str, file: &[u8]) -> Answer {
    caller.post_as(path, "text/csv", file.to_vec()).await
}

/// Asserts that a refusal names the first import and when it ended.
fn assert_names(msg: &str, first: &TaskView) {
    let task = format!("task {}", first.task_id);
    let end = first.end_time.expect("an end").to_string();
    assert!(msg.contains("the same file"), "{msg}");
    assert!(msg.contains(&task), "{task}: {msg}");
    assert!(msg.contains(&end[..19]), "{end}: {msg}");
    assert!(msg.contains("repeat: true"), "{msg}");
}

/// Asserts that a task was refused because of another one, and read nothing.
pub(crate) fn assert_refused(task: &TaskView, first: &TaskView) {
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    assert_names(task.reason.as_deref().expect("a reason"), first);
    assert_eq!(task.rows, Some(RowsView::default()));
    assert_eq!(task.start_time, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_as_a_body_is_refused_at_the_door() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 401);
    let begun = post_body(&demo, BODY, &file).await.ok();
    let first = demo.ended(id_of(&begun)).await;
    assert_eq!(first.status, TaskStatus::Finished);
    let (before, list) = (sluice.items().await, demo.get("/task/list").await.ok());
    for path in [
        BODY,
        &BODY.replace("m.csv", "another.csv"),
        &format!("{BODY}&repeat=false"),
    ] {
        let msg = post_body(&demo, path, &file).await.refused(40901);
        assert_names(&msg, &first);
    }
    assert_eq!(
        demo.get("/task/list").await.ok(),
        list,
        "no task is left behind"
    );
    assert!(sluice.items().await == before, "something was written");
    let msg = post_body(&demo, &format!("{BODY}&repeat=perhaps"), &file)
        .await
        .refused(40001);
    assert!(msg.contains("repeat"), "{msg}");

    // One byte more is another file.
    let mut other = file;
    other.push(b'\n');
    let begun = post_body(&demo, BODY, &other).await.ok();
    let second = demo.ended(id_of(&begun)).await;
    assert_eq!(second.rows.expect("rows").duplicate, 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_refused_while_the_same_file_is_being_imported() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let file = members(50, 402);
    let first = id_of(&post_body(&demo, BODY, &file).await.ok());
    let messages = sluice.chunk_messages(&demo, first).await;
    let msg = post_body(&demo, BODY, &file).await.refused(40901);
    assert!(msg.contains("has been running"), "{msg}");
    assert!(msg.contains(&first.to_string()), "{msg}");
    let by_ticket = demo.import(&file).await;
    assert_eq!(by_ticket.status, TaskStatus::Failed);
    let reason = by_ticket.reason.expect("a reason");
    assert!(reason.contains(&first.to_string()), "{reason}");
    for message in &messages {
        assert!(sluice.deliver(message).await);
    }
    assert_eq!(demo.ended(first).await.status, TaskStatus::Finished);
    assert_eq!(sluice.items().await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_by_ticket_and_body_in_any_order_ends_as_failed_and_writes_nothing() {
    let sluice = Sluice::start().await;
    let file = members(50, 403);
    for (station, by_body) in [
        ("t-t", [false, false]),
        ("b-t", [true, false]),
        ("t-b", [false, true]),
    ] {
        let caller = sluice.caller(station);
        let first = if by_body[0] {
            let begun = post_body(&caller, BODY, &file).await.ok();
            caller.ended(id_of(&begun)).await
        } else {
            caller.import(&file).await
        };
        assert_eq!(first.status, TaskStatus::Finished, "{station}: {first:?}");
        let before = sluice.items().await;
        if by_body[1] {
            let msg = post_body(&caller, BODY, &file).await.refused(40901);
            assert_names(&msg, &first);
        } else {
            let second = caller.import(&file).await;
            assert_ne!(second.task_id, first.task_id);
            assert_refused(&second, &first);
        }
        assert!(
            sluice.items().await == before,
            "{station}: something was written"
        );
    }
    // Each station has imported it for itself.
    assert_eq!(sluice.items().await.len(), 150);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_may_repeat_is_imported_again_row_by_row() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 406);
    demo.import(&file).await;
    let before = sluice.items().await;
    let again = demo.repeating().import(&file).await;
    assert!(again.repeat, "{again:?}");
    assert_eq!(again.status, TaskStatus::Failed);
    assert_eq!(again.rows.expect("rows").duplicate, 50);
    let begun = post_body(&demo, &format!("{BODY}&repeat=true"), &file)
        .await
        .ok();
    let again = demo.ended(id_of(&begun)).await;
    assert_eq!(again.rows.expect("rows").duplicate, 50);
    let skipping = demo
        .repeating()
        .import_with(&file, &json!({ "on_duplicate": "skip" }))
        .await;
    assert_eq!(skipping.status, TaskStatus::Finished);
    assert_eq!(skipping.rows.expect("rows").skipped, 50);
    assert!(sluice.items().await == before, "something was written");
    // What may not repeat is refused as before.
    let refused = demo.import(&file).await;
    assert_eq!(
        (refused.status, refused.rows),
        (TaskStatus::Failed, Some(RowsView::default()))
    );
    let msg = post_body(&demo, BODY, &file).await.refused(40901);
    assert!(msg.contains("the same file"), "{msg}");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_file_of_which_nothing_was_imported_may_come_again() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let wrong = b"member_no,name\n,a\n,b\n".as_slice();
    let refused = b"member_no,colour\n1,red\n".as_slice();
    let taken = b"member_no,name\nT1,Tom\n".as_slice();
    demo.import(b"member_no,name\nT1,Tim\n").await;
    for (file, read) in [(wrong, 2), (refused, 0), (taken, 1)] {
        let mut reasons = Vec::new();
        for _ in 0..2 {
            let by_ticket = demo.import(file).await;
            let begun = post_body(&demo, BODY, file).await.ok();
            let by_body = demo.ended(id_of(&begun)).await;
            for task in [by_ticket, by_body] {
                assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
                assert_eq!(task.rows.expect("rows").read, read, "{task:?}");
                reasons.push(task.reason.expect("a reason"));
            }
        }
        reasons.dedup();
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(!reasons[0].contains("the same file"), "{reasons:?}");
    }
    assert_eq!(sluice.items().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_files_at_the_same_moment_one_is_imported() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let file = members(300, 407);
    let mut urls = Vec::new();
    for _ in 0..6 {
        let begun = demo.begin(file.len(), &json!({})).await;
        let url = begun["upload"]["url"].as_str().expect("a URL").to_owned();
        urls.push((id_of(&begun), url));
    }
    let sent = urls.iter().map(async |(task_id, url)| {
        assert_eq!(demo.put(url, file.clone()).await.0, 200);
        demo.ended(*task_id).await
    });
    let tasks: Vec<TaskView> = futures::future::join_all(sent).await;
    let (done, refused): (Vec<_>, Vec<_>) = tasks
        .into_iter()
        .partition(|task| task.status == TaskStatus::Finished);
    assert_eq!((done.len(), refused.len()), (1, 5), "{refused:?}");
    for task in refused {
        assert_eq!(
            (task.status, task.rows),
            (TaskStatus::Failed, Some(RowsView::default()))
        );
        let reason = task.reason.expect("a reason");
        assert!(reason.contains(&done[0].task_id.to_string()), "{reason}");
    }
    assert_eq!(sluice.items().await.len(), 300);

    let file = members(50, 408);
    let posts = (0..8).map(|_| post_body(&demo, BODY, &file));
    let answers = futures::future::join_all(posts).await;
    let (one, others): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.code == 0);
    let data: Vec<Value> = one.into_iter().map(Answer::ok).collect();
    assert_eq!((data.len(), others.len()), (1, 7));
    for answer in others {
        let msg = answer.refused(40901);
        assert!(msg.contains(&id_of(&data[0]).to_string()), "{msg}");
    }
    let task = demo.ended(id_of(&data[0])).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.items().await.len(), 350);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_file_is_imported_by_a_retry_that_may_repeat_without_being_sent_again() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(50, 409);
    let first = demo.import(&file).await;
    let refused = demo
        .import_with(&file, &json!({ "on_duplicate": "skip" }))
        .await;
    assert_refused(&refused, &first);
    assert_eq!(refused.same_as, Some(first.task_id));
    assert_eq!(json!(refused.actions), json!(["repeat", "hide"]));
    let task_id = refused.task_id.get();
    demo.verb("retry", task_id).await.ok();
    let again = demo.ended(task_id).await;
    assert_refused(&again, &first);

    demo.verb_with("retry", task_id, &json!({ "repeat": true }))
        .await
        .ok();
    let imported = demo.ended(task_id).await;
    assert!(imported.repeat);
    assert_eq!(imported.status, TaskStatus::Finished, "{imported:?}");
    assert_eq!(imported.rows.expect("rows").skipped, 50);
    assert_eq!(imported.same_as, None);
    sluice.assert_consistent().await;
}
