//! Deciding about tiers, coupons and rewards of a month, as any client would: over HTTP, with a token.

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use sluice_api::EvaluateRequest;

use crate::cli::Evaluate;
use crate::connection::{Connection, fresh_id};
use crate::outcome::{self, Summary};
use crate::progress::Progress;

/// Evaluates a month, and prints what was decided.
pub async fn run(arguments: Evaluate) -> Result<ExitCode> {
    let period = arguments.period;
    let request = EvaluateRequest {
        start_at: None,
        period,
        dry_run: arguments.dry_run,
        user_task_id: Some(match &arguments.user_task_id {
            Some(id) => id.clone(),
            None => fresh_id(&format!("evaluate-{period}"))?,
        }),
    };
    let connection = Connection::open(&arguments.asked.place).await?;
    let stopped = |is_here| {
        if is_here {
            "stopped; the evaluation goes on as soon as a system runs on this folder".to_owned()
        } else {
            "stopped; the evaluation goes on all the same: see `sluice tasks list`".to_owned()
        }
    };
    let work = async |connection: &Connection| {
        let started = Instant::now();
        let task_id = connection
            .client
            .begin_task("/score/evaluate", &request)
            .await?;
        let progress = Progress::of_task("evaluating", period.to_string());
        let task = connection.ended(task_id, &progress).await?;
        let elapsed = started.elapsed();
        let wanted = arguments.decisions.as_deref();
        let saved = connection.save(&task, wanted, "the decisions").await?;
        Ok(Summary::new(&task, elapsed, saved))
    };
    let summary = connection.work(stopped, work).await?;
    outcome::print(&summary, arguments.asked.json)?;
    Ok(summary.exit_code())
}
