//! From a fault to the right end of an import, with the time limits, leases and schedules of the template. A
//! function that is killed is not polled any more between two of its requests, as a process that is killed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use sluice::faults::{Fault, FaultPlan, FaultyRoad, Service};
use sluice::system::{Options as SystemOptions, System};
use tokio::sync::watch;

use crate::api::{imported, members};

const STATION: &str = "demo";
const MEMBERS: &str = "member_import";
/// So many wakes after its beginning a function is killed: in the middle of its work, and not while it looks whether
/// there is any.
const WAKES: u64 = 4;

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Rows of the file.
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
}

/// One fault, and what the project promises for it.
struct Case {
    name: &'static str,
    /// The function that is killed, and from which of its invocations on.
    killed: Option<(&'static str, u64)>,
    /// The queue whose first message is lost.
    lost: Option<&'static str>,
    most: Duration,
}

const CASES: [Case; 5] = [
    Case {
        name: "a worker is killed",
        killed: Some(("worker", 1)),
        lost: None,
        most: Duration::from_mins(2),
    },
    Case {
        name: "a chunk's message is lost",
        killed: None,
        lost: Some("sluice-chunks"),
        most: Duration::from_mins(5),
    },
    Case {
        name: "the event of the upload is lost",
        killed: None,
        lost: Some("sluice-uploads"),
        most: Duration::from_mins(5),
    },
    Case {
        name: "the finisher is killed",
        killed: Some(("finisher", 1)),
        lost: None,
        most: Duration::from_mins(3),
    },
    Case {
        name: "a chunk's message is lost, and the sweeper is killed that finds it",
        // It looks once a minute, first when the system starts, and sends again what is two minutes late.
        killed: Some(("sweeper", 4)),
        lost: Some("sluice-chunks"),
        most: Duration::from_mins(3),
    },
];

/// Runs all cases at the same time, each in a system of its own.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(Box::pin(compare(options.rows)))
}

async fn compare(rows: u64) -> Result<()> {
    let recovered = CASES.iter().map(|case| recovered(case, rows));
    let recovered = futures::future::try_join_all(recovered).await?;
    println!("| {rows} rows | from the fault to the end | promised |\n|---|--:|--:|");
    let mut is_late = false;
    for (case, time) in CASES.iter().zip(recovered) {
        println!("| {} | {time:.1?} | {:?} |", case.name, case.most);
        is_late |= time > case.most;
    }
    ensure!(!is_late, "later than promised");
    Ok(())
}

async fn recovered(case: &Case, rows: u64) -> Result<Duration> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("members.csv");
    members(&file, rows, 1)?;
    let plan = Arc::new(match case.killed {
        Some((function, invocation)) => FaultPlan::with_death(function, invocation, WAKES),
        None => FaultPlan::without_faults(),
    });
    let road = FaultyRoad::open(Service::Sqs).await?;
    let (lost, when_lost) = watch::channel(None);
    if let Some(queue) = case.lost {
        let queue = format!("{queue}\"");
        let is_lost = AtomicBool::new(false);
        road.set_rule_of_bodies(move |operation, body| {
            let is_sent = operation.starts_with("SendMessage")
                && String::from_utf8_lossy(body).contains(&queue);
            if !is_sent || is_lost.swap(true, Ordering::Relaxed) {
                return Fault::None;
            }
            lost.send_replace(Some(Instant::now()));
            Fault::Lost
        });
    }
    let system = System::start(SystemOptions {
        sqs_url: Some(road.url.clone()),
        faults: Some(Arc::clone(&plan)),
        ..SystemOptions::new(folder.path().join("data"))
    })
    .await?;
    road.lead_to(&system.urls);
    let summary = imported(&system, &file, STATION, MEMBERS, rows).await?;
    let ended = Instant::now();
    system.stop().await;
    ensure!(
        summary.rows.succeeded == rows,
        "{}: {} of {rows} rows succeeded",
        case.name,
        summary.rows.succeeded
    );
    let fault = match case.killed {
        Some(_) => plan.last(),
        None => *when_lost.borrow(),
    };
    let fault = fault.with_context(|| format!("{}: it did not happen", case.name))?;
    Ok(ended - fault)
}
