//! Generating.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Generating.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Generate {
    /// Something else than members.
    #[command(subcommand)]
    pub other: Option<GenerateOther>,
    /// The member file.
    #[command(flatten)]
    pub members: Option<Generated>,
}

/// What is generated beside member files.
#[derive(Debug, Subcommand)]
pub enum GenerateOther {
    /// Write a list of orders, one a line.
    Orders(Generated),
}

/// A file that is generated.
#[derive(Debug, Args)]
pub struct Generated {
    /// Where to write.
    pub file: PathBuf,
    /// How many rows, or orders.
    #[arg(long, default_value_t = 700_000)]
    pub rows: u64,
    /// The same seed gives the same file.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many rows of a hundred are wrong.
    #[arg(long, default_value_t = 0.0)]
    pub bad_percent: f64,
    /// How many rows of a hundred have the key of an earlier row.
    #[arg(long, default_value_t = 0.0)]
    pub duplicate_percent: f64,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}
