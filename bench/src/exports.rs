//! Exports against a loop over boto3's paginator that writes CSV: processor time, requests and read units for a
//! row, and a memory that does not grow with the rows. Linux only.
//!
//! The worker runs as it does on Lambda, in a process of its own, one chunk after the other; the peer reads the
//! same rows of the same table. What joins the segments runs beside the services in this process, and is not
//! counted: it reads no rows.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use sluice::environment::variables;
use sluice::system::{Options as SystemOptions, System};
use sluice_definition::SHARDS;

use crate::api::{Api, imported, members};
use crate::instance::Instance;
use crate::peer;

/// What the project promises: the processor time of the peer for a row, in those of the worker.
const LEAST_TIMES: f64 = 10.0;
/// Read units, in those of the peer, which reads each row once.
const MOST_UNITS: f64 = 1.05;
/// The peak of the large export, in that of the small one.
const MOST_GROWTH: f64 = 1.2;

const PEER: &str = include_str!("../peers/export.py");
const COLUMNS: [&str; 4] = ["member_no", "name", "email", "points"];
const MEMBERS: &str = "member_import";

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Rows of the small export: so many that its segments have whole pages of the table, as those of the large one.
    #[arg(long, default_value_t = 400_000)]
    small_rows: u64,
    /// Rows of the large export.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// The folder with the worker's binary.
    #[arg(long, default_value = "target/release")]
    build: PathBuf,
    /// A Python that has what bench/requirements.txt names.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
}

/// What an export took.
#[derive(Deserialize)]
struct Took {
    rows: u64,
    seconds: f64,
    processor_seconds: f64,
    requests: u64,
    read_units: f64,
    peak_kib: u64,
}

/// Exports with both, and compares.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(compare(options))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let stations = [("small", options.small_rows), ("large", options.rows)];
    let system = System::start(SystemOptions::new(&data)).await?;
    for (seed, (station, rows)) in (1..).zip(stations) {
        let file = folder.path().join("members.csv");
        members(&file, rows, seed)?;
        imported(&system, &file, station, MEMBERS, rows).await?;
    }
    system.stop().await;

    let system = System::start(SystemOptions {
        unpolled: ["worker".to_owned()].into(),
        ..SystemOptions::new(&data)
    })
    .await?;
    let small = exported(&system, &options.build, "small").await?;
    let large = exported(&system, &options.build, "large").await?;
    let peer = of_peer(&system, options, &folder.path().join("peer.csv")).await?;
    system.stop().await;
    println!("| | rows | rows/s | processor, a row | requests, a row | read units, a row | peak |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    for (name, took) in [
        ("Sluice's worker", &small),
        ("Sluice's worker", &large),
        ("boto3", &peer),
    ] {
        println!("| {name} | {} |", took.cells());
    }
    ensure!(
        small.rows == options.small_rows && [large.rows, peer.rows] == [options.rows; 2],
        "not all rows were exported"
    );
    let times = peer.processor_seconds / large.processor_seconds;
    let units = large.read_units / peer.read_units;
    let growth = large.peak_kib as f64 / small.peak_kib as f64;
    println!(
        "\nThe peer needs {times:.1} times the processor time. The worker reads {units:.3} times the units, and its \
         peak is {growth:.2} times that of the small export."
    );
    ensure!(
        times >= LEAST_TIMES && units <= MOST_UNITS && growth <= MOST_GROWTH,
        "not as promised: {LEAST_TIMES}, {MOST_UNITS} and {MOST_GROWTH} times"
    );
    Ok(())
}

impl Took {
    fn cells(&self) -> String {
        let each = |all: f64| all / self.rows.max(1) as f64;
        let cells = [
            self.rows.to_string(),
            format!("{:.0}", self.rows as f64 / self.seconds),
            format!("{:.2} µs", each(self.processor_seconds) * 1e6),
            format!("{:.5}", each(self.requests as f64)),
            format!("{:.4}", each(self.read_units)),
            format!("{:.1} MiB", self.peak_kib as f64 / 1024.0),
        ];
        cells.join(" | ")
    }
}

/// Exports a station's rows with a worker of its own.
async fn exported(system: &System, build: &Path, station: &str) -> Result<Took> {
    let mut worker = Instance::of(build, "worker", &variables(&system.urls)?).await?;
    let before = worker.processor_time()?;
    let api = Api::new(system, station)?;
    let wanted = json!({ "business": MEMBERS, "format": "csv", "columns": COLUMNS });
    let started = Instant::now();
    let task = tokio::select! {
        task = api.done("/export", &wanted) => task?,
        Err(error) = worker.feed(system) => bail!(error),
    };
    let seconds = started.elapsed().as_secs_f64();
    let processor = worker.processor_time()?.saturating_sub(before);
    let result = &task["result"];
    let number = |value: &Value| {
        value
            .as_u64()
            .with_context(|| format!("a number in {result}"))
    };
    Ok(Took {
        rows: number(&result["rows"])?,
        seconds,
        processor_seconds: processor.as_secs_f64(),
        requests: number(&result["actual"]["requests"])?,
        read_units: number(&result["actual"]["read_units"])? as f64,
        peak_kib: worker.peak_kib()?,
    })
}

async fn of_peer(system: &System, options: &Options, file: &Path) -> Result<Took> {
    let environment = variables(&system.urls)?;
    let partitions: Vec<String> = (0..SHARDS)
        .map(|number| format!("large#{number:02x}"))
        .collect();
    let asked = json!({
        "url": system.urls.dynamodb, "table": environment["TABLE_MEMBERS"], "partitions": partitions,
        "columns": COLUMNS, "file": file,
    });
    peer::run(&options.python, PEER, &environment, &asked).await
}
