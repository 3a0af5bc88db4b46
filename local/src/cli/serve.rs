//! Serving.

use std::path::PathBuf;

use clap::Args;
use sluice_basics::ids::StationId;

use super::place::{DATA_DIR, STATION};
use crate::system::AllowedOrigin;

/// The first of the three ports.
pub(crate) const PORT: u16 = 9_300;

/// Serving.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where state is kept.
    #[arg(long, default_value = DATA_DIR)]
    pub data_dir: PathBuf,
    /// Forget the state of earlier runs, and the access keys.
    #[arg(long)]
    pub fresh: bool,
    /// The port of the HTTP API and of S3; DynamoDB and SQS have the two after it.
    #[arg(long, default_value_t = PORT)]
    pub port: u16,
    /// Leave this function's queue, stream or schedule alone: it is invoked by hand.
    #[arg(long, value_parser = ["splitter", "worker", "finisher", "sweeper"])]
    pub without: Vec<String>,
    /// The station of the development token.
    #[arg(long, default_value = STATION)]
    pub station: StationId,
    /// How large a chunk is at least, in bytes.
    #[arg(long)]
    pub chunk_bytes: Option<u64>,
    /// The origin of a web page that may call the API and S3, such as `http://localhost:5173` (may
    /// be repeated).
    #[arg(long, value_name = "URL")]
    pub allow_origin: Vec<AllowedOrigin>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}
