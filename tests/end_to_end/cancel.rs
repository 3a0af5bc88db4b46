//! `POST /task/cancel`: a task ends before it is done, with what was done.

use serde_json::{Value, json};
use sluice_api::{RowsView, TaskView};
use sluice_task::TaskStatus;
use sluice_task::message::ChunkMessage;

use crate::harness::{
    Caller, SMALL_CHUNKS, Sluice, eventually, id_of, leave_unpolled, members, set_chunk_bytes,
};

/// A system whose chunks wait for the test.
async fn sluice() -> Sluice {
    Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await
}

/// Cancels a task. The answer.
async fn cancel(demo: &Caller, task_id: u64) -> TaskView {
    let task = demo.verb("cancel", task_id).await.ok();
    serde_json::from_value(task).expect("a task")
}

fn assert_cancelled(task: &TaskView, status: TaskStatus) {
    assert_eq!(task.status, status, "{task:?}");
    assert_eq!(task.reason.as_deref(), Some("cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_file_has_not_come_ends_at_once_and_a_late_file_imports_nothing() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(30, 501);
    let begun = demo.begin(file.len(), &json!({})).await;
    let task_id = id_of(&begun);
    let task = cancel(&demo, task_id).await;
    assert_cancelled(&task, TaskStatus::Failed);
    assert_eq!((task.run_count, task.start_time), (0, None));
    sluice.assert_consistent().await;

    let url = begun["upload"]["url"].as_str().expect("a URL");
    assert_eq!(demo.put(url, file).await.0, 200);
    sluice.drained("sluice-uploads").await;
    assert_eq!(demo.task(task_id).await, task);
    assert_eq!(sluice.items().await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_import_begins_no_further_chunk_and_keeps_what_was_written() {
    let sluice = sluice().await;
    for delivered in [3, 1, 0] {
        let station = format!("after-{delivered}");
        let caller = sluice.caller(&station);
        let task_id = caller.send(&members(300, 502), &json!({})).await;
        let messages = sluice.chunk_messages(&caller, task_id).await;
        let (done, open) = messages.split_at(delivered);
        let mut rows = 0;
        for message in done {
            assert!(sluice.deliver(message).await);
            rows += <ChunkMessage>::parse(message).expect("ours").chunk.records;
        }
        let stored = sluice.items().await;
        let stopping = cancel(&caller, task_id).await;
        assert_eq!(
            stopping.status,
            TaskStatus::Running,
            "it ends when all are counted"
        );
        assert_eq!(
            cancel(&caller, task_id).await.status,
            TaskStatus::Running,
            "again is fine"
        );
        for message in open.iter().rev() {
            assert!(sluice.deliver(message).await);
        }
        let task = caller.ended(task_id).await;
        let status = if delivered == 0 {
            TaskStatus::Failed
        } else {
            TaskStatus::PartlySucceeded
        };
        assert_cancelled(&task, status);
        let expected = RowsView {
            read: rows,
            succeeded: rows,
            ..RowsView::default()
        };
        assert_eq!(task.rows, Some(expected));
        let chunks = task.chunks.expect("chunks");
        assert_eq!(chunks.total, Some(messages.len() as u32));
        assert_eq!(chunks.done, messages.len() as u32, "all are accounted for");
        assert!(sluice.items().await == stored, "a chunk was begun");

        let msg = caller.verb("cancel", task_id).await.refused(40901);
        assert!(msg.contains("has ended already"), "{msg}");
        assert_eq!(caller.task(task_id).await, task);
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_reports_the_rows_that_were_wrong_until_then() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let mut file = b"member_no,name,address\n".to_vec();
    for row in 0..200 {
        let name = if row % 10 == 0 { "" } else { "Ann" };
        file.extend_from_slice(format!("C{row},{name},{}\n", "x".repeat(60)).as_bytes());
    }
    let task_id = demo.send(&file, &json!({})).await;
    let messages = sluice.chunk_messages(&demo, task_id).await;
    assert!(sluice.deliver(&messages[0]).await);
    cancel(&demo, task_id).await;
    for message in &messages[1..] {
        assert!(sluice.deliver(message).await);
    }
    let task = demo.ended(task_id).await;
    assert_cancelled(&task, TaskStatus::PartlySucceeded);
    let rows = task.rows.expect("rows");
    let records = <ChunkMessage>::parse(&messages[0])
        .expect("ours")
        .chunk
        .records;
    assert_eq!((rows.read, rows.failed), (records, records.div_ceil(10)));
    let errors = demo
        .get(&format!("/task/errors?task_id={task_id}&limit=100"))
        .await
        .ok();
    assert_eq!(
        errors["errors"].as_array().map(Vec::len),
        Some(rows.failed as usize)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_done_but_for_its_report_is_not_cancelled() {
    let sluice = sluice().await;
    let demo = sluice.demo();
    let task_id = demo.send(&members(60, 503), &json!({})).await;
    for message in &sluice.chunk_messages(&demo, task_id).await {
        assert!(sluice.deliver(message).await);
    }
    // The finisher may or may not have ended it by now: it is too late in either case.
    demo.verb("cancel", task_id).await.refused(40901);
    let task = demo.ended(task_id).await;
    assert_eq!((task.status, task.reason), (TaskStatus::Finished, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn splitting_stops_soon_after_a_cancel() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 1 << 10);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let mut file = b"member_no,name\n".to_vec();
    let line = format!("A1,{}\n", "x".repeat(1_020));
    // Splitting all of it takes much longer than the two seconds between two looks at the task.
    while file.len() < 64 << 20 {
        file.extend_from_slice(line.as_bytes());
    }
    let task_id = demo.send(&file, &json!({})).await;
    eventually("the start of the import", async || {
        (demo.task(task_id).await.status == TaskStatus::Running).then_some(())
    })
    .await;
    cancel(&demo, task_id).await;
    let task = eventually("the end of splitting", async || {
        let task = demo.task(task_id).await;
        task.chunks.expect("chunks").total.map(|_| task)
    })
    .await;
    let planned = task.chunks.expect("chunks").total.expect("a total") as usize;
    let all = file.len() >> 10;
    println!("{planned} of {all} chunks were planned");
    assert!(planned < all, "{planned} of {all} chunks were planned");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_services_task_ends_at_once_and_its_service_is_told() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for (progress, status) in [
        (None, TaskStatus::Failed),
        (Some(0), TaskStatus::Failed),
        (Some(1), TaskStatus::PartlySucceeded),
        (Some(99), TaskStatus::PartlySucceeded),
    ] {
        let task_id = demo.run(&json!({ "until": progress })).await;
        let mut result = Value::Null;
        if let Some(progress) = progress {
            result = json!({ "at": progress });
            let news = json!({ "progress": progress, "result": result });
            demo.verb_with("update", task_id, &news).await.ok();
        }
        let task = cancel(&demo, task_id).await;
        assert_cancelled(&task, status);
        assert_eq!(
            task.result.clone().unwrap_or_default(),
            result,
            "what it said stays"
        );
        assert_eq!(task.progress, 100);
        assert!(task.end_time.is_some());
        for (verb, more) in [
            ("update", json!({ "progress": 70 })),
            ("finish", json!({})),
            ("finish", json!({ "status": 5, "reason": "gave up" })),
            ("cancel", json!({})),
            ("start", json!({})),
        ] {
            demo.verb_with(verb, task_id, &more).await.refused(40901);
        }
        assert_eq!(demo.task(task_id).await, task);
    }
    let submitted = demo.add(&json!("waits")).await;
    assert_cancelled(&cancel(&demo, submitted).await, TaskStatus::Failed);
    demo.verb("start", submitted).await.refused(40901);
    assert_eq!(sluice.assert_consistent().await, 5);
}
