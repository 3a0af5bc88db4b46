//! Completions for shells, and the manual, made from the command line itself.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::cli::{Cli, CompletedShell, Completions, Manual};

/// A page of a command was asked for that there is not.
#[derive(Debug, thiserror::Error)]
#[error("{0} has no command `{1}`: see `{0} --help`")]
pub struct NoCommand(String, String);

/// Prints completions for a shell.
pub fn completions(arguments: &Completions) -> ExitCode {
    let shell = match arguments.shell {
        CompletedShell::Bash => Shell::Bash,
        CompletedShell::Zsh => Shell::Zsh,
        CompletedShell::Fish => Shell::Fish,
    };
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "sluice", &mut text);
    print(&text)
}

/// Prints a page of the manual.
///
/// # Errors
///
/// If there is no such command.
pub fn manual(arguments: &Manual) -> Result<ExitCode> {
    let text = page(&arguments.command)?;
    Ok(print(&text))
}

/// Returns the page of a command, in the language of `man`.
fn page(named: &[String]) -> Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut title = "sluice".to_owned();
    for name in named {
        let Some(inner) = command.find_subcommand(name) else {
            return Err(NoCommand(title, name.clone()).into());
        };
        command = inner.clone();
        title = format!("{title} {name}");
    }
    let mut text = Vec::new();
    Man::new(command).render(&mut text)?;
    Ok(text)
}

/// Prints a text. A reader that has seen enough, such as `head`, is no failure.
fn print(text: &[u8]) -> ExitCode {
    let _ = std::io::stdout().write_all(text);
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(named: &[&str]) -> String {
        let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
        String::from_utf8(page(&named).expect("a page")).expect("UTF-8")
    }

    #[test]
    fn every_command_has_a_page_with_its_options() {
        assert!(text_of(&[]).contains(".TH sluice 1"));
        let list = text_of(&["tasks", "list"]);
        assert!(list.contains(".TH sluice-tasks-list 1"), "{list}");
        assert!(list.contains(r"\fB\-\-status\fR"), "{list}");
        let error = page(&["tasks".to_owned(), "drop".to_owned()]).expect_err("no command");
        assert!(
            error
                .to_string()
                .contains("sluice tasks has no command `drop`"),
            "{error}"
        );
    }

    #[test]
    fn a_page_shows_no_token_of_the_environment() {
        let undo = text_of(&["undo"]);
        assert!(undo.contains("SLUICE_TOKEN"), "{undo}");
    }
}
