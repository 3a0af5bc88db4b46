//! How long an import will take and what it will cost, before it begins.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sluice_basics::used::{Dollars, Used};
use sluice_definition::{Definition, Target};

/// What the system can do at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Write units a second that a table of rows takes.
    pub write_units_per_second: u64,
    /// Chunks that are imported at the same time.
    pub workers: u64,
    /// How large a chunk is.
    pub chunk_bytes: u64,
}

/// What an import is expected to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// What it was made from.
    pub basis: Basis,
    /// Rows of the file.
    pub rows: u64,
    /// Seconds from start to end, if the table takes what it is known to and nobody else writes.
    pub seconds: u64,
    /// DynamoDB write units.
    pub write_units: u64,
    /// US dollars, at the prices of `infra/prices.toml`.
    pub dollars: Dollars,
}

/// What an estimate was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The file's size alone: the rows are a guess, from how long a row of the business is as a
    /// rule.
    FileSize,
    /// The rows, which were counted.
    Rows,
}

/// A file whose rows were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedFile {
    /// Its rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Its chunks.
    pub chunks: u64,
}

/// Write units of a chunk beside its rows: the note that a worker began with it, and its marker
/// and counts in a transaction.
const UNITS_PER_CHUNK: u64 = 5;
/// Write units of a task: added, its work claimed, started, split, ended; and its entry in the
/// index of lists.
const UNITS_PER_TASK: u64 = 14;
/// Rows a second that one worker writes if the table takes them. Not measured on AWS.
const ROWS_A_SECOND: u64 = 4_000;
/// What a batch may take at an endpoint, of which a worker calls so many at once.
const BATCHES_A_SECOND: u64 = 4;
/// How much larger the text in a packed file is, as a rule.
const PACKED: u64 = 4;
/// Bytes of a stored row beside its values and their names: its key, once more, and its stamp.
const ITEM_BYTES: u64 = 64;
/// What one write unit takes.
const UNIT_BYTES: u64 = 1_024;
/// One request to S3 reads so much when a file is split.
const RANGE_BYTES: u64 = 8 << 20;
/// Rows of one request, and messages of one.
const BATCH: u64 = 25;
const MESSAGES: u64 = 10;
/// Items that are read together.
const READ_AT_ONCE: u64 = 100;

impl Estimate {
    /// What the import of a file is guessed to take of which only name and size are known.
    pub fn of_file(
        definition: &Definition,
        file_name: &str,
        size_bytes: u64,
        capacity: &Capacity,
    ) -> Self {
        let name = file_name.to_ascii_lowercase();
        let is_packed = [".gz", ".xlsx"].iter().any(|ending| name.ends_with(ending));
        let bytes = size_bytes.saturating_mul(if is_packed { PACKED } else { 1 });
        let file = CountedFile {
            rows: bytes.div_ceil(definition.typical_row_bytes().max(1)),
            bytes,
            chunks: bytes.div_ceil(capacity.chunk_bytes.max(1)),
        };
        Self {
            basis: Basis::FileSize,
            ..Self::of_rows(definition, &file, capacity)
        }
    }

    /// What the import of a file takes whose rows were counted.
    pub fn of_rows(definition: &Definition, file: &CountedFile, capacity: &Capacity) -> Self {
        let row_units = units_per_row(definition, file.bytes / file.rows.max(1));
        let written = file.rows.saturating_mul(row_units);
        let speed = match &definition.target {
            Target::Table(_) => ROWS_A_SECOND,
            Target::Endpoint(endpoint) => endpoint.batch_rows as u64 * BATCHES_A_SECOND,
        };
        let workers = file.chunks.min(capacity.workers).max(1);
        let by_table = written.div_ceil(capacity.write_units_per_second.max(1));
        let by_workers = file.rows.div_ceil(speed.saturating_mul(workers).max(1));
        let seconds = by_table.max(by_workers).max(1);
        let used = Used {
            write_units: written + file.chunks * UNITS_PER_CHUNK + UNITS_PER_TASK,
            read_units: 0,
            dynamodb_requests: file.rows.div_ceil(BATCH),
            s3_reads: file.bytes.div_ceil(RANGE_BYTES) + file.chunks + 1,
            // The file, and its manifest.
            s3_writes: 2,
            // Each message is sent with others, received and deleted.
            sqs_requests: file.chunks.div_ceil(MESSAGES) + 2 * file.chunks + 2,
            // While the table holds them up, workers wait and are paid for.
            function_ms: seconds.saturating_mul(workers).saturating_mul(1_000),
            invocations: file.chunks + 1,
        };
        Self {
            basis: Basis::Rows,
            rows: file.rows,
            seconds,
            write_units: used.write_units,
            dollars: used.dollars(),
        }
    }
}

