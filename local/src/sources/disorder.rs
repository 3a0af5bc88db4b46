//! A stream's records as bad luck shows them. After a shard is split, a failure, or a change of the batch size,
//! records of different items come in another order, batches are cut otherwise, and what was shown is shown again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>

use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

/// How often a piece is shown at most.
const MOST_TIMES: usize = 3;

/// Makes disorder that is the same for the same seed.
#[derive(Debug)]
pub(super) struct Disorder(StdRng);

impl Disorder {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Cuts records into batches anew, repeats some and turns some around, in any order. Each record is shown at
    /// least once.
    pub(super) fn batches<T: Clone>(&mut self, records: &[T]) -> Vec<Vec<T>> {
        let mut batches = Vec::new();
        let mut rest = records;
        while !rest.is_empty() {
            let length = self.0.random_range(1..=rest.len());
            let (piece, after) = rest.split_at(length);
            rest = after;
            for _ in 0..self.0.random_range(1..=MOST_TIMES) {
                let mut batch = piece.to_vec();
                if self.0.random() {
                    batch.reverse();
                }
                batches.push(batch);
            }
        }
        batches.shuffle(&mut self.0);
        batches
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_record_is_shown_and_some_twice_and_backwards() {
        let records: Vec<u32> = (0..50).collect();
        let mut disorder = Disorder::new(7);
        let batches = disorder.batches(&records);
        let shown: Vec<u32> = batches.concat();
        let distinct: BTreeSet<u32> = shown.iter().copied().collect();
        assert_eq!(distinct, records.iter().copied().collect());
        assert!(shown.len() > records.len());
        let is_backwards = |batch: &Vec<u32>| batch.windows(2).any(|pair| pair[0] > pair[1]);
        assert!(batches.iter().any(is_backwards), "{batches:?}");
        assert_eq!(Disorder::new(7).batches(&records), batches);
        assert!(disorder.batches::<u32>(&[]).is_empty());
    }
}
