//! A model on paper: what a load takes that has never been run, from counts of runs and from the limits of AWS. It
//! is arithmetic: nothing is measured here, and nothing has run on AWS.
//!
//! Each figure names its source. Counts are those of bench/RESULTS.md, which the tests below compare with the model.

use clap::Args;
use sluice_basics::prices::{PRICES, Prices};

/// Bytes of a row of members: 107.7 MB in 700,000 (RESULTS, "Files of 700,000 rows").
const ROW_BYTES: f64 = 153.9;
/// Rows of a write request (the limit of `BatchExecuteStatement`).
const BATCH_ROWS: f64 = 25.0;
/// DynamoDB requests of a chunk and of a task beside its rows. Fitted to 28,727 in 103 chunks and to 0.0435 a row in
/// files of 6,000 rows and two chunks (RESULTS, and "What a row costs" in docs/operations.md).
const REQUESTS_A_CHUNK: f64 = 7.0;
const REQUESTS_A_TASK: f64 = 7.0;
/// Write units of a chunk and of a task beside its rows. Fitted to 700,533 in 103 chunks (RESULTS) and to 20,035 in
/// three (README).
const UNITS_A_CHUNK: f64 = 5.0;
const UNITS_A_TASK: f64 = 20.0;
/// Requests to SQS and to S3 of a chunk ("Costs" in docs/deployment.md: about 3 and 4; one of S3's writes).
const SQS_A_CHUNK: f64 = 3.0;
const S3_READS_A_CHUNK: f64 = 3.0;
const S3_WRITES_A_CHUNK: f64 = 1.0;
/// What an export takes for a row (RESULTS, "Exports": 1,000,000 rows).
const EXPORT_REQUESTS: f64 = 0.00086;
const EXPORT_READ_UNITS: f64 = 0.0608;
/// What an evaluation takes for a member, with its reconciliation (RESULTS, "Scores": 1,000,000 members).
const EVALUATION_REQUESTS: f64 = 4.056_87;
const EVALUATION_READ_UNITS: f64 = 0.169_953;
const EVALUATION_WRITE_UNITS: f64 = 4.055_329;
/// Write units of a recipient of a mailing (ADR 0049). Its requests have not been counted.
const MAILING_WRITE_UNITS: f64 = 0.05;
/// What SES takes for an e-mail (<https://aws.amazon.com/ses/pricing/>).
const EMAIL_DOLLARS: f64 = 0.000_1;

/// Processor time of the worker for a row (RESULTS, "Writing"), and of an export's (RESULTS, "Exports").
const IMPORT_SECONDS_A_ROW: f64 = 27.3e-6;
const EXPORT_SECONDS_A_ROW: f64 = 2.41e-6;
/// The processor of a function of 1,024 MB: a whole one comes with 1,769 MB
/// (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>).
const WORKER_PROCESSORS: f64 = 1_024.0 / 1_769.0;
/// Memory of the worker, in GB (infra/template.yaml).
const WORKER_GB: f64 = 1.0;

/// Write units a second of one partition, and the keys that a station's rows are spread over (`SHARDS`).
const PARTITION_UNITS: f64 = 1_000.0;
const SHARDS: f64 = 64.0;
/// Write units a task takes in the partition `OPEN`: an item added and deleted, both in transactions (ADR 0005).
const OPEN_UNITS_A_TASK: f64 = 4.0;
/// What a new on-demand table takes, and after how long it takes twice as much
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>).
const NEW_TABLE_UNITS: f64 = 4_000.0;
const DOUBLES_AFTER_SECONDS: f64 = 1_800.0;

