//! What an import will take, before it begins, and what it took, beside that in its result.

use serde_json::{Value, json};
use sluice_task::TaskStatus;

use crate::costs::wait_uncounted;
use crate::harness::{
    Caller, SMALL_CHUNKS, Sluice, eventually, flawed_members, ids, leave_unpolled, members,
    set_chunk_bytes,
};

/// A system in which nothing but imports writes.
async fn quiet(chunk_bytes: u64) -> Sluice {
    Sluice::with(|options| {
        leave_unpolled(options, "sweeper");
        set_chunk_bytes(options, chunk_bytes);
    })
    .await
}

async fn result(caller: &Caller, task_id: u64) -> Value {
    let mut task = caller.record(task_id).await;
    task["result"].take()
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_an_upload_says_what_the_import_will_take_and_that_it_is_a_guess() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let file = members(3_000, 641);
    let begun = demo.begin(file.len(), &json!({})).await;
    let estimate = &begun["estimate"];
    assert_eq!(estimate["basis"], "file_size");
    let rows = number(&estimate["rows"]);
    assert!((2_400.0..3_600.0).contains(&rows), "{estimate}");
    assert!(number(&estimate["write_units"]) > rows, "{estimate}");
    // The everyday file: half a dollar and three minutes of a fresh table.
    let begun = demo.begin(107_700_000, &json!({})).await;
    let estimate = &begun["estimate"];
    assert!(
        (150.0..220.0).contains(&number(&estimate["seconds"])),
        "{estimate}"
    );
    assert!(
        (0.4..0.7).contains(&number(&estimate["dollars"])),
        "{estimate}"
    );
    // A body has one, too, and a table that takes more is faster.
    let fast = Sluice::with(|options| {
        options
            .parameters
            .insert("TableWriteUnits".to_owned(), "40000".to_owned());
    })
    .await;
    let path = "/upload?business=member_import&file_name=m.csv";
    let body = fast.demo().post_as(path, "text/csv", file).await.ok();
    assert_eq!(body["estimate"]["basis"], "file_size");
    let faster = fast.demo().begin(107_700_000, &json!({})).await;
    assert!(number(&faster["estimate"]["seconds"]) < 25.0, "{faster}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_import_says_what_it_was_expected_to_take_and_what_it_took() {
    let sluice = quiet(SMALL_CHUNKS).await;
    let demo = sluice.demo();
    let file = members(1_000, 642);
    let begun = demo.begin(file.len(), &json!({})).await;
    let url = begun["upload"]["url"].as_str().expect("a URL");
    demo.put(url, file).await;
    let task = demo.ended(begun["task_id"].as_u64().expect("an id")).await;
    let result = task.result.expect("a result");
    assert_eq!(
        result["estimate"], begun["estimate"],
        "what was said before"
    );
    let actual = &result["actual"];
    let fields: Vec<&String> = actual.as_object().expect("an object").keys().collect();
    assert_eq!(
        fields,
        ["dollars", "requests", "rows", "seconds", "write_units"]
    );
    assert_eq!(actual["rows"], 1_000);
    let took = task
        .end_time
        .expect("an end")
        .duration_since(task.start_time.expect("a start"));
    let off = (took.as_secs_f64() - number(&actual["seconds"])).abs();
    assert!(off < 1.0, "{took}: {actual}");
    let dollars = number(&actual["dollars"]);
    assert!(
        dollars > number(&actual["write_units"]) * 0.625e-6 && dollars < 0.01,
        "{actual}"
    );
    // Lists and services see the same.
    let list = demo.get("/task/list").await.ok();
    assert_eq!(&list["tasks"][0]["result"]["actual"], actual);
}

/// Asserts that what imports say of themselves is what was counted where requests leave.
async fn assert_counted(sluice: &Sluice, import: impl AsyncFnOnce(&Caller) -> Vec<u64>) {
    let demo = sluice.demo();
    let before = sluice.system.clients.meter.usage();
    let task_ids = import(&demo).await;
    for &task_id in &task_ids {
        wait_uncounted(sluice, task_id).await;
    }
    let mut write_units = 0.0;
    for task_id in task_ids {
        let result = result(&demo, task_id).await;
        write_units += number(&result["actual"]["write_units"]);
    }
    // A task is seen to have ended before the finisher has the answer that says what that took.
    let usage = eventually("what all answers reported", async || {
        let usage = sluice.system.clients.meter.usage() - before;
        (usage.write_units > write_units - 0.1).then_some(usage)
    })
    .await;
    assert!(
        (write_units - usage.write_units).abs() < 0.1,
        "{write_units} against {usage:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_units_of_an_import_are_those_that_were_counted() {
    let sluice = quiet(SMALL_CHUNKS).await;
    // Rows that fail and rows whose keys are taken, in many chunks.
    let (file, _) = flawed_members(800, 643, 4.0, 3.0);
    assert_counted(&sluice, async |demo| {
        vec![demo.send(&file, &json!({})).await]
    })
    .await;
    // The same again, all duplicates, with a record of more than 1 KB.
    let mapping: serde_json::Map<String, Value> = ["member_no", "name", "phone", "email", "points"]
        .into_iter()
        .map(|column| {
            (
                column.to_owned(),
                format!("{column}{}", " ".repeat(300)).into(),
            )
        })
        .collect();
    let options = json!({ "on_duplicate": "skip", "mapping": mapping });
    let again = async |demo: &Caller| vec![demo.repeating().send(&file, &options).await];
    assert_counted(&sluice, again).await;
    let overwrite = json!({ "on_duplicate": "overwrite" });
    let over = async |demo: &Caller| vec![demo.repeating().send(&file, &overwrite).await];
    assert_counted(&sluice, over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn write_units_are_counted_however_the_file_came() {
    let sluice = quiet(1 << 20).await;
    let body = async |demo: &Caller| {
        let path = "/upload?business=member_import&file_name=m.csv&user_task_id=body";
        let begun = demo.post_as(path, "text/csv", members(100, 644)).await.ok();
        vec![begun["task_id"].as_u64().expect("an id")]
    };
    assert_counted(&sluice, body).await;
    let inbox = async |demo: &Caller| {
        let file = members(100, 645);
        sluice
            .put_object("inbox/demo/member_import/m.csv", &file)
            .await;
        eventually("the task", async || {
            let found = ids(&demo.get("/task/list").await.ok());
            (found.len() == 2).then(|| vec![found[0]])
        })
        .await
    };
    assert_counted(&sluice, inbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_are_counted_apart() {
    let sluice = quiet(SMALL_CHUNKS).await;
    let files: Vec<Vec<u8>> = (0..4).map(|n| members(200 + 300 * n, 650 + n)).collect();
    let all = async |demo: &Caller| {
        let mut task_ids = Vec::new();
        for file in &files {
            task_ids.push(demo.send(file, &json!({})).await);
        }
        task_ids
    };
    assert_counted(&sluice, all).await;
    let list = sluice.demo().get("/task/list").await.ok();
    for task in list["tasks"].as_array().expect("tasks") {
        let (rows, chunks) = (
            number(&task["rows"]["read"]),
            number(&task["chunks"]["done"]),
        );
        let units = number(&task["result"]["actual"]["write_units"]);
        // The record with its result may take a second KB when the task ends.
        let more = units - (rows + 5.0 * chunks + 16.0);
        assert!((-0.1..2.1).contains(&more), "{more}: {task}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn write_units_are_counted_exactly_where_a_record_passes_a_kilobyte() {
    let sluice = quiet(1 << 20).await;
    let all = async |demo: &Caller| {
        let mut task_ids = Vec::new();
        // The write that ends a task passes 1 KB at one of these lengths of the file's name, and the others at
        // another. Left out is where the record passes it while chunks are counted: they are taken to be
        // counted in the record as it is at last.
        for length in (1..=91).chain(131..=221).step_by(6) {
            let name = "n".repeat(length);
            let path = format!(
                "/upload?business=member_import&on_duplicate=skip&repeat=true&file_name={name}.csv"
            );
            let file = members(3, 660);
            let begun = demo.post_as(&path, "text/csv", file).await.ok();
            task_ids.push(begun["task_id"].as_u64().expect("an id"));
        }
        task_ids
    };
    assert_counted(&sluice, all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_refused_has_no_costs() {
    let sluice = Sluice::start().await;
    let task = sluice.demo().import(b"nothing,known\n1,2\n").await;
    assert_eq!((task.status, task.result), (TaskStatus::Failed, None));
}
