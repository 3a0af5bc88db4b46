//! Undoing imports: what an import stored is taken back, and nothing else; whatever happens in between, each of
//! its rows ends as deleted, restored, kept or gone.

mod faults;
pub mod luck;
pub mod refused;
pub mod restored;

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_kind::TaskAction;
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Item, Items, STAFF, STATION, Sluice, flawed_members, id_of, leave_unpolled, members,
    set_chunk_bytes, staff_file, text,
};

const MEMBERS: &str = "sluice-members";

/// What became of the rows of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    deleted: u64,
    restored: u64,
    kept: u64,
    gone: u64,
}

impl Counts {
    /// Those of an undo. All rows are among them.
    fn of(undo: &TaskView) -> Self {
        let result = undo.result.as_ref().expect("a result");
        let count = |name: &str| result[name].as_u64().expect("a count");
        let counts = Self {
            deleted: count("deleted"),
            restored: count("restored"),
            kept: count("kept"),
            gone: count("gone"),
        };
        let rows = undo.rows.expect("rows");
        let Self {
            deleted,
            restored,
            kept,
            gone,
        } = counts;
        assert_eq!(rows.read, deleted + restored + kept + gone, "{undo:?}");
        assert_eq!((rows.succeeded, rows.failed), (rows.read - kept, kept));
        assert!(
            result["note"]
                .as_str()
                .expect("a note")
                .contains("not taken back")
        );
        counts
    }

    fn deleted(deleted: u64) -> Self {
        Self {
            deleted,
            ..Self::default()
        }
    }
}

/// Asks for an undo. Its id.
async fn begin(caller: &Caller, task: &TaskView) -> u64 {
    let begun = caller.verb("undo", task.task_id.get()).await.ok();
    assert_eq!(
        (&begun["task_name"], &begun["type"]),
        (&json!("undo"), &json!(2))
    );
    assert_eq!(begun["parent"], json!(task.task_id));
    id_of(&begun)
}

/// Undoes an import.
async fn undone(caller: &Caller, task: &TaskView) -> TaskView {
    let task_id = begin(caller, task).await;
    caller.ended(task_id).await
}

/// Undoes an import that ends well: all its rows are deleted, restored or gone.
async fn undone_whole(caller: &Caller, task: &TaskView) -> Counts {
    let undo = undone(caller, task).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    let counts = Counts::of(&undo);
    let imported = task.rows.expect("rows").succeeded;
    assert_eq!(undo.rows.expect("rows").read, imported);
    counts
}

/// Items without who wrote them.
fn unstamped(items: Items) -> Items {
    let items = items.into_iter();
    items
        .map(|(key, mut item)| {
            item.remove("_origin");
            (key, item)
        })
        .collect()
}

/// The lines of the file of kept rows: row, key, reason, column, imported, now.
async fn kept_lines(caller: &Caller, undo: &TaskView) -> Vec<Vec<String>> {
    let undo = caller.task(undo.task_id.get()).await;
    let result = undo.result.expect("a result");
    let url = result["kept_rows_url"].as_str().expect("a link");
    let file = caller.download(url).await;
    let file = file
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(file);
    let header = reader.headers().expect("a header").clone();
    assert_eq!(
        header,
        vec!["row", "key", "reason", "column", "imported", "now"]
    );
    let lines = reader.records().map(|line| {
        let line = line.expect("a line");
        line.iter().map(str::to_owned).collect()
    });
    lines.collect()
}

/// Changes columns of a stored row, as a service does: its stamp stays.
async fn edit(sluice: &Sluice, table: &str, key: &str, columns: &[(&str, Option<&str>)]) {
    let dynamodb = sluice.clients().await.dynamodb;
    let items = sluice.items_of(table).await;
    let (_, item) = items
        .into_iter()
        .find(|((pk, sk), _)| sk == key && pk.starts_with(STATION) && !pk.contains("#u"))
        .expect("a row");
    let mut item: Item = item;
    for (name, value) in columns {
        match value {
            Some(value) => item.insert((*name).to_owned(), AttributeValue::S((*value).to_owned())),
            None => item.remove(*name),
        };
    }
    let put = dynamodb.put_item().table_name(table).set_item(Some(item));
    put.send().await.expect("a row is changed");
}

async fn delete(sluice: &Sluice, table: &str, key: &str) {
    let dynamodb = sluice.clients().await.dynamodb;
    let items = sluice.items_of(table).await;
    let mut keys = items
        .keys()
        .filter(|(pk, sk)| sk == key && !pk.contains("#u"));
    let (pk, sk) = keys.next().expect("a row");
    let delete = dynamodb
        .delete_item()
        .table_name(table)
        .key("pk", AttributeValue::S(pk.clone()))
        .key("sk", AttributeValue::S(sk.clone()));
    delete.send().await.expect("a row is deleted");
}

