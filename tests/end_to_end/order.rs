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
use sluice_api::RowsView;

use crate::harness::{
    Caller, Fault, FaultyRoad, Item, Sluice, is_commit, leave_unpolled, set_chunk_bytes, text,
};

const CASES: u32 = 16;
/// The template's smallest chunk: about six rows of these files.
const CHUNK_BYTES: u64 = 1_024;
/// Each import has a station of its own.
static STATIONS: AtomicU32 = AtomicU32::new(0);

/// How the chunks of a file are delivered.
#[derive(Clone, Debug)]
pub struct Deliveries {
    /// Chunks are delivered in the order of these numbers; as many more as chunks are
    /// repetitions.
    order: Vec<u16>,
    /// Deliveries that are cut off, by their place in the order.
    cut_off: Vec<bool>,
    at_once: usize,
}

impl Deliveries {
    /// Any order, with repetitions.
    pub fn any() -> impl Strategy<Value = Self> {
        let order = prop::collection::vec(any::<u16>(), 32);
        let cut_off = prop::collection::vec(prop::bool::weighted(0.3), 32);
        (order, cut_off, 1..4_usize).prop_map(|(order, cut_off, at_once)| Self {
            order,
            cut_off,
            at_once,
        })
    }

    /// Each chunk once, in the order of the file.
    pub fn natural() -> Self {
        Self {
            order: Vec::new(),
            cut_off: Vec::new(),
            at_once: 1,
        }
    }

    /// Chunks in the order of the numbers, most of them more than once.
    fn of(&self, chunks: usize) -> Vec<(usize, bool)> {
        let all = (0..chunks).cycle().take(chunks * 2);
        let mut deliveries: Vec<(u16, usize)> = self.order.iter().copied().zip(all).collect();
        deliveries.sort_unstable();
        let chunks = deliveries.into_iter().map(|(_, chunk)| chunk);
        chunks.zip(self.cut_off.iter().copied()).collect()
    }
}

/// A member file and its deliveries.
#[derive(Clone, Debug)]
struct Case {
    /// The key of each row; none for a row that is wrong.
    keys: Vec<Option<u8>>,
    deliveries: Deliveries,
}

/// A system whose commits can be refused.
pub struct Bench {
    pub sluice: Sluice,
    road: FaultyRoad,
    refuses_commits: Arc<AtomicBool>,
}

/// What an import came to, without what differs from station to station.
#[derive(Debug, PartialEq)]
struct Outcome {
    told: Told,
    /// By key, which row is stored.
    stored: BTreeMap<String, u64>,
}

/// What people are told of an import.
#[derive(Debug, PartialEq)]
pub struct Told {
    pub status: u8,
    pub reason: Option<String>,
    pub rows: RowsView,
    pub report: Option<String>,
}

fn cases() -> impl Strategy<Value = Case> {
    let key = prop_oneof![9 => (0..12_u8).prop_map(Some), 1 => Just(None)];
    let keys = prop::collection::vec(key, 12..60);
    (keys, Deliveries::any()).prop_map(|(keys, deliveries)| Case { keys, deliveries })
}

