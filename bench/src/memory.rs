//! Memory that does not grow with the file: the peak of a whole import of a small and of a
//! large file, each in a process of its own. The embedded services run in the same process, so
//! the peak is theirs, the splitter's and the workers' together.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use local::cli::Import;
use local::import::{SourceFile, import};
use local::system::{Options as SystemOptions, System};

/// What the project promises.
const MOST_GROWTH: f64 = 1.2;
/// How often the process is looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// The small file.
    #[arg(long, default_value_t = 100)]
    small_megabytes: u64,
    /// The large file.
    #[arg(long, default_value_t = 1_000)]
    large_megabytes: u64,
    /// Imports this file and prints its peak: what each of the two processes does.
    #[arg(long, hide = true)]
    one: Option<PathBuf>,
}

/// Compares the peaks.
pub fn run(options: &Options) -> Result<()> {
    if let Some(file) = &options.one {
        println!("{}", tokio::runtime::Runtime::new()?.block_on(one(file))?);
        return Ok(());
    }
    let small = peak_kib(options.small_megabytes)?;
    let large = peak_kib(options.large_megabytes)?;
    let growth = large as f64 / small as f64;
    println!("| file | peak of anonymous memory |\n|---|--:|");
    println!(
        "| {} MB | {:.0} MiB |",
        options.small_megabytes,
        small as f64 / 1024.0
    );
    println!(
        "| {} MB | {:.0} MiB |",
        options.large_megabytes,
        large as f64 / 1024.0
    );
    println!("\nThe large file needs {growth:.2} times the memory of the small one.");
    ensure!(
        growth <= MOST_GROWTH,
        "more than the promised {MOST_GROWTH} times"
    );
    Ok(())
}

fn peak_kib(megabytes: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("wide.csv");
    write_wide(&file, megabytes * 1_000_000)?;
    let child = Command::new(std::env::current_exe()?)
        .args(["memory", "--one"])
        .arg(&file)
        .output()?;
    ensure!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stderr)
    );
    Ok(String::from_utf8(child.stdout)?.trim().parse()?)
}

/// Members with the longest names and addresses there may be: many bytes in few rows.
fn write_wide(path: &Path, bytes: u64) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "member_no,name,address")?;
    let (name, address) = ("𠮷".repeat(100), "𠮷".repeat(500));
    let mut written = 0;
    for number in 0_u64.. {
        let row = format!("M{number:09},{name},\"{address}\"\n");
        file.write_all(row.as_bytes())?;
        written += row.len() as u64;
        if written >= bytes {
            break;
        }
    }
    file.flush().context("the file could not be written")
}

async fn one(file: &Path) -> Result<u64> {
    let peak = Arc::new(AtomicU64::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let watcher = std::thread::spawn({
        let (peak, done) = (Arc::clone(&peak), Arc::clone(&done));
        move || {
            while !done.load(Relaxed) {
                peak.fetch_max(anonymous_kib().unwrap_or_default(), Relaxed);
                std::thread::sleep(LOOK_AGAIN);
            }
        }
    });
    let data = file.with_extension("data");
    let system = System::start(SystemOptions::new(&data)).await?;
    let arguments = Import::new(file, "demo".parse()?, "member_import".parse()?, &data);
    let summary = import(&system, &arguments, &SourceFile::open(file)?).await?;
    ensure!(
        summary.status.number() == 3,
        "the import did not finish: {:?}",
        summary.reason
    );
    done.store(true, Relaxed);
    ensure!(watcher.join().is_ok(), "the watcher failed");
    Ok(peak.load(Relaxed))
}

/// Memory that is not backed by a file, in KiB: the file cache would show the table's size.
/// <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>
fn anonymous_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.split_whitespace().next()?.parse().ok()
}
