//! A roll-out: for some minutes two versions work on the same tasks, so that each must read what the other has stored
//! and sent (docs/adr/0053). The other version is not here; what it has left half done is, in
//! `tests/data/version_before.json`. This version finishes that, and what this version leaves half done at the same place must have
//! the form that the other one knows.
//!
//! `UPDATE_VERSION_BEFORE=1 cargo test -p tests version_before` writes the file anew, when a version is released. Copied
//! into a checkout of the other version, it shows there whether that one finishes what this one has left.
//! `tests/two_versions.py` runs two versions for real, by hand.

mod form;
mod state;

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};
use sluice::system::Options;
use sluice_api::TaskView;
use sluice_task::TaskStatus;

use crate::harness::{
    CHUNKS, Caller, Sluice, eventually, flawed_members, id_of, leave_unpolled, members,
    set_chunk_bytes, staff_file,
};
use crate::mailings;
use form::Forms;
use state::{MAILINGS, State, UPLOADS};

const ROWS: u64 = 150;
/// Rows of imports that have ended.
const WHOLE: u64 = 30;
const RECIPIENTS: usize = 250;
/// Stations, each of which has something left half done.
const IMPORTS: &str = "imports";
const COUNTED: &str = "counted";
const EXPORTS: &str = "exports";
const UNDOES: &str = "undoes";
const STATIONS: [&str; 4] = [IMPORTS, COUNTED, EXPORTS, UNDOES];

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/version_before.json")
}

fn settings(options: &mut Options) {
    mailings::quick(options);
    set_chunk_bytes(options, 2 << 10);
    let workers = ("WORKERS_AT_ONCE".to_owned(), "1".to_owned());
    options.environment.extend([workers]);
    leave_unpolled(options, "sweeper");
}

/// Nothing happens by itself.
fn by_hand(options: &mut Options) {
    settings(options);
    for function in [
        "splitter", "worker", "mailer", "feedback", "finisher", "notifier",
    ] {
        leave_unpolled(options, function);
    }
}

async fn planned(sluice: &Sluice) {
    let message = eventually("a message to the splitter", async || {
        sluice.take_all(UPLOADS).await.pop()
    })
    .await;
    assert!(sluice.deliver_to("splitter", &message).await);
}

/// Has the next chunks done, so many of them; those that are left stay in the queue.
async fn work(sluice: &Sluice, mut chunks: usize) {
    loop {
        let mut messages = sluice.take_all(CHUNKS).await;
        messages.sort_unstable();
        let now = chunks.min(messages.len());
        for message in messages.drain(..now) {
            assert!(sluice.deliver(&message).await);
        }
        for message in &messages {
            sluice.send_message(CHUNKS, message).await;
        }
        chunks -= now;
        if now == 0 {
            return;
        }
    }
}

async fn import(sluice: &Sluice, caller: &Caller, file: &[u8], name: &str, chunks: usize) -> u64 {
    let begun = caller.begin(file.len(), &json!({})).await;
    let task_id = begun["task_id"].as_u64().expect("a task id");
    let url = begun["upload"]["url"].as_str().expect("a URL");
    assert_eq!(caller.put(url, file).await.0, 200, "{name}");
    planned(sluice).await;
    work(sluice, chunks).await;
    task_id
}

/// What this version stores and sends until some of all is done.
async fn half_done(sluice: &Sluice) -> State {
    mailings::ready(sluice).await;
    let mut tasks = Vec::new();
    // Whole imports, of which there will be an export and an undo.
    for (station, seed) in [(EXPORTS, 4_301), (UNDOES, 4_302)] {
        let caller = sluice.caller(station);
        let task_id = import(sluice, &caller, &members(WHOLE, seed), station, usize::MAX).await;
        sluice.show_to_finisher(task_id).await;
        assert_eq!(caller.task(task_id).await.status, TaskStatus::Finished);
        tasks.push(("before", station, task_id));
    }
    // All chunks are counted, and the finisher has not heard of it.
    let caller = sluice.caller(COUNTED);
    let (flawed, _) = flawed_members(ROWS, 4_303, 4.0, 2.0);
    let task_id = import(sluice, &caller, &flawed, COUNTED, usize::MAX).await;
    tasks.push(("import", COUNTED, task_id));

    let exports = sluice.caller(EXPORTS);
    let wanted = json!({ "business": "member_import" });
    let task_id = id_of(&exports.post("/export", &wanted).await.ok());
    planned(sluice).await;
    work(sluice, 1).await;
    tasks.push(("export", EXPORTS, task_id));
    let elsewhere = sluice.take_all(CHUNKS).await;

    let undoes = sluice.caller(UNDOES);
    let whole = tasks[1].2;
    let task_id = id_of(&undoes.verb_with("undo", whole, &json!({})).await.ok());
    planned(sluice).await;
    work(sluice, 1).await;
    tasks.push(("undo", UNDOES, task_id));
    let elsewhere = [elsewhere, sluice.take_all(CHUNKS).await].concat();

    let imports = sluice.caller(IMPORTS);
    let task_id = import(sluice, &imports, &flawed, IMPORTS, 3).await;
    tasks.push(("import", IMPORTS, task_id));
    let elsewhere = [elsewhere, sluice.take_all(CHUNKS).await].concat();
    let staff = imports.of_business("staff_import");
    let task_id = import(sluice, &staff, &people(), IMPORTS, 1).await;
    tasks.push(("staff", IMPORTS, task_id));
    for message in &elsewhere {
        sluice.send_message(CHUNKS, message).await;
    }

    let demo = sluice.demo();
    let address = |number| format!("member{number}@example.com");
    let recipients = (0..RECIPIENTS).map(address);
    let named = |address: String| json!({ "address": address, "values": { "name": "Ann" } });
    let audience = json!({ "addresses": recipients.map(named).collect::<Vec<_>>() });
    let task_id = mailings::send(&demo, &mailings::mailing(&audience)).await;
    planned(sluice).await;
    let mut messages = sluice.take_all(MAILINGS).await;
    messages.sort_unstable();
    assert!(sluice.deliver_to("mailer", &messages[0]).await);
    for message in &messages[1..] {
        sluice.send_message(MAILINGS, message).await;
    }
    tasks.push(("mailing", "demo", task_id));
    // Nobody has begun with this one.
    let task_id = id_of(&exports.post("/export", &wanted).await.ok());
    tasks.push(("second export", EXPORTS, task_id));
    State::of(sluice, &tasks).await
}

