//! Member numbers: a different one for each row, in an order that looks random, worked out from the
//! row's index alone so that none has to be remembered.

use crate::draw::Draw;
use crate::options::MAX_ROWS;

const HALF_BITS: u32 = 15;
const HALF_MASK: u32 = (1 << HALF_BITS) - 1;

/// A permutation of the numbers below [`MAX_ROWS`]: a four-round Feistel network.
pub struct MemberNumbers {
    round_keys: [u32; 4],
}

impl MemberNumbers {
    /// The permutation that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        let mut draw = Draw::for_member_numbers(seed);
        Self {
            round_keys: std::array::from_fn(|_| draw.word()),
        }
    }

    /// The number of the row with this index, which must be below [`MAX_ROWS`].
    pub fn of_row(&self, index: u64) -> u32 {
        // The network permutes 30 bits, a little more than needed. Following it until it comes back
        // below the limit keeps it a permutation.
        let mut number = self.permute(index as u32);
        while u64::from(number) >= MAX_ROWS {
            number = self.permute(number);
        }
        number
    }

    fn permute(&self, number: u32) -> u32 {
        let mut left = number >> HALF_BITS;
        let mut right = number & HALF_MASK;
        for key in self.round_keys {
            let mixed = (right ^ key).wrapping_mul(0x9E37_79B1);
            let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x85EB_CA77);
            (left, right) = (right, left ^ (mixed >> (32 - HALF_BITS)));
        }
        left << HALF_BITS | right
    }
}

#[cfg(test)]
mod tests {
    use super::MemberNumbers;
    use crate::options::MAX_ROWS;
    use std::collections::HashSet;

    #[test]
    fn neighbouring_rows_and_the_last_ones_have_different_numbers_within_nine_digits() {
        let numbers = MemberNumbers::new(7);
        let indices = (0..100_000).chain(MAX_ROWS - 100_000..MAX_ROWS);
        let seen: HashSet<u32> = indices.map(|index| numbers.of_row(index)).collect();
        assert_eq!(seen.len(), 200_000);
        assert!(seen.iter().all(|&number| u64::from(number) < MAX_ROWS));
    }
}
