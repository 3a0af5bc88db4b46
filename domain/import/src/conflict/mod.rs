//! Rows of one file that want the same key or the same value of a unique column.
//!
//! The splitter reads every row's key and unique values once ([`ConflictFinder`]) and lists those that occur
//! more than once ([`Conflicts`]). Workers store the rows that want nothing on that list, and defer the
//! others. When all chunks are committed, the finisher decides on the deferred rows ([`decide`]) as if they
//! came one after the other, and stores those that win. So nothing is ever stored that its own file takes
//! back later, and the result does not depend on the order of chunks.

mod decide;
mod finder;

use siphasher::sip128::{Hasher128, SipHasher13};
use std::hash::Hasher;

pub use decide::{Contender, Held, Lost, Precedence, Rule, Verdict, decide};
pub use finder::{ConflictFinder, Conflicts, TooManyConflicts};

use sluice_basics::ids::TaskId;

/// What no two rows may share: a key or a value of a unique column, as a hash that is large enough to
/// stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Want(u128);

impl Want {
    /// The part of the hash that lists keep.
    fn short(self) -> u64 {
        self.0 as u64
    }
}

/// Hashes the keys and unique values of one import. Other imports hash with another key, so that nobody
/// can prepare values that collide.
#[derive(Clone, Copy, Debug)]
pub struct WantHasher {
    key: u64,
}

impl WantHasher {
    /// The hasher of an import.
    pub fn new(task: TaskId) -> Self {
        Self { key: task.get() }
    }

    /// Hashes the value of a field: the key is field 0, the unique columns are fields from 1.
    pub fn want(&self, field: usize, value: &str) -> Want {
        let mut hasher = SipHasher13::new_with_keys(self.key, field as u64);
        hasher.write(value.as_bytes());
        Want(hasher.finish128().as_u128())
    }
}
