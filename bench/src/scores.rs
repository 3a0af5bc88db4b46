//! A month's evaluation from sums that were kept as entries came, against the job that it replaces: a query for each
//! member over the entries of the window. And how far the sums are behind an import of entries.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use clap::Args;
use futures::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use sluice::environment::variables;
use sluice::system::{Options as SystemOptions, System};
use sluice_definition::{SHARDS, shard_of};

use crate::api::{Api, imported};

const STATION: &str = "demo";
/// What is evaluated, and the months that decide about it.
const PERIOD: &str = "2026-03";
const WINDOW: [&str; 3] = ["2026-01", "2026-02", PERIOD];
/// The month of the entries that tell when sums are behind no more.
const LATER: &str = "2026-04";
/// Queries of the peer in flight, as many as a worker may have.
const IN_FLIGHT: usize = 16;
/// How often the sums are looked at.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// US dollars for a read unit on demand (infra/prices.toml).
const READ_UNIT: f64 = 0.125e-6;

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Members. Each has one entry a month, the least there can be: the peer reads all entries.
    #[arg(long, default_value_t = 1_000_000)]
    members: u64,
}

/// What work took.
struct Took {
    requests: u64,
    read_units: f64,
    write_units: f64,
    seconds: f64,
    dollars: f64,
}

/// Imports, evaluates with both, and compares.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(Box::pin(compare(options.members)))
}

async fn compare(members: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let system = System::start(SystemOptions::new(folder.path().join("data"))).await?;
    let file = folder.path().join("rows.csv");
    write(&file, "member_no,name,tier", members, |number| {
        format!("{},Ann,bronze", member(number))
    })?;
    imported(&system, &file, STATION, "member_import", members).await?;
    println!("| entries of | import | sums behind it |\n|---|--:|--:|");
    let api = Api::new(&system, STATION)?;
    for (round, month) in (0..).zip(WINDOW) {
        write(&file, "member_no,entry_date,points", members, |number| {
            let (day, points) = (number % 28 + 1, number * 7_919 % 3_000);
            format!("{},{month}-{day:02},{points}", member(number))
        })?;
        let summary = imported(&system, &file, STATION, "score_import", members).await?;
        let behind = until_summed(&system, &api, &file, round).await?;
        println!(
            "| {month} | {:.1} s | {behind:.1?} |",
            summary.elapsed_ms as f64 / 1e3
        );
    }
    let months = json!({ "from": WINDOW[0], "to": PERIOD });
    let reconciled = api.done("/score/reconcile", &months).await?;
    ensure!(
        reconciled["result"]["differences"] == 0,
        "sums are not what entries are: {reconciled}"
    );
    let evaluated = api
        .done("/score/evaluate", &json!({ "period": PERIOD }))
        .await?;
    let clients = system.services.clients(&system.urls).await;
    let environment = variables(&system.urls)?;
    let (naive, points) = naive(&clients.dynamodb, &environment["TABLE_SCORES"], members).await?;
    let expected: u64 = (0..members)
        .map(|number| 3 * (number * 7_919 % 3_000))
        .sum();
    ensure!(
        points == expected,
        "the peer counted {points} of {expected} points"
    );
    system.stop().await;
    println!("\n| {members} members | requests | read units | write units | seconds | dollars |");
    println!("|---|--:|--:|--:|--:|--:|");
    println!(
        "| reconciliation alone | {} |",
        Took::of(&reconciled)?.cells()
    );
    println!(
        "| evaluation with its reconciliation | {} |",
        Took::of(&evaluated)?.cells()
    );
    println!(
        "| a query for each member, which decides and writes nothing | {} |",
        naive.cells()
    );
    Ok(())
}

impl Took {
    fn of(task: &Value) -> Result<Self> {
        let actual = &task["result"]["actual"];
        let number = |name: &str| {
            let number = actual[name].as_f64();
            number.with_context(|| format!("`{name}` in {actual}"))
        };
        Ok(Self {
            requests: number("requests")? as u64,
            read_units: number("read_units")?,
            write_units: number("write_units")?,
            seconds: number("seconds")?,
            dollars: number("dollars")?,
        })
    }

    fn cells(&self) -> String {
        format!(
            "{} | {:.0} | {:.0} | {:.1} | {:.4}",
            self.requests, self.read_units, self.write_units, self.seconds, self.dollars
        )
    }
}

fn member(number: u64) -> String {
    format!("M{number:08}")
}

fn write(file: &Path, header: &str, rows: u64, row: impl Fn(u64) -> String) -> Result<()> {
    let mut file = BufWriter::new(File::create(file)?);
    writeln!(file, "{header}")?;
    for number in 0..rows {
        writeln!(file, "{}", row(number))?;
    }
    file.flush().context("the file could not be written")
}

/// Imports an entry into each partition, and waits for its sum: changes of a partition are seen in their order, so
/// that all before it are summed then.
async fn until_summed(system: &System, api: &Api, file: &Path, round: u64) -> Result<Duration> {
    let ended = Instant::now();
    let mut members: Vec<Option<String>> = vec![None; SHARDS as usize];
    for number in 0.. {
        let member = format!("L{number}");
        members[shard_of(&member) as usize].get_or_insert(member);
        if members.iter().all(Option::is_some) {
            break;
        }
    }
    let members: Vec<String> = members.into_iter().flatten().collect();
    let count = members.len() as u64;
    write(file, "member_no,entry_date,points", count, |number| {
        format!("{},{LATER}-{:02},1", members[number as usize], round + 1)
    })?;
    imported(system, file, STATION, "score_import", count).await?;
    for member in &members {
        let path = format!("/score/sums?member_no={member}&from={LATER}&to={LATER}");
        // Nobody knows a member without a sum.
        while !api
            .get(&path)
            .await
            .is_ok_and(|sums| sums["months"][0]["entries"] == round + 1)
        {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
    Ok(ended.elapsed())
}

/// What the peer took, and the points that it has found.
async fn naive(client: &Client, table: &str, members: u64) -> Result<(Took, u64)> {
    let started = Instant::now();
    let found = futures::stream::iter(0..members)
        .map(|number| points_of(client, table, member(number)))
        .buffer_unordered(IN_FLIGHT)
        .try_fold((0.0, 0), async |(units, points), (unit, point)| {
            Ok((units + unit, points + point))
        })
        .await?;
    let (read_units, points) = found;
    let took = Took {
        requests: members,
        read_units,
        write_units: 0.0,
        seconds: started.elapsed().as_secs_f64(),
        dollars: read_units * READ_UNIT,
    };
    Ok((took, points))
}

/// The points of a member's window, and the units that reading them took.
async fn points_of(client: &Client, table: &str, member: String) -> Result<(f64, u64)> {
    let pk = format!("{STATION}#{:02x}", shard_of(&member));
    let answer = client
        .query()
        .table_name(table)
        .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
        .expression_attribute_values(":pk", AttributeValue::S(pk))
        .expression_attribute_values(
            ":from",
            AttributeValue::S(format!("{member}#{}", WINDOW[0])),
        )
        .expression_attribute_values(":to", AttributeValue::S(format!("{member}#{LATER}")))
        .consistent_read(true)
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await?;
    let capacity = answer
        .consumed_capacity()
        .and_then(|used| used.capacity_units);
    let mut points = 0;
    for item in answer.items() {
        let digits = item["points"].as_n().ok().context("points")?;
        points += digits.parse::<u64>()?;
    }
    Ok((capacity.context("units")?, points))
}
