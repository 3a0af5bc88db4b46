//! Writing a member file.

use std::fs::File;
use std::process::ExitCode;

use anyhow::{Context, Result};
use local_generator::{Options, generate};

use crate::cli::Generate;

/// Writes the file and prints what is in it.
pub fn run(arguments: &Generate) -> Result<ExitCode> {
    let options = Options {
        rows: arguments.rows,
        seed: arguments.seed,
        bad_percent: arguments.bad_percent,
        duplicate_percent: arguments.duplicate_percent,
    };
    options.validate()?;
    let path = arguments.file.display();
    let mut file = File::create(&arguments.file).with_context(|| format!("{path}"))?;
    let summary = generate(&options, &mut file, |_| {}).with_context(|| format!("{path}"))?;
    println!(
        "{path}: {} rows ({} good, {} bad, {} duplicated), {} bytes, {:.1}% of the fields quoted",
        summary.rows,
        summary.good,
        summary.bad,
        summary.duplicate,
        summary.bytes,
        summary.quoted_fields_percent
    );
    Ok(ExitCode::SUCCESS)
}
