//! What a small import waits beside a large one, of its own station and of another. All three are measured in
//! turns in one run: alone, beside a file of the same station, beside a file of another.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use futures::future::{Either, select};
use sluice::system::{Options as SystemOptions, System};
use sluice_basics::ids::TaskId;

use crate::api::{Api, imported, members};

/// What the project promises: a small import beside a large one takes one chunk's time and this longer, at most.
const MOST_BEYOND_A_CHUNK: Duration = Duration::from_secs(1);
const SMALL: &str = "small";
const OTHER: &str = "large";
const MEMBERS: &str = "member_import";

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Rows of the small files.
    #[arg(long, default_value_t = 1_000)]
    small_rows: u64,
    /// Rows of the large files.
    #[arg(long, default_value_t = 700_000)]
    large_rows: u64,
    /// How many small files are imported alone, and beside each of the two.
    #[arg(long, default_value_t = 30)]
    times: usize,
}

/// Measures small imports alone and beside large ones, and compares the 95th percentiles.
pub fn run(options: &Options) -> Result<()> {
    ensure!(options.times > 0, "nothing is to be measured");
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(Box::pin(compare(options)))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let mut here = SystemOptions::new(&data);
    // The window of a task follows from the number of workers, which are fewer here than the template's.
    let workers = ("WORKERS_AT_ONCE".to_owned(), here.concurrency.to_string());
    here.environment.extend([workers]);
    let mut bench = Bench {
        system: System::start(here).await?,
        folder: folder.path().to_owned(),
        files: 0,
    };
    let (times, small) = (options.times, options.small_rows);
    let alone = Times::of(bench.small(times, small).await?);
    println!("| {small} rows | p50 | p95 | a chunk of the large file |\n|---|--:|--:|--:|");
    println!("| alone | {:.1?} | {:.1?} | |", alone.p50, alone.p95);
    let mut is_late = false;
    for (station, beside) in [(SMALL, "the same station"), (OTHER, "another station")] {
        let (times, chunk) = bench.beside(station, options).await?;
        println!(
            "| beside {} rows of {beside} | {:.1?} | {:.1?} | {chunk:.1?} |",
            options.large_rows, times.p50, times.p95
        );
        is_late |= times.p95 > alone.p95 + chunk + MOST_BEYOND_A_CHUNK;
    }
    bench.system.stop().await;
    ensure!(
        !is_late,
        "a small import took longer than one alone, a chunk and {MOST_BEYOND_A_CHUNK:?}"
    );
    Ok(())
}

/// The median and the 95th percentile (nearest rank).
struct Times {
    p50: Duration,
    p95: Duration,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let rank = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
        Self {
            p50: rank(50),
            p95: rank(95),
        }
    }
}

/// A system and the files made for it: no two have the same content, so that each is imported.
struct Bench {
    system: System,
    folder: PathBuf,
    files: u64,
}

impl Bench {
    /// Imports so many small files, one after the other.
    async fn small(&mut self, times: usize, rows: u64) -> Result<Vec<Duration>> {
        let mut taken = Vec::with_capacity(times);
        for _ in 0..times {
            let file = self.file(rows)?;
            let summary = imported(&self.system, &file, SMALL, MEMBERS, rows).await?;
            taken.push(Duration::from_millis(summary.elapsed_ms));
        }
        Ok(taken)
    }

    /// Imports small files while the station imports a large one, and another when that has ended. Returns the times
    /// of those that had one beside them from beginning to end, and the mean time of a chunk of the large ones.
    async fn beside(&mut self, station: &str, options: &Options) -> Result<(Times, Duration)> {
        let mut taken = Vec::with_capacity(options.times);
        let mut chunk = Duration::ZERO;
        while taken.len() < options.times {
            let large = self.file(options.large_rows)?;
            let begun = self.files;
            let mut files = Vec::new();
            for _ in taken.len()..options.times {
                files.push(self.file(options.small_rows)?);
            }
            let system = &self.system;
            let many = Box::pin(imported(
                system,
                &large,
                station,
                MEMBERS,
                options.large_rows,
            ));
            let few = Box::pin(async {
                // Until the first chunks of the large file are on their way.
                tokio::time::sleep(Duration::from_secs(3)).await;
                for file in &files {
                    let summary =
                        imported(system, file, SMALL, MEMBERS, options.small_rows).await?;
                    taken.push(Duration::from_millis(summary.elapsed_ms));
                }
                anyhow::Ok(())
            });
            let summary = match select(many, few).await {
                Either::Left((summary, _unfinished)) => summary?,
                Either::Right((done, many)) => {
                    done?;
                    many.await?
                }
            };
            chunk = chunk_time(system, station, summary.task_id).await?;
            ensure!(
                !taken.is_empty(),
                "file {begun} was imported before a small one was: use more rows"
            );
        }
        Ok((Times::of(taken), chunk))
    }

    /// A file with content of its own.
    fn file(&mut self, rows: u64) -> Result<PathBuf> {
        self.files += 1;
        let path = self.folder.join(format!("{}.csv", self.files));
        members(&path, rows, self.files)?;
        Ok(path)
    }
}

/// The mean time of a chunk.
async fn chunk_time(system: &System, station: &str, task_id: TaskId) -> Result<Duration> {
    let path = format!("/task/profile?task_id={task_id}");
    let profile = Api::new(system, station)?.get(&path).await?;
    let busy_ms = profile["busy_ms"].as_f64().context("a time")?;
    let chunks = profile["chunks"].as_f64().context("a number")?;
    Ok(Duration::from_secs_f64(busy_ms / 1e3 / chunks.max(1.0)))
}
