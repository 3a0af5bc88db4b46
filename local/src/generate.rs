//! Writing a member file, or a list of orders.

use std::fs::File;
use std::io::BufWriter;
use std::process::ExitCode;

use anyhow::{Context, Result};
use local_generator::{Options, generate, generate_orders};
use serde_json::{Value, json};

use crate::cli::{Generate, GenerateOther, Generated};
use crate::environment::print;

/// Writes the file and prints what is in it.
pub fn run(arguments: &Generate) -> Result<ExitCode> {
    match (&arguments.other, &arguments.members) {
        (Some(GenerateOther::Orders(orders)), _) => write(orders, orders_file),
        (None, Some(members)) => write(members, member_file),
        // The command line asks for one of them.
        (None, None) => Ok(ExitCode::FAILURE),
    }
}

/// What a file holds, for programs and for people.
type Told = (Value, String);

fn write(
    wanted: &Generated,
    file: fn(&Options, &mut File) -> Result<Told, local_generator::GenerateError>,
) -> Result<ExitCode> {
    let options = Options {
        rows: wanted.rows,
        seed: wanted.seed,
        bad_percent: wanted.bad_percent,
        duplicate_percent: wanted.duplicate_percent,
    };
    options.validate()?;
    let path = wanted.file.display();
    let mut out = File::create(&wanted.file).with_context(|| format!("{path}"))?;
    let (mut json, words) = file(&options, &mut out).with_context(|| format!("{path}"))?;
    if wanted.json {
        json["file"] = json!(wanted.file);
        print(&format!("{json}\n"));
    } else {
        print(&format!("{path}: {words}\n"));
    }
    Ok(ExitCode::SUCCESS)
}

fn member_file(options: &Options, out: &mut File) -> Result<Told, local_generator::GenerateError> {
    let summary = generate(options, out, |_| {})?;
    let json = json!({
        "rows": summary.rows,
        "good": summary.good,
        "bad": summary.bad,
        "duplicated": summary.duplicate,
        "bytes": summary.bytes,
        "quoted_fields_percent": summary.quoted_fields_percent,
    });
    let words = format!(
        "{} rows ({} good, {} bad, {} duplicated), {} bytes, {:.1}% of the fields quoted",
        summary.rows,
        summary.good,
        summary.bad,
        summary.duplicate,
        summary.bytes,
        summary.quoted_fields_percent
    );
    Ok((json, words))
}

fn orders_file(options: &Options, out: &mut File) -> Result<Told, local_generator::GenerateError> {
    let mut out = BufWriter::new(out);
    let summary = generate_orders(options, &mut out, |_, _| {})?;
    let json = json!({
        "orders": summary.orders,
        "good": summary.good,
        "bad": summary.bad,
        "duplicated": summary.duplicate,
        "bytes": summary.bytes,
    });
    let words = format!(
        "{} orders ({} good, {} bad, {} duplicated), {} bytes",
        summary.orders, summary.good, summary.bad, summary.duplicate, summary.bytes
    );
    Ok((json, words))
}
