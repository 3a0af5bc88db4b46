//! Definitions of imports: checking one, and drafting one from a file.

mod draft;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use sluice_definition::{Definition, DefinitionErrors, Target};
use sluice_formats::sample;

use crate::cli::{CheckDefinition, DefinitionArguments, DefinitionVerb, NewDefinition};
use crate::outcome::print_text;
use crate::table::printable;

/// How much of a file is looked at.
const HEAD_BYTES: u64 = 1 << 20;
/// How many rows are looked at.
const ROWS: usize = 1_000;

/// Checks or drafts a definition.
///
/// # Errors
///
/// If a file cannot be read, or no definition can be drafted from it.
pub fn run(arguments: &DefinitionArguments) -> Result<ExitCode> {
    match &arguments.verb {
        DefinitionVerb::Check(arguments) => check(arguments),
        DefinitionVerb::New(arguments) => draft(arguments),
    }
}

fn check(arguments: &CheckDefinition) -> Result<ExitCode> {
    let file = &arguments.file;
    let text = fs::read_to_string(file);
    let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
    let (definition, errors) = match Definition::parse(&text) {
        Ok(definition) => (Some(definition), None),
        Err(errors) => (None, Some(errors)),
    };
    let errors = errors.iter().flat_map(DefinitionErrors::iter);
    if arguments.json {
        let problems = errors.map(
            |error| json!({ "line": error.line, "field": error.field, "message": error.problem }),
        );
        let problems: Vec<Value> = problems.collect();
        let business = definition.as_ref().map(|definition| &definition.business);
        let columns = definition
            .as_ref()
            .map(|definition| definition.columns.len());
        let answer = json!({
            "file": file, "valid": definition.is_some(), "business": business, "columns": columns,
            "problems": problems,
        });
        print_text(&answer.to_string());
    } else {
        for error in errors {
            let problem = error.without_line();
            let problem = printable(&problem);
            eprintln!("{}:{}: {problem}", file.display(), error.line);
        }
        if let Some(definition) = &definition {
            print_text(&format!("{}: {}", file.display(), described(definition)));
        }
    }
    Ok(match definition {
        Some(_) => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}

/// Returns what a definition is about.
fn described(definition: &Definition) -> String {
    let target = match &definition.target {
        Target::Table(table) => format!("the table `{table}`"),
        Target::Endpoint(endpoint) => format!("the endpoint `{}`", endpoint.name),
    };
    let key = match definition.key.as_slice() {
        [] => String::new(),
        key => format!(", key {}", key.join(" + ")),
    };
    let columns = definition.columns.len();
    let business = &definition.business;
    let s = if columns == 1 { "" } else { "s" };
    format!("`{business}` is right: {columns} column{s} into {target}{key}")
}

fn draft(arguments: &NewDefinition) -> Result<ExitCode> {
    let file = &arguments.file;
    let (head, whole) = head_of(file)?;
    let read = sample(&head, whole, ROWS);
    let read = read.with_context(|| format!("{} cannot be read", file.display()))?;
    let Some(read) = read else {
        bail!(
            "{} is a workbook: save its sheet as a CSV file, and draft the definition from that",
            file.display()
        );
    };
    if read.names.iter().all(|name| name.trim().is_empty()) {
        bail!(
            "{} is empty: there is nothing to draft from",
            file.display()
        );
    }
    if read.looks_like_row {
        bail!(
            "the first row of {} has values, not names: write the names of the columns above it",
            file.display()
        );
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let text = draft::draft(&name, arguments.business.as_ref(), &read);
    // A draft that is not right is our mistake: better none than one that misleads.
    let definition = Definition::parse(&text);
    let definition = definition.context("no definition can be drafted from this header")?;
    if arguments.json {
        let answer = json!({ "file": file, "business": definition.business, "definition": text });
        print_text(&answer.to_string());
    } else {
        print_text(text.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the first bytes of a file, and whether they are all.
fn head_of(file: &Path) -> Result<(Vec<u8>, bool)> {
    let cannot = || format!("{} cannot be read", file.display());
    let opened = File::open(file).with_context(cannot)?;
    let mut head = Vec::new();
    let mut start = opened.take(HEAD_BYTES + 1);
    start.read_to_end(&mut head).with_context(cannot)?;
    let whole = head.len() as u64 <= HEAD_BYTES;
    head.truncate(HEAD_BYTES as usize);
    Ok((head, whole))
}
