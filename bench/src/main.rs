//! Benchmarks of Sluice against its peers. Each is a subcommand, compares within one process, and
//! fails when Sluice falls behind what the project promises.

mod api;
mod exports;
mod fairness;
mod functions;
mod import;
mod instance;
mod mailings;
mod measure;
mod memory;
mod model;
mod peer;
mod recovery;
mod sample;
mod scanner;
mod scores;
mod writing;

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
    /// Exports against a loop over boto3's paginator.
    Exports(exports::Options),
    /// The functions' binaries: size, start, and processor time of their work.
    Functions(functions::Options),
    /// How long an import takes to recover from a fault.
    Recovery(recovery::Options),
    /// A month's evaluation against a query for each member.
    Scores(scores::Options),
    /// What an import loses by a mailing beside it.
    Mailings(mailings::Options),
    /// The peak memory of a small and a large import.
    Memory(memory::Options),
    /// What a load takes that has never been run, by arithmetic.
    Model(model::Options),
    /// The worker against a loop over boto3's `batch_writer`.
    Writing(writing::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().benchmark {
        Benchmark::Scanner(options) => scanner::run(&options),
        Benchmark::Import(options) => import::run(&options),
        Benchmark::Fairness(options) => fairness::run(&options),
        Benchmark::Exports(options) => exports::run(&options),
        Benchmark::Functions(options) => functions::run(&options),
        Benchmark::Recovery(options) => recovery::run(&options),
        Benchmark::Scores(options) => scores::run(&options),
        Benchmark::Mailings(options) => mailings::run(&options),
        Benchmark::Memory(options) => memory::run(&options),
        Benchmark::Model(options) => {
            model::run(&options);
            Ok(())
        }
        Benchmark::Writing(options) => writing::run(&options),
    }
}
