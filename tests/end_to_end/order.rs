//! The order of chunks does not matter: a property over files full of repeated keys, and over
//! orders and repetitions of deliveries, some of them at the same time, some of them cut off
//! when the rows are written and the chunk is not yet committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};

use futures::StreamExt;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::json;
use sluice_core::api::RowsView;

use crate::harness::{Fault, FaultyRoad, Sluice, leave_unpolled, set_chunk_bytes};

const CASES: u32 = 16;
/// The template's smallest chunk: about six rows of these files.
const CHUNK_BYTES: u64 = 1_024;
/// Each import has a station of its own.
static STATIONS: AtomicU32 = AtomicU32::new(0);

/// A file and how its chunks are delivered.
#[derive(Clone, Debug)]
struct Case {
    /// The key of each row; none for a row that is wrong.
    keys: Vec<Option<u8>>,
    /// Chunks are delivered in the order of these numbers; as many more as chunks are
    /// repetitions.
    order: Vec<u16>,
    /// Deliveries that are cut off, by their place in the order.
    cut_off: Vec<bool>,
    at_once: usize,
}

/// A system whose commits can be refused.
struct Bench {
    sluice: Sluice,
    road: FaultyRoad,
    refuses_commits: Arc<AtomicBool>,
}

/// What an import came to, without what differs from station to station.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u8,
    reason: Option<String>,
    rows: RowsView,
    /// By key, which row is stored.
    stored: BTreeMap<String, u64>,
    report: Option<String>,
}

fn cases() -> impl Strategy<Value = Case> {
    let key = prop_oneof![9 => (0..12_u8).prop_map(Some), 1 => Just(None)];
    let keys = prop::collection::vec(key, 12..60);
    let order = prop::collection::vec(any::<u16>(), 32);
    let cut_off = prop::collection::vec(prop::bool::weighted(0.3), 32);
    (keys, order, cut_off, 1..4_usize).prop_map(|(keys, order, cut_off, at_once)| Case {
        keys,
        order,
        cut_off,
        at_once,
    })
}

fn file(keys: &[Option<u8>]) -> String {
    let mut file = "member_no,name,address\n".to_owned();
    for (row, key) in (2..).zip(keys) {
        let name = key.map_or(String::new(), |_| format!("row {row}"));
        let key = key.unwrap_or_default();
        let padding = "x".repeat(140 + row % 30);
        writeln!(file, "K{key},{name},\"{padding}\n\"").expect("a line");
    }
    file
}

/// Imports a file, its chunks delivered in an order that is made of their number.
async fn import(
    bench: &Bench,
    case: &Case,
    rule: &str,
    order: impl FnOnce(usize) -> Vec<(usize, bool)>,
) -> Outcome {
    let sluice = &bench.sluice;
    let station = format!("s{}", STATIONS.fetch_add(1, Relaxed));
    let caller = sluice.caller(&station);
    let file = file(&case.keys);
    let task_id = caller
        .send(file.as_bytes(), &json!({ "on_duplicate": rule }))
        .await;
    let messages = sluice.chunk_messages(&caller, task_id).await;
    futures::stream::iter(order(messages.len()))
        .for_each_concurrent(case.at_once, async |(chunk, is_cut_off)| {
            bench.refuses_commits.store(is_cut_off, Relaxed);
            sluice.deliver(&messages[chunk]).await;
        })
        .await;
    bench.refuses_commits.store(false, Relaxed);
    for message in &messages {
        assert!(
            sluice.deliver(message).await,
            "a chunk that is not disturbed"
        );
    }
    let task = caller.ended(task_id).await;
    let report = caller.failed_rows_file(&task).await;
    let items = sluice.items().await;
    let of_station = items
        .into_iter()
        .filter(|(key, _)| key.0.starts_with(&format!("{station}#")));
    let stored = of_station.map(|((_, key), item)| {
        let origin = item["_origin"].as_s().expect("a stamp");
        let row: u64 = origin
            .split_once(':')
            .expect("two parts")
            .1
            .parse()
            .expect("a row");
        assert_eq!(item["name"].as_s().expect("a name"), &format!("row {row}"));
        (key, row)
    });
    Outcome {
        status: task.status.number(),
        reason: task.reason,
        rows: task.rows.expect("rows"),
        stored: stored.collect(),
        report: report.map(|report| String::from_utf8(report).expect("UTF-8")),
    }
}

