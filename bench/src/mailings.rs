//! What an import loses by a mailing beside it, and what an e-mail costs. Functions, services and the mailbox share the
//! processors of this machine, which they do not on AWS: what is lost here is an upper bound.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::QueueAttributeName;
use clap::Args;
use local_ses::{Fault, Quota};
use reqwest::Method;
use serde_json::{Value, json};
use sluice::system::{Options as SystemOptions, System};

use crate::api::{Api, imported, members};
use crate::measure::processor_time;

/// What the project promises.
const MOST_PERCENT: f64 = 5.0;
const MEMBERS: &str = "member_import";
/// The station that sends, and the one that imports.
const SENDER: &str = "sender";
const IMPORTER: &str = "importer";
/// The queue of what SES says.
const EVENTS: &str = "sluice-mail-events";
/// How often that queue is looked at, and how often it must be empty one time after the other.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
const EMPTY_LOOKS: usize = 3;

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
    #[arg(long, default_value_t = 200_000)]
    rows: u64,
    /// Imports alone before each mailing, and at most so many beside it.
    #[arg(long, default_value_t = 3)]
    imports: usize,
    /// How often both are measured, in turns. With none only the mailing is, alone.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Measures a mailing alone, and imports alone and beside a mailing, and compares the medians.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(Box::pin(compare(options)))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut bench = Bench::start(folder.path().to_owned(), options).await?;
    bench.mailing_alone().await?;
    if options.rounds == 0 {
        bench.system.stop().await;
        return Ok(());
    }
    let (mut alone, mut beside) = (Imports::default(), Imports::default());
    for _ in 0..options.rounds {
        for _ in 0..options.imports {
            alone.add(&bench.import(options.rows).await?);
        }
        bench.beside_a_mailing(options, &mut beside).await?;
    }
    bench.system.stop().await;
    ensure!(
        !beside.times.is_empty(),
        "no import ended while a mailing was sent"
    );
    println!(
        "\n| {} rows, median | alone | beside a mailing | |",
        options.rows
    );
    println!("|---|--:|--:|--:|");
    let [time, wait] = [
        [median(&mut alone.times), median(&mut beside.times)],
        [median(&mut alone.waits), median(&mut beside.waits)],
    ];
    let percent = (time[1].as_secs_f64() / time[0].as_secs_f64() - 1.0) * 100.0;
    println!(
        "| time | {:.2?} | {:.2?} | {percent:+.1}% |",
        time[0], time[1]
    );
    println!(
        "| a chunk waits in its queue | {:.1?} | {:.1?} | |",
        wait[0], wait[1]
    );
    println!(
        "| write units | {} | {} | |",
        median(&mut alone.write_units),
        median(&mut beside.write_units)
    );
    ensure!(
        percent <= MOST_PERCENT,
        "more than the promised {MOST_PERCENT}%"
    );
    Ok(())
}

/// What imports took.
#[derive(Default)]
struct Imports {
    times: Vec<Duration>,
    /// How long a chunk's message waited, on average.
    waits: Vec<Duration>,
    write_units: Vec<u64>,
}

/// What one import took.
struct Import {
    time: Duration,
    wait: Duration,
    write_units: u64,
}

impl Imports {
    fn add(&mut self, import: &Import) {
        self.times.push(import.time);
        self.waits.push(import.wait);
        self.write_units.push(import.write_units);
    }
}

