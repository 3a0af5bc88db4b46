//! Decides for each row in turn whether it is good, bad or a duplicate: exactly as many as asked
//! for, spread evenly, without knowing more than what is still to come (Knuth, *The Art of Computer
//! Programming* 3.4.2, algorithm S).

use std::collections::VecDeque;

use crate::draw::Draw;
use crate::flaw::Defect;
use crate::options::Counts;

/// How far back a near duplicate looks, in rows.
const NEAR_ROWS: u64 = 10;
/// How many earlier rows are kept for far duplicates.
const KEPT_ROWS: usize = 4096;

/// What the next row is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A row that can be imported.
    Good,
    /// A row with this defect.
    Bad(Defect),
    /// A row with the key of an earlier good row.
    Duplicate {
        /// The earlier row's index; the first data row is 0.
        of: u64,
    },
}

/// The steps of one file, in the order of its rows.
pub struct Plan {
    draw: Draw,
    counts: Counts,
    bad_left: u64,
    duplicates_left: u64,
    next_row: u64,
    earlier: EarlierRows,
}

impl Plan {
    /// The plan for these counts, fixed by the seed.
    pub fn new(seed: u64, counts: Counts) -> Self {
        Self {
            draw: Draw::for_plan(seed),
            counts,
            bad_left: counts.bad,
            duplicates_left: counts.duplicate,
            next_row: 0,
            earlier: EarlierRows::default(),
        }
    }

    fn choose(&mut self, row: u64) -> Step {
        let rows_left = self.counts.rows - row;
        // A duplicate needs a row before it, so the first row is good whenever any row may be.
        if row == 0 && self.bad_left < rows_left {
            return Step::Good;
        }
        let ticket = self.draw.below_u64(rows_left);
        if ticket < self.bad_left {
            self.bad_left -= 1;
            Step::Bad(self.draw.pick(&Defect::ALL))
        } else if ticket - self.bad_left < self.duplicates_left {
            self.duplicates_left -= 1;
            let of = self.earlier.pick(row, &mut self.draw);
            Step::Duplicate { of }
        } else {
            Step::Good
        }
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let row = self.next_row;
        if row == self.counts.rows {
            return None;
        }
        self.next_row += 1;
        let step = self.choose(row);
        if step == Step::Good && self.duplicates_left > 0 {
            self.earlier.remember(row, &mut self.draw);
        }
        Some(step)
    }
}

/// A bounded choice of the good rows so far: the latest, and a fair sample of all (algorithm R).
#[derive(Default)]
struct EarlierRows {
    latest: VecDeque<u64>,
    sample: Vec<u64>,
    seen: u64,
}

impl EarlierRows {
    fn remember(&mut self, row: u64, draw: &mut Draw) {
        self.latest.push_back(row);
        if self.latest.len() as u64 > NEAR_ROWS {
            self.latest.pop_front();
        }
        self.seen += 1;
        if self.sample.len() < KEPT_ROWS {
            self.sample.push(row);
            return;
        }
        let place = draw.below_u64(self.seen);
        if place < KEPT_ROWS as u64 {
            self.sample[place as usize] = row;
        }
    }

    /// A good row before `row`: near in half the cases, if there is a near one.
    fn pick(&self, row: u64, draw: &mut Draw) -> u64 {
        let too_far = self.latest.partition_point(|&good| good + NEAR_ROWS < row);
        let near = self.latest.len() - too_far;
        if near > 0 && draw.percent(50) {
            self.latest[too_far + draw.below(near as u32) as usize]
        } else {
            draw.pick(&self.sample)
        }
    }
}
