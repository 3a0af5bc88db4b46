//! Converts a file and tells how fast, and with how much memory:
//! `cargo run --release -p sluice-formats --example convert -- FILE [CSV] [SHEET]`.
//! Without a name for the CSV it is thrown away.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::time::Instant;

use sluice_formats::{Converter, Detected, HEAD_BYTES, Limits, Workbook, WorkbookLimits, detect};

/// What keeps the output of one push small.
const PIECE_BYTES: usize = 16 << 10;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("name a file")?;
    let out: Box<dyn Write> = match arguments.next() {
        Some(csv) => Box::new(File::create(csv)?),
        None => Box::new(io::sink()),
    };
    let file = File::open(&name)?;
    let file_bytes = file.metadata()?.len();
    let start = Instant::now();
    let output_bytes = convert(file, arguments.next().as_deref(), out)?;
    let seconds = start.elapsed().as_secs_f64();

    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    println!(
        "{:.1} MiB to {:.1} MiB in {seconds:.2} s: {:.0} MiB/s in, {:.0} MiB/s out",
        mib(file_bytes),
        mib(output_bytes),
        mib(file_bytes) / seconds,
        mib(output_bytes) / seconds,
    );
    // Linux alone tells.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    if let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM")) {
        println!("{peak}");
    }
    Ok(())
}

/// Gives how many bytes of CSV were written.
fn convert(
    mut file: File,
    sheet: Option<&str>,
    mut out: impl Write,
) -> Result<u64, Box<dyn Error>> {
    let mut head = Vec::new();
    (&mut file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let detected = detect(&head, head.len() < HEAD_BYTES, None)?;
    println!("{detected:?}");
    file.rewind()?;
    let mut converter = match detected {
        Detected::Workbook => {
            let workbook = Workbook::open(file, WorkbookLimits::default())?;
            let summary = workbook.write_csv(sheet, out)?;
            println!("{summary:?}");
            return Ok(summary.output_bytes);
        }
        Detected::Gzip => Converter::gzip(None, Limits::default()),
        Detected::Text { is_mixed: true, .. } => Converter::mixed_utf8(Limits::default()),
        Detected::Text { encoding, .. } => Converter::text(encoding, Limits::default()),
    };
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => converter.push(&piece[..read], &mut out)?,
        }
    }
    let summary = converter.finish(&mut out)?;
    println!("{summary:?}");
    Ok(summary.output_bytes)
}