struct Bench {
    system: System,
    sender: Api,
    importer: Api,
    file: PathBuf,
    seed: u64,
    calls_of_ses: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Bench {
    /// A system with a template and somebody to send it to.
    async fn start(folder: PathBuf, options: &Options) -> Result<Self> {
        let system = System::start(SystemOptions::new(folder.join("data"))).await?;
        system.services.ses.set_quota(Quota {
            max_24_hours: u64::MAX,
            max_per_second: options.per_second,
        });
        let calls_of_ses: Arc<Mutex<BTreeMap<String, u64>>> = Arc::default();
        let counted = Arc::clone(&calls_of_ses);
        system.services.ses.set_rule(move |operation, _| {
            let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
            *counted.entry(operation.to_owned()).or_default() += 1;
            Fault::None
        });
        let file = folder.join("members.csv");
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
        Ok(Self {
            importer: Api::new(&system, IMPORTER)?,
            system,
            sender,
            file,
            seed: 1,
            calls_of_ses,
        })
    }

    /// Sends a mailing, and prints what an e-mail of it cost once all that SES says of it is taken.
    async fn mailing_alone(&self) -> Result<()> {
        let (functions, pollers) = (&self.system.clients.meter, &self.system.pollers);
        let before = (functions.usage(), pollers.usage(), processor_time()?);
        let started = Instant::now();
        let mailing = self.mailing().await?;
        let time = started.elapsed();
        self.events_are_taken().await?;
        let processor = processor_time()?.saturating_sub(before.2);
        let (functions, pollers) = (functions.usage() - before.0, pollers.usage() - before.1);
        let sent = mailing["result"]["sent"].as_u64().context("a count")?;
        let each = |count: u64| count as f64 / sent.max(1) as f64;
        println!("{sent} e-mails in {time:.1?}, alone\n");
        println!("| an e-mail costs | |\n|---|--:|");
        println!(
            "| milliseconds of a processor | {:.2} |",
            processor.as_secs_f64() * 1_000.0 / sent.max(1) as f64
        );
        println!(
            "| write units | {:.3} |",
            functions.write_units / sent.max(1) as f64
        );
        for (what, count) in [
            ("DynamoDB, functions", functions.dynamodb_requests),
            ("S3, functions", functions.s3_requests),
            ("SQS, functions", functions.sqs_requests),
            ("SQS, pollers and SES's events", pollers.sqs_requests),
            ("DynamoDB, streams", pollers.dynamodb_requests),
        ] {
            println!("| requests to {what} | {:.4} |", each(count));
        }
        let calls = self.calls_of_ses.lock();
        for (operation, count) in calls.unwrap_or_else(PoisonError::into_inner).iter() {
            println!("| {operation} | {:.4} |", each(*count));
        }
        println!();
        Ok(())
    }

    /// Imports while a mailing is sent.
    async fn beside_a_mailing(&mut self, options: &Options, beside: &mut Imports) -> Result<()> {
        let started = Instant::now();
        let sender = Api::new(&self.system, SENDER)?;
        let mailing = tokio::spawn(async move {
            let mailing = mailing(&sender).await?;
            anyhow::Ok((mailing, started.elapsed()))
        });
        for _ in 0..options.imports {
            let import = self.import(options.rows).await?;
            if mailing.is_finished() {
                break;
            }
            println!("an import beside a mailing in {:.2?}", import.time);
            beside.add(&import);
        }
        let (mailing, time) = mailing.await??;
        println!("{} e-mails in {time:.1?}", mailing["result"]["sent"]);
        self.events_are_taken().await
    }

    async fn mailing(&self) -> Result<Value> {
        mailing(&self.sender).await
    }

    /// Waits until nothing is left in the queue of events.
    async fn events_are_taken(&self) -> Result<()> {
        let sqs = &self.system.services.clients(&self.system.urls).await.sqs;
        let queue_url = format!("{}/000000000000/{EVENTS}", self.system.urls.sqs);
        let mut empty = 0;
        while empty < EMPTY_LOOKS {
            tokio::time::sleep(LOOK_AGAIN).await;
            let answer = sqs
                .get_queue_attributes()
                .queue_url(&queue_url)
                .attribute_names(QueueAttributeName::All)
                .send()
                .await?;
            let counts = answer.attributes.context("attributes")?;
            let is_empty = counts
                .iter()
                .filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOf"))
                .all(|(_, count)| count == "0");
            empty = if is_empty { empty + 1 } else { 0 };
        }
        Ok(())
    }

    /// Imports rows that no file has had before.
    async fn import(&mut self, rows: u64) -> Result<Import> {
        self.seed += 1;
        members(&self.file, rows, self.seed)?;
        let summary = imported(&self.system, &self.file, IMPORTER, MEMBERS, rows).await?;
        let task_id = summary.task_id;
        let task = self
            .importer
            .get(&format!("/task/get?task_id={task_id}"))
            .await?;
        let profile = self
            .importer
            .get(&format!("/task/profile?task_id={task_id}"))
            .await?;
        let wait = profile["stages"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|stage| stage["name"] == "queue_wait")
            .context("no chunk has waited")?;
        let [total_ms, chunks] = ["total_ms", "calls"].map(|name| wait[name].as_f64());
        let wait_ms = total_ms.unwrap_or_default() / chunks.unwrap_or(1.0).max(1.0);
        Ok(Import {
            time: Duration::from_millis(summary.elapsed_ms),
            wait: Duration::from_secs_f64(wait_ms / 1_000.0),
            write_units: task["result"]["actual"]["write_units"]
                .as_u64()
                .unwrap_or_default(),
        })
    }
}

async fn mailing(sender: &Api) -> Result<Value> {
    let request = json!({
        "template": "news", "language": "en", "audience": { "business": MEMBERS },
    });
    let task = sender.done("/mail/send", &request).await?;
    ensure!(
        task["result"]["unknown"] == 0,
        "recipients of whom nobody knows: {task}"
    );
    Ok(task)
}

fn median<T: Copy + Ord + Default>(values: &mut [T]) -> T {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}
