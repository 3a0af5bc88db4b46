//! What a file is made from, and the checks on it.

/// The most rows a file can have: member numbers have nine digits.
pub const MAX_ROWS: u64 = 1_000_000_000;

/// Percents are counted in millionths, so that 0.29 % is 0.29 % and not the double next to it.
const MILLIONTHS: u64 = 1_000_000;

/// What a file is made from. Equal options give equal bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Data rows, flawed ones included. 0 writes the header only.
    pub rows: u64,
    /// Chooses everything that is random.
    pub seed: u64,
    /// The share of bad rows, 0 to 100, to six decimals. The number of rows is rounded down.
    pub bad_percent: f64,
    /// The share of rows that repeat an earlier key, likewise. With `bad_percent` at most 100.
    pub duplicate_percent: f64,
}

/// Why options were refused.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidOption {
    /// Too many rows.
    #[error("rows: {0} is more than {MAX_ROWS}")]
    Rows(u64),
    /// A percent that is none.
    #[error("{option}: {percent} is not between 0 and 100")]
    Percent {
        /// The option's name.
        option: &'static str,
        /// Its value.
        percent: f64,
    },
    /// More flawed rows than rows.
    #[error("bad_percent and duplicate_percent: together more than 100")]
    TogetherOver100,
    /// Nothing left to be a duplicate of.
    #[error("duplicate_percent: leaves no good row to be a duplicate of")]
    NothingToDuplicate,
}

/// How many rows of each kind the options ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All rows.
    pub rows: u64,
    /// Bad ones.
    pub bad: u64,
    /// Duplicates.
    pub duplicate: u64,
}

impl Options {
    /// Checks the options; [`crate::generate`] does so too.
    pub fn validate(&self) -> Result<(), InvalidOption> {
        self.counts().map(drop)
    }

    /// The exact number of rows of each kind.
    pub(crate) fn counts(&self) -> Result<Counts, InvalidOption> {
        if self.rows > MAX_ROWS {
            return Err(InvalidOption::Rows(self.rows));
        }
        let bad = millionths("bad_percent", self.bad_percent)?;
        let duplicate = millionths("duplicate_percent", self.duplicate_percent)?;
        if bad + duplicate > 100 * MILLIONTHS {
            return Err(InvalidOption::TogetherOver100);
        }
        // At most 10^9 rows times 10^8 millionths: below 2^64.
        let share = |millionths: u64| self.rows * millionths / (100 * MILLIONTHS);
        let counts = Counts {
            rows: self.rows,
            bad: share(bad),
            duplicate: share(duplicate),
        };
        if counts.duplicate > 0 && counts.bad + counts.duplicate == counts.rows {
            return Err(InvalidOption::NothingToDuplicate);
        }
        Ok(counts)
    }
}

fn millionths(option: &'static str, percent: f64) -> Result<u64, InvalidOption> {
    if (0.0..=100.0).contains(&percent) {
        Ok((percent * MILLIONTHS as f64).round() as u64)
    } else {
        Err(InvalidOption::Percent { option, percent })
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidOption, MAX_ROWS, Options};

    fn options(rows: u64, bad_percent: f64, duplicate_percent: f64) -> Options {
        Options {
            rows,
            seed: 1,
            bad_percent,
            duplicate_percent,
        }
    }

    #[test]
    fn a_refusal_names_the_option() {
        let refusal = |options: Options| options.validate().unwrap_err().to_string();
        assert!(refusal(options(MAX_ROWS + 1, 0.0, 0.0)).starts_with("rows:"));
        assert!(refusal(options(1, f64::NAN, 0.0)).starts_with("bad_percent:"));
        assert!(refusal(options(1, 0.0, -0.5)).starts_with("duplicate_percent:"));
        assert!(refusal(options(9, 60.0, 40.1)).contains("together"));
        let all_flawed = options(10, 50.0, 50.0);
        assert_eq!(
            all_flawed.validate(),
            Err(InvalidOption::NothingToDuplicate)
        );
        assert_eq!(options(MAX_ROWS, 99.0, 1.0 - 1e-6).validate(), Ok(()));
    }

    #[test]
    fn percents_are_taken_as_they_are_written() {
        // 10_000 * 0.57 / 100 is 56.999… in doubles.
        let counts = options(10_000, 0.57, 0.29).counts().unwrap();
        assert_eq!((counts.bad, counts.duplicate), (57, 29));
        let counts = options(199, 0.5, 1.0).counts().unwrap();
        assert_eq!((counts.bad, counts.duplicate), (0, 1));
    }
}