impl Estimate {
    /// What undoing an import takes that has stored so many rows in so many chunks: each is read, and deleted or
    /// restored.
    pub fn of_undo(definition: &Definition, rows: u64, chunks: u64, capacity: &Capacity) -> Self {
        let row_bytes = definition.typical_row_bytes();
        let written = rows.saturating_mul(units_per_row(definition, row_bytes));
        let workers = chunks.min(capacity.workers).max(1);
        let by_table = written.div_ceil(capacity.write_units_per_second.max(1));
        let by_workers = rows.div_ceil(ROWS_A_SECOND.saturating_mul(workers).max(1));
        let seconds = by_table.max(by_workers).max(1);
        let used = Used {
            write_units: written + chunks * UNITS_PER_CHUNK + UNITS_PER_TASK,
            // Consistent reads of items that are read at the same time: one unit for each.
            read_units: rows,
            dynamodb_requests: rows.div_ceil(BATCH) + rows.div_ceil(READ_AT_ONCE),
            // The plan of the import, its chunk, what it says of its rows.
            s3_reads: chunks * 4 + 4,
            s3_writes: chunks * 2 + 2,
            sqs_requests: chunks.div_ceil(MESSAGES) + 2 * chunks + 2,
            function_ms: seconds.saturating_mul(workers).saturating_mul(1_000),
            invocations: chunks + 1,
        };
        Self {
            basis: Basis::Rows,
            rows,
            seconds,
            write_units: used.write_units,
            dollars: used.dollars(),
        }
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
const IN_TRANSACTION: u64 = 2;

/// Write units of one row: one for each started KB. Where columns are unique, the claim of each value costs
/// one as well, and all costs twice, since it is one transaction.
fn units_per_row(definition: &Definition, row_bytes: u64) -> u64 {
    if matches!(definition.target, Target::Endpoint(_)) {
        return 0;
    }
    let names: usize = definition
        .columns
        .iter()
        .map(|column| column.name.len())
        .sum();
    let item_bytes = row_bytes + names as u64 + ITEM_BYTES;
    let units = item_bytes.div_ceil(UNIT_BYTES);
    match definition.unique_columns().count() as u64 {
        0 => units,
        claims => IN_TRANSACTION * (units + claims),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_definition::Catalog;

    /// A fresh on-demand table.
    const FRESH: Capacity = Capacity {
        write_units_per_second: 4_000,
        workers: 50,
        chunk_bytes: 1 << 20,
    };
    const EVERYDAY: CountedFile = CountedFile {
        rows: 700_000,
        bytes: 107_700_000,
        chunks: 103,
    };

    fn members() -> Definition {
        let catalog = Catalog::load().expect("definitions");
        let members = catalog.get(&"member_import".parse().expect("a business"));
        members.expect("members").clone()
    }

    #[test]
    fn seven_hundred_thousand_rows_take_three_minutes_of_a_fresh_table_and_half_a_dollar() {
        let estimate = Estimate::of_rows(&members(), &EVERYDAY, &FRESH);
        assert_eq!((estimate.basis, estimate.rows), (Basis::Rows, 700_000));
        assert_eq!((estimate.write_units, estimate.seconds), (700_529, 175));
        // $0.44 are the writes; the rest are workers that wait for the table.
        let cents = estimate.dollars.0 / 10_000;
        assert!((44..60).contains(&cents), "{estimate:?}");
    }

    #[test]
    fn a_table_that_takes_more_is_faster_until_the_workers_hold_it_up() {
        let of = |write_units_per_second, workers| {
            let capacity = Capacity {
                write_units_per_second,
                workers,
                ..FRESH
            };
            Estimate::of_rows(&members(), &EVERYDAY, &capacity)
        };
        assert_eq!((of(40_000, 50).seconds, of(4_000_000, 50).seconds), (18, 4));
        assert_eq!(of(4_000_000, 2).seconds, 88);
        assert!(of(40_000, 50).dollars < of(4_000, 50).dollars);
    }

    #[test]
    fn rows_over_a_kilobyte_and_unique_columns_cost_more_units() {
        let mut members = members();
        let long = CountedFile {
            rows: 1_000,
            bytes: 1_500_000,
            chunks: 2,
        };
        let units = |definition: &Definition, file| {
            Estimate::of_rows(definition, &file, &FRESH).write_units
        };
        assert_eq!(units(&members, long), 2_000 + 2 * 5 + 14);
        let short = CountedFile {
            bytes: 150_000,
            ..long
        };
        assert_eq!(units(&members, short), 1_000 + 2 * 5 + 14);
        members.columns[2].unique = true;
        members.columns[3].unique = true;
        assert_eq!(units(&members, short), 2 * 3_000 + 2 * 5 + 14);
    }

    #[test]
    fn rows_are_guessed_from_the_size_of_the_file() {
        let of = |name: &str, bytes| Estimate::of_file(&members(), name, bytes, &FRESH);
        let guess = of("members.csv", EVERYDAY.bytes);
        assert_eq!(guess.basis, Basis::FileSize);
        assert!(
            guess.rows.abs_diff(EVERYDAY.rows) < EVERYDAY.rows / 5,
            "{guess:?}"
        );
        assert!(of("members.csv.GZ", 1 << 20).rows > 3 * of("members.csv", 1 << 20).rows);
        let most = of("members.csv", u64::MAX);
        assert!(most.seconds > 0, "{most:?}");
    }

    #[test]
    fn an_undo_reads_and_writes_each_row_once() {
        let estimate = Estimate::of_undo(&members(), 700_000, 103, &FRESH);
        assert_eq!((estimate.basis, estimate.rows), (Basis::Rows, 700_000));
        assert_eq!((estimate.write_units, estimate.seconds), (700_529, 175));
    }

    #[test]
    fn rows_for_an_endpoint_write_nothing() {
        let catalog = Catalog::load().expect("definitions");
        let points = catalog.get(&"points_adjustment".parse().expect("a business"));
        let file = CountedFile {
            rows: 10_000,
            bytes: 500_000,
            chunks: 1,
        };
        let estimate = Estimate::of_rows(points.expect("points"), &file, &FRESH);
        assert_eq!((estimate.write_units, estimate.seconds), (19, 25));
    }
}
