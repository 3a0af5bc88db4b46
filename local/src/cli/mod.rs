//! The command line.

mod condition;
mod definition;
mod demo;
mod environment;
mod evaluate;
mod export;
mod generate;
mod import;
mod mail;
mod place;
mod reference;
mod rehearse;
mod serve;
mod tasks;
mod undo;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::system::Options;

pub use definition::{CheckDefinition, DefinitionArguments, DefinitionVerb, NewDefinition};
pub use demo::Demo;
pub use environment::Environment;
pub use evaluate::Evaluate;
pub use export::Export;
pub use generate::{Generate, GenerateOther, Generated};
pub use import::{DuplicateRule, Header, Import};
pub use mail::{Mail, UnknownRule};
pub use place::Place;
pub use reference::{CompletedShell, Completions, Manual};
pub use rehearse::{Kind, Rehearse};
pub(crate) use serve::PORT;
pub use serve::Serve;
pub use tasks::{
    Asked, ListTasks, ManyTasks, OneTask, ProfileTask, RetryTask, TaskErrors, TaskVerb, Tasks,
};
pub use undo::Undo;

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
    /// Show everything on made-up data, in about a minute.
    ///
    /// Starts a system of its own in this process, makes files with faults, and imports, corrects, exports, evaluates,
    /// mails and undoes. Each step says what was done, compares its figures with what is in the files, and shows what
    /// one types for it. Nothing leaves this machine, and nothing is left on it: the folder is a temporary one, unless
    /// `--data-dir` names another. `--serve` stays up in the end, with the address of the console.
    ///
    /// Exit code: 0 all figures are what they must be, 1 some are not, or anything else went wrong, 64 the command
    /// line is wrong.
    Demo(Demo),
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
    /// Look at tasks: list, get, watch, errors, explain, profile, history; and cancel, pause, resume, retry, hide or
    /// show them.
    ///
    /// The system that has the tasks runs in this process, on `--data-dir`, or is the one at `--api`. One in this
    /// process goes on with its tasks while the command runs.
    Tasks(Tasks),
    /// Take back what an import stored and print what became of its rows.
    ///
    /// Rows that are still as they were imported are deleted, or restored where the import ran with
    /// `--undoable`. Rows that were changed since stay, and a file says what changed. The system that undoes it
    /// runs in this process, on `--data-dir`, or is the one at `--api`.
    ///
    /// Exit code: 0 all rows are taken back, 2 some, 3 none, 1 anything else, 64 the command line is wrong. With
    /// `--dry-run` it is the code that the undo would have.
    Undo(Box<Undo>),
    /// Decide about tiers, coupons and rewards of a month, and print what was decided.
    ///
    /// The system that evaluates it runs in this process, on `--data-dir`, or is the one at `--api`.
    ///
    /// Exit code: 0 it is done, 3 it failed, 1 anything else, 64 the command line is wrong.
    Evaluate(Box<Evaluate>),
    /// Send a template as an e-mail to many, and print what became of them.
    ///
    /// The system that sends it runs in this process, on `--data-dir`, or is the one at `--api`. What one in this
    /// process sends stays on this machine.
    ///
    /// Exit code: 0 all were sent to, 2 some, 3 none, 1 anything else, 64 the command line is wrong.
    Mail(Box<Mail>),
    /// Check a definition, or draft one from a file.
    Definition(DefinitionArguments),
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
    /// Print completions for a shell.
    ///
    /// For bash: `source <(sluice completions bash)`.
    Completions(Completions),
    /// Print a page of the manual: `sluice man | man -l -`.
    Man(Manual),
}

impl Command {
    /// Its name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Demo(_) => "demo",
            Self::Import(_) => "import",
            Self::Export(_) => "export",
            Self::Tasks(_) => "tasks",
            Self::Undo(_) => "undo",
            Self::Evaluate(_) => "evaluate",
            Self::Mail(_) => "mail",
            Self::Definition(_) => "definition",
            Self::Generate(_) => "generate",
            Self::Rehearse(_) => "rehearse",
            Self::Env(_) => "env",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Which system it works with, if it works with one that may be deployed.
    pub fn place(&mut self) -> Option<&mut Place> {
        match self {
            Self::Import(import) => Some(&mut import.place),
            Self::Export(export) => Some(&mut export.place),
            Self::Tasks(tasks) => Some(&mut tasks.asked_mut().place),
            Self::Undo(undo) => Some(&mut undo.place),
            Self::Evaluate(evaluate) => Some(&mut evaluate.asked.place),
            Self::Mail(mail) => Some(&mut mail.asked.place),
            Self::Demo(_)
            | Self::Definition(_)
            | Self::Generate(_)
            | Self::Rehearse(_)
            | Self::Env(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    /// Returns what contradicts itself in its options.
    pub fn contradiction(&self) -> Option<String> {
        match self {
            Self::Import(import) => import.contradiction(),
            Self::Export(export) => export.contradiction(),
            Self::Tasks(tasks) => tasks.asked().place.contradiction(),
            Self::Undo(undo) => undo.contradiction(),
            Self::Evaluate(evaluate) => evaluate.asked.place.contradiction(),
            Self::Mail(mail) => mail.contradiction(),
            Self::Demo(_)
            | Self::Definition(_)
            | Self::Generate(_)
            | Self::Rehearse(_)
            | Self::Env(_)
            | Self::Completions(_)
            | Self::Man(_) => None,
        }
    }

    /// Whether the files that it writes are people's data or keys.
    pub fn keeps_data(&self) -> bool {
        !matches!(
            self,
            Self::Definition(_)
                | Self::Generate(_)
                | Self::Env(_)
                | Self::Completions(_)
                | Self::Man(_)
        )
    }
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
