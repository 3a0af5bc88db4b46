//! Benchmarks of Sluice against its peers. Each is a subcommand, compares within one process, and
//! fails when Sluice falls behind what the project promises.

mod measure;
mod sample;
mod scanner;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    benchmark: Benchmark,
}

#[derive(Subcommand)]
enum Benchmark {
    /// Finding record boundaries and cutting chunks, in bytes in memory, on one core.
    Scanner(scanner::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().benchmark {
        Benchmark::Scanner(options) => scanner::run(&options),
    }
}
