//! Files that look like corrected ones: which are refused, and which are files like any other.

use serde_json::json;
use sluice_task::TaskStatus;

use crate::harness::{Caller, Sluice, eventually, id_of, leave_unpolled};

/// Imports a file of one row whose last two fields say where it came from. The reason if it is
/// refused.
async fn reason(caller: &Caller, task: &str, row: &str) -> Option<String> {
    let file = format!("member_no,name,error_row,error_task\nM9,A,{row},{task}\n");
    let task = caller.import(file.as_bytes()).await;
    assert_eq!(task.combined_rows, None);
    task.reason
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_that_continues_nothing_is_refused_and_says_why() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let first = demo.import(b"member_no,name\nM1,\n").await;
    let other = demo.import(b"member_no,name\nM2,\n").await;
    let (first, other) = (first.task_id.to_string(), other.task_id.to_string());
    let service = demo.run(&json!(1)).await;

    let refused = reason(&demo, "8.90473E+14", "2").await.expect("a reason");
    assert!(refused.contains("`8.90473E+14` in row 2"), "{refused}");
    let north = sluice.caller("north");
    for (caller, task) in [
        (&north, first.clone()),
        (&demo, service.to_string()),
        (&demo, "77".to_owned()),
    ] {
        let refused = reason(caller, &task, "2").await.expect("a reason");
        assert!(refused.contains(&format!("task {task} ")), "{refused}");
        assert!(refused.contains("no such import"), "{refused}");
    }
    for (file, why) in [
        (
            format!("member_no,name,error_row,error_task\nM8,A,2,{first}\nM9,A,2,{other}\n"),
            "more than one import",
        ),
        (
            format!("member_no,name,error_task\nM9,A,{first}\n"),
            "error_row is missing",
        ),
    ] {
        let task = demo.import(file.as_bytes()).await;
        assert_eq!(task.status, TaskStatus::Failed);
        let refused = task.reason.expect("a reason");
        assert!(refused.contains(why), "{refused}");
    }
    let path = "/upload?business=score_import&file_name=x.csv";
    let file =
        format!("member_no,entry_date,points,error_row,error_task\nM9,2026-01-31,1,2,{first}\n");
    let sent = demo.post_as(path, "text/csv", file.into_bytes()).await.ok();
    let refused = demo.ended(id_of(&sent)).await.reason.expect("a reason");
    assert!(refused.contains("send it as `member_import`"), "{refused}");
    assert!(sluice.items().await.is_empty());
    assert_eq!(
        demo.task(first.parse().expect("an id")).await.combined_rows,
        None
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_has_not_ended_is_not_continued() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let running = demo.send(b"member_no,name\nM1,\n", &json!({})).await;
    sluice.chunk_messages(&demo, running).await;
    let refused = reason(&demo, &running.to_string(), "2")
        .await
        .expect("a reason");
    assert!(
        refused.contains("has not ended: send this file again"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rows_file_that_names_no_task_is_a_file_like_any_other() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,error_row,error_code,error_task\nM1,A,2,required,\nM2,,3,x,\n";
    let task = demo.import(file.as_bytes()).await;
    assert_eq!(task.rows.expect("rows").succeeded, 1);
    let result = task.result.as_ref().expect("a result");
    assert_eq!(
        (&result["parent"], task.combined_rows),
        (&json!(null), None)
    );
    let report = demo.failed_rows_text(&task).await.expect("failed rows");
    assert_eq!(
        report,
        "\u{feff}member_no,name,error_row,error_column,error_code,error_message,error_task\n\
         M2,,3,name,required,name: a value is required,'-\n",
        "the report's columns are there once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_of_an_import_ends_before_a_corrected_file_may_continue_it() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "worker")).await;
    let demo = sluice.demo();
    let first = demo.send(b"member_no,name\nM1,\n", &json!({})).await;
    let messages = sluice.chunk_messages(&demo, first).await;
    demo.verb("cancel", first).await.ok();
    for message in &messages {
        sluice.deliver(message).await;
    }
    demo.ended(first).await;
    demo.verb("retry", first).await.ok();
    let refused = reason(&demo, &first.to_string(), "2")
        .await
        .expect("a reason");
    assert!(refused.contains("has not ended"), "{refused}");
    for message in &sluice.chunk_messages(&demo, first).await {
        sluice.deliver(message).await;
    }
    demo.ended(first).await;
    let file = format!("member_no,name,error_row,error_task\nM1,A,2,{first}\n");
    let second = demo.send(file.as_bytes(), &json!({})).await;
    for message in &sluice.chunk_messages(&demo, second).await {
        sluice.deliver(message).await;
    }
    demo.ended(second).await;
    let whole = eventually("the counts of both", async || {
        demo.task(first).await.combined_rows
    })
    .await;
    assert_eq!((whole.read, whole.succeeded), (1, 1));
}
