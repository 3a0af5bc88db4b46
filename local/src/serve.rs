//! Serving the whole system until it is told to stop.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{Serve, options};
use crate::system::{ACCESS_KEY, Options, SECRET_KEY, System};

/// Serves until Ctrl-C.
pub async fn run(arguments: Serve) -> Result<ExitCode> {
    let Serve {
        data_dir,
        fresh,
        port,
        without,
        station,
        chunk_bytes,
    } = arguments;
    let system = System::start(Options {
        port,
        unpolled: without.into_iter().collect(),
        ..options(data_dir, fresh, chunk_bytes)
    })
    .await?;
    let urls = &system.urls;
    let bucket = system
        .template()
        .buckets
        .first()
        .map_or("", |bucket| bucket.name.as_str());
    let tables: Vec<&str> = system
        .template()
        .tables
        .iter()
        .map(|table| table.name.as_str())
        .collect();
    println!("Sluice is running; stop it with Ctrl-C.\n");
    let token = system.tokens.development(&station)?;
    // What stands behind the # is not sent to any server.
    println!("  Console    {}/#token={token}", urls.api);
    println!("  HTTP API   {}", urls.api);
    println!(
        "  DynamoDB   {}   tables {}",
        urls.dynamodb,
        tables.join(", ")
    );
    println!("  S3         {}   bucket {bucket}", urls.api);
    println!("  SQS        {}", urls.sqs);
    println!(
        "  AWS keys   AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} AWS_DEFAULT_REGION=us-east-1"
    );
    println!("  Token      for the station {station}, good for 30 days:\n");
    println!("{token}\n");
    println!(
        "A file put at s3://{bucket}/inbox/{station}/<business>/<name> is imported by itself."
    );
    tokio::signal::ctrl_c().await?;
    system.stop().await;
    Ok(ExitCode::SUCCESS)
}
