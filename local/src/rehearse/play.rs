//! One rehearsal: faults for some time, then none until all has ended, then the comparison.

use std::time::{Duration, Instant};

use anyhow::Result;
use futures::future::join_all;
use sluice_aws::Usage;

use crate::cli::Rehearse;
use crate::faults::{FaultPlan, Happened};

use super::kinds::{Scenario, scenario};
use super::oracle::Check;
use super::stage::Stage;

/// What came of a rehearsal.
pub(super) struct Played {
    /// What was compared, by kind of rehearsal.
    pub(super) checks: Vec<(&'static str, Check)>,
    pub(super) happened: Happened,
    /// What the functions used.
    pub(super) usage: Usage,
    /// From the beginning until all had ended.
    pub(super) elapsed: Duration,
    /// From the last fault until then.
    pub(super) after_last: Option<Duration>,
}

/// Something that is rehearsed.
struct Part {
    name: &'static str,
    scenario: Box<dyn Scenario>,
    /// How it ended, if it has.
    outcome: Option<Result<()>>,
}

/// Starts a system, disturbs it while it works, and compares.
pub(super) async fn play(arguments: &Rehearse, seed: u64, plan: FaultPlan) -> Result<Played> {
    let mut parts = Vec::new();
    for kind in arguments.kinds() {
        parts.push(Part {
            name: kind.name(),
            scenario: scenario(kind, arguments.rows, seed)?,
            outcome: None,
        });
    }
    let stage = Box::pin(Stage::start(plan, seed)).await?;
    let began = Instant::now();
    let before = stage.system.clients.meter.usage();
    act(arguments, &stage, &mut parts).await;
    let (elapsed, last) = (began.elapsed(), stage.plan.last());
    let usage = stage.system.clients.meter.usage() - before;
    stage.plan.calm();
    let mut checks = Vec::new();
    for part in parts {
        let mut ends = Check::new("everything ends");
        let patience = arguments.patience;
        match &part.outcome {
            Some(Ok(())) => ends.expect(true, String::new),
            Some(Err(error)) => ends.expect(false, || format!("{error:#}")),
            None => {
                let open = stage.unfinished().await.join("; ");
                ends.expect(false, || {
                    format!("not within {patience} s without faults: {open}")
                });
            }
        }
        let has_ended = ends.violations.is_empty();
        checks.push((part.name, ends));
        if has_ended {
            let found = part.scenario.check(&stage).await;
            let found = found.unwrap_or_else(|error| {
                let mut check = Check::new("there is something to compare");
                check.expect(false, || format!("{error:#}"));
                vec![check]
            });
            checks.extend(found.into_iter().map(|check| (part.name, check)));
        }
    }
    let happened = stage.plan.happened();
    stage.system.stop().await;
    Ok(Played {
        checks,
        happened,
        usage,
        elapsed,
        after_last: last.map(|last| (began + elapsed).saturating_duration_since(last)),
    })
}

/// Does all at the same time: with faults, and when the time of faults is over without them.
async fn act(arguments: &Rehearse, stage: &Stage, parts: &mut [Part]) {
    let all = join_all(parts.iter_mut().map(async |part| {
        part.outcome = Some(part.scenario.act(stage).await);
    }));
    let phases = async {
        let mut all = std::pin::pin!(all);
        let faults = Duration::from_secs(arguments.seconds);
        if tokio::time::timeout(faults, &mut all).await.is_err() {
            stage.plan.calm();
            let patience = Duration::from_secs(arguments.patience);
            let _ = tokio::time::timeout(patience, &mut all).await;
        }
    };
    tokio::select! {
        () = phases => {}
        () = stage.sweep() => {}
    }
}
