//! Memory that does not grow with the file: the peaks of the splitter and of the workers that
//! import a small and a large file. Each runs in a process of its own, as on Lambda; the embedded
//! services, whose caches grow with what is stored, run in this one.

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use sluice::cli::Import;
use sluice::import::{SourceFile, import};
use sluice::system::{Keys, Options as SystemOptions, System, Urls, poll_queue_of};

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
    /// Runs a function for a system at these URLs (API, DynamoDB, SQS) until its standard input
    /// ends, and prints its peak.
    #[arg(long, hide = true, num_args = 4)]
    poll: Option<Vec<String>>,
}

/// The variables by which a process learns the keys of the services that it polls.
const ACCESS_KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";

/// The functions that are measured.
const FUNCTIONS: [&str; 2] = ["splitter", "worker"];
/// Invocations of one function at the same time.
const CONCURRENCY: usize = 4;

/// Compares the peaks.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    if let Some([binary, api, dynamodb, sqs]) = options.poll.as_deref() {
        let variable = |name| std::env::var(name).context(name);
        let urls = Urls {
            api: api.clone(),
            dynamodb: dynamodb.clone(),
            sqs: sqs.clone(),
            keys: Keys::new(variable(ACCESS_KEY)?, variable(SECRET_KEY)?),
        };
        println!("{}", runtime.block_on(poll(binary, &urls))?);
        return Ok(());
    }
    let small = runtime.block_on(peaks_kib(options.small_megabytes))?;
    let large = runtime.block_on(peaks_kib(options.large_megabytes))?;
    println!(
        "Peak of anonymous memory\n\n| | {} MB | {} MB | ratio |\n|---|--:|--:|--:|",
        options.small_megabytes, options.large_megabytes
    );
    let mut most = 0.0_f64;
    for ((binary, small), large) in FUNCTIONS.iter().zip(small).zip(large) {
        let growth = large as f64 / small as f64;
        let mib = |kib: u64| kib as f64 / 1024.0;
        println!(
            "| {binary} | {:.1} MiB | {:.1} MiB | {growth:.2} |",
            mib(small),
            mib(large)
        );
        most = most.max(growth);
    }
    ensure!(
        most <= MOST_GROWTH,
        "more than the promised {MOST_GROWTH} times"
    );
    Ok(())
}

async fn peaks_kib(megabytes: u64) -> Result<Vec<u64>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("wide.csv");
    write_wide(&file, megabytes * 1_000_000)?;
    let data = folder.path().join("data");
    // No queue is polled in this process.
    let options = SystemOptions {
        concurrency: 0,
        ..SystemOptions::new(&data)
    };
    let system = System::start(options).await?;
    let mut children = Vec::new();
    for binary in FUNCTIONS {
        let Urls {
            api,
            dynamodb,
            sqs,
            keys,
        } = &system.urls;
        let child = Command::new(std::env::current_exe()?)
            .env(ACCESS_KEY, keys.access_key())
            .env(SECRET_KEY, keys.secret_key())
            .args(["memory", "--poll", binary, api, dynamodb, sqs])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        children.push(child);
    }
    let arguments = Import::new(&file, "demo".parse()?, "member_import".parse()?, &data);
    let (summary, _) = import(&system, &arguments, &SourceFile::open(&file)?).await?;
    ensure!(
        summary.status.number() == 3,
        "the import did not finish: {:?}",
        summary.reason
    );
    let mut peaks = Vec::new();
    for mut child in children {
        drop(child.stdin.take());
        let output = child.wait_with_output()?;
        peaks.push(String::from_utf8(output.stdout)?.trim().parse()?);
    }
    system.stop().await;
    Ok(peaks)
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

/// Polls until standard input ends; the peak of this process's memory by then.
async fn poll(binary: &str, urls: &Urls) -> Result<u64> {
    let polling = poll_queue_of(urls, binary, CONCURRENCY).await?;
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let mut peak = 0;
    while !ended.is_finished() {
        peak = peak.max(anonymous_kib().context("/proc/self/status has no RssAnon")?);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    drop(polling);
    Ok(peak)
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
