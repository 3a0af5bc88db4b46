//! Definitions of imports.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use sluice_basics::ids::BusinessId;

/// Definitions of imports.
#[derive(Debug, Args)]
pub struct DefinitionArguments {
    /// What is done.
    #[command(subcommand)]
    pub verb: DefinitionVerb,
}

/// What is done with definitions.
#[derive(Debug, Subcommand)]
pub enum DefinitionVerb {
    /// Check a definition, and print every mistake with its line and its field.
    ///
    /// Exit code: 0 it is right, 1 it is not, 64 the command line is wrong.
    Check(CheckDefinition),
    /// Draft a definition from the header and the first rows of a file, to be read and changed by a person.
    New(NewDefinition),
}

/// Checking a definition.
#[derive(Debug, Args)]
pub struct CheckDefinition {
    /// The definition.
    pub file: PathBuf,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}

/// Drafting a definition.
#[derive(Debug, Args)]
pub struct NewDefinition {
    /// A CSV file with a header, also one that is packed by gzip.
    pub file: PathBuf,
    /// The name of the business [default: that of the file].
    #[arg(long)]
    pub business: Option<BusinessId>,
    /// Print one JSON object and nothing else on stdout.
    #[arg(long)]
    pub json: bool,
}
