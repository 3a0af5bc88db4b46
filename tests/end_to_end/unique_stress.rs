//! Imports of one station at the same time, over few keys and values, while requests are throttled, meet
//! other transactions, lose their answers or are denied, and while the system crashes. Rows and claims are
//! audited while the imports run and when they have ended.
//!
//! `SLUICE_SEED` says with which batch a run begins, and `SLUICE_BATCHES` how many there are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{AttributeValue, Get, TransactGetItem};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use sluice_api::TaskView;
use sluice_definition::shard_of;

use crate::harness::{
    Fault, FaultyRoad, Item, STAFF, Sluice, TASKS, failed_rows, is_commit, set_chunk_bytes, text,
    writes_rows,
};

const KEYS: u32 = 60;
const VALUES: u32 = 90;
/// About fifteen rows.
const CHUNK_BYTES: u64 = 1 << 10;
/// A message whose worker is cut off by its time-out comes again after half an hour, when the queue's
/// visibility timeout is over. That is rare.
const PATIENCE: Duration = Duration::from_mins(40);
const WORKER: Duration = Duration::from_secs(30);
const UNIQUE: [&str; 2] = ["phone", "email"];

fn number(variable: &str, default: u64) -> u64 {
    let value = std::env::var(variable).ok();
    value.map_or(default, |value| value.parse().expect("a number"))
}

/// A file of rows that want keys and values that others want, too.
fn file(random: &mut StdRng) -> Vec<u8> {
    let mut file = "staff_no,name,phone,email\n".to_owned();
    for row in 0..random.random_range(10..70) {
        let mut value = || {
            random
                .random_bool(0.75)
                .then(|| random.random_range(0..VALUES))
        };
        let phone = value()
            .map(|n| format!("1381234{n:04}"))
            .unwrap_or_default();
        let email = value()
            .map(|n| format!("p{n}@example.com"))
            .unwrap_or_default();
        let key = random.random_range(0..KEYS);
        writeln!(file, "K{key},row {row},{phone},{email}").expect("a line");
    }
    file.into_bytes()
}

/// What goes wrong with requests, by chance.
fn disturb(road: &FaultyRoad, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    road.set_rule_of_bodies(move |operation, body| {
        let is_write = writes_rows(operation, body) || is_commit(operation, body);
        match random.random_range(0..200) {
            0..8 if is_write => Fault::Conflict,
            8..16 if is_write => Fault::AnswerLost,
            16..22 if is_write || operation == "BatchGetItem" => Fault::Throttled,
            22..24 if is_write => Fault::Internal,
            24 if is_write => Fault::Denied,
            _ => Fault::None,
        }
    });
}

/// Reads a row and a claim as they are at one moment.
async fn at_one_moment(sluice: &Sluice, places: &[(String, String)]) -> Vec<Option<Item>> {
    let s = |text: &str| AttributeValue::S(text.to_owned());
    let get = |(pk, sk): &(String, String)| {
        let get = Get::builder()
            .table_name(STAFF)
            .key("pk", s(pk))
            .key("sk", s(sk));
        TransactGetItem::builder()
            .get(get.build().expect("a key"))
            .build()
    };
    let clients = sluice.clients().await;
    loop {
        let request = clients.dynamodb.transact_get_items();
        let request = request.set_transact_items(Some(places.iter().map(get).collect()));
        // Others write the items at this moment.
        if let Ok(answer) = request.send().await {
            let items = answer.responses.unwrap_or_default().into_iter();
            return items
                .map(|response| response.item.filter(|item| !item.is_empty()))
                .collect();
        }
    }
}

/// Looks for values without their claims and for claims without their values. What a scan shows is of
/// several moments, so that suspicions are looked at again.
async fn audit(sluice: &Sluice, station: &str) {
    let staff = sluice.staff(station).await;
    let mut suspects: BTreeSet<(String, String)> = BTreeSet::new();
    let mut had: BTreeMap<String, String> = BTreeMap::new();
    for key in staff.people.keys() {
        for column in UNIQUE {
            let Some(value) = staff.value(key, column) else {
                continue;
            };
            let claim = format!("{column}#{value}");
            if let Some(other) = had.insert(claim.clone(), key.clone()) {
                suspects.insert((claim.clone(), other));
                suspects.insert((claim.clone(), key.clone()));
            }
            if staff.claims.get(&claim) != Some(key) {
                suspects.insert((claim, key.clone()));
            }
        }
    }
    for (claim, key) in &staff.claims {
        if had.get(claim) != Some(key) {
            suspects.insert((claim.clone(), key.clone()));
        }
    }
    for (claim, key) in suspects {
        let (column, value) = claim.split_once('#').expect("a claim");
        let row = (format!("{station}#{:02x}", shard_of(&key)), key.clone());
        let place = (
            format!("{station}#u{:02x}", shard_of(&claim)),
            claim.clone(),
        );
        let items = at_one_moment(sluice, &[row, place]).await;
        let has = items[0].as_ref().and_then(|row| row.get(column));
        let has = has.is_some_and(|has| has.as_s().is_ok_and(|has| has == value));
        let claims = items[1]
            .as_ref()
            .is_some_and(|claim| text(claim, "_key") == key);
        assert_eq!(has, claims, "{key} has {claim}: {has}; claims it: {claims}");
    }
}