/// `RequestsPerSecond` of the template: one request begins a task at least.
const API_REQUESTS: f64 = 200.0;
/// The splitter's `MaximumConcurrency`, and requests of a small file, one after the other.
const SPLITTERS: f64 = 20.0;
const SPLITTER_REQUESTS: f64 = 20.0;
/// Tasks that the sweeper looks at, at the same time (`AT_ONCE`), and how long it begins with tasks: until ten seconds
/// (`LAST_TASK`) before its end (infra/template.yaml).
const SWEPT_AT_ONCE: f64 = 16.0;
const SWEEPER_SECONDS: f64 = 55.0 - 10.0;
/// After how long it sends the chunks of a task again that makes no progress (infra/template.yaml), twice as long each
/// time, and how long at most (`MOST_DOUBLINGS`). That long at once, while the queue is long: while it has more
/// messages than are done until then, each taking so long (`MESSAGE_TIME`).
const RESEND_AFTER_SECONDS: u32 = 180;
const MOST_RESEND_SECONDS: u32 = 16 * RESEND_AFTER_SECONDS;
const MESSAGE_SECONDS: f64 = 60.0;
/// Requests of that: the task, its nudge, the list of manifests and one of them, the chunks, the tries, the messages.
const RESEND_REQUESTS: f64 = 7.0;
/// A request to DynamoDB, S3 or SQS within the region. Assumed: it has not been measured.
const REQUEST_SECONDS: f64 = 0.01;

/// What to model.
#[derive(Args, Clone, Copy)]
pub struct Options {
    /// Rows, members or recipients of all tasks together.
    #[arg(long, default_value_t = 100e6)]
    rows: f64,
    /// Stations that have them, all as many.
    #[arg(long, default_value_t = 1_000.0)]
    stations: f64,
    /// Tasks that begin at the same moment, all as large.
    #[arg(long, default_value_t = 10_000.0)]
    tasks: f64,
    /// Write units, and read units, a second that a table takes. AWS's quota for a table, unless it was raised.
    #[arg(long, default_value_t = 40_000.0)]
    table_units: f64,
    /// Chunks that are worked on at the same time: `WorkerConcurrency`.
    #[arg(long, default_value_t = 50.0)]
    workers: f64,
    /// `ChunkBytes`.
    #[arg(long, default_value_t = 1_048_576.0)]
    chunk_bytes: f64,
    /// E-mails a second that SES takes.
    #[arg(long, default_value_t = 200.0)]
    emails: f64,
}

/// What one kind of task takes.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    seconds: f64,
    requests: f64,
    read_units: f64,
    write_units: f64,
    chunks: f64,
    dollars: f64,
}

/// How long one resource alone would need for the imports.
struct Need {
    resource: &'static str,
    seconds: f64,
    change: &'static str,
}

/// Prints the tables.
pub fn run(options: &Options) {
    let prices = &*PRICES;
    println!(
        "{:.0} rows of {:.0} stations in {:.0} tasks that begin at the same moment.\n",
        options.rows, options.stations, options.tasks
    );
    println!(
        "| | seconds | DynamoDB requests | read units | write units | chunks | dollars |\n\
         |---|--:|--:|--:|--:|--:|--:|"
    );
    for (name, load) in [
        ("imports", options.imports(prices)),
        ("exports", options.exports(prices)),
        ("evaluations", options.evaluations(prices)),
        ("mailings", options.mailings(prices)),
    ] {
        println!("| {name} | {} |", load.cells());
    }
    println!("\n| imports: what needs time | seconds, alone | what to change |\n|---|--:|---|");
    for need in options.needs() {
        println!(
            "| {} | {:.0} | {} |",
            need.resource, need.seconds, need.change
        );
    }
    println!("\n| imports | |\n|---|--:|");
    for (name, value) in options.limits() {
        println!("| {name} | {value} |");
    }
}

impl Options {
    /// Returns the chunks of all tasks. A file has one at least.
    fn chunks(&self) -> f64 {
        let file_bytes = self.rows * ROW_BYTES / self.tasks;
        self.tasks * (file_bytes / self.chunk_bytes).ceil().max(1.0)
    }