#[tokio::test(flavor = "multi_thread")]
pub async fn import_undo_import_gives_the_same_table_as_import_and_the_file_is_free_again() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let other = sluice.caller("other").import(&members(40, 2_001)).await;
    assert_eq!(other.status, TaskStatus::Finished);
    let before = sluice.items().await;
    let file = members(600, 2_002);
    let first = demo.import(&file).await;
    let stored = sluice.items().await;
    // As long as it stands, its file is not imported again.
    let again = demo.import(&file).await;
    assert_eq!(again.same_as, Some(first.task_id), "{again:?}");
    assert!(
        demo.task(first.task_id.get())
            .await
            .actions
            .contains(&TaskAction::Undo)
    );

    assert_eq!(undone_whole(&demo, &first).await, Counts::deleted(600));
    assert!(
        sluice.items().await == before,
        "nothing of it is left, and of others all"
    );
    let first = demo.task(first.task_id.get()).await;
    assert!(first.undone_by.is_some());
    assert_eq!(first.actions, [TaskAction::Hide]);

    let second = demo.import(&file).await;
    assert_eq!(
        (second.status, &second.reason),
        (TaskStatus::Finished, &None)
    );
    assert!(unstamped(sluice.items().await) == unstamped(stored));
    assert_eq!(undone_whole(&demo, &second).await, Counts::deleted(600));
    assert!(sluice.items().await == before);
    sluice.assert_consistent().await;
}

