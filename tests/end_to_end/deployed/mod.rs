//! The template as it is deployed: `sam deploy` to an emulator of AWS that knows nothing of
//! Sluice, release binaries as Lambda functions, and a file imported through the deployed API
//! while worker processes are killed. Then a mailing, whose mailbox is counted. `tests/deployed.sh` makes what this needs and runs it.

mod emulator;
mod issuer;
mod stack;
mod workers;

use std::time::{Duration, Instant};

use local_generator::Flawed;
use serde_json::json;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    Caller, Item, expected_member, failed_rows, flawed_members, id_of, patiently, records, text,
};
use emulator::Emulator;
use issuer::Issuer;
use stack::Stack;

/// Rows of the file.
const ROWS: u64 = 20_000;
/// How many workers are killed while they are at work, at least.
const KILLS: usize = 5;
/// Recipients of the mailing.
const RECIPIENTS: usize = 120;
/// Within this an import must have ended, on two busy cores.
const PATIENCE: Duration = Duration::from_mins(8);

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs MiniStack, SAM and release binaries: run tests/deployed.sh"]
async fn the_deployed_template_imports_a_flawed_file_while_workers_are_killed() {
    let issuer = Issuer::start().await;
    let emulator = Emulator::start().await;
    let stack = Stack::deploy(&emulator, &issuer.url).await;
    let station = Caller::new(&stack.api_url, issuer.token("demo"));

    only_callers_with_a_token_are_let_in(&station, &issuer).await;

    let (file, flaws) = flawed_members(ROWS, 5, 5.0, 2.0);
    let started = Instant::now();
    let task_id = station.send(&file, &json!({})).await;
    workers::kill_at_work(&emulator, KILLS).await;
    let task = station.ended_within(PATIENCE, task_id).await;
    println!("the import took {:?}", started.elapsed());
    println!("{:?} of {:?}", task.rows, task.chunks);

    assert_counted(&task, &flaws);
    assert_reported(&station, &task, &file, &flaws).await;
    assert_stored(&stack, &task, &file, &flaws).await;

    no_other_station_sees_it(&station, &issuer, task_id).await;
    a_file_in_the_inbox_is_imported(&stack, &issuer).await;
    everybody_gets_one_mail_and_the_event_bus_hears_of_it(&stack, &issuer).await;
}

async fn only_callers_with_a_token_are_let_in(station: &Caller, issuer: &Issuer) {
    let path = "/task/list";
    assert_eq!(station.anonymous().status("GET", path).await, 401);
    let forged = station.with_token(issuer.forged_token("demo"));
    assert_eq!(forged.status("GET", path).await, 401);
    let listed = station.get(path).await.ok();
    assert_eq!(listed["tasks"], json!([]));
}

fn assert_counted(task: &TaskView, flaws: &[Flawed]) {
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    assert_eq!((rows.read, rows.failed, rows.duplicate), (ROWS, 1_000, 400));
    assert_eq!(rows.succeeded, ROWS - flaws.len() as u64);
    let chunks = task.chunks.expect("chunks");
    assert_eq!(chunks.total, Some(chunks.done));
}

/// The report names the rows that the generator spoiled, in their order, and no other.
async fn assert_reported(station: &Caller, task: &TaskView, file: &[u8], flaws: &[Flawed]) {
    let (header, _) = records(file);
    let report = station.failed_rows_file(task).await.expect("failed rows");
    let reported: Vec<u64> = failed_rows(&report, &header)
        .iter()
        .map(|line| line.row)
        .collect();
    let spoiled: Vec<u64> = flaws.iter().map(|flaw| flaw.row).collect();
    assert_eq!(reported, spoiled);
}

/// Each good row is stored once, column for column, and nothing else is.
async fn assert_stored(stack: &Stack, task: &TaskView, file: &[u8], flaws: &[Flawed]) {
    let spoiled: std::collections::HashSet<u64> = flaws.iter().map(|flaw| flaw.row).collect();
    let (header, records) = records(file);
    let mut stored = stack.members().await;
    println!("{} items are stored", stored.len());
    for (row, record) in (2..).zip(&records) {
        if spoiled.contains(&row) {
            continue;
        }
        let origin = format!("{}:{row}", task.task_id);
        let item = stored.remove(&origin);
        let columns: Item = item
            .unwrap_or_else(|| panic!("row {row} is not stored"))
            .into_iter()
            .filter(|(name, _)| !matches!(name.as_str(), "pk" | "sk" | "_origin"))
            .collect();
        assert_eq!(columns, expected_member(&header, record), "row {row}");
    }
    let left: Vec<&str> = stored.values().map(|item| text(item, "_origin")).collect();
    assert!(left.is_empty(), "stored beside the good rows: {left:?}");
}

async fn no_other_station_sees_it(station: &Caller, issuer: &Issuer, task_id: u64) {
    let other = station.with_token(issuer.token("other"));
    let path = format!("/task/get?task_id={task_id}");
    other.get(&path).await.refused(40_401);
}

async fn a_file_in_the_inbox_is_imported(stack: &Stack, issuer: &Issuer) {
    let (file, _) = flawed_members(50, 6, 0.0, 0.0);
    stack
        .put("inbox/drop/member_import/members.csv", &file)
        .await;
    let station = Caller::new(&stack.api_url, issuer.token("drop"));
    let task_id = patiently(PATIENCE, "a task of the inbox", async || {
        let listed = station.get("/task/list").await.ok();
        listed["tasks"][0]["task_id"].as_u64()
    })
    .await;
    let task = station.ended_within(PATIENCE, task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    assert_eq!(task.rows.expect("rows").succeeded, 50);
}

async fn everybody_gets_one_mail_and_the_event_bus_hears_of_it(stack: &Stack, issuer: &Issuer) {
    let station = Caller::new(&stack.api_url, issuer.token("sender"));
    stack.verify_sender().await;
    let queue_url = stack.hear_events().await;
    let mut config = station.get("/station/config").await.ok();
    config["webhooks"] = json!([{ "id": "bus", "url": "eventbridge:" }]);
    station.call("PUT", "/station/config", &config).await.ok();
    let template = json!({
        "name": "welcome", "language": "en", "version": 0, "sample": { "name": "Ann" },
        "texts": { "subject": "Hello {{ name }}", "html": "<p>Dear {{ name }}</p>" },
    });
    station.call("PUT", "/mail/template", &template).await.ok();
    let address = |number: usize| format!("member{number}@example.com");
    let named = |number| json!({ "address": address(number), "values": { "name": "Ann" } });
    let addresses: Vec<_> = (0..RECIPIENTS).map(named).collect();
    let mailing = json!({
        "template": "welcome", "language": "en", "audience": { "addresses": addresses },
    });
    let task_id = id_of(&station.post("/mail/send", &mailing).await.ok());
    let task = station.ended_within(PATIENCE, task_id).await;
    assert_eq!(task.status, TaskStatus::Finished, "{task:?}");
    let expected = (0..RECIPIENTS).map(|number| (address(number), 1)).collect();
    assert_eq!(stack.mailbox().await, expected);
    println!("each of {RECIPIENTS} recipients has got one e-mail");

    let event = patiently(PATIENCE, "an event", async || stack.heard(&queue_url).await).await;
    assert_eq!(event["source"], "sluice", "{event}");
    assert_eq!(event["detail-type"], "task.finished", "{event}");
    assert_eq!(event["detail"]["data"]["task_id"], task_id, "{event}");
}
