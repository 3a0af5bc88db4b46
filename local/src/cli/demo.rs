//! Showing everything.

use std::path::PathBuf;

use clap::Args;

/// Showing everything.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many members there are. The other files follow from it.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=10_000))]
    pub rows: u64,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Keep the state and the files in this folder, which must be new or empty [default: a temporary one, deleted in
    /// the end].
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Keep running until Ctrl-C, to look at the console and the mailbox.
    #[arg(long)]
    pub serve: bool,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}
