//! The command line.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};
use sluice_core::api::{ShortText, Text};
use sluice_core::csv::Delimiter;
use sluice_core::definition::OnDuplicate;
use sluice_core::encoding::Encoding;
use sluice_core::export::Wanted;
use sluice_core::ids::{BusinessId, IdError, StationId, TaskId, UserTaskId};
use sluice_core::import::ImportOptions;
use tracing_subscriber::EnvFilter;

use crate::client::{ApiUrl, Token};
use crate::rehearse::Kind;
use crate::system::{AllowedOrigin, Options};

/// The first of the three ports.
pub(crate) const PORT: u16 = 9_300;

/// Where state is kept, unless a command says otherwise.
const DATA_DIR: &str = ".sluice";

/// Whose token or rows it is, unless a command says otherwise.
const STATION: &str = "demo";

/// The exit code of a command line that cannot be followed, as in `sysexits.h`: those below it say
/// what became of an import.
pub const USAGE: u8 = 64;

/// Sluice on one machine: without a command it serves the HTTP API and the AWS endpoints.
///
/// Exit code: 0 it worked, 1 it did not, 64 the command line is wrong. `import` has others, too.
#[derive(Debug, Parser)]
#[command(name = "sluice", version, args_conflicts_with_subcommands = true)]
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
    /// Import a CSV file or a workbook and print what became of its rows.
    ///
    /// The system that imports it runs in this process, on `--data-dir`, or is the one at `--api`.
    ///
    /// Exit code: 0 all rows imported, 2 some, 3 none, 1 anything else, 64 the command line is
    /// wrong. With `--dry-run` it is the code that the import would have.
    Import(Box<Import>),
    /// Export the rows of a business into a CSV file or a workbook.
    ///
    /// The file is whole or it is not written. A CSV file can be imported again as it is. The system that exports
    /// the rows runs in this process, on `--data-dir`, or is the one at `--api`.
    Export(Box<Export>),
    /// Take back what an import stored and print what became of its rows.
    ///
    /// Rows that are still as they were imported are deleted, or restored where the import ran with
    /// `--undoable`. Rows that were changed since stay, and a file says what changed. The system that undoes it
    /// runs in this process, on `--data-dir`, or is the one at `--api`.
    ///
    /// Exit code: 0 all rows are taken back, 2 some, 3 none, 1 anything else, 64 the command line is wrong. With
    /// `--dry-run` it is the code that the undo would have.
    Undo(Box<Undo>),
    /// Write a realistic member file, or a list of orders, the same for the same seed.
    Generate(Generate),
    /// Rehearse faults: disturb a system of its own while it works, and compare what comes out with what went in.
    ///
    /// The system runs in this process, in a temporary folder. For some time requests are throttled, refused,
    /// executed without an answer or never answered, messages are lost, doubled and overtaken, and functions are
    /// killed; then everything must end. The same seed draws the same faults for the same requests.
    ///
    /// Exit code: 0 no violation was found, 1 there was one, or anything else went wrong, 64 the command line is
    /// wrong.
    Rehearse(Rehearse),
    /// Print the environment for functions and clients of a system that runs on `--data-dir`.
    ///
    /// It has the access keys of that folder and a token: keep it to yourself.
    Env(Environment),
}

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

