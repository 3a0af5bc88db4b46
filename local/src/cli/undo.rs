//! Undoing.

use clap::Args;
use sluice_basics::ids::{TaskId, UserTaskId};

use super::Place;

/// Undoing.
#[derive(Debug, Args)]
pub struct Undo {
    /// The task of the import.
    pub task_id: TaskId,
    /// Count what would become of the rows, and change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Your own id for this undo: the same one again gives the same undo.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// The system.
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Undo {
    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        self.place.contradiction()
    }
}
