//! How far a file may grow when it is unpacked. A compressed file of a few kilobytes can hold
//! terabytes: David Fifield, "A better zip bomb" (<https://www.bamsoftware.com/hacks/zipbomb/>).

use thiserror::Error;

use crate::FormatError;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// The most that may come out of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of CSV that are written, and of data that are unpacked.
    pub output_bytes: u64,
    /// The most bytes that come out for each byte that goes in, past
    /// [`unmeasured_bytes`](Self::unmeasured_bytes).
    pub ratio: u64,
    /// How many bytes may come out at any ratio: small files with little in them compress very
    /// well.
    pub unmeasured_bytes: u64,
}

impl Default for Limits {
    /// 20 GiB, and 200 to 1 past the first 10 MiB. CSV compresses to about a tenth, orderly tables
    /// to a fiftieth.
    fn default() -> Self {
        Self {
            output_bytes: 20 * GIB,
            ratio: 200,
            unmeasured_bytes: 10 * MIB,
        }
    }
}

impl Limits {
    /// Checks that so many bytes may come out of so many.
    pub(crate) fn check(&self, read_bytes: u64, output_bytes: u64) -> Result<(), Excess> {
        if output_bytes > self.by_ratio(read_bytes) {
            return Err(Excess::Ratio(self.ratio));
        }
        if output_bytes > self.output_bytes {
            return Err(Excess::Bytes(self.output_bytes));
        }
        Ok(())
    }

    fn by_ratio(&self, read_bytes: u64) -> u64 {
        read_bytes
            .saturating_mul(self.ratio)
            .saturating_add(self.unmeasured_bytes)
    }
}

/// The limit that was passed. It goes through readers, as the source of an `io::Error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum Excess {
    #[error("more than {0} bytes for each byte read")]
    Ratio(u64),
    #[error("more than {0} bytes")]
    Bytes(u64),
}

impl From<Excess> for FormatError {
    fn from(excess: Excess) -> Self {
        match excess {
            Excess::Ratio(ratio) => Self::Bomb { ratio },
            Excess::Bytes(limit_bytes) => Self::TooMuchOutput { limit_bytes },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_counts_only_past_the_first_bytes() {
        let limits = Limits::default();
        assert!(limits.check(0, 10 * MIB).is_ok());
        assert!(limits.check(MIB, 210 * MIB).is_ok());
        assert_eq!(limits.check(MIB, 210 * MIB + 1), Err(Excess::Ratio(200)));
        assert_eq!(
            limits.check(GIB, 20 * GIB + 1),
            Err(Excess::Bytes(20 * GIB))
        );
    }
}
