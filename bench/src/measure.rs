//! Measures contestants over the same bytes. Their runs alternate, so that whatever else the
//! machine does meanwhile falls on all of them.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Where the times are in `/proc/self/stat` after the program's name, in hundredths of a second.
const USER_AND_SYSTEM: [usize; 2] = [11, 12];

/// One way of doing the work.
pub struct Contestant<'a> {
    /// What the table calls it.
    name: &'static str,
    /// Does the work once, and gives what it counted so that none of it can be optimised away.
    work: Box<dyn FnMut() -> Result<u64> + 'a>,
}

impl<'a> Contestant<'a> {
    /// A contestant of this name that does this work.
    pub fn new(name: &'static str, work: impl FnMut() -> Result<u64> + 'a) -> Self {
        Self {
            name,
            work: Box::new(work),
        }
    }
}

/// How long a contestant took.
pub struct Timing {
    /// What the table calls it.
    pub name: &'static str,
    /// What it counted in each run.
    pub count: u64,
    /// One duration for each run, shortest first.
    runs: Vec<Duration>,
}

impl Timing {
    /// The run that the machine disturbed least.
    pub fn best(&self) -> Duration {
        self.runs[0]
    }

    /// The run in the middle.
    pub fn median(&self) -> Duration {
        self.runs[self.runs.len() / 2]
    }
}

/// Runs all contestants `rounds` times, at least once, in turns.
pub fn measure(contestants: Vec<Contestant<'_>>, rounds: usize) -> Result<Vec<Timing>> {
    let (mut timings, mut works): (Vec<_>, Vec<_>) = contestants
        .into_iter()
        .map(|Contestant { name, work }| {
            (
                Timing {
                    name,
                    count: 0,
                    runs: Vec::new(),
                },
                work,
            )
        })
        .unzip();
    for _ in 0..rounds.max(1) {
        for (timing, work) in timings.iter_mut().zip(&mut works) {
            let start = Instant::now();
            timing.count = work()?;
            timing.runs.push(start.elapsed());
        }
    }
    for timing in &mut timings {
        timing.runs.sort_unstable();
    }
    Ok(timings)
}

/// Timings as a Markdown table, in gigabytes a second, beside the contestant of index `baseline`.
pub struct Table<'a> {
    /// The rows.
    pub timings: &'a [Timing],
    /// Which of them the ratios refer to.
    pub baseline: usize,
    /// How many bytes each run worked on.
    pub bytes: usize,
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let baseline = &self.timings[self.baseline];
        let ratio = format!("vs {}", baseline.name);
        writeln!(
            f,
            "| {:28} | GB/s best | median | {ratio:>18} |        counted |",
            ""
        )?;
        writeln!(
            f,
            "|:-----------------------------|----------:|-------:|-------------------:|---------------:|"
        )?;
        for timing in self.timings {
            writeln!(
                f,
                "| {:28} | {:9.2} | {:6.2} | {:17.1}x | {:14} |",
                timing.name,
                gigabytes_per_second(self.bytes, timing.best()),
                gigabytes_per_second(self.bytes, timing.median()),
                speedup(baseline, timing),
                timing.count,
            )?;
        }
        Ok(())
    }
}

/// How many times as fast as `baseline` the best run was.
pub fn speedup(baseline: &Timing, timing: &Timing) -> f64 {
    baseline.best().as_secs_f64() / timing.best().as_secs_f64()
}

fn gigabytes_per_second(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e9
}

/// The processor time of this process so far, with threads that have ended. Other work on the machine does not count.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
pub fn processor_time() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The program's name comes before, and may have spaces.
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let mut ticks = 0;
    for field in USER_AND_SYSTEM {
        ticks += fields
            .get(field)
            .context("/proc/self/stat")?
            .parse::<u64>()?;
    }
    Ok(Duration::from_millis(ticks * 10))
}
