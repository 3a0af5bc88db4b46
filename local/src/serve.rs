//! Serving the whole system until it is told to stop.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use sluice_basics::ids::StationId;

use crate::cli::{Serve, options};
use crate::environment::print;
use crate::system::{Options, System};

/// Serves until Ctrl-C.
pub async fn run(arguments: Serve) -> Result<ExitCode> {
    let Serve {
        data_dir,
        fresh,
        port,
        without,
        station,
        chunk_bytes,
        allow_origin,
        json,
    } = arguments;
    let system = System::start(Options {
        port,
        unpolled: without.into_iter().collect(),
        allowed_origins: allow_origin,
        ..options(data_dir, fresh, chunk_bytes)
    })
    .await?;
    system.data.keep_ports(system.ports)?;
    let text = if json {
        as_json(&system, &station)?
    } else {
        as_text(&system, &station)?
    };
    print(&text);
    tokio::signal::ctrl_c().await?;
    system.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn as_json(system: &System, station: &StationId) -> Result<String> {
    let urls = &system.urls;
    let printed = json!({
        "console": console(system, station)?,
        "api": urls.api,
        "dynamodb": urls.dynamodb,
        "s3": urls.api,
        "sqs": urls.sqs,
        "ses": urls.api,
        "mailbox": mailbox(system),
        "bucket": bucket(system),
        "tables": tables(system),
        "access_key_id": urls.keys.access_key(),
        "secret_access_key": urls.keys.secret_key(),
        "region": "us-east-1",
        "station": station,
        "token": system.tokens.development(station)?,
    });
    Ok(format!("{printed}\n"))
}

fn as_text(system: &System, station: &StationId) -> Result<String> {
    let urls = &system.urls;
    let (bucket, tables) = (bucket(system), tables(system).join(", "));
    let mut text = "Sluice is running; stop it with Ctrl-C.\n\n".to_owned();
    writeln!(text, "  Console    {}", console(system, station)?)?;
    writeln!(text, "  HTTP API   {}", urls.api)?;
    writeln!(text, "  DynamoDB   {}   tables {tables}", urls.dynamodb)?;
    writeln!(text, "  S3         {}   bucket {bucket}", urls.api)?;
    writeln!(text, "  SQS        {}", urls.sqs)?;
    writeln!(text, "  Mailbox    {}", mailbox(system))?;
    writeln!(
        text,
        "  AWS keys   AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={} AWS_DEFAULT_REGION=us-east-1",
        urls.keys.access_key(),
        urls.keys.secret_key()
    )?;
    writeln!(
        text,
        "  Token      for the station {station}, good for 30 days:\n"
    )?;
    writeln!(text, "{}\n", system.tokens.development(station)?)?;
    writeln!(
        text,
        "A file put at s3://{bucket}/inbox/{station}/<business>/<name> is imported by itself."
    )?;
    Ok(text)
}

/// The console's address, signed in for a day: what stands behind the # is not sent to any server.
pub(crate) fn console(system: &System, station: &StationId) -> Result<String> {
    let token = system.tokens.console(station)?;
    Ok(format!("{}/#token={token}", system.urls.api))
}

/// Where a person reads the e-mails that were sent.
pub(crate) fn mailbox(system: &System) -> String {
    format!("{}{}", system.urls.api, system.urls.mailbox_path())
}

fn bucket(system: &System) -> &str {
    let bucket = system.template().buckets.first();
    bucket.map_or("", |bucket| bucket.name.as_str())
}

fn tables(system: &System) -> Vec<&str> {
    let tables = system.template().tables.iter();
    tables.map(|table| table.name.as_str()).collect()
}