/// Importing.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Import {
    /// The file.
    pub file: PathBuf,
    /// What the file holds: the name of a definition in definitions/.
    #[arg(long)]
    pub business: BusinessId,
    /// Check every row and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Keep the rows that are overwritten, so that `sluice undo` can restore them.
    #[arg(long)]
    pub undoable: bool,

    /// Send an e-mail to the members that the import has created, as the station's configuration says under
    /// `notify`. Needs the scope `mail:send`.
    #[arg(
        long,
        conflicts_with = "dry_run",
        help_heading = "Options of the import"
    )]
    pub notify: bool,
    /// Take a column from another header than its own, such as `member_no="Karte Nr."` (may be
    /// repeated). Of a file without a header, from a field: its number from 1 or its letter from A.
    #[arg(long, value_name = "COLUMN=HEADER", value_parser = mapped)]
    pub mapping: Vec<(String, Text)>,
    /// How the file's text is written, such as gb18030 [default: detected].
    #[arg(long, value_parser = encoding)]
    pub encoding: Option<Encoding>,
    /// What separates the fields: one character, or tab [default: detected].
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub delimiter: Option<Delimiter>,
    /// The sheet of a workbook [default: the first that is not hidden].
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<ShortText>,
    /// Whether the file has a header. Without one, every required column needs a --mapping.
    #[arg(long, value_name = "true|false|auto", default_value = "auto")]
    pub header: Header,
    /// What to do with rows whose key is stored already [default: what the definition says].
    #[arg(long)]
    pub on_duplicate: Option<DuplicateRule>,
    /// Import the file although the same bytes were imported before.
    #[arg(long)]
    pub repeat: bool,
    /// Your own id for this import: the same one again gives the same import.
    #[arg(long)]
    pub user_task_id: Option<UserTaskId>,
    /// The address of a deployed system, such as `https://api.example.com`, that is to import it.
    #[arg(
        long,
        value_name = "URL",
        env = "SLUICE_API",
        help_heading = "A deployed system"
    )]
    pub api: Option<ApiUrl>,
    /// The token for it. Other users of this machine may see a command line: `SLUICE_TOKEN` keeps
    /// it to yourself.
    #[arg(
        long,
        env = "SLUICE_TOKEN",
        hide_env_values = true,
        help_heading = "A deployed system"
    )]
    pub token: Option<Token>,
    /// Whose rows they are [default: demo].
    #[arg(long, help_heading = "The system in this process")]
    pub station: Option<StationId>,
    /// Where state is kept [default: .sluice].
    #[arg(long, help_heading = "The system in this process")]
    pub data_dir: Option<PathBuf>,
    /// Forget the state of earlier runs.
    #[arg(long, help_heading = "The system in this process")]
    pub fresh: bool,
    /// How large a chunk is at least, in bytes.
    #[arg(long, help_heading = "The system in this process")]
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
            dry_run: false,
            undoable: false,
            notify: false,
            mapping: Vec::new(),
            encoding: None,
            delimiter: None,
            sheet: None,
            header: Header::Auto,
            on_duplicate: None,
            repeat: false,
            user_task_id: None,
            api: None,
            token: None,
            station: Some(station),
            data_dir: Some(data_dir.to_owned()),
            fresh: false,
            chunk_bytes: None,
            json: true,
        }
    }

    /// Where the system in this process keeps its state.
    pub fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| DATA_DIR.into())
    }

    /// Whose rows they are, if the system in this process imports them.
    pub(crate) fn station(&self) -> Result<StationId, IdError> {
        match &self.station {
            Some(station) => Ok(station.clone()),
            None => STATION.parse(),
        }
    }

    /// The options of the API's request.
    pub(crate) fn options(&self) -> ImportOptions {
        ImportOptions {
            on_duplicate: self.on_duplicate.map(Into::into),
            dry_run: self.dry_run,
            undoable: self.undoable,
            notify: self.notify,
            delimiter: self.delimiter,
            encoding: self.encoding,
            sheet: self.sheet.clone(),
            header: match self.header {
                Header::Auto => None,
                Header::True => Some(true),
                Header::False => Some(false),
            },
            tolerated_failures: None,
            mapping: self.mapping.iter().cloned().collect(),
        }
    }

    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        let mut columns = BTreeSet::new();
        if let Some((twice, _)) = self.mapping.iter().find(|one| !columns.insert(&one.0)) {
            return Some(format!(
                "--mapping names the column `{twice}` twice: name one header for it"
            ));
        }
        let of_this_process = [
            ("--station", self.station.is_some()),
            ("--data-dir", self.data_dir.is_some()),
            ("--fresh", self.fresh),
            ("--chunk-bytes", self.chunk_bytes.is_some()),
        ];
        contradiction(self.api.as_ref(), self.token.as_ref(), &of_this_process)
    }
}