    fn imports(&self, prices: &Prices) -> Load {
        let chunks = self.chunks();
        let seconds = self.needs().first().map_or(0.0, |need| need.seconds);
        let load = Load {
            seconds,
            requests: self.rows / BATCH_ROWS
                + chunks * REQUESTS_A_CHUNK
                + self.tasks * REQUESTS_A_TASK,
            write_units: self.rows + chunks * UNITS_A_CHUNK + self.tasks * UNITS_A_TASK,
            chunks,
            ..Load::default()
        };
        self.priced(load, prices)
    }

    fn exports(&self, prices: &Prices) -> Load {
        let read_units = self.rows * EXPORT_READ_UNITS;
        let by_workers = self.rows * EXPORT_SECONDS_A_ROW / self.processors();
        let load = Load {
            seconds: (read_units / self.table_units).max(by_workers),
            requests: self.rows * EXPORT_REQUESTS,
            read_units,
            chunks: self.chunks(),
            ..Load::default()
        };
        self.priced(load, prices)
    }

    fn evaluations(&self, prices: &Prices) -> Load {
        let write_units = self.rows * EVALUATION_WRITE_UNITS;
        let load = Load {
            // As if all were written to one table: several take more.
            seconds: write_units / self.table_units,
            requests: self.rows * EVALUATION_REQUESTS,
            read_units: self.rows * EVALUATION_READ_UNITS,
            write_units,
            chunks: self.chunks(),
            ..Load::default()
        };
        self.priced(load, prices)
    }

    fn mailings(&self, prices: &Prices) -> Load {
        let load = Load {
            seconds: self.rows / self.emails,
            write_units: self.rows * MAILING_WRITE_UNITS,
            ..Load::default()
        };
        Load {
            dollars: self.rows * EMAIL_DOLLARS
                + load.write_units * prices.per_million.write_units / 1e6,
            ..load
        }
    }

    fn priced(&self, load: Load, prices: &Prices) -> Load {
        let each = &prices.per_million;
        let per_million = load.write_units * each.write_units
            + load.read_units * each.read_units
            + load.chunks
                * (SQS_A_CHUNK * each.sqs_requests
                    + S3_READS_A_CHUNK * each.s3_reads
                    + S3_WRITES_A_CHUNK * each.s3_writes
                    + each.invocations);
        // Workers that wait for a table are paid for.
        let gb_seconds = load.seconds * self.workers.min(load.chunks) * WORKER_GB;
        Load {
            dollars: per_million / 1e6 + gb_seconds * prices.lambda.gb_second,
            ..load
        }
    }

    /// Returns the processors of all workers together.
    fn processors(&self) -> f64 {
        self.workers * WORKER_PROCESSORS
    }

