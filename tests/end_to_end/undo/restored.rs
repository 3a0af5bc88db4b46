//! Rows that an import replaced are again what they were before it, where it kept them.

use std::collections::BTreeSet;

use serde_json::json;
use sluice_task::TaskStatus;

use super::{Counts, MEMBERS, begin, edit, kept_lines, of_station, undone, undone_whole};
use crate::harness::{
    CHUNKS, Fault, FaultyRoad, STAFF, STATION, Sluice, eventually, leave_unpolled, members,
    set_chunk_bytes, staff_file,
};

fn undoable() -> serde_json::Value {
    json!({ "on_duplicate": "overwrite", "undoable": true })
}

/// A file of members of which the first ones are there already, under other names.
fn replacing(rows: u64, seed: u64) -> Vec<u8> {
    let file = members(rows, seed);
    let mut reader = csv::Reader::from_reader(&*file);
    let header = reader.headers().expect("a header").clone();
    let place = |name: &str| header.iter().position(|one| one == name).expect("a column");
    let (number, name) = (place("member_no"), place("name"));
    let mut text = "member_no,name,tier\n".to_owned();
    for row in reader.records() {
        let row = row.expect("a row");
        let line = format!(
            "{},New {},gold\n",
            &row[number],
            row[name].replace([',', '"'], " ")
        );
        text.push_str(&line);
    }
    text.into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
pub async fn overwritten_rows_are_restored_to_what_they_were_byte_for_byte() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    demo.import(&members(200, 2_301)).await;
    edit(
        &sluice,
        MEMBERS,
        &first_key(&sluice).await,
        &[("seen_at", Some("today"))],
    )
    .await;
    let before = sluice.items().await;
    let import = demo.import_with(&replacing(300, 2_301), &undoable()).await;
    assert_eq!(import.reason, None, "{:?}", import.result);
    assert_eq!(import.rows.expect("rows").succeeded, 300);
    let task_id = import.task_id.get();
    let counted = demo
        .verb_with("undo", task_id, &json!({ "dry_run": true }))
        .await
        .ok();
    let counted = demo.ended(crate::harness::id_of(&counted)).await;
    let expected = Counts {
        deleted: 100,
        restored: 200,
        ..Counts::default()
    };
    assert_eq!(Counts::of(&counted), expected);
    assert_eq!(undone_whole(&demo, &import).await, expected);
    assert!(sluice.items().await == before);
}