/// Returns what contradicts itself in the options that say which system is meant.
fn contradiction(
    api: Option<&ApiUrl>,
    token: Option<&Token>,
    of_this_process: &[(&str, bool)],
) -> Option<String> {
    let api = api?;
    if let Some((option, _)) = of_this_process.iter().find(|(_, given)| *given) {
        return Some(format!(
            "{option} is for the system in this process, but {api} is meant, as --api or SLUICE_API \
             says: leave out one of them"
        ));
    }
    let wrong = match token {
        None => "asks for a token",
        Some(token) if !token.is_usable() => "asks for another token than what was given",
        Some(_) => return None,
    };
    Some(format!(
        "{api} {wrong}: put it into SLUICE_TOKEN, or give --token"
    ))
}

/// Exporting.
#[derive(Debug, Args)]
pub struct Export {
    /// Where to write. A name that ends in `.xlsx` makes a workbook, any other a CSV file.
    pub file: PathBuf,
    /// Whose rows: the name of a definition in definitions/.
    #[arg(long)]
    pub business: BusinessId,
    /// A column of the file (may be repeated, and says their order) [default: all].
    #[arg(long, value_name = "NAME")]
    pub column: Vec<String>,
    /// What rows must be: `tier=gold`, `points=100..` or, for rows without a value, `phone=` (may be repeated).
    #[arg(long = "where", value_name = "COLUMN=VALUE|FROM..TO", value_parser = crate::export::condition)]
    pub filter: Vec<(String, Wanted)>,
    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,
    /// The system.
    #[command(flatten)]
    pub place: Place,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

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

/// Rehearsing.
#[derive(Debug, Args)]
pub struct Rehearse {
    /// About how many rows each kind has.
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u64).range(10..=100_000))]
    pub rows: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds are rehearsed, one after the other.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    pub seeds: u64,
    /// For how many seconds there are faults, if the work takes so long.
    #[arg(long, default_value_t = 120)]
    pub seconds: u64,
    /// How many seconds everything may take to end after that.
    #[arg(long, default_value_t = 600)]
    pub patience: u64,
    /// What is rehearsed, with commas between [default: all].
    #[arg(long, value_delimiter = ',')]
    pub kinds: Vec<Kind>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

impl Rehearse {
    /// The kinds that are meant, each once.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> {
        let is_meant = |kind: &Kind| self.kinds.is_empty() || self.kinds.contains(kind);
        Kind::ALL.into_iter().filter(is_meant)
    }
}

/// Which system is meant.
#[derive(Debug, Args)]
pub struct Place {
    /// The address of a deployed system, such as `https://api.example.com`.
    #[arg(
        long,
        value_name = "URL",
        env = "SLUICE_API",
        help_heading = "A deployed system"
    )]
    pub api: Option<ApiUrl>,
    /// The token for it. Other users of this machine may see a command line: `SLUICE_TOKEN` keeps
    /// it to yourself.
    #[arg(
        long,
        env = "SLUICE_TOKEN",
        hide_env_values = true,
        help_heading = "A deployed system"
    )]
    pub token: Option<Token>,
    /// Whose rows they are [default: demo].
    #[arg(long, help_heading = "The system in this process")]
    pub station: Option<StationId>,
    /// Where state is kept [default: .sluice].
    #[arg(long, help_heading = "The system in this process")]
    pub data_dir: Option<PathBuf>,
}

impl Place {
    /// Returns what contradicts itself in the options.
    fn contradiction(&self) -> Option<String> {
        let of_this_process = [
            ("--station", self.station.is_some()),
            ("--data-dir", self.data_dir.is_some()),
        ];
        contradiction(self.api.as_ref(), self.token.as_ref(), &of_this_process)
    }

