//! Benchmarks of Sluice against its peers. Each is a subcommand, compares within one process, and
//! fails when Sluice falls behind what the project promises.

mod fairness;
mod functions;
mod import;
mod instance;
mod measure;
mod memory;
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
    /// A whole import against a bare client with the same batches.
    Import(import::Options),
    /// What a small import waits beside a large one.
    Fairness(fairness::Options),
    /// The functions' binaries: size, start, and processor time of their work.
    Functions(functions::Options),
    /// The peak memory of a small and a large import.
    Memory(memory::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().benchmark {
        Benchmark::Scanner(options) => scanner::run(&options),
        Benchmark::Import(options) => import::run(&options),
        Benchmark::Fairness(options) => fairness::run(&options),
        Benchmark::Functions(options) => functions::run(&options),
        Benchmark::Memory(options) => memory::run(&options),
    }
}