async fn first_key(sluice: &Sluice) -> String {
    let items = sluice.items().await;
    items.into_keys().next().expect("a row").1
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_values_go_back_to_the_rows_that_had_them() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 1 << 10)).await;
    let demo = sluice.demo().of_business("staff_import");
    let old = |n: u32| format!("S{n},Old {n},1381234{n:04},s{n}@example.com");
    demo.import(&staff_file(&(0..60).map(old).collect::<Vec<_>>()))
        .await;
    let before = (sluice.items_of(STAFF).await, sluice.staff(STATION).await);
    // Some are new, some get a new phone, some pass theirs on, and two swap. E-mail addresses stay as they are,
    // since the file has none.
    let phone = |n: u32| match n {
        0 => 1,
        1 => 0,
        10..20 => n + 1,
        20 => 9_020,
        30..40 => 9_000 + n,
        _ => n,
    };
    let mut file = "staff_no,name,phone\n".to_owned();
    for n in 0..80 {
        let line = format!("S{n},New {n},1381234{:04}\n", phone(n));
        file.push_str(&line);
    }
    let import = demo.import_with(file.as_bytes(), &undoable()).await;
    assert_eq!(import.reason, None, "{:?}", import.result);
    assert_eq!(import.rows.expect("rows").succeeded, 80);
    sluice.staff(STATION).await.assert_agrees();
    let counts = undone_whole(&demo, &import).await;
    assert_eq!((counts.deleted, counts.restored), (20, 60));
    let staff = sluice.staff(STATION).await;
    staff.assert_agrees();
    assert_eq!(staff, before.1);
    assert!(sluice.items_of(STAFF).await == before.0);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn of_rows_with_the_same_key_the_one_that_was_stored_is_undone() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(b"member_no,name,tier\nA,first,gold\nB,first,gold\n")
        .await;
    let before = sluice.items().await;
    let file = b"member_no,name\nA,one\nC,one\nA,two\nC,two\nA,three\n";
    let import = demo.import_with(file, &undoable()).await;
    let rows = import.rows.expect("rows");
    assert_eq!((rows.succeeded, rows.duplicate), (2, 3));
    let counts = undone_whole(&demo, &import).await;
    assert_eq!((counts.deleted, counts.restored), (1, 1));
    assert!(sluice.items().await == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_a_replaced_row_is_kept_and_a_value_that_another_has_now_is_told() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo().of_business("staff_import");
    demo.import(&staff_file(&[
        "A,Ann,13800000001,a@example.com",
        "B,Bo,13800000002,b@example.com",
    ]))
    .await;
    let import = demo
        .import_with(
            &staff_file(&[
                "A,Anna,13800000011,a@example.com",
                "B,Bob,13800000002,b@example.com",
            ]),
            &undoable(),
        )
        .await;
    // Somebody else has Ann's old number now, and Bob is edited.
    demo.import(&staff_file(&["C,Cy,13800000001,c@example.com"]))
        .await;
    edit(&sluice, STAFF, "B", &[("role", Some("cook"))]).await;
    let before = sluice.items_of(STAFF).await;
    let undo = undone(&demo, &import).await;
    let counts = Counts::of(&undo);
    assert_eq!((counts.kept, counts.restored), (2, 0));
    let lines = kept_lines(&demo, &undo).await;
    let line = |fields: [&str; 6]| fields.map(str::to_owned).to_vec();
    let taken = "another row now has the value that this one had before the import";
    assert_eq!(
        lines,
        [
            line(["2", "A", taken, "phone", "***", "***"]),
            line(["3", "B", "a column was changed", "role", "", "cook"]),
        ]
    );
    assert!(sluice.items_of(STAFF).await == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_without_the_option_keeps_nothing_and_one_that_replaces_nothing_little() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let kept = async |task_id: u64| {
        let clients = sluice.clients().await;
        let objects = sluice_aws::Objects::new(&clients, crate::harness::BUCKET.to_owned());
        let prefix = format!("undo/{STATION}/{task_id}/");
        objects.list(&prefix).await.expect("a list").len()
    };
    let file = members(100, 2_302);
    let first = demo.import_with(&file, &undoable()).await;
    assert_eq!(
        kept(first.task_id.get()).await,
        0,
        "there was nothing to keep"
    );
    let plain = json!({ "on_duplicate": "overwrite" });
    let second = demo.repeating().import_with(&file, &plain).await;
    assert_eq!(second.rows.expect("rows").succeeded, 100);
    assert_eq!(kept(second.task_id.get()).await, 0);
    let third = demo.repeating().import_with(&file, &undoable()).await;
    assert_eq!(
        kept(third.task_id.get()).await,
        1,
        "one object for the chunk"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_between_keeping_and_writing_does_not_lose_what_comes_in_between() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        set_chunk_bytes(options, 64 << 10);
        leave_unpolled(options, "worker");
        let worker_time = ("WORKER_SECONDS".to_owned(), "0".to_owned());
        options.environment.extend([worker_time]);
    })
    .await;
    let demo = sluice.demo();
    let import = async |file: &[u8], options: serde_json::Value| {
        let task_id = demo.send(file, &options).await;
        let messages = sluice.chunk_messages(&demo, task_id).await;
        sluice.take_all(CHUNKS).await;
        (task_id, messages)
    };
    let (first, messages) = import(b"member_no,name\nA,v1\nB,v1\nC,v1\n", json!({})).await;
    sluice.deliver_all(&messages).await;
    demo.ended(first).await;
    let file = b"member_no,name\nA,new\nB,new\nC,new\nD,new\n";
    let (second, messages) = import(file, undoable()).await;
    // The images are kept, and nothing is written.
    road.set_rule(|operation| match operation {
        "BatchExecuteStatement" => Fault::Denied,
        _ => Fault::None,
    });
    assert!(!sluice.deliver(&messages[0]).await);
    road.set_rule(|_| Fault::None);
    // Then others change the rows: one is edited, one is deleted, one comes.
    edit(&sluice, MEMBERS, "A", &[("name", Some("v2"))]).await;
    super::delete(&sluice, MEMBERS, "B").await;
    let (third, others) = import(b"member_no,name\nD,v1\n", json!({})).await;
    sluice.deliver_all(&others).await;
    demo.ended(third).await;
    let before = sluice.items().await;
    sluice.deliver_all(&messages).await;
    let second = demo.ended(second).await;
    assert_eq!(second.rows.expect("rows").succeeded, 4);
    let undo = begin(&demo, &second).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, undo).await)
        .await;
    let counts = Counts::of(&demo.ended(undo).await);
    assert_eq!((counts.restored, counts.deleted), (3, 1));
    assert!(
        sluice.items().await == before,
        "as it was when it was replaced"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undoable_import_beside_others_that_write_the_same_rows_is_undone_right() {
    let sluice = Sluice::with(|options| set_chunk_bytes(options, 2 << 10)).await;
    let demo = sluice.demo();
    let file = members(300, 2_303);
    demo.import(&file).await;
    let renamed = replacing(300, 2_303);
    let others = demo.repeating();
    let plain = json!({ "on_duplicate": "overwrite" });
    let options = undoable();
    let (import, other) = tokio::join!(
        demo.import_with(&renamed, &options),
        others.import_with(&file, &plain),
    );
    let (own, theirs) = (import.task_id.get(), other.task_id.get());
    let stored = super::writers(sluice.items().await, STATION);
    let last: BTreeSet<&String> = stored
        .iter()
        .filter(|(_, task)| **task == own)
        .map(|(key, _)| key)
        .collect();
    let undo = undone(&demo, &import).await;
    let counts = Counts::of(&undo);
    assert_eq!(counts.restored, last.len() as u64, "{counts:?}");
    assert_eq!(counts.kept, 300 - counts.restored);
    // What it replaced is there again: rows of the first import, or of the other one.
    let stored = super::writers(sluice.items().await, STATION);
    assert!(stored.values().all(|task| *task != own));
    assert!(stored.values().any(|task| *task == theirs));
    let names = of_station(sluice.items().await, STATION);
    assert!(
        names
            .values()
            .all(|item| !crate::harness::text(item, "name").starts_with("New "))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_of_replaced_rows_that_is_killed_in_the_middle_goes_on() {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| set_chunk_bytes(options, 16 << 10)).await;
    sluice.demo().import(&members(300, 2_304)).await;
    let before = sluice.items().await;
    let renamed = replacing(400, 2_304);
    let import = sluice.demo().import_with(&renamed, &undoable()).await;
    assert_eq!(import.rows.expect("rows").succeeded, 400);
    let mut writes = 0;
    road.set_rule(move |operation| {
        writes += u32::from(operation == "BatchExecuteStatement");
        match writes {
            0..6 => Fault::None,
            6..8 => Fault::AnswerLost,
            _ => Fault::Silence,
        }
    });
    let undo = begin(&sluice.demo(), &import).await;
    eventually("requests that are never answered", async || {
        (road.count("BatchExecuteStatement", Fault::Silence) > 0).then_some(())
    })
    .await;
    assert!(sluice.items().await != before);
    road.set_rule(|_| Fault::None);
    let sluice = sluice
        .crash(&road, |options| set_chunk_bytes(options, 16 << 10))
        .await;
    let undo = sluice.demo().ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    let counts = Counts::of(&undo);
    assert_eq!((counts.restored, counts.deleted), (300, 100));
    assert!(sluice.items().await == before);
}