/// The rows that are written down as stored, by task.
async fn journaled(sluice: &Sluice, station: &str) -> BTreeMap<u64, BTreeSet<u64>> {
    let mut journaled: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for ((pk, _), item) in sluice.items_of(TASKS).await {
        let mut parts = pk.split('#');
        if (parts.next(), parts.next()) != (Some("ROWS"), Some(station)) {
            continue;
        }
        let task = parts
            .next()
            .and_then(|task| task.parse().ok())
            .expect("a task");
        for row in item["rows"].as_l().expect("rows") {
            let row = row.as_n().expect("a number").parse().expect("a row");
            let is_new = journaled.entry(task).or_default().insert(row);
            assert!(is_new, "row {row} of {task} was stored twice");
        }
    }
    journaled
}

/// Whether what is told of imports is what is stored.
async fn reconcile(sluice: &Sluice, station: &str, tasks: &[TaskView]) {
    let journaled = journaled(sluice, station).await;
    let header = csv::ByteRecord::from(vec!["staff_no", "name", "phone", "email"]);
    let mut refused: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
    for task in tasks {
        let rows = task.rows.expect("rows");
        let stored = journaled.get(&task.task_id.get()).map_or(0, BTreeSet::len);
        assert_eq!(rows.succeeded, stored as u64, "{task:?}");
        assert_eq!(rows.failed, 0, "{task:?}");
        let caller = sluice.caller(station);
        if let Some(file) = caller.failed_rows_file(task).await {
            let rows = failed_rows(&file, &header).into_iter().map(|row| row.row);
            refused.entry(task.task_id.get()).or_default().extend(rows);
        }
        let reported = refused.get(&task.task_id.get()).map_or(0, BTreeSet::len);
        assert_eq!(rows.duplicate, reported as u64, "{task:?}");
    }
    let staff = sluice.staff(station).await;
    staff.assert_agrees();
    for (key, item) in &staff.people {
        let (task, row) = text(item, "_origin").split_once(':').expect("a stamp");
        let (task, row) = (task.parse().expect("a task"), row.parse().expect("a row"));
        assert!(
            journaled[&task].contains(&row),
            "{key} is row {row} of {task}"
        );
        let is_refused = refused.get(&task).is_some_and(|rows| rows.contains(&row));
        assert!(
            !is_refused,
            "{key} is row {row} of {task}, which was refused"
        );
    }
}

async fn batch(mut sluice: Sluice, road: &FaultyRoad, seed: u64) -> Sluice {
    let mut random = StdRng::seed_from_u64(seed);
    let station = format!("s{}", seed % 1_000_000_007);
    disturb(road, seed);
    let mut task_ids = Vec::new();
    let caller = sluice
        .caller(&station)
        .of_business("staff_import")
        .repeating();
    for _ in 0..random.random_range(5..=17) {
        let rule = ["reject", "skip", "overwrite", "overwrite"][random.random_range(0..4)];
        let options = json!({ "on_duplicate": rule });
        task_ids.push(caller.send(&file(&mut random), &options).await);
    }
    if random.random_bool(0.3) {
        tokio::time::sleep(Duration::from_millis(random.random_range(1..400))).await;
        sluice = sluice.crash(road, options).await;
    }
    let (mut calm, began) = (0, Instant::now());
    loop {
        audit(&sluice, &station).await;
        calm += 1;
        // Even bad luck ends.
        if calm == 20 {
            road.set_rule(|_| Fault::None);
        }
        let caller = sluice.caller(&station);
        let mut tasks = Vec::new();
        for task_id in &task_ids {
            tasks.push(caller.task(*task_id).await);
        }
        if tasks.iter().all(|task| task.status.has_ended()) {
            reconcile(&sluice, &station, &tasks).await;
            return sluice;
        }
        let open = tasks.iter().filter(|task| !task.status.has_ended());
        let open: Vec<&TaskView> = open.collect();
        if began.elapsed() > PATIENCE {
            let task = open[0].task_id;
            let explained = caller.get(&format!("/task/explain?task_id={task}")).await;
            panic!("seed {seed}: the imports do not end: {open:?} {explained:?}");
        }
    }
}

fn options(options: &mut sluice::system::Options) {
    set_chunk_bytes(options, CHUNK_BYTES);
    let limit = "MaxRunningImports".to_owned();
    options.parameters.insert(limit, "40".to_owned());
    // The finisher waits as long for a worker that a crash may have left at work.
    options
        .environment
        .insert("WORKER_SECONDS".to_owned(), WORKER.as_secs().to_string());
    options.timeouts.insert("worker".to_owned(), WORKER);
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_at_the_same_time_keep_every_value_with_its_row_whatever_happens() {
    let first = number("SLUICE_SEED", 1);
    let batches = number("SLUICE_BATCHES", 8);
    let road = FaultyRoad::start().await;
    let mut sluice = Sluice::behind(&road, options).await;
    for seed in first..first + batches {
        println!("SLUICE_SEED={seed} SLUICE_BATCHES=1");
        sluice = Box::pin(batch(sluice, &road, seed)).await;
    }
    for fault in [
        Fault::Conflict,
        Fault::AnswerLost,
        Fault::Throttled,
        Fault::Denied,
    ] {
        println!("{fault:?}: {}", road.count("TransactWriteItems", fault));
    }
    assert!(road.count("TransactWriteItems", Fault::AnswerLost) > 0);
}
