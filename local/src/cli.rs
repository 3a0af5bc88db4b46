//! The command line.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use sluice_core::ids::{BusinessId, StationId, UserTaskId};
use sluice_core::import::OnDuplicate;
use tracing_subscriber::EnvFilter;

use crate::system::Options;

/// The first of the three ports.
const PORT: u16 = 9_300;

/// Sluice on one machine: without a command it serves the HTTP API and the AWS endpoints.
#[derive(Debug, Parser)]
#[command(name = "local", version)]
pub struct Cli {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
}

/// What to do instead of serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Import a CSV file and print what became of its rows.
    ///
    /// Exit code: 0 all rows imported, 2 some, 3 none, 1 anything else.
    Import(Import),
    /// Write a realistic member file, the same for the same seed.
    Generate(Generate),
    /// Print the functions' environment, for functions that run outside this process.
    Env(Environment),
}

/// Serving.
#[derive(Debug, Args)]
pub struct Serve {
    /// Where state is kept.
    #[arg(long, default_value = ".sluice")]
    pub data_dir: PathBuf,
    /// Forget the state of earlier runs.
    #[arg(long)]
    pub fresh: bool,
    /// The port of the HTTP API and of S3; DynamoDB and SQS have the two after it.
    #[arg(long, default_value_t = PORT)]
    pub port: u16,
    /// Leave this function's queue, stream or schedule alone: it is invoked by hand.
    #[arg(long, value_parser = ["splitter", "worker", "finisher", "sweeper"])]
    pub without: Vec<String>,
    /// The station of the development token.
    #[arg(long, default_value = "demo")]
    pub station: StationId,
    /// How large a chunk is at least, in bytes.
    #[arg(long)]
    pub chunk_bytes: Option<u64>,
}

/// Importing.
#[derive(Debug, Args)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// What the file holds: the name of a definition in definitions/.
    #[arg(long)]
    pub business: BusinessId,
    /// Whose rows they are.
    #[arg(long, default_value = "demo")]
    pub station: StationId,
    /// What to do with rows whose key is stored already [default: what the definition says].
    #[arg(long)]
    pub on_duplicate: Option<DuplicateRule>,
    /// Import the file although the same bytes were imported before.
    #[arg(long)]
    pub repeat: bool,
    /// Your own id for this import: the same one again gives the same import.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// Where state is kept.
    #[arg(long, default_value = ".sluice")]
    pub data_dir: PathBuf,
    /// Forget the state of earlier runs.
    #[arg(long)]
    pub fresh: bool,
    /// How large a chunk is at least, in bytes.
    #[arg(long)]
    pub chunk_bytes: Option<u64>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Import {
    /// The import of a file with the usual options.
    pub fn new(file: &Path, station: StationId, business: BusinessId, data_dir: &Path) -> Self {
        Self {
            file: file.to_owned(),
            business,
            station,
            on_duplicate: None,
            repeat: false,
            user_task_id: None,
            data_dir: data_dir.to_owned(),
            fresh: false,
            chunk_bytes: None,
            json: true,
        }
    }
}

/// As [`OnDuplicate`].
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DuplicateRule {
    /// Report the row; the stored one stays.
    Reject,
    /// Leave the row out; the stored one stays.
    Skip,
    /// Replace the stored row.
    Overwrite,
}

impl From<DuplicateRule> for OnDuplicate {
    fn from(rule: DuplicateRule) -> Self {
        match rule {
            DuplicateRule::Reject => Self::Reject,
            DuplicateRule::Skip => Self::Skip,
            DuplicateRule::Overwrite => Self::Overwrite,
        }
    }
}

/// Printing the environment.
#[derive(Debug, Args)]
pub struct Environment {
    /// The port that the system serves on.
    #[arg(long, default_value_t = PORT)]
    pub port: u16,
}

/// Generating.
#[derive(Debug, Args)]
pub struct Generate {
    /// Where to write.
    pub file: PathBuf,
    /// How many rows.
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
}

/// The options of a system that keeps its state in `data_dir`.
pub(crate) fn options(data_dir: PathBuf, fresh: bool, chunk_bytes: Option<u64>) -> Options {
    let chunk_bytes = chunk_bytes.map(|bytes| ("ChunkBytes".to_owned(), bytes.to_string()));
    let parameters: BTreeMap<String, String> = chunk_bytes.into_iter().collect();
    Options {
        fresh,
        parameters,
        ..Options::new(data_dir)
    }
}

/// Logs go to stderr; `RUST_LOG` says which.
pub fn log() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,s3s=off,dynoxide=error"));
    let stderr = std::io::stderr;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr)
        .init();
}
