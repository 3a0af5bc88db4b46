//! What a row costs, counted where requests leave, in files of two chunks: requests, writes and write
//! units, and what is read. docs/operations.md has the figures.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sluice_api::RowsView;

use crate::costs::wait_uncounted_in;
use crate::harness::{
    Fault, FaultyRoad, STAFF, Sluice, flawed_members, leave_unpolled, members, set_chunk_bytes,
    staff_file,
};

const ROWS: u64 = 6_000;
const MEMBER_IMPORT: &str = "member_import";
const STAFF_IMPORT: &str = "staff_import";
const MEMBERS: &str = "sluice-members";
/// Write units of a task and its two chunks.
const UNITS_BESIDE: f64 = 32.0;
/// Requests of them to DynamoDB.
const REQUESTS_BESIDE: u64 = 40;

/// What was asked of a table of rows.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    write_requests: u64,
    /// Statements in them: on AWS each costs a unit per KB, also one whose condition does not hold.
    writes: u64,
    read_requests: u64,
    reads: u64,
    /// Whether other workers have begun with a chunk.
    tries_read: u64,
}

/// What an import cost.
struct Cost {
    asked: Asked,
    requests: u64,
    write_units: f64,
    rows: RowsView,
}

impl Cost {
    fn print(&self, what: &str) {
        let per_row = |count: f64| count / ROWS as f64;
        println!(
            "{what}: {:.4} requests, {:.3} writes, {:.3} write units, {:.4} reads in {:.4} \
             requests a row",
            per_row(self.requests as f64),
            per_row(self.asked.writes as f64),
            per_row(self.write_units),
            per_row(self.asked.reads as f64),
            per_row(self.asked.read_requests as f64),
        );
    }

    /// Asserts how many writes each row takes, and that nothing else costs much.
    fn assert_writes(&self, at_least: u64, at_most: u64) {
        let Asked {
            writes,
            write_requests,
            ..
        } = self.asked;
        assert!((at_least..=at_most).contains(&writes), "{:?}", self.asked);
        // No batch but the last of a chunk is far from full.
        assert!(write_requests <= writes / 25 + 12, "{:?}", self.asked);
        let others =
            self.requests - write_requests - self.asked.read_requests - self.asked.tries_read;
        assert!(others <= REQUESTS_BESIDE, "{others} other requests");
    }

    fn assert_units(&self, at_most: f64) {
        let units = self.write_units;
        assert!(
            units <= at_most + UNITS_BESIDE,
            "{units} units, not {at_most}"
        );
    }

    fn assert_reads(&self, expected: u64) {
        let Asked {
            reads,
            read_requests,
            ..
        } = self.asked;
        // A row that waits for the end without need is looked up there.
        let few = expected..=expected + 10;
        assert!(few.contains(&reads), "{:?}", self.asked);
        assert!(read_requests <= expected / 25 + 6, "{:?}", self.asked);
    }
}

struct Counter {
    sluice: Sluice,
    asked: Arc<Mutex<Asked>>,
}

impl Counter {
    /// A system that cuts a file like this one into two chunks.
    async fn start(file: &[u8], table: &'static str) -> Self {
        let road = FaultyRoad::start().await;
        let chunk_bytes = file.len().div_ceil(2) as u64;
        let sluice = Sluice::behind(&road, |options| {
            set_chunk_bytes(options, chunk_bytes);
            leave_unpolled(options, "sweeper");
        })
        .await;
        let asked = Arc::new(Mutex::new(Asked::default()));
        let count = Arc::clone(&asked);
        road.set_rule_of_bodies(move |operation, body| {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            count.lock().expect("counts").add(operation, &body, table);
            Fault::None
        });
        Self { sluice, asked }
    }

    async fn import(&self, business: &'static str, station: &str, file: &[u8], rule: &str) -> Cost {
        let caller = self
            .sluice
            .caller(station)
            .of_business(business)
            .repeating();
        *self.asked.lock().expect("counts") = Asked::default();
        let meter = &self.sluice.system.clients.meter;
        let before = meter.usage();
        let task_id = caller.send(file, &json!({ "on_duplicate": rule })).await;
        wait_uncounted_in(&self.sluice, station, task_id).await;
        let usage = meter.usage() - before;
        let asked = *self.asked.lock().expect("counts");
        let task = caller.ended(task_id).await;
        assert_eq!(task.chunks.expect("chunks").done, 2);
        Cost {
            asked,
            requests: usage.dynamodb_requests,
            write_units: usage.write_units,
            rows: task.rows.expect("rows"),
        }
    }
}

