//! Evaluating scores.

use std::path::PathBuf;

use clap::Args;
use sluice_basics::ids::UserTaskId;
use sluice_scores::Month;

use super::Asked;

/// Evaluating scores.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The month that is evaluated, such as 2026-01.
    pub period: Month,
    /// Show what would be decided, and do nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Save the decisions, a line of JSON for each member.
    #[arg(long, value_name = "FILE")]
    pub decisions: Option<PathBuf>,
    /// Your own id for this evaluation: the same one again gives the same evaluation.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// The system and the form of the answer.
    #[command(flatten)]
    pub asked: Asked,
}
