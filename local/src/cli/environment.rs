//! Printing the environment.

use std::path::PathBuf;

use clap::Args;
use sluice_basics::ids::StationId;

use super::place::{DATA_DIR, STATION};

/// Printing the environment.
#[derive(Debug, Args)]
pub struct Environment {
    /// The folder of the system, which has its keys.
    #[arg(long, default_value = DATA_DIR)]
    pub data_dir: PathBuf,
    /// The first port that the system serves on [default: the one of the system that served this
    /// folder last].
    #[arg(long)]
    pub port: Option<u16>,
    /// The station of the token.
    #[arg(long, default_value = STATION)]
    pub station: StationId,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    pub json: bool,
}