#[tokio::test(flavor = "multi_thread")]
pub async fn an_edit_in_between_is_kept_and_the_file_says_what_changed() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = "member_no,name,phone,tier\n\
        M1,Ann,+8613800138001,gold\nM2,Bo,+8613800138002,gold\nM3,Cy,+8613800138003,gold\n\
        M4,Di,+8613800138004,gold\nM5,Ed,+8613800138005,gold\nM6,Flo,,\n";
    let import = demo.import(file.as_bytes()).await;
    edit(
        &sluice,
        MEMBERS,
        "M1",
        &[("name", Some("=Anna")), ("tier", None)],
    )
    .await;
    edit(&sluice, MEMBERS, "M2", &[("phone", Some("+8613900000000"))]).await;
    edit(&sluice, MEMBERS, "M3", &[("seen_at", Some("today"))]).await;
    delete(&sluice, MEMBERS, "M4").await;
    let options = json!({ "on_duplicate": "overwrite" });
    let later = demo
        .import_with(b"member_no,name\nM5,Eddy\n", &options)
        .await;
    let before = sluice.items().await;

    let undo = undone(&demo, &import).await;
    assert_eq!(undo.status, TaskStatus::PartlySucceeded);
    let reason = undo.reason.clone().expect("a reason");
    assert!(reason.starts_with("4 of 6 rows were changed"), "{reason}");
    let counts = Counts::of(&undo);
    assert_eq!(
        counts,
        Counts {
            deleted: 1,
            kept: 4,
            gone: 1,
            restored: 0,
        }
    );
    let lines = kept_lines(&demo, &undo).await;
    let line = |fields: [&str; 6]| fields.map(str::to_owned).to_vec();
    let replaced = format!(
        "task {} has replaced it, with row 2 of its file",
        later.task_id
    );
    assert_eq!(
        lines,
        [
            line(["2", "M1", "a column was changed", "name", "Ann", "'=Anna"]),
            line(["2", "M1", "a column was changed", "tier", "gold", ""]),
            // Who may see the file need not be allowed to see what is sensitive.
            line(["3", "M2", "a column was changed", "phone", "***", "***"]),
            line(["4", "M3", "the attribute `seen_at` was added", "", "", ""]),
            line(["6", "M5", &replaced, "", "", ""]),
        ]
    );
    let mut expected = before;
    expected.retain(|(_, key), _| key != "M6");
    assert!(
        sluice.items().await == expected,
        "kept rows are as they were"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_counts_and_changes_nothing() {
    let sluice = Sluice::with_small_chunks().await;
    let demo = sluice.demo();
    let import = demo.import(&members(200, 2_003)).await;
    let keys: Vec<String> = sluice.items().await.into_keys().map(|(_, sk)| sk).collect();
    delete(&sluice, MEMBERS, &keys[0]).await;
    edit(
        &sluice,
        MEMBERS,
        &keys[1],
        &[("name", Some("Someone else"))],
    )
    .await;
    let before = sluice.items().await;
    let task_id = import.task_id.get();
    let dry = json!({ "dry_run": true, "user_task_id": "look" });
    let begun = demo.verb_with("undo", task_id, &dry).await.ok();
    let counted = demo.ended(id_of(&begun)).await;
    let expected = Counts {
        deleted: 198,
        kept: 1,
        gone: 1,
        restored: 0,
    };
    assert_eq!(Counts::of(&counted), expected);
    assert_eq!(counted.status, TaskStatus::PartlySucceeded);
    let words = counted.reason.clone().expect("a reason");
    assert!(words.contains("would stay"), "{words}");
    assert_eq!(counted.result.as_ref().expect("a result")["dry_run"], true);
    assert_eq!(kept_lines(&demo, &counted).await.len(), 1);
    assert!(sluice.items().await == before);
    let import = demo.task(task_id).await;
    assert_eq!(import.undone_by, None);
    assert!(import.actions.contains(&TaskAction::Undo), "{import:?}");
    // The same request is the same task; the undo itself comes to what was counted.
    let again = demo.verb_with("undo", task_id, &dry).await.ok();
    assert_eq!(id_of(&again), id_of(&begun));
    assert_eq!(Counts::of(&undone(&demo, &import).await), expected);
    assert_eq!(sluice.items().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_values_are_freed_with_their_rows() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo().of_business("staff_import");
    let line = |n: u32| format!("S{n},Ann {n},138123400{n:02},s{n}@example.com");
    let file = staff_file(&(0..60).map(line).collect::<Vec<_>>());
    let import = demo.import(&file).await;
    assert_eq!(import.rows.expect("rows").succeeded, 60);
    edit(&sluice, STAFF, "S7", &[("name", Some("Bo"))]).await;
    let undo = undone(&demo, &import).await;
    let counts = Counts::of(&undo);
    assert_eq!((counts.deleted, counts.kept), (59, 1));
    let staff = sluice.staff(STATION).await;
    staff.assert_agrees();
    assert_eq!(staff.people.len(), 1);
    assert_eq!(staff.claims.len(), 2, "those of the row that is kept");
    // Others can have the values now, and the row that is kept has its own.
    let others = staff_file(&[
        "T1,Cy,13812340001,s2@example.com",
        "T2,Di,13812340007,t2@example.com",
    ]);
    let rows = demo.import(&others).await.rows.expect("rows");
    assert_eq!((rows.succeeded, rows.duplicate), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_the_import_did_not_store_are_not_undone() {
    let sluice = Sluice::with_small_chunks().await;
    for rule in ["reject", "skip"] {
        let caller = sluice.caller(rule);
        let before = caller.import(&members(100, 2_004)).await;
        let theirs = before.rows.expect("rows").succeeded;
        // Some rows are wrong, some come twice, and the first hundred are there already.
        let (file, flaws) = flawed_members(300, 2_004, 4.0, 6.0);
        assert!(flaws.len() > 20);
        let stored = sluice.items().await;
        let options = json!({ "on_duplicate": rule });
        let import = caller.import_with(&file, &options).await;
        let rows = import.rows.expect("rows");
        assert!(rows.succeeded > 100 && rows.succeeded < 290, "{rows:?}");
        assert!(rows.duplicate + rows.skipped > 10, "{rows:?}");
        let now = sluice.items().await;
        assert_eq!(now.len() as u64, stored.len() as u64 + rows.succeeded);
        let counts = undone_whole(&caller, &import).await;
        assert_eq!(counts, Counts::deleted(rows.succeeded), "{rule}");
        assert!(sluice.items().await == stored, "{rule}");
        assert_eq!(undone_whole(&caller, &before).await.deleted, theirs);
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn rows_that_came_twice_and_were_replaced_since_are_told_from_rows_that_were_skipped() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    demo.import(b"member_no,name\nA,first\n").await;
    // A is skipped, B is stored once, C is stored.
    let file = b"member_no,name\nA,second\nB,one\nB,two\nC,three\n";
    let skip = json!({ "on_duplicate": "skip" });
    let import = demo.import_with(file, &skip).await;
    let rows = import.rows.expect("rows");
    assert_eq!((rows.succeeded, rows.skipped), (2, 2));
    let overwrite = json!({ "on_duplicate": "overwrite" });
    let later = demo
        .import_with(b"member_no,name\nA,x\nB,y\n", &overwrite)
        .await;
    let undo = undone(&demo, &import).await;
    let counts = Counts::of(&undo);
    assert_eq!((counts.deleted, counts.kept), (1, 1));
    let lines = kept_lines(&demo, &undo).await;
    assert_eq!(lines.len(), 1);
    assert_eq!((&*lines[0][0], &*lines[0][1]), ("3", "B"));
    assert!(lines[0][2].contains(&later.task_id.to_string()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_takes_what_it_was_estimated_to_take() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let import = demo.import(&members(1_000, 2_005)).await;
    let before = sluice.system.clients.meter.usage();
    let undo = undone(&demo, &import).await;
    assert_eq!(Counts::of(&undo), Counts::deleted(1_000));
    let used = sluice.system.clients.meter.usage() - before;
    let result = undo.result.expect("a result");
    let (estimate, actual) = (&result["estimate"], &result["actual"]);
    assert_eq!(
        (&estimate["basis"], &estimate["rows"]),
        (&json!("rows"), &json!(1_000))
    );
    let units = |of: &Value| of["write_units"].as_u64().expect("write units");
    let (estimated, taken) = (units(estimate), units(actual));
    assert!(
        taken >= 1_000 && taken as f64 <= used.write_units,
        "{taken} of {used:?}"
    );
    assert!(taken.abs_diff(estimated) < 20, "{taken}, not {estimated}");
    // Each row is read once, strongly consistent.
    let read = actual["read_units"].as_u64().expect("read units");
    assert!((1_000..1_010).contains(&read), "{read}");
    assert!(actual["dollars"].as_f64().expect("dollars") > 0.000_7);
    assert_eq!(
        undo.input["estimate"]["rows"], 1_000,
        "known before it begins"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_paused_explained_cancelled_and_retried_like_any_task() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, 2 << 10);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    let import_id = demo.send(&members(100, 2_006), &json!({})).await;
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, import_id).await)
        .await;
    let import = demo.ended(import_id).await;
    let undo = begin(&demo, &import).await;
    let messages = sluice.chunk_messages(&demo, undo).await;
    assert!(messages.len() > 3, "one for each chunk of the import");
    sluice.take_all(crate::harness::CHUNKS).await;
    assert!(sluice.deliver(&messages[0]).await);
    let deleted = 100 - sluice.items().await.len() as u64;
    assert!(deleted > 0);
    let words = demo
        .get(&format!("/task/explain?task_id={undo}"))
        .await
        .ok();
    assert_eq!(words["chunks_open"], messages.len() - 1, "{words}");
    demo.verb("pause", undo).await.ok();
    assert!(sluice.deliver(&messages[1]).await);
    assert_eq!(sluice.items().await.len() as u64, 100 - deleted, "paused");
    demo.verb("resume", undo).await.ok();
    // As long as it is not done, its import is neither retried nor undone once more.
    let msg = demo.verb("undo", import_id).await.refused(40901);
    assert!(
        msg.contains(&format!("is being undone, by task {undo}")),
        "{msg}"
    );
    assert!(
        !demo
            .task(import_id)
            .await
            .actions
            .contains(&TaskAction::Undo)
    );

    demo.verb("cancel", undo).await.ok();
    sluice.deliver_all(&messages).await;
    let cancelled = demo.ended(undo).await;
    assert_eq!(cancelled.reason.as_deref(), Some("cancelled"));
    assert_eq!(Counts::of(&cancelled), Counts::deleted(deleted));
    assert_eq!(cancelled.status, TaskStatus::PartlySucceeded);
    assert_eq!(demo.task(import_id).await.undone_by, None);
    let msg = demo.verb("undo", import_id).await.refused(40901);
    assert!(
        msg.contains(&format!("task {undo} has undone")) && msg.contains("retry"),
        "{msg}"
    );

    demo.verb("retry", undo).await.ok();
    sluice
        .deliver_all(&sluice.chunk_messages(&demo, undo).await)
        .await;
    let undo = demo.ended(undo).await;
    assert_eq!((undo.status, &undo.reason), (TaskStatus::Finished, &None));
    assert_eq!(Counts::of(&undo), Counts::deleted(100));
    assert!(sluice.items().await.is_empty());
    assert_eq!(demo.task(import_id).await.undone_by, Some(undo.task_id));
}

/// The rows of a station without who wrote them, by key.
fn of_station(items: Items, station: &str) -> BTreeMap<String, Item> {
    let items = items.into_iter();
    let rows = items.filter(|((pk, _), _)| pk.starts_with(&format!("{station}#")));
    rows.map(|((_, key), item)| (key, item)).collect()
}

/// Which tasks have written the rows of a station.
fn writers(items: Items, station: &str) -> BTreeMap<String, u64> {
    let rows = of_station(items, station).into_iter();
    rows.map(|(key, item)| {
        let (task, _) = text(&item, "_origin").split_once(':').expect("a stamp");
        (key, task.parse().expect("a task"))
    })
    .collect()
}