    /// Where the system in this process keeps its state.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.data_dir.clone().unwrap_or_else(|| DATA_DIR.into())
    }

    /// Whose rows they are, in the system in this process.
    pub(crate) fn station(&self) -> Result<StationId, IdError> {
        self.station.clone().map_or_else(|| STATION.parse(), Ok)
    }
}

impl Export {
    /// Returns what contradicts itself in the options.
    pub fn contradiction(&self) -> Option<String> {
        let mut columns = BTreeSet::new();
        if let Some((twice, _)) = self.filter.iter().find(|one| !columns.insert(&one.0)) {
            return Some(format!(
                "--where names the column `{twice}` twice: say once what it must be"
            ));
        }
        self.place.contradiction()
    }
}

/// Whether a file has a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Header {
    /// As the API decides when nothing is said.
    Auto,
    /// It has.
    True,
    /// It has none.
    False,
}

/// Adds to the error of an option that stands before its command where it belongs.
pub fn explained(mut error: clap::Error) -> clap::Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let command = text(ContextKind::InvalidSubcommand);
    if let (ErrorKind::ArgumentConflict, Some(command)) = (error.kind(), command) {
        let option = text(ContextKind::PriorArg).unwrap_or_else(|| "--option".to_owned());
        let tip = format!("put options behind the command: `sluice {command} {option}`");
        let tip = ContextValue::StyledStrs(vec![tip.into()]);
        error.insert(ContextKind::Suggested, tip);
    }
    error
}

/// Reads `COLUMN=HEADER`.
fn mapped(text: &str) -> Result<(String, Text), String> {
    let (column, header) = text.split_once('=').ok_or(
        "write it as COLUMN=HEADER: a column of the business, and the header in the file that it is \
         taken from",
    )?;
    let column = column.trim();
    if column.is_empty() {
        return Err("there is no column before the `=`".to_owned());
    }
    let header = header
        .parse()
        .map_err(|error| format!("the header of {column}: {error}"))?;
    Ok((column.to_owned(), header))
}

fn encoding(name: &str) -> Result<Encoding, String> {
    let known = || format!("there are: {}", Encoding::names());
    name.parse().map_err(|_| known())
}

fn delimiter(text: &str) -> Result<Delimiter, String> {
    let wrong = || "write one character, such as ';', or tab".to_owned();
    let mut characters = text.chars();
    let character = match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", ..) => '\t',
        (_, Some(one), None) => one,
        _ => return Err(wrong()),
    };
    Delimiter::try_from(character).map_err(|_| wrong())
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

/// The options of a system that keeps its state in `data_dir`.
pub(crate) fn options(data_dir: PathBuf, fresh: bool, chunk_bytes: Option<u64>) -> Options {
    let chunk_bytes = chunk_bytes.map(|bytes| ("ChunkBytes".to_owned(), bytes.to_string()));
    let parameters: BTreeMap<String, String> = chunk_bytes.into_iter().collect();
    let mut options = Options {
        fresh,
        parameters,
        ..Options::new(data_dir)
    };
    // As many chunks are on their way as this process needs, not as many as Lambda does.
    let workers = options.concurrency.to_string();
    let workers_at_once = ("WORKERS_AT_ONCE".to_owned(), workers);
    options.environment.extend([workers_at_once]);
    options
}

/// Closes the files that this process creates to other users of the machine: they hold people's data
/// and keys.
pub fn keep_files_private() {
    #[cfg(unix)]
    {
        use rustix::fs::Mode;
        rustix::process::umask(Mode::RWXG | Mode::RWXO);
    }
}

/// Logs go to stderr; `RUST_LOG` says which. A rehearsal makes errors on purpose, which are of no interest.
pub fn log(command: Option<&Command>) {
    let usual = match command {
        Some(Command::Rehearse(_)) => "off",
        _ => "warn,s3s=off,dynoxide=error",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    let stderr = std::io::stderr;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(stderr().is_terminal())
        .with_writer(stderr)
        .init();
}
