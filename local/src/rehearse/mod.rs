//! Rehearsing faults: a system of its own is disturbed while it works, and what it says and has stored in the end is
//! compared with what it was given. A seed says what goes wrong (ADR 0051).

mod kinds;
mod model;
mod oracle;
mod play;
mod report;
mod stage;
mod stored;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Rehearse;
use crate::environment::print;
use crate::faults::FaultPlan;

use play::play;
use report::Report;

/// Rehearses with one seed after the other and prints what was found.
pub async fn run(arguments: Rehearse) -> Result<ExitCode> {
    tokio::select! {
        report = rehearse(&arguments) => {
            let report = report?;
            print(&report.end(arguments.json));
            Ok(report.exit_code())
        }
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped"),
    }
}

async fn rehearse(arguments: &Rehearse) -> Result<Report> {
    let faultless = Box::pin(play(arguments, arguments.seed, FaultPlan::without_faults()));
    let mut report = Report::new(arguments, faultless.await?);
    if !arguments.json {
        print(&report.begin());
    }
    for seed in arguments.seed..arguments.seed.saturating_add(arguments.seeds) {
        let played = Box::pin(play(arguments, seed, FaultPlan::new(seed))).await?;
        let text = report.add(seed, played);
        if !arguments.json {
            print(&text);
        }
    }
    Ok(report)
}
