//! The functions' binaries as they are deployed: their size, how long they take to start, and what
//! processor time they need for their work. Several builds are measured in turns, in one run, so
//! that settings of the release profile can be compared. Linux only.

mod work;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use sluice::environment::variables;
use sluice::system::{Keys, Urls};

use crate::instance::{Instance, path_of};

/// What the project promises, in processor time: other work on the machine does not count.
const MOST_INIT: Duration = Duration::from_millis(50);
/// As the template calls them.
const FUNCTIONS: [&str; 16] = [
    "upload",
    "status",
    "lifecycle",
    "export",
    "orders",
    "scores",
    "station",
    "mail",
    "mailer",
    "feedback",
    "splitter",
    "worker",
    "finisher",
    "notifier",
    "summer",
    "sweeper",
];

/// How to measure.
#[derive(Args)]
pub struct Options {
    /// Folders with the functions' binaries, as `cargo build --release` or `cargo lambda build`
    /// leaves them; those of the first are what others are compared with.
    #[arg(default_value = "target/release")]
    builds: Vec<PathBuf>,
    /// How often each binary is started.
    #[arg(long, default_value_t = 20)]
    starts: usize,
    /// Rows of the file that the worker imports.
    #[arg(long, default_value_t = 20_000)]
    rows: u64,
    /// How often each build does the work, in turns; 0 to leave it out.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
}

/// One binary of one build.
struct Binary {
    path: PathBuf,
    bytes: u64,
    zipped_bytes: u64,
    /// From the start until the first event is asked for, and the processor time of that.
    starts: Vec<(Duration, Duration)>,
}

/// Measures all builds and prints the tables.
pub fn run(options: &Options) -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(tables(options))
}

async fn tables(options: &Options) -> Result<()> {
    // Nothing is sent while a function starts: nobody has to be there.
    let environment = variables(&Urls::from_port(9_300, Keys::new("id", "secret")))?;
    let mut slowest = Duration::ZERO;
    println!("| | build | bytes | zipped | init, median | max | processor |");
    println!("|---|---|--:|--:|--:|--:|--:|");
    for function in FUNCTIONS {
        let mut binaries: BTreeMap<usize, Binary> = BTreeMap::new();
        for (index, build) in options.builds.iter().enumerate() {
            if let Some(path) = path_of(build, function) {
                binaries.insert(index, Binary::new(path)?);
            }
        }
        for _ in 0..options.starts.max(1) {
            for binary in binaries.values_mut() {
                binary.start(&environment).await?;
            }
        }
        for (index, mut binary) in binaries {
            let [median, most, processor] = binary.times();
            println!(
                "| {function} | {} | {} | {} | {:.1} ms | {:.1} ms | {:.1} ms |",
                options.builds[index].display(),
                binary.bytes,
                binary.zipped_bytes,
                milliseconds(median),
                milliseconds(most),
                milliseconds(processor),
            );
            slowest = slowest.max(processor);
        }
    }
    if options.rounds > 0 {
        work::table(&options.builds, options.rows, options.rounds).await?;
    }
    ensure!(
        slowest > Duration::ZERO,
        "no function is in {:?}: build them first",
        options.builds
    );
    ensure!(
        slowest <= MOST_INIT,
        "a function needs more than the promised {MOST_INIT:?} to start"
    );
    Ok(())
}

impl Binary {
    fn new(path: PathBuf) -> Result<Self> {
        let bytes = std::fs::read(&path).with_context(|| format!("{}", path.display()))?;
        let mut zipped = DeflateEncoder::new(Vec::new(), Compression::default());
        zipped.write_all(&bytes)?;
        Ok(Self {
            path,
            bytes: bytes.len() as u64,
            zipped_bytes: zipped.finish()?.len() as u64,
            starts: Vec::new(),
        })
    }

    async fn start(&mut self, environment: &BTreeMap<String, String>) -> Result<()> {
        let instance = Instance::start(&self.path, environment).await?;
        self.starts
            .push((instance.init, instance.processor_time()?));
        Ok(())
    }

    /// Median and most of the starts, and the median of their processor time.
    fn times(&mut self) -> [Duration; 3] {
        let middle = self.starts.len() / 2;
        self.starts
            .sort_unstable_by_key(|(_, processor)| *processor);
        let processor = self.starts[middle].1;
        self.starts.sort_unstable_by_key(|(init, _)| *init);
        let most = self.starts[self.starts.len() - 1].0;
        [self.starts[middle].0, most, processor]
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
