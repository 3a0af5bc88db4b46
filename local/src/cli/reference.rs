//! Completions and the manual.

use clap::{Args, ValueEnum};

/// Printing completions.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    pub shell: CompletedShell,
}

/// A shell that completions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletedShell {
    /// Bash.
    Bash,
    /// Zsh.
    Zsh,
    /// Fish.
    Fish,
}

/// Printing the manual.
#[derive(Debug, Args)]
pub struct Manual {
    /// The command whose page is printed, such as `tasks list` [default: the page of `sluice`].
    pub command: Vec<String>,
}
