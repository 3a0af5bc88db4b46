//! The processor time that a build's worker needs for a row, and its status function for a
//! request: reading and checking CSV, making requests and signing them, JSON both ways. What the
//! services need is not counted: they run in this process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde_json::Value;
use sluice::cli::Import;
use sluice::environment::variables;
use sluice::import::{SourceFile, import};
use sluice::system::{Options as SystemOptions, System};

use crate::instance::Instance;

/// `GET /task/get` of the task with the id [`TASK`].
const REQUEST: &str = include_str!("../../../tests/events/status.json");
const TASK: &str = "sample-upload";
/// Requests to the status function.
const REQUESTS: u32 = 500;

/// Processor time for a row and for a request.
type Cost = [Duration; 2];

/// Measures all builds in turns and prints medians.
pub(super) async fn table(builds: &[PathBuf], rows: u64, rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("members.csv");
    let generated = local_generator::Options {
        rows,
        seed: 1,
        bad_percent: 0.0,
        duplicate_percent: 0.0,
    };
    local_generator::generate(&generated, &mut File::create(&file)?, |_| {})?;
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); builds.len()];
    for round in 0..rounds {
        for (index, build) in builds.iter().enumerate() {
            let data = folder.path().join(format!("{index}-{round}"));
            costs[index].push(cost(build, &file, &data, rows).await?);
            std::fs::remove_dir_all(data)?;
        }
    }
    println!("\n| processor time | worker, a row | | status, a request | |");
    println!("|---|--:|--:|--:|--:|");
    let medians: Vec<[f64; 2]> = costs.into_iter().map(median).collect();
    for (build, cost) in builds.iter().zip(&medians) {
        println!(
            "| {} | {:.1} µs | {:.2} | {:.0} µs | {:.2} |",
            build.display(),
            cost[0],
            cost[0] / medians[0][0],
            cost[1],
            cost[1] / medians[0][1],
        );
    }
    Ok(())
}

/// In microseconds.
fn median(mut costs: Vec<Cost>) -> [f64; 2] {
    [0, 1].map(|which| {
        costs.sort_unstable_by_key(|cost| cost[which]);
        costs[costs.len() / 2][which].as_secs_f64() * 1e6
    })
}

async fn cost(build: &Path, file: &Path, data: &Path, rows: u64) -> Result<Cost> {
    let system = System::start(SystemOptions {
        unpolled: ["worker".to_owned()].into(),
        ..SystemOptions::new(data)
    })
    .await?;
    let environment = variables(&system.urls)?;
    let mut worker = Instance::of(build, "worker", &environment).await?;
    let before = worker.processor_time()?;
    let mut arguments = Import::new(file, "demo".parse()?, "member_import".parse()?, data);
    arguments.user_task_id = Some(TASK.parse()?);
    let source = SourceFile::open(file)?;
    let (summary, _) = tokio::select! {
        imported = import(&system, &arguments, &source) => imported?,
        Err(error) = worker.feed(&system) => bail!(error),
    };
    ensure!(
        summary.rows.succeeded == rows,
        "{} of {rows} rows succeeded",
        summary.rows.succeeded
    );
    let row = worker.processor_time()?.saturating_sub(before) / u32::try_from(rows)?;

    let mut status = Instance::of(build, "status", &environment).await?;
    let before = status.processor_time()?;
    let event: Value = serde_json::from_str(REQUEST)?;
    for _ in 0..REQUESTS {
        let answer = status.invoke(event.clone()).await?;
        ensure!(answer["statusCode"] == 200, "{answer}");
    }
    let request = status.processor_time()?.saturating_sub(before) / REQUESTS;
    system.stop().await;
    Ok([row, request])
}
