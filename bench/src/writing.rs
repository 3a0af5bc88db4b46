//! The worker against a loop over boto3's `batch_writer`: processor time for a row of the same file, written to
//! the same table. Linux only.
//!
//! The worker runs as it does on Lambda, in a process of its own, one chunk after the other. The peer is a process,
//! too. The splitter and the finisher run beside the services in this process and are not counted.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use sluice::environment::variables;
use sluice::system::{Options as SystemOptions, System};

use crate::api::{imported, members};
use crate::instance::Instance;
use crate::peer;

/// How many times the worker's processor time the peer must need for a row. It is what holds now; the aim is 15.
const LEAST_TIMES: f64 = 4.0;

const PEER: &str = include_str!("../peers/write.py");
const MEMBERS: &str = "member_import";

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Rows of the file.
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// How often both are measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// The folder with the worker's binary.
    #[arg(long, default_value = "target/release")]
    build: PathBuf,
    /// A Python that has what bench/requirements.txt names.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
}

/// What writing the rows took.
#[derive(Clone, Copy, Deserialize)]
struct Took {
    rows: u64,
    seconds: f64,
    processor_seconds: f64,
}

impl Took {
    fn microseconds_per_row(&self) -> f64 {
        self.processor_seconds * 1e6 / self.rows as f64
    }
}

/// Writes with both in turns, and compares the medians.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(compare(options))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("members.csv");
    members(&file, options.rows, 1)?;
    let (mut worker, mut boto3) = (Vec::new(), Vec::new());
    for round in 0..options.rounds.max(1) {
        let data = folder.path().join(format!("data-{round}"));
        let system = System::start(SystemOptions {
            unpolled: ["worker".to_owned()].into(),
            ..SystemOptions::new(&data)
        })
        .await?;
        worker.push(of_worker(&system, options, &file).await?);
        boto3.push(of_peer(&system, options, &file).await?);
        system.stop().await;
        std::fs::remove_dir_all(data)?;
    }
    let (worker, boto3) = (median(worker), median(boto3));
    println!("| {} rows | rows/s | processor, a row |", options.rows);
    println!("|---|--:|--:|");
    for (name, took) in [("Sluice's worker", worker), ("`batch_writer`", boto3)] {
        println!(
            "| {name} | {:.0} | {:.1} µs |",
            took.rows as f64 / took.seconds,
            took.microseconds_per_row()
        );
    }
    let times = boto3.microseconds_per_row() / worker.microseconds_per_row();
    println!("\nThe peer needs {times:.1} times the processor time.");
    ensure!(
        times >= LEAST_TIMES,
        "less than the {LEAST_TIMES} times that it was"
    );
    Ok(())
}

fn median(mut all: Vec<Took>) -> Took {
    all.sort_unstable_by(|one, other| one.processor_seconds.total_cmp(&other.processor_seconds));
    all[all.len() / 2]
}

/// Imports the file with a worker of its own.
async fn of_worker(system: &System, options: &Options, file: &Path) -> Result<Took> {
    let environment = variables(&system.urls)?;
    let mut worker = Instance::of(&options.build, "worker", &environment).await?;
    let before = worker.processor_time()?;
    let started = Instant::now();
    let summary = tokio::select! {
        summary = imported(system, file, "demo", MEMBERS, options.rows) => summary?,
        Err(error) = worker.feed(system) => bail!(error),
    };
    let processor = worker.processor_time()?.saturating_sub(before);
    ensure!(
        summary.rows.succeeded == options.rows,
        "{} of {} rows were imported",
        summary.rows.succeeded,
        options.rows
    );
    Ok(Took {
        rows: summary.rows.succeeded,
        seconds: started.elapsed().as_secs_f64(),
        processor_seconds: processor.as_secs_f64(),
    })
}

/// Puts the rows of the file beside those that were imported.
async fn of_peer(system: &System, options: &Options, file: &Path) -> Result<Took> {
    let environment = variables(&system.urls)?;
    let asked = json!({
        "url": system.urls.dynamodb, "table": environment["TABLE_MEMBERS"], "partition": "peer#00",
        "file": file, "numbers": ["points"],
    });
    let took: Took = peer::run(&options.python, PEER, &environment, &asked).await?;
    ensure!(
        took.rows == options.rows,
        "the peer wrote {} of {} rows",
        took.rows,
        options.rows
    );
    Ok(took)
}
