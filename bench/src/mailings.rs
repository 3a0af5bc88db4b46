//! What an import loses by a mailing beside it. Both are measured in turns in one run. Functions, services and the
//! mailbox share the processors of this machine, which they do not on AWS: what is lost here is an upper bound.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use clap::Args;
use local_ses::Quota;
use reqwest::Method;
use serde_json::json;
use sluice::system::{Options as SystemOptions, System};

use crate::api::{Api, imported, members};

/// What the project promises.
const MOST_PERCENT: f64 = 5.0;
const MEMBERS: &str = "member_import";
/// The station that sends, and the one that imports.
const SENDER: &str = "sender";
const IMPORTER: &str = "importer";

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Recipients of a mailing.
    #[arg(long, default_value_t = 20_000)]
    recipients: u64,
    /// Recipients a second that the account may send to.
    #[arg(long, default_value_t = 200)]
    per_second: u32,
    /// Rows of an import.
    #[arg(long, default_value_t = 300_000)]
    rows: u64,
    /// How often both are measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Measures imports alone and beside a mailing, and compares the medians.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(Box::pin(compare(options)))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let system = System::start(SystemOptions::new(folder.path().join("data"))).await?;
    system.services.ses.set_quota(Quota {
        max_24_hours: u64::MAX,
        max_per_second: options.per_second,
    });
    let file = folder.path().join("members.csv");
    members(&file, options.recipients, 1)?;
    imported(&system, &file, SENDER, MEMBERS, options.recipients).await?;
    let template = json!({
        "name": "news", "language": "en", "version": 0, "sample": { "name": "Ann" },
        "texts": { "subject": "News for {{ name }}", "html": "<p>Dear {{ name }}</p>" },
    });
    let sender = Api::new(&system, SENDER)?;
    sender
        .send(Method::PUT, "/mail/template", &template)
        .await?;
    let mut bench = Bench {
        system,
        file,
        seed: 1,
    };
    let (mut alone, mut beside, mut mailings) = (Vec::new(), Vec::new(), Vec::new());
    let mailing = json!({
        "template": "news", "language": "en", "audience": { "business": MEMBERS },
    });
    for _ in 0..options.rounds.max(1) {
        alone.push(bench.import(options.rows).await?);
        let started = Instant::now();
        let sent = async {
            let task = sender.done("/mail/send", &mailing).await?;
            ensure!(
                task["result"]["unknown"] == 0,
                "recipients of whom nobody knows: {task}"
            );
            anyhow::Ok((started.elapsed(), task["result"]["sent"].clone()))
        };
        let (imported, sent) = tokio::try_join!(bench.import(options.rows), sent)?;
        beside.push(imported);
        println!(
            "{} e-mails in {:.1?}, an import in {imported:.1?}",
            sent.1, sent.0
        );
        mailings.push(sent.0);
    }
    bench.system.stop().await;
    let [alone, beside, mailing] = [alone, beside, mailings].map(median);
    let percent = (beside.as_secs_f64() / alone.as_secs_f64() - 1.0) * 100.0;
    println!("\n| {} rows, median | |\n|---|--:|", options.rows);
    println!("| alone | {alone:.1?} |\n| beside a mailing | {beside:.1?} ({percent:+.1}%) |");
    println!(
        "| the mailing, {} recipients | {mailing:.1?} |",
        options.recipients
    );
    ensure!(
        percent <= MOST_PERCENT,
        "more than the promised {MOST_PERCENT}%"
    );
    Ok(())
}

struct Bench {
    system: System,
    file: PathBuf,
    seed: u64,
}

impl Bench {
    /// Imports rows that no file has had before.
    async fn import(&mut self, rows: u64) -> Result<Duration> {
        self.seed += 1;
        members(&self.file, rows, self.seed)?;
        let summary = imported(&self.system, &self.file, IMPORTER, MEMBERS, rows).await?;
        Ok(Duration::from_millis(summary.elapsed_ms))
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
