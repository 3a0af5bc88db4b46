//! The scanner against what else goes through CSV: parsers, splitters, and plain byte searches that
//! do less than the job and bound what can be reached.

use std::num::NonZeroU64;

use anyhow::ensure;
use sluice_csv::{ChunkPlanner, Dialect, FieldReader, Position, RecordContent, RecordReader};

use crate::measure::{Contestant, Table, measure, speedup};
use crate::sample::csv_text;

/// What the project promises: the planner is this many times as fast as reading with `csv`.
const PROMISED_SPEEDUP: f64 = 2.5;

const CHUNK_BYTES: NonZeroU64 = NonZeroU64::new(1 << 20).expect("1 MiB is not zero");

/// How the bytes come: in pieces like those of a download.
const PIECE_BYTES: usize = 64 << 10;

const MAX_RECORD_BYTES: usize = 1 << 20;

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// How much text to go through, in units of 1,000,000 bytes.
    #[arg(long, default_value_t = 500)]
    megabytes: usize,
    /// How often each contestant runs.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
}

/// Measures, prints the table, and fails if the promise is broken.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let text = csv_text(options.megabytes * 1_000_000);
    let contestants = vec![
        Contestant::new("csv ByteRecord", || csv_records(&text)),
        Contestant::new("Sluice ChunkPlanner, 1 MiB", || planned_records(&text)),
        Contestant::new("Sluice records and fields", || read_records(&text)),
        Contestant::new("simd-csv Splitter", || simd_csv_records(&text)),
        Contestant::new("memchr2 quotes + newlines", || {
            Ok(memchr::memchr2_iter(b'"', b'\n', &text).count() as u64)
        }),
        Contestant::new("memchr newlines", || {
            Ok(memchr::memchr_iter(b'\n', &text).count() as u64)
        }),
    ];
    let timings = measure(contestants, options.rounds)?;
    let table = Table {
        timings: &timings,
        baseline: 0,
        bytes: text.len(),
    };
    print!("{table}");

    let [csv, planner, ..] = timings.as_slice() else {
        unreachable!("as many timings as contestants");
    };
    ensure!(
        csv.count == planner.count,
        "csv found {} records and the planner {}",
        csv.count,
        planner.count
    );
    let speedup = speedup(csv, planner);
    ensure!(
        speedup >= PROMISED_SPEEDUP,
        "the planner is {speedup:.2} times as fast as csv; {PROMISED_SPEEDUP} is promised"
    );
    Ok(())
}

fn csv_records(text: &[u8]) -> anyhow::Result<u64> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut record = csv::ByteRecord::new();
    let mut records = 0;
    while reader.read_byte_record(&mut record)? {
        records += 1;
    }
    Ok(records)
}

fn planned_records(text: &[u8]) -> anyhow::Result<u64> {
    let mut planner = ChunkPlanner::new(Dialect::default(), CHUNK_BYTES, Position::START);
    let mut chunks = Vec::new();
    for piece in text.chunks(PIECE_BYTES) {
        planner.feed(piece, &mut chunks);
    }
    chunks.extend(planner.finish()?);
    Ok(chunks.iter().map(|chunk| chunk.records).sum())
}

/// What a worker does with a chunk, up to the fields.
fn read_records(text: &[u8]) -> anyhow::Result<u64> {
    let mut reader = RecordReader::new(Dialect::default(), Position::START, MAX_RECORD_BYTES);
    let mut fields = FieldReader::new(Dialect::default());
    let mut records = 0;
    for piece in text.chunks(PIECE_BYTES) {
        reader.push(piece);
        while let Some(record) = reader.next_record() {
            if let RecordContent::Bytes(bytes) = record.content {
                records += u64::from(!fields.read(bytes).is_empty());
            }
        }
    }
    Ok(records + u64::from(reader.finish()?.is_some()))
}

fn simd_csv_records(text: &[u8]) -> anyhow::Result<u64> {
    let mut splitter = simd_csv::SplitterBuilder::new()
        .has_headers(false)
        .buffer_capacity(PIECE_BYTES)
        .from_reader(text);
    Ok(splitter.count_records()?)
}