/// Chunks in the order of the case's numbers, most of them more than once.
fn shuffled(case: &Case, chunks: usize) -> Vec<(usize, bool)> {
    let mut deliveries: Vec<(u16, usize)> = case
        .order
        .iter()
        .copied()
        .zip((0..chunks).cycle().take(chunks * 2))
        .collect();
    deliveries.sort_unstable();
    let chunks = deliveries.into_iter().map(|(_, chunk)| chunk);
    chunks.zip(case.cut_off.iter().copied()).collect()
}

/// The row that must be stored of each key: the first, or under overwrite the last.
fn winners(case: &Case, rule: &str) -> BTreeMap<String, u64> {
    let mut winners = BTreeMap::new();
    for (row, key) in (2..).zip(&case.keys) {
        let Some(key) = key else { continue };
        let winner = winners.entry(format!("K{key}")).or_insert(row);
        if rule == "overwrite" {
            *winner = row;
        }
    }
    winners
}

async fn check(bench: &Bench, case: &Case, rule: &str) -> Result<(), TestCaseError> {
    let natural = Case {
        at_once: 1,
        ..case.clone()
    };
    let expected = Box::pin(import(bench, &natural, rule, |_| Vec::new())).await;
    let found = Box::pin(import(bench, case, rule, |chunks| shuffled(case, chunks))).await;
    let winners = winners(case, rule);
    let keys: BTreeSet<u8> = case.keys.iter().flatten().copied().collect();
    let wrong = case.keys.iter().filter(|key| key.is_none()).count() as u64;
    let taken = case.keys.len() as u64 - wrong - keys.len() as u64;
    prop_assert_eq!(&expected.stored, &winners);
    prop_assert_eq!(expected.rows.failed, wrong);
    match rule {
        "reject" => prop_assert_eq!(expected.rows.duplicate, taken),
        "skip" => prop_assert_eq!(expected.rows.skipped, taken),
        _ => prop_assert_eq!(expected.rows.succeeded, taken + keys.len() as u64),
    }
    if rule == "overwrite" {
        // Across chunks the row that is written last stays: only what is counted and which
        // keys are stored does not depend on the order.
        prop_assert_eq!(found.rows, expected.rows);
        prop_assert!(found.stored.keys().eq(winners.keys()));
    } else {
        prop_assert_eq!(found, expected);
    }
    Ok(())
}

async fn bench() -> Bench {
    let road = FaultyRoad::start().await;
    let sluice = Sluice::behind(&road, |options| {
        set_chunk_bytes(options, CHUNK_BYTES);
        leave_unpolled(options, "worker");
    })
    .await;
    let refuses_commits = Arc::new(AtomicBool::new(false));
    let refuses = Arc::clone(&refuses_commits);
    road.set_rule(move |operation| {
        if operation == "TransactWriteItems" && refuses.load(Relaxed) {
            Fault::Refused
        } else {
            Fault::None
        }
    });
    Bench {
        sluice,
        road,
        refuses_commits,
    }
}

fn check_all(rule: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bench = runtime.block_on(bench());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&cases(), |case| {
            runtime.block_on(check(&bench, &case, rule))
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let cut_off = bench.road.count("TransactWriteItems", Fault::Refused);
    assert!(cut_off > 0, "no delivery was cut off");
}

#[test]
fn the_order_of_chunks_does_not_matter_when_duplicates_are_rejected() {
    check_all("reject");
}

#[test]
fn the_order_of_chunks_does_not_matter_when_duplicates_are_skipped() {
    check_all("skip");
}

#[test]
fn overwriting_counts_the_same_and_loses_no_key_in_any_order_of_chunks() {
    check_all("overwrite");
}
