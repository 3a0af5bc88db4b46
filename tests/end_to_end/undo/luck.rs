//! Undos beside others that change the same import: two at once, corrected files that come in between, cancels at the
//! worst moment, imports that were retried, and packed files.

use serde_json::{Value, json};
use sluice_kind::TaskAction;
use sluice_task::TaskStatus;

use super::{Counts, begin, undone, undone_whole};
use crate::harness::{
    Answer, CHUNKS, CHUNKS_DEAD_LETTERS, Caller, Fault, FaultyRoad, Sluice, eventually, gzip,
    id_of, leave_unpolled, members, set_chunk_bytes,
};

const UPLOADS: &str = "sluice-uploads";

/// The next message for the splitter.
async fn next_upload(sluice: &Sluice) -> String {
    let next = async || sluice.take_all(UPLOADS).await.pop();
    eventually("a message for the splitter", next).await
}

/// Sends a file and lets the splitter have it. The import, once it has ended.
async fn imported(sluice: &Sluice, caller: &Caller, file: &[u8]) -> sluice_api::TaskView {
    let task_id = caller.send(file, &json!({})).await;
    let event = next_upload(sluice).await;
    assert!(sluice.deliver_to("splitter", &event).await);
    caller.ended(task_id).await
}

async fn ask(caller: &Caller, task_id: u64, more: Value) -> Answer {
    caller.verb_with("undo", task_id, &more).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_undos_at_once_one_runs_and_the_same_request_twice_is_one() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    for round in 0..4 {
        let import = demo.import(&members(50, 2_401 + round)).await;
        let task_id = import.task_id.get();
        let answers = tokio::join!(
            ask(&demo, task_id, json!({})),
            ask(&demo, task_id, json!({})),
            ask(
                &demo,
                task_id,
                json!({ "user_task_id": format!("own-{round}") })
            ),
            ask(
                &demo,
                task_id,
                json!({ "user_task_id": format!("own-{round}") })
            ),
        );
        let mut undos = std::collections::BTreeSet::new();
        for answer in <[Answer; 4]>::from(answers) {
            if answer.code == 0 {
                undos.insert(id_of(&answer.ok()));
            } else {
                let msg = answer.refused(40901);
                assert!(
                    msg.contains("being undone, by task") || msg.contains("is undone, by task"),
                    "{msg}"
                );
            }
        }
        assert_eq!(undos.len(), 1, "{undos:?}");
        for undo in undos {
            let undo = demo.ended(undo).await;
            assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
            assert_eq!(Counts::of(&undo), Counts::deleted(50));
        }
    }
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_file_that_comes_between_the_request_and_the_undo_is_undone_first() {
    let sluice = Sluice::with(|options| leave_unpolled(options, "splitter")).await;
    let demo = sluice.demo();
    let file = b"member_no,name,points\nA,Ann,1\nB,Bo,x\nC,Cy,y\n";
    let import = imported(&sluice, &demo, file).await;
    let report = demo.failed_rows_file(&import).await.expect("a report");
    let report = String::from_utf8(report).expect("UTF-8");
    let undo = begin(&demo, &import).await;
    let waiting = next_upload(&sluice).await;
    let correction = imported(&sluice, &demo, report.replace(",x,", ",2,").as_bytes()).await;
    assert_eq!(correction.rows.expect("rows").succeeded, 1);

    assert!(sluice.deliver_to("splitter", &waiting).await);
    let undo = demo.ended(undo).await;
    assert_eq!(undo.status, TaskStatus::Failed);
    let reason = undo.reason.expect("a reason");
    let words = format!("undo task {} first", correction.task_id);
    assert!(reason.contains(&words), "{reason}");
    assert_eq!(sluice.items().await.len(), 2, "nothing was touched");
    // It is as if the undo had never been asked for.
    let import = demo.task(import.task_id.get()).await;
    assert!(import.actions.contains(&TaskAction::Undo), "{import:?}");
    assert!(import.actions.contains(&TaskAction::Correct), "{import:?}");

    for task in [&correction, &import] {
        let undo = begin(&demo, task).await;
        let message = next_upload(&sluice).await;
        assert!(sluice.deliver_to("splitter", &message).await);
        assert_eq!(Counts::of(&demo.ended(undo).await), Counts::deleted(1));
    }
    assert!(sluice.items().await.is_empty());
    let import = demo.task(import.task_id.get()).await;
    assert!(import.children.contains(&correction.task_id));
    let undone_by = import.undone_by.expect("it is undone");
    assert!(import.children.contains(&undone_by), "{import:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_cancelled_when_its_import_is_marked_leaves_no_mark_and_is_retried() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| leave_unpolled(options, "splitter")).await;
    let demo = sluice.demo();
    let import = imported(&sluice, &demo, &members(10, 2_411)).await;
    let task_id = import.task_id.get();
    let undo = begin(&demo, &import).await;
    let message = next_upload(&sluice).await;
    // The import is marked, and the run cannot be begun.
    road.set_rule_of_bodies(|operation, body| {
        let body = String::from_utf8_lossy(body);
        if operation == "UpdateItem" && body.contains("start_time = :now") {
            Fault::Denied
        } else {
            Fault::None
        }
    });
    assert!(!sluice.deliver_to("splitter", &message).await);
    road.set_rule(|_| Fault::None);
    let marked = demo.task(task_id).await;
    assert!(!marked.actions.contains(&TaskAction::Undo), "{marked:?}");

    demo.verb("cancel", undo).await.ok();
    let free = demo.task(task_id).await;
    assert!(free.actions.contains(&TaskAction::Undo), "{free:?}");
    assert!(sluice.deliver_to("splitter", &message).await);
    assert_eq!(sluice.items().await.len(), 10);
    let free = demo.task(task_id).await;
    assert!(free.actions.contains(&TaskAction::Undo), "{free:?}");

    demo.verb("retry", undo).await.ok();
    let message = next_upload(&sluice).await;
    assert!(sluice.deliver_to("splitter", &message).await);
    let undo = demo.ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    assert_eq!(Counts::of(&undo), Counts::deleted(10));
    assert_eq!(demo.task(task_id).await.undone_by, Some(undo.task_id));
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_another_one_has_overtaken_changes_nothing() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "worker");
        set_chunk_bytes(options, 2 << 10);
    })
    .await;
    let demo = sluice.demo();
    let import = demo.send(&members(60, 2_421), &json!({})).await;
    let chunks = sluice.chunk_messages(&demo, import).await;
    sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&chunks).await;
    let import = demo.ended(import).await;
    let first = begin(&demo, &import).await;
    let late = sluice.chunk_messages(&demo, first).await;
    sluice.take_all(CHUNKS).await;
    demo.verb("cancel", first).await.ok();
    sluice.deliver_all(&late).await;
    let cancelled = demo.ended(first).await;
    assert_eq!(cancelled.status, TaskStatus::Failed);
    // It has done nothing, and another one may do it.
    let second = begin(&demo, &import).await;
    let chunks = sluice.chunk_messages(&demo, second).await;
    sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&chunks[..1]).await;
    sluice.deliver_all(&late).await;
    sluice.deliver_all(&chunks).await;
    let second = demo.ended(second).await;
    assert_eq!(Counts::of(&second), Counts::deleted(60));
    let msg = demo.verb("retry", first).await.refused(40901);
    assert!(msg.contains(&second.task_id.to_string()), "{msg}");
    let import = demo.task(import.task_id.get()).await;
    assert_eq!(import.undone_by, Some(second.task_id));
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_retried_is_undone_as_a_whole() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 2 << 10);
        for function in ["worker", "sweeper"] {
            leave_unpolled(options, function);
        }
        let worker_time = ("WORKER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([worker_time]);
    })
    .await;
    for (station, rule) in [("one", "reject"), ("two", "skip")] {
        let caller = sluice.caller(station);
        // Rows that come twice, in the same chunk and in others.
        let mut file = members(80, 2_431);
        let twice = members(80, 2_431);
        let body = twice.split(|byte| *byte == b'\n').skip(1).step_by(3);
        for line in body.filter(|line| !line.is_empty()) {
            file.extend_from_slice(line);
            file.push(b'\n');
        }
        let import = caller.send(&file, &json!({ "on_duplicate": rule })).await;
        let chunks = sluice.chunk_messages(&caller, import).await;
        assert!(chunks.len() > 3);
        sluice.take_all(CHUNKS).await;
        for (index, message) in chunks.iter().enumerate() {
            if index % 2 == 0 {
                sluice.deliver_all(std::slice::from_ref(message)).await;
            } else {
                sluice.send_message(CHUNKS_DEAD_LETTERS, message).await;
            }
        }
        sluice.sweep().await;
        let partly = caller.ended(import).await;
        assert_eq!(partly.status, TaskStatus::PartlySucceeded, "{partly:?}");
        caller.verb("retry", import).await.ok();
        sluice.chunk_messages(&caller, import).await;
        let again = sluice.take_all(CHUNKS).await;
        sluice.deliver_all(&again).await;
        let import = caller.ended(import).await;
        let rows = import.rows.expect("rows");
        assert_eq!(rows.succeeded, 80, "{rule}: {rows:?}");
        let undo = begin(&caller, &import).await;
        let chunks = sluice.chunk_messages(&caller, undo).await;
        sluice.take_all(CHUNKS).await;
        sluice.deliver_all(&chunks).await;
        let undo = caller.ended(undo).await;
        assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
        assert_eq!(Counts::of(&undo), Counts::deleted(80), "{rule}");
        assert!(sluice.items().await.is_empty(), "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_import_that_was_cancelled_half_way_is_undone() {
    let sluice = Sluice::with(|options| {
        leave_unpolled(options, "worker");
        set_chunk_bytes(options, 2 << 10);
    })
    .await;
    let demo = sluice.demo();
    let import = demo.send(&members(80, 2_441), &json!({})).await;
    let chunks = sluice.chunk_messages(&demo, import).await;
    sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&chunks[..2]).await;
    demo.verb("cancel", import).await.ok();
    sluice.deliver_all(&chunks).await;
    let import = demo.ended(import).await;
    let stored = sluice.items().await.len() as u64;
    assert!(stored > 0 && stored < 80, "{stored}");
    assert_eq!(import.rows.expect("rows").succeeded, stored);
    let undo = begin(&demo, &import).await;
    let chunks = sluice.chunk_messages(&demo, undo).await;
    sluice.take_all(CHUNKS).await;
    sluice.deliver_all(&chunks).await;
    let undo = demo.ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    assert_eq!(Counts::of(&undo), Counts::deleted(stored));
    assert!(sluice.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gzip_file_is_undone_and_an_undo_of_an_undo_is_an_import_again() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let packed = gzip(&members(300, 2_451));
    let import = demo.import(&packed).await;
    let undo = undone(&demo, &import).await;
    assert_eq!(Counts::of(&undo), Counts::deleted(300));
    let msg = demo.verb("undo", undo.task_id.get()).await.refused(40901);
    assert!(msg.contains("only imports of files"), "{msg}");
    let again = demo.import(&packed).await;
    assert_eq!(again.rows.expect("rows").succeeded, 300);
    assert_eq!(undone_whole(&demo, &again).await, Counts::deleted(300));
}
