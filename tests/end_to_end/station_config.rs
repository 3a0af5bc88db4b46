//! What a station has set for itself decides how its files are read: one version for a whole import,
//! read from the table as often as it must be and no oftener.

use serde_json::{Value, json};
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    ByHand, Caller, SMALL_CHUNKS, STATION, Sluice, leave_unpolled, members, set_chunk_bytes,
};

/// Sets a station's country and order of dates, in the place of the version it names.
async fn set(caller: &Caller, version: u64, country: &str, date_order: &str) -> Value {
    let config = json!({
        "version": version, "time_zone": "UTC", "country": country, "date_order": date_order,
    });
    caller.call("PUT", "/station/config", &config).await.ok()
}

/// The message of the first row that was not imported.
fn first_problem(task: &TaskView) -> String {
    let problem = &task.result.as_ref().expect("a result")["problems"][0];
    problem["message"].as_str().expect("a message").to_owned()
}

/// A file of a row with this birthday and phone.
fn file(key: &str, birthday: &str, phone: &str) -> Vec<u8> {
    format!("member_no,name,birthday,phone\n{key},Ann,{birthday},{phone}\n").into_bytes()
}

/// A file of so many rows that all were born on 3/4/1990, in one order or the other.
fn many_births(rows: u32) -> Vec<u8> {
    let padding = "x".repeat(80);
    let row = |row| format!("B{row},Ann,03/04/1990,{padding}");
    let rows: Vec<String> = (0..rows).map(row).collect();
    let file = format!("member_no,name,birthday,address\n{}\n", rows.join("\n"));
    file.into_bytes()
}

