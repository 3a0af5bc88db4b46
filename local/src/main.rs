//! `sluice`: serve, import, export, undo, rehearse, generate or print the environment.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use mimalloc::MiMalloc;
use sluice::cli::{Cli, Command, USAGE};

/// A tenth of an import's processor time less than with glibc's (ADR 0053).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// What a thread may keep on its stack. The AWS SDK without optimisation needs more than half of the
/// two MiB that threads have otherwise.
const STACK_BYTES: usize = 8 << 20;

fn main() -> ExitCode {
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    threads.enable_all().thread_stack_size(STACK_BYTES);
    match threads.build() {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            eprintln!("error: the threads cannot be started: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told(&sluice::cli::explained(error)),
    };
    sluice::cli::log(cli.command.as_ref());
    let outcome = match cli.command {
        Some(Command::Import(arguments)) => {
            if let Some(contradiction) = arguments.contradiction() {
                return contradicted("import", contradiction);
            }
            sluice::cli::keep_files_private();
            sluice::import::run(*arguments).await
        }
        Some(Command::Export(arguments)) => {
            if let Some(contradiction) = arguments.contradiction() {
                return contradicted("export", contradiction);
            }
            sluice::cli::keep_files_private();
            sluice::export::run(*arguments).await
        }
        Some(Command::Undo(arguments)) => {
            if let Some(contradiction) = arguments.contradiction() {
                return contradicted("undo", contradiction);
            }
            sluice::cli::keep_files_private();
            sluice::undo::run(*arguments).await
        }
        Some(Command::Rehearse(arguments)) => {
            sluice::cli::keep_files_private();
            sluice::rehearse::run(arguments).await
        }
        Some(Command::Generate(arguments)) => sluice::generate::run(&arguments),
        Some(Command::Env(arguments)) => sluice::environment::run(&arguments),
        None => {
            sluice::cli::keep_files_private();
            sluice::serve::run(cli.serve).await
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        if sluice::client::is_usage(&error) {
            ExitCode::from(USAGE)
        } else {
            ExitCode::FAILURE
        }
    })
}

/// Prints what contradicts itself in the options of a command.
fn contradicted(command: &str, contradiction: String) -> ExitCode {
    let mut all = Cli::command();
    all.build();
    let named = all.find_subcommand_mut(command).cloned();
    let error = named
        .unwrap_or(all)
        .error(ErrorKind::ArgumentConflict, contradiction);
    told(&error)
}

/// Prints help, the version, or what is wrong with the command line.
fn told(error: &clap::Error) -> ExitCode {
    // A reader that has seen enough, such as `head`, is no failure.
    let _ = error.print();
    if error.use_stderr() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::SUCCESS
    }
}
