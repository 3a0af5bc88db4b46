//! The whole import against a bare client that pushes the same `INSERT` batches into the same
//! kind of embedded DynamoDB: what splitting, checking, counting and reporting cost.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, BatchStatementRequest};
use clap::Args;
use futures::{StreamExt, TryStreamExt};
use sluice::cli::Import;
use sluice::import::{SourceFile, import};
use sluice::system::{Options as SystemOptions, System};
use sluice_basics::station::StationConfig;
use sluice_csv::{Dialect, FieldReader, Position, RecordContent, RecordReader, read_header};
use sluice_definition::{Catalog, Definition, HeaderMap, RowChecker, Value};

/// What the project promises.
const LEAST_PERCENT: f64 = 70.0;
/// Requests in flight, as many as a worker may have.
const IN_FLIGHT: usize = 16;
/// Statements of a request.
const BATCH: usize = 25;

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Rows of the file.
    #[arg(long, default_value_t = 100_000)]
    rows: u64,
    /// How often both are measured, in turns.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// Measures both in turns and compares the medians.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(compare(options))
}

async fn compare(options: &Options) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("members.csv");
    let generated = local_generator::Options {
        rows: options.rows,
        seed: 1,
        bad_percent: 0.0,
        duplicate_percent: 0.0,
    };
    local_generator::generate(&generated, &mut File::create(&path)?, |_| {})?;
    let mut whole = Vec::new();
    let mut bare = Vec::new();
    for round in 0..options.rounds.max(1) {
        let data = |name: &str| folder.path().join(format!("{name}-{round}"));
        whole.push(whole_import(&path, &data("whole"), options.rows).await?);
        bare.push(bare_client(&path, &data("bare"), options.rows).await?);
        println!(
            "round {}: whole {:.1?}, bare {:.1?}",
            round + 1,
            whole[round],
            bare[round]
        );
    }
    let rate = |runs: &mut Vec<Duration>| {
        runs.sort_unstable();
        options.rows as f64 / runs[runs.len() / 2].as_secs_f64()
    };
    let (whole, bare) = (rate(&mut whole), rate(&mut bare));
    let percent = whole / bare * 100.0;
    println!("\n| | rows/s (median) |\n|---|--:|");
    println!("| whole import | {whole:.0} |\n| bare client | {bare:.0} |");
    println!("\nThe whole import reaches {percent:.0}% of the bare client's rate.");
    ensure!(
        percent >= LEAST_PERCENT,
        "below the promised {LEAST_PERCENT}%"
    );
    Ok(())
}

async fn whole_import(file: &Path, data: &Path, rows: u64) -> Result<Duration> {
    let system = System::start(SystemOptions::new(data)).await?;
    let arguments = Import::new(file, "demo".parse()?, "member_import".parse()?, data);
    let (summary, _) = import(&system, &arguments, &SourceFile::open(file)?).await?;
    ensure!(
        summary.rows.succeeded == rows,
        "{} rows succeeded",
        summary.rows.succeeded
    );
    system.stop().await;
    Ok(Duration::from_millis(summary.elapsed_ms))
}

async fn bare_client(file: &Path, data: &Path, rows: u64) -> Result<Duration> {
    let system = System::start(SystemOptions::new(data)).await?;
    let client = system.services.clients(&system.urls).await.dynamodb;
    let batches = batches(file, "sluice-members")?;
    let started = Instant::now();
    let inserted: Vec<usize> = futures::stream::iter(batches)
        .map(|batch| insert(&client, batch))
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await?;
    let elapsed = started.elapsed();
    ensure!(
        inserted.iter().sum::<usize>() as u64 == rows,
        "the bare client lost rows"
    );
    system.stop().await;
    Ok(elapsed)
}

async fn insert(client: &Client, batch: Vec<BatchStatementRequest>) -> Result<usize> {
    let answer = client
        .batch_execute_statement()
        .set_statements(Some(batch))
        .send()
        .await?;
    let answers = answer.responses.unwrap_or_default();
    Ok(answers
        .iter()
        .filter(|answer| answer.error().is_none())
        .count())
}

/// The batches of the file, made before the time runs.
fn batches(path: &Path, table: &str) -> Result<Vec<Vec<BatchStatementRequest>>> {
    let bytes = std::fs::read(path)?;
    let catalog = Catalog::load()?;
    let definition = catalog
        .get(&"member_import".parse()?)
        .context("member_import")?;
    let dialect = Dialect::default();
    let header = read_header(dialect, &bytes, true)?;
    let map = HeaderMap::new(definition, &header.fields)?;
    let checker = RowChecker::new(definition, map, &StationConfig::default());
    let mut fields = FieldReader::new(dialect);
    let mut records = RecordReader::new(dialect, Position::START, usize::MAX >> 1);
    records.push(&bytes);
    let mut statements = Vec::new();
    while let Some(record) = records.next_record() {
        let RecordContent::Bytes(bytes) = record.content else {
            continue;
        };
        if record.position.row == 1 {
            continue;
        }
        let row = checker.check(&fields.read(bytes));
        let row = row.map_err(|problems| anyhow::anyhow!("{problems:?}"))?;
        let origin = format!("1:{}", record.position.row);
        let mut attributes = vec![
            (
                "pk",
                AttributeValue::S(format!("demo#{:02x}", definition.shard_of(&row.key))),
            ),
            ("sk", AttributeValue::S(row.key)),
            ("_origin", AttributeValue::S(origin)),
        ];
        attributes.extend(columns(definition, row.values));
        let names: Vec<String> = attributes
            .iter()
            .map(|(name, _)| format!("'{name}': ?"))
            .collect();
        let statement = BatchStatementRequest::builder()
            .statement(format!(
                "INSERT INTO \"{table}\" VALUE {{{}}}",
                names.join(", ")
            ))
            .set_parameters(Some(
                attributes.into_iter().map(|(_, value)| value).collect(),
            ))
            .build()?;
        statements.push(statement);
    }
    Ok(statements.chunks(BATCH).map(<[_]>::to_vec).collect())
}

fn columns(
    definition: &Definition,
    values: Vec<Option<Value>>,
) -> impl Iterator<Item = (&str, AttributeValue)> {
    definition
        .columns
        .iter()
        .zip(values)
        .filter_map(|(column, value)| {
            let value = match value? {
                Value::Text(text) => AttributeValue::S(text),
                Value::Number(digits) => AttributeValue::N(digits),
                Value::Boolean(yes) => AttributeValue::Bool(yes),
            };
            Some((column.name.as_str(), value))
        })
}