/// Accounts, of which the first want what nobody else wants, and the last what others want too.
fn people() -> Vec<u8> {
    let line = |number: u32| {
        let value = if number < 40 {
            number
        } else {
            40 + number % 50
        };
        format!("K{number},Ann {number},138123400{value:02},p{value}@example.com")
    };
    staff_file(&(0..140).map(line).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_version_before_has_left_half_done_is_finished() {
    let state = match std::env::var("UPDATE_VERSION_BEFORE") {
        Ok(_) => {
            let state = half_done(&Sluice::with(by_hand).await).await;
            // At once: another test may be reading it.
            let new = file().with_extension("new");
            std::fs::write(&new, state.to_text()).expect("the file is written");
            std::fs::rename(&new, file()).expect("the file is replaced");
            state
        }
        Err(_) => kept(),
    };
    let sluice = Sluice::with(settings).await;
    mailings::ses(&sluice).set_quota(local_ses::Quota {
        max_24_hours: 1_000_000,
        max_per_second: 100_000,
    });
    state.shifted_to(Timestamp::now()).load(&sluice).await;
    let task = async |name: &str, station: &str| {
        let task_id = state.task(name, station);
        sluice.caller(station).ended(task_id).await
    };
    sluice.show_to_finisher(state.task("import", COUNTED)).await;
    let expected = task("import", COUNTED).await;
    assert_flawed(&expected);
    let import = task("import", IMPORTS).await;
    assert_flawed(&import);
    let problems = |task: &TaskView| task.result.as_ref().expect("a result")["problems"].clone();
    assert_eq!(problems(&import), problems(&expected));

    let staff = task("staff", IMPORTS).await;
    let rows = staff.rows.expect("rows");
    assert_eq!((rows.read, rows.succeeded, rows.duplicate), (140, 90, 50));
    let stored = sluice.staff(IMPORTS).await;
    assert_eq!(stored.people.len(), 90);
    stored.assert_agrees();

    for name in ["export", "second export"] {
        let export = task(name, EXPORTS).await;
        assert_eq!(export.status, TaskStatus::Finished, "{export:?}");
        assert_eq!(export.result.expect("a result")["rows"], WHOLE, "{name}");
    }
    let undo = task("undo", UNDOES).await;
    assert_eq!(undo.status, TaskStatus::Finished, "{undo:?}");
    assert_eq!(undo.result.expect("a result")["deleted"], WHOLE);
    assert_eq!(sluice.rows_of(UNDOES).await.len(), 0);

    let mailing = task("mailing", "demo").await;
    assert_eq!(
        mailings::counts(&mailing),
        [("sent", RECIPIENTS as u64)].into()
    );
    // The version before has sent to the first hundred.
    let mailbox = mailings::mailbox(&sluice);
    assert_eq!(mailbox.len(), RECIPIENTS - 100);
    assert!(mailbox.values().all(|mails| *mails == 1), "{mailbox:?}");
}

fn assert_flawed(task: &TaskView) {
    assert_eq!(task.status, TaskStatus::PartlySucceeded, "{task:?}");
    let rows = task.rows.expect("rows");
    let counts = (rows.read, rows.succeeded, rows.failed, rows.duplicate);
    assert_eq!(counts, (ROWS, ROWS - 9, 6, 3));
}

fn kept() -> State {
    let text = std::fs::read_to_string(file()).expect("what the version before has left");
    State::from_text(&text)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stored_and_sent_now_has_the_form_that_the_version_before_reads() {
    let now = half_done(&Sluice::with(by_hand).await).await;
    let (before, now) = (Forms::of(&kept()), Forms::of(&now));
    let breaks = before.broken_by(&now);
    assert!(
        breaks.is_empty(),
        "the version before may not understand this; if so, it takes two releases: first one that reads it, then one \
         that writes it. If not, see UPDATE_VERSION_BEFORE in CONTRIBUTING.md: {breaks:#?}"
    );
    for news in before.news_in(&now) {
        println!("new, and passed over by the version before: {news}");
    }
}

#[test]
fn the_file_has_each_kind_of_thing_that_two_versions_share() {
    let forms = Forms::of(&kept());
    for name in [
        "sluice-tasks STATION#imports TASK#0",
        "sluice-tasks OPEN TASK#imports#0",
        "sluice-members",
        "sluice-staff",
        "sluice-mail MAILING",
        "manifests/imports",
        "chunks/imports",
        "audiences/demo",
        "sluice-chunks",
        "sluice-mailings",
        "sluice-uploads",
    ] {
        assert!(
            forms.names().any(|known| known.starts_with(name)),
            "{name} is not among {:#?}",
            forms.names().collect::<Vec<_>>()
        );
    }
    for station in STATIONS {
        assert!(forms.names().any(|name| name.contains(station)));
    }
    let kept: Value = serde_json::from_str(&kept().to_text()).expect("JSON");
    assert!(kept["made_at"].is_string());
}
