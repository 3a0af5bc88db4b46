//! `sluice`: serve, or do what the command says.

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};
use sluice::cli::{Cli, Command, USAGE};

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
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return told(&sluice::cli::explained(error)),
    };
    sluice::cli::log(cli.command.as_ref());
    if let Some(place) = cli.command.as_mut().and_then(Command::place)
        && let Err(error) = sluice::profiles::apply(place)
    {
        eprintln!("error: {:#}", anyhow::Error::from(error));
        return ExitCode::from(USAGE);
    }
    if let Some(contradiction) = cli.command.as_ref().and_then(Command::contradiction) {
        return contradicted(cli.command.as_ref(), contradiction);
    }
    if cli.command.as_ref().is_none_or(Command::keeps_data) {
        sluice::cli::keep_files_private();
    }
    let outcome = match cli.command {
        Some(Command::Import(arguments)) => sluice::import::run(*arguments).await,
        Some(Command::Export(arguments)) => sluice::export::run(*arguments).await,
        Some(Command::Tasks(arguments)) => sluice::tasks::run(arguments).await,
        Some(Command::Undo(arguments)) => sluice::undo::run(*arguments).await,
        Some(Command::Evaluate(arguments)) => sluice::evaluate::run(*arguments).await,
        Some(Command::Mail(arguments)) => sluice::mail::run(*arguments).await,
        Some(Command::Definition(arguments)) => sluice::definition::run(&arguments),
        Some(Command::Demo(arguments)) => sluice::demo::run(arguments).await,
        Some(Command::Rehearse(arguments)) => sluice::rehearse::run(arguments).await,
        Some(Command::Generate(arguments)) => sluice::generate::run(&arguments),
        Some(Command::Env(arguments)) => sluice::environment::run(&arguments),
        Some(Command::Completions(arguments)) => Ok(sluice::reference::completions(&arguments)),
        Some(Command::Man(arguments)) => sluice::reference::manual(&arguments),
        None => sluice::serve::run(cli.serve).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        if sluice::client::is_usage(&error) || error.is::<sluice::reference::NoCommand>() {
            ExitCode::from(USAGE)
        } else {
            ExitCode::FAILURE
        }
    })
}

/// Prints what contradicts itself in the options of a command.
fn contradicted(command: Option<&Command>, contradiction: String) -> ExitCode {
    let mut all = Cli::command();
    all.build();
    let named = command.and_then(|command| all.find_subcommand_mut(command.name()).cloned());
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
