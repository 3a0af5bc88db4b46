//! Rows that lost their key to an earlier row of the same file, in another chunk.
//!
//! Of two rows with one key the first of the file wins, in whatever order their chunks run. The
//! chunk that sees both says so, and the finisher settles what the two chunks counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A row that is a duplicate, because an earlier row of its file has the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyLoss {
    /// The row that lost.
    pub row: u64,
    /// The earlier row, or one that lost to it in turn.
    pub by_row: u64,
}

/// All losses of a file, each traced to the row that won in the end.
#[derive(Clone, Debug, Default)]
pub struct KeyLosses {
    by_row: BTreeMap<u64, u64>,
}

impl KeyLosses {
    /// Takes note of a loss; told twice is the same as told once.
    pub fn add(&mut self, mut loss: KeyLoss) {
        loop {
            let winner = self.by_row.entry(loss.row).or_insert(loss.by_row);
            let (earlier, later) = (loss.by_row.min(*winner), loss.by_row.max(*winner));
            *winner = earlier;
            if earlier == later {
                return;
            }
            // All three have one key, so the later of the two winners lost as well.
            loss = KeyLoss {
                row: later,
                by_row: earlier,
            };
        }
    }

    /// The rows that lost, in the order of the file, with the row that holds the key.
    pub fn iter(&self) -> impl Iterator<Item = KeyLoss> + '_ {
        self.by_row.keys().map(|&row| KeyLoss {
            row,
            by_row: self.winner(row),
        })
    }

    /// The first row of the file with the key of `row`.
    fn winner(&self, mut row: u64) -> u64 {
        // Each step goes to an earlier row, so this ends.
        while let Some(&by_row) = self.by_row.get(&row) {
            row = by_row;
        }
        row
    }
}

impl Extend<KeyLoss> for KeyLosses {
    fn extend<T: IntoIterator<Item = KeyLoss>>(&mut self, losses: T) {
        for loss in losses {
            self.add(loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(told: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let mut losses = KeyLosses::default();
        losses.extend(told.iter().map(|&(row, by_row)| KeyLoss { row, by_row }));
        losses.iter().map(|loss| (loss.row, loss.by_row)).collect()
    }

    #[test]
    fn every_loser_is_traced_to_the_first_row_in_whatever_order_it_is_told() {
        let all = [(5, 1), (9, 1)];
        assert_eq!(settled(&[(9, 5), (5, 1)]), all);
        assert_eq!(settled(&[(5, 1), (9, 5)]), all);
        assert_eq!(settled(&[(9, 5), (9, 1)]), all);
        assert_eq!(settled(&[(9, 1), (9, 5), (9, 5)]), all);
    }

    #[test]
    fn keys_do_not_mix() {
        assert_eq!(settled(&[(9, 5), (8, 2)]), [(8, 2), (9, 5)]);
    }
}