/// A station of its own.
pub fn fresh_station() -> String {
    format!("s{}", STATIONS.fetch_add(1, Relaxed))
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

impl Bench {
    /// Imports a file, its chunks delivered as said. Its task, and what is told of it.
    pub async fn import(
        &self,
        caller: &Caller,
        file: &str,
        rule: &str,
        deliveries: &Deliveries,
    ) -> (u64, Told) {
        let sluice = &self.sluice;
        let options = json!({ "on_duplicate": rule });
        let task_id = caller.send(file.as_bytes(), &options).await;
        let messages = sluice.chunk_messages(caller, task_id).await;
        futures::stream::iter(deliveries.of(messages.len()))
            .for_each_concurrent(deliveries.at_once, async |(chunk, is_cut_off)| {
                self.refuses_commits.store(is_cut_off, Relaxed);
                sluice.deliver(&messages[chunk]).await;
            })
            .await;
        self.refuses_commits.store(false, Relaxed);
        for message in &messages {
            assert!(
                sluice.deliver(message).await,
                "a chunk that is not disturbed"
            );
        }
        let task = caller.ended(task_id).await;
        let report = caller.failed_rows_text(&task).await;
        let told = Told {
            status: task.status.number(),
            reason: task.reason,
            rows: task.rows.expect("rows"),
            report,
        };
        (task_id, told)
    }
}

/// The row of its file that an item is.
pub fn row_of(item: &Item) -> u64 {
    let (_, row) = text(item, "_origin").split_once(':').expect("two parts");
    row.parse().expect("a row")
}

/// Imports a file of these keys into a station of its own.
async fn import(bench: &Bench, keys: &[Option<u8>], rule: &str, how: &Deliveries) -> Outcome {
    let station = fresh_station();
    let caller = bench.sluice.caller(&station);
    let file = file(keys);
    let (_, told) = Box::pin(bench.import(&caller, &file, rule, how)).await;
    let items = bench.sluice.items().await.into_iter();
    let of_station = items.filter(|(key, _)| key.0.starts_with(&format!("{station}#")));
    let stored = of_station.map(|((_, key), item)| {
        assert_eq!(text(&item, "name"), format!("row {}", row_of(&item)));
        (key, row_of(&item))
    });
    Outcome {
        told,
        stored: stored.collect(),
    }
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
    let natural = Deliveries::natural();
    let expected = Box::pin(import(bench, &case.keys, rule, &natural)).await;
    let found = Box::pin(import(bench, &case.keys, rule, &case.deliveries)).await;
    let winners = winners(case, rule);
    let keys: BTreeSet<u8> = case.keys.iter().flatten().copied().collect();
    let wrong = case.keys.iter().filter(|key| key.is_none()).count() as u64;
    let taken = case.keys.len() as u64 - wrong - keys.len() as u64;
    prop_assert_eq!(&expected.stored, &winners);
    let rows = expected.told.rows;
    prop_assert_eq!(rows.failed, wrong);
    let counted = if rule == "skip" {
        rows.skipped
    } else {
        rows.duplicate
    };
    prop_assert_eq!(counted, taken);
    prop_assert_eq!(found, expected);
    Ok(())
}

impl Bench {
    pub async fn start() -> Self {
        let road = FaultyRoad::start().await;
        let sluice = Sluice::behind(&road, |options| {
            set_chunk_bytes(options, CHUNK_BYTES);
            leave_unpolled(options, "worker");
        })
        .await;
        let refuses_commits = Arc::new(AtomicBool::new(false));
        let refuses = Arc::clone(&refuses_commits);
        road.set_rule_of_bodies(move |operation, body| {
            if is_commit(operation, body) && refuses.load(Relaxed) {
                Fault::Refused
            } else {
                Fault::None
            }
        });
        Self {
            sluice,
            road,
            refuses_commits,
        }
    }
}

/// Checks many cases, of which some deliveries are cut off.
pub fn check_all<C: std::fmt::Debug>(
    cases: impl Strategy<Value = C>,
    check: &impl AsyncFn(&Bench, C) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let bench = runtime.block_on(Bench::start());
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        max_shrink_iters: 60,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&cases, |case| runtime.block_on(check(&bench, case)))
        .unwrap_or_else(|failure| panic!("{failure}"));
    let cut_off = bench.road.count("TransactWriteItems", Fault::Refused);
    assert!(cut_off > 0, "no delivery was cut off");
}

fn check_rule(rule: &str) {
    check_all(cases(), &async |bench: &Bench, case: Case| {
        check(bench, &case, rule).await
    });
}

#[test]
fn the_order_of_chunks_does_not_matter_when_duplicates_are_rejected() {
    check_rule("reject");
}

#[test]
fn the_order_of_chunks_does_not_matter_when_duplicates_are_skipped() {
    check_rule("skip");
}

#[test]
fn the_order_of_chunks_does_not_matter_when_rows_are_overwritten() {
    check_rule("overwrite");
}