    /// Returns what the imports need, the slowest first.
    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![
            Need {
                resource: "write units of the table of rows",
                seconds: self.rows / self.table_units,
                change: "raise the table's quota and `TableWriteUnits`",
            },
            Need {
                resource: "processors of the workers",
                seconds: self.rows * IMPORT_SECONDS_A_ROW / self.processors(),
                change: "raise `WorkerConcurrency`",
            },
            Need {
                resource: "splitters, a file each",
                seconds: self.tasks * SPLITTER_REQUESTS * REQUEST_SECONDS / SPLITTERS,
                change: "raise `MaximumConcurrency` of the splitter's queue",
            },
            Need {
                resource: "the API, a request a task",
                seconds: self.tasks / API_REQUESTS,
                change: "raise `RequestsPerSecond`",
            },
            Need {
                resource: "the partition `OPEN`, the hottest one",
                seconds: self.tasks * OPEN_UNITS_A_TASK / PARTITION_UNITS,
                change: "divide it into several",
            },
        ];
        needs.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
        needs
    }

    /// Returns how long a new table takes for the rows, which doubles what it takes while it is pressed.
    fn seconds_of_new_table(&self) -> f64 {
        let (mut left, mut units, mut seconds) = (self.rows, NEW_TABLE_UNITS, 0.0);
        while units < self.table_units && left > units * DOUBLES_AFTER_SECONDS {
            left -= units * DOUBLES_AFTER_SECONDS;
            seconds += DOUBLES_AFTER_SECONDS;
            units *= 2.0;
        }
        seconds + left / units.min(self.table_units)
    }

    /// Returns how often the sweeper sends the chunks of a task again whose turn comes at a second, while the messages of
    /// all tasks are done one after the other in `seconds`. It looks at each second, not once a minute, so this is the most.
    fn resends(&self, turn: u32, seconds: f64) -> u32 {
        let (mut count, mut touched, mut own) = (0, 0, RESEND_AFTER_SECONDS);
        for second in 0..turn {
            let left = self.chunks() * (1.0 - f64::from(second) / seconds).max(0.0);
            let is_long = left * MESSAGE_SECONDS > f64::from(own) * self.workers;
            let wait = if is_long { MOST_RESEND_SECONDS } else { own };
            if second - touched >= wait {
                count += 1;
                touched = second;
                own = (own * 2).min(MOST_RESEND_SECONDS);
            }
        }
        count
    }

    /// Returns the messages that the sweeper sends again, if tasks end one after the other and none before its turn.
    fn sent_again(&self, seconds: f64) -> f64 {
        const STEPS: u32 = 1_000;
        let turn = |step: u32| seconds * (f64::from(step) + 0.5) / f64::from(STEPS);
        let all: u32 = (0..STEPS)
            .map(|step| self.resends(turn(step) as u32, seconds))
            .sum();
        self.chunks() * f64::from(all) / f64::from(STEPS)
    }

    fn limits(&self) -> Vec<(&'static str, String)> {
        let sweep = |requests: f64| self.tasks * requests * REQUEST_SECONDS / SWEPT_AT_ONCE;
        let most = |requests: f64| SWEEPER_SECONDS * SWEPT_AT_ONCE / (requests * REQUEST_SECONDS);
        let seconds = self.needs().first().map_or(0.0, |need| need.seconds);
        let one_station = self.table_units / SHARDS;
        vec![
            (
                "seconds, if the table is new",
                format!("{:.0}", self.seconds_of_new_table()),
            ),
            ("messages at the start", format!("{:.0}", self.chunks())),
            (
                "messages that the sweeper sends again meanwhile, at most",
                format!("{:.0}", self.sent_again(seconds)),
            ),
            (
                "the same, if the table is new",
                format!("{:.0}", self.sent_again(self.seconds_of_new_table())),
            ),
            (
                "seconds of a sweep (of 45) that looks at each task",
                format!("{:.0}", sweep(1.0)),
            ),
            (
                "seconds of a sweep (of 45) that sends for each task",
                format!("{:.0}", sweep(RESEND_REQUESTS)),
            ),
            (
                "tasks that it can look at in a sweep",
                format!("{:.0}", most(1.0)),
            ),
            (
                "tasks for which it can send in a sweep",
                format!("{:.0}", most(RESEND_REQUESTS)),
            ),
            (
                "units a second of one key of rows, all stations (of 1,000)",
                format!("{:.1}", one_station / self.stations),
            ),
            (
                "units a second of one key of rows, one station alone (of 1,000)",
                format!("{one_station:.0}"),
            ),
        ]
    }
}

