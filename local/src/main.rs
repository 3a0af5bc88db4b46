//! `local`: serve, import, generate or print the functions' environment.

use std::process::ExitCode;

use clap::Parser;
use local::cli::{Cli, Command};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    local::cli::log();
    let outcome = match cli.command {
        Some(Command::Import(arguments)) => local::import::run(arguments).await,
        Some(Command::Generate(arguments)) => local::generate::run(&arguments),
        Some(Command::Env(arguments)) => local::environment::run(&arguments),
        None => local::serve::run(cli.serve).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