/// Asserts that a station's rows were all born on this day.
async fn assert_all_born(sluice: &Sluice, station: &str, rows: usize, day: &str) {
    let stored = sluice.rows_of(station).await;
    assert_eq!(stored.len(), rows);
    assert!(stored.values().all(|row| row["birthday"] == day), "{day}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_changes_version_by_version_and_is_its_stations_alone() {
    let sluice = Sluice::start().await;
    let (demo, other) = (sluice.demo(), sluice.caller("other"));
    let unset = json!({
        "version": 0, "time_zone": "UTC", "country": "CN", "date_order": "year_first", "language": "en", "notify": null, "webhooks": [],
    });
    assert_eq!(demo.get("/station/config").await.ok(), unset);
    let first = set(&demo, 0, "DE", "day_first").await;
    assert_eq!(first["version"], 1);
    assert_eq!(demo.get("/station/config").await.ok(), first);
    assert_eq!(other.get("/station/config").await.ok(), unset);
    // Whoever changes what is not the latest any more is told.
    let stale = demo.call("PUT", "/station/config", &unset).await;
    let msg = stale.refused(40901);
    assert!(msg.contains("version 0 is not the latest"), "{msg}");
    assert_eq!(set(&demo, 1, "US", "month_first").await["version"], 2);
    for (field, value) in [
        ("country", json!("Germany")),
        ("country", json!("XX")),
        ("time_zone", json!("+08:00")),
        ("date_order", json!("backwards")),
        ("language", json!("de")),
    ] {
        let mut wrong = first.clone();
        wrong[field] = value;
        let msg = demo.call("PUT", "/station/config", &wrong).await;
        let msg = msg.refused(40001);
        assert!(msg.contains(field), "{field}: {msg}");
        if ["country", "time_zone"].contains(&field) {
            assert!(msg.starts_with(&format!("{field}: must be a ")), "{msg}");
        }
    }
    assert_eq!(demo.get("/station/config").await.ok()["version"], 2);
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_date_of_two_meanings_is_refused_until_the_station_says_its_order() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let task = demo.import(&file("D1", "03/04/2026", "")).await;
    assert_eq!(task.status, TaskStatus::Failed, "{task:?}");
    let message = first_problem(&task);
    assert!(message.contains("birthday"), "{message}");
    set(&demo, 0, "CN", "day_first").await;
    let task = demo.import(&file("D2", "03/04/2026", "")).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(sluice.rows_of(STATION).await[&2]["birthday"], "2026-04-03");
    set(&demo, 1, "CN", "month_first").await;
    demo.import(&file("D3", "03/04/2026", "")).await;
    let days: Vec<String> = sluice
        .items()
        .await
        .into_values()
        .map(|item| item["birthday"].as_s().expect("a text").clone())
        .collect();
    assert_eq!(days.len(), 2);
    assert!(days.contains(&"2026-03-04".to_owned()), "{days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn phone_numbers_without_a_plus_are_of_the_stations_country() {
    let sluice = Sluice::start().await;
    for (country, dialled, e164) in [
        ("CN", "138 0013 8000", "+8613800138000"),
        ("DE", "030 901820", "+4930901820"),
        ("US", "(202) 456-1111", "+12024561111"),
        // Of another country, by its +.
        ("GB", "+86 138 0013 8000", "+8613800138000"),
    ] {
        let caller = sluice.caller(country);
        set(&caller, 0, country, "year_first").await;
        let task = caller.import(&file("P1", "", dialled)).await;
        assert_eq!(task.status, TaskStatus::Finished, "{country}: {task:?}");
        assert_eq!(sluice.rows_of(country).await[&2]["phone"], e164);
    }
    // A number of Berlin is none of China.
    let task = sluice.demo().import(&file("P1", "", "030 901820")).await;
    assert_eq!(task.status, TaskStatus::Failed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_rows_file_is_in_the_language_of_its_station_and_continues_the_import() {
    let sluice = Sluice::start().await;
    let demo = sluice.demo();
    let config = json!({
        "version": 0, "time_zone": "UTC", "country": "CN", "date_order": "year_first", "language": "zh",
    });
    let config = demo.call("PUT", "/station/config", &config).await.ok();
    assert_eq!(config["language"], "zh");
    // Who does not know of it changes nothing about it.
    assert_eq!(set(&demo, 1, "CN", "year_first").await["language"], "zh");

    let bad = format!(
        "member_no,name,points\nM1,{},many\nM2,,1\nM3,Cy,3\n",
        "x".repeat(101)
    );
    let first = demo.import(bad.as_bytes()).await;
    let failed = demo.failed_rows_file(&first).await.expect("failed rows");
    let failed = String::from_utf8(failed).expect("UTF-8");
    let header =
        "member_no,name,points,error_row,error_column,error_code,error_message,error_task\n";
    assert!(failed.contains(header), "{failed}");
    for said in [
        "name: 最多 100 个字符; points: 请填写整数，例如 1200",
        "name: 请填写，不能为空",
    ] {
        assert!(failed.contains(said), "{failed}");
    }
    // Programs are answered in English.
    assert!(first_problem(&first).starts_with("name: at most 100 characters"));
    let errors = format!("/task/errors?task_id={}", first.task_id);
    let errors = demo.get(&errors).await.ok();
    let error = &errors["errors"][0];
    assert_eq!(
        error["message"],
        "name: at most 100 characters are allowed; points: must be a whole number, such as 1200"
    );
    assert_eq!(error["problems"][0]["params"], json!({ "max": 100 }));

    let right = failed
        .replace(&"x".repeat(101), "Ann")
        .replace(",many,", ",1,")
        .replace("M2,,", "M2,Bo,");
    let second = demo.import(right.as_bytes()).await;
    assert_eq!(second.status, TaskStatus::Finished, "{second:?}");
    let parent = &second.result.as_ref().expect("a result")["parent"];
    assert_eq!(parent, &json!(first.task_id));
    let whole = demo.task(first.task_id.get()).await.combined_rows;
    assert_eq!(whole.expect("rows").succeeded, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_keeps_the_version_that_it_began_with() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    set(&demo, 0, "CN", "day_first").await;
    let import = ByHand::begin(&sluice, STATION, &many_births(200)).await;
    let (first, rest) = import.messages.split_at(2);
    assert!(rest.len() > 2, "{} chunks", import.messages.len());
    import.deliver(first).await;
    set(&demo, 1, "CN", "month_first").await;
    import.deliver(rest).await;
    assert_eq!(import.ended().await.status, TaskStatus::Finished);
    assert_all_born(&sluice, STATION, 200, "1990-04-03").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_keeps_the_version_of_the_first_run() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "worker");
    })
    .await;
    let demo = sluice.demo();
    set(&demo, 0, "CN", "month_first").await;
    let import = ByHand::begin(&sluice, STATION, &many_births(200)).await;
    import
        .cancel_after(&import.messages[..2], &import.messages)
        .await;
    set(&demo, 1, "CN", "day_first").await;
    let messages = import.retry(2).await;
    assert_eq!(messages.len(), import.messages.len() - 2);
    import.deliver(&messages).await;
    assert_eq!(import.ended().await.status, TaskStatus::Finished);
    assert_all_born(&sluice, STATION, 200, "1990-03-04").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_reads_a_version_once_however_many_rows_and_chunks_there_are() {
    let sluice = Sluice::with(|options| {
        set_chunk_bytes(options, SMALL_CHUNKS);
        leave_unpolled(options, "sweeper");
    })
    .await;
    let reads = async |caller: &Caller, file: &[u8]| {
        let before = sluice.system.clients.meter.usage();
        let task = caller.import(file).await;
        assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
        assert!(task.chunks.expect("chunks").done > 10, "{task:?}");
        (sluice.system.clients.meter.usage() - before).config_reads
    };
    // The station's limits, by the upload function and by the splitter, and by the splitter which
    // version is the latest: that nothing was set, the worker need not read.
    let unset = sluice.caller("unset");
    assert_eq!(reads(&unset, &members(400, 91)).await, 3);
    assert_eq!(reads(&unset, &members(400, 92)).await, 1);

    let demo = sluice.demo();
    set(&demo, 0, "CN", "day_first").await;
    // And by the worker this version.
    assert_eq!(reads(&demo, &members(400, 93)).await, 4);
    assert_eq!(reads(&demo, &members(400, 94)).await, 1);
    set(&demo, 1, "CN", "month_first").await;
    assert_eq!(reads(&demo, &members(400, 95)).await, 2);
    assert_eq!(reads(&demo, &members(400, 96)).await, 1);
}