impl Load {
    fn cells(&self) -> String {
        let cell = |value: f64| {
            if value > 0.0 {
                format!("{value:.0}")
            } else {
                "–".to_owned()
            }
        };
        let numbers = [
            self.seconds,
            self.requests,
            self.read_units,
            self.write_units,
            self.chunks,
        ];
        let mut cells: Vec<String> = numbers.into_iter().map(cell).collect();
        cells.push(format!("{:.2}", self.dollars));
        cells.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(rows: f64, tasks: f64) -> Options {
        Options {
            rows,
            stations: 1.0,
            tasks,
            table_units: 40_000.0,
            workers: 50.0,
            chunk_bytes: 1_048_576.0,
            emails: 200.0,
        }
    }

    fn assert_near(modelled: f64, counted: f64, percent: f64) {
        let off = (modelled / counted - 1.0).abs() * 100.0;
        assert!(off <= percent, "{modelled} instead of {counted}: {off:.2}%");
    }

    #[test]
    fn imports_take_what_was_counted() {
        // RESULTS, "Files of 700,000 rows".
        let large = options(700_000.0, 1.0).imports(&PRICES);
        assert_near(large.chunks, 103.0, 0.0);
        assert_near(large.requests, 28_727.0, 0.1);
        assert_near(large.write_units, 700_533.0, 0.1);
        // README, "Try it".
        let small = options(20_000.0, 1.0).imports(&PRICES);
        assert_near(small.chunks, 3.0, 0.0);
        assert_near(small.requests, 837.0, 1.5);
        assert_near(small.write_units, 20_035.0, 0.1);
    }

    #[test]
    fn imports_cost_what_the_page_on_deployment_says() {
        // Write units 0.438, workers 0.012, SQS 0.0001 and S3 0.001 in 17.5 s.
        let load = options(700_000.0, 1.0).imports(&PRICES);
        assert_near(load.seconds, 17.5, 0.1);
        assert_near(load.dollars, 0.4511, 1.0);
        let new = Options {
            table_units: NEW_TABLE_UNITS,
            ..options(700_000.0, 1.0)
        };
        assert_near(new.seconds_of_new_table(), 175.0, 0.1);
    }

    #[test]
    fn exports_and_evaluations_take_what_was_counted() {
        // RESULTS, "Exports" and "Scores".
        let export = options(1e6, 1.0).exports(&PRICES);
        assert_near(export.requests, 860.0, 0.1);
        assert_near(export.read_units, 60_800.0, 0.1);
        let evaluation = options(1e6, 1.0).evaluations(&PRICES);
        assert_near(evaluation.requests, 4_056_870.0, 0.1);
        assert_near(evaluation.write_units, 4_055_329.0, 0.1);
        // 2.6416 with the processor time of a local run, which the model replaces.
        assert_near(evaluation.dollars, 2.6416, 3.0);
    }

    #[test]
    fn a_mailing_waits_for_ses() {
        // A run of the benchmark took 96.9 s for 20,000 at 200 a second.
        assert_near(options(20_000.0, 1.0).mailings(&PRICES).seconds, 96.9, 4.0);
    }

    #[test]
    fn a_new_table_doubles_until_its_quota() {
        // Half an hour each at 4,000, 8,000 and 16,000 units, and the rest at 32,000.
        let seconds = options(100e6, 10_000.0).seconds_of_new_table();
        let rest = (100e6 - 1_800.0 * 28_000.0) / 32_000.0;
        assert_near(seconds, 3.0 * 1_800.0 + rest, 0.01);
    }

    #[test]
    fn the_sweeper_waits_twice_as_long_each_time_while_the_queue_is_short() {
        // One task of 100 rows: its message is all that there is.
        let few = options(100.0, 1.0);
        let times = [180, 181, 541, 1_261, 2_701, 5_581, 8_461];
        let resends = times.map(|second| few.resends(second, 10_000.0));
        assert_eq!(resends, [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn the_sweeper_sends_again_what_waits_for_48_minutes_in_a_long_queue() {
        let many = options(100e6, 10_000.0);
        let times = [2_880, 2_881, 5_760, 5_761];
        let resends = times.map(|second| many.resends(second, 10_000.0));
        assert_eq!(resends, [0, 1, 1, 2]);
        // Hardly any waits so long that the queue is short by then.
        assert!(many.sent_again(2_500.0) <= 0.01 * many.chunks());
    }
}