impl Asked {
    fn add(&mut self, operation: &str, body: &Value, table: &str) {
        let length = |list: &Value| list.as_array().map_or(0, Vec::len) as u64;
        match operation {
            "BatchExecuteStatement" => {
                self.write_requests += 1;
                self.writes += length(&body["Statements"]);
            }
            "TransactWriteItems" => {
                let actions = body["TransactItems"].as_array().into_iter().flatten();
                let is_of_table = |action: &&Value| {
                    let mut kinds = action.as_object().into_iter().flatten();
                    kinds.any(|(_, action)| action["TableName"] == table)
                };
                let writes = actions.filter(is_of_table).count() as u64;
                self.write_requests += u64::from(writes > 0);
                self.writes += writes;
            }
            "BatchGetItem" if body["RequestItems"][table].is_object() => {
                self.read_requests += 1;
                self.reads += length(&body["RequestItems"][table]["Keys"]);
            }
            "GetItem"
                if body["Key"]["sk"]["S"]
                    .as_str()
                    .is_some_and(|sk| sk.starts_with("TRY#")) =>
            {
                self.tries_read += 1;
            }
            "GetItem" | "Query" | "Scan" if body["TableName"] == table => {
                self.read_requests += 1;
                self.reads += 1;
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_row_is_one_write_and_no_read() {
    let file = members(ROWS, 51);
    let counter = Counter::start(&file, MEMBERS).await;
    for rule in ["reject", "skip", "overwrite"] {
        let cost = counter.import(MEMBER_IMPORT, rule, &file, rule).await;
        cost.print(&format!("members, new, {rule}"));
        assert_eq!(cost.rows.succeeded, ROWS);
        cost.assert_writes(ROWS, ROWS);
        cost.assert_units(ROWS as f64);
        cost.assert_reads(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
pub async fn a_stored_row_is_replaced_by_one_write_after_the_first_batch_of_a_chunk() {
    let file = members(ROWS, 61);
    let counter = Counter::start(&file, MEMBERS).await;
    counter.import(MEMBER_IMPORT, "demo", &file, "reject").await;
    let cost = counter
        .import(MEMBER_IMPORT, "demo", &file, "overwrite")
        .await;
    cost.print("members, stored, overwrite");
    assert_eq!(cost.rows.succeeded, ROWS);
    // The first batch of each chunk is tried as an insert, and its stamps are read.
    cost.assert_writes(ROWS + 50, ROWS + 50);
    cost.assert_units((ROWS + 50) as f64);
    cost.assert_reads(50);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_come_twice_are_one_write_in_a_transaction_after_a_read() {
    let (file, flaws) = flawed_members(ROWS, 71, 0.0, 2.0);
    let duplicates = flaws.len() as u64;
    let counter = Counter::start(&file, MEMBERS).await;
    let cost = counter.import(MEMBER_IMPORT, "demo", &file, "reject").await;
    cost.print("members, 2% twice, reject");
    assert_eq!(
        (cost.rows.succeeded, cost.rows.duplicate),
        (ROWS - duplicates, duplicates)
    );
    // The splitter finds them; of each two the first is stored at the end, with an entry in the journal for
    // each batch.
    cost.assert_writes(ROWS - duplicates, ROWS - duplicates + 50);
    cost.assert_units((ROWS + duplicates) as f64);
    assert!(cost.asked.reads <= 2 * duplicates, "{:?}", cost.asked);
}

/// A file of people with a phone and an e-mail address each.
fn staff(rows: u64, version: u64) -> Vec<u8> {
    let line = |n: u64| format!("S{n:06},v{version} {n},138{n:08},s{n}@example.com");
    let lines: Vec<String> = (0..rows).map(line).collect();
    staff_file(&lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_with_unique_values_is_one_transaction_with_its_claims() {
    let file = staff(ROWS, 1);
    let counter = Counter::start(&file, STAFF).await;
    for rule in ["reject", "overwrite"] {
        let cost = counter.import(STAFF_IMPORT, rule, &file, rule).await;
        cost.print(&format!("staff, new, {rule}"));
        assert_eq!(cost.rows.succeeded, ROWS);
        cost.assert_writes(3 * ROWS, 3 * ROWS);
        // A write in a transaction costs two units, and 25 rows have an entry in the journal.
        cost.assert_units((6 * ROWS + ROWS / 12) as f64);
        cost.assert_reads(0);
    }
    // What a row replaces must be known; claims on values that it keeps stay as they are.
    let again = staff(ROWS, 2);
    let cost = counter
        .import(STAFF_IMPORT, "reject", &again, "overwrite")
        .await;
    cost.print("staff, stored, overwrite");
    assert_eq!(cost.rows.succeeded, ROWS);
    let first_batches = 50;
    cost.assert_writes(ROWS + 3 * first_batches, ROWS + 3 * first_batches);
    cost.assert_units((2 * ROWS + ROWS / 12 + 6 * first_batches) as f64);
    assert!(cost.asked.tries_read <= ROWS / 25 + 12, "{:?}", cost.asked);
    // A batch that another chunk has sent first may be read as well.
    assert!(
        (ROWS - first_batches..=ROWS).contains(&cost.asked.reads),
        "{:?}",
        cost.asked
    );
}
