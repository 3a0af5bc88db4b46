//! Random choices that are the same everywhere and for all time. Only the 32-bit words of `ChaCha8`
//! are taken from a crate, because those are fixed by the cipher; ranges are mapped here, since
//! `rand` may change how it does that from one version to the next.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Words set aside for each row. A row takes about 70.
const WORDS_PER_ROW_LOG2: u32 = 10;

/// A source of choices, fixed by a seed.
pub struct Draw {
    rng: ChaCha8Rng,
}

impl Draw {
    /// Choices for the values of rows; [`Draw::move_to_row`] selects the row.
    pub fn for_rows(seed: u64) -> Self {
        Self::stream(seed, 0)
    }

    /// Choices about which rows are flawed, independent of the rows' values.
    pub fn for_plan(seed: u64) -> Self {
        Self::stream(seed, 1)
    }

    /// Choices that fix the order of the member numbers.
    pub fn for_member_numbers(seed: u64) -> Self {
        Self::stream(seed, 2)
    }

    fn stream(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self { rng }
    }

    /// Goes to the start of a row's own choices, so that any row can be made again from its index.
    pub fn move_to_row(&mut self, index: u64) {
        self.rng
            .set_word_pos(u128::from(index) << WORDS_PER_ROW_LOG2);
    }

    /// 32 random bits.
    pub fn word(&mut self) -> u32 {
        self.rng.next_u32()
    }

    /// A number in `0..limit`; 0 if `limit` is 0.
    pub fn below(&mut self, limit: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(limit)) >> 32) as u32
    }

    /// A number in `0..limit`, for limits that need not fit in 32 bits; 0 if `limit` is 0.
    pub fn below_u64(&mut self, limit: u64) -> u64 {
        let low = u64::from(self.word());
        let high = u64::from(self.word());
        ((u128::from(high << 32 | low) * u128::from(limit)) >> 64) as u64
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, which must not be empty.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}
