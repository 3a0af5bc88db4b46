//! Files to import: generated ones, and the named ones in `tests/data`.

use local_generator::{Flawed, Options, generate};

/// A member file without flaws.
pub fn members(rows: u64, seed: u64) -> Vec<u8> {
    flawed_members(rows, seed, 0.0, 0.0).0
}

/// A member file, and what is wrong with it.
pub fn flawed_members(
    rows: u64,
    seed: u64,
    bad_percent: f64,
    duplicate_percent: f64,
) -> (Vec<u8>, Vec<Flawed>) {
    let options = Options {
        rows,
        seed,
        bad_percent,
        duplicate_percent,
    };
    let mut file = Vec::new();
    let mut flaws = Vec::new();
    generate(&options, &mut file, |flaw| flaws.push(flaw)).expect("valid options");
    (file, flaws)
}

/// A file in `tests/data`.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The header and the records of a file, as the `csv` crate reads them.
pub fn records(file: &[u8]) -> (csv::ByteRecord, Vec<csv::ByteRecord>) {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.byte_headers().expect("a header").clone();
    let records = reader.byte_records().collect::<Result<_, _>>();
    (header, records.expect("readable records"))
}
