//! Cutting rows into batches, and the key by which a receiver knows a batch again.

use sluice_basics::ids::TaskRef;

/// Cuts rows, as they come, into batches of one size. Where the cuts lie depends on the rows and
/// the size alone, so that every try at a chunk makes the same batches.
#[derive(Debug)]
pub struct Batcher<T> {
    batch_rows: usize,
    gathered: Vec<T>,
}

impl<T> Batcher<T> {
    /// Cuts after every `batch_rows` rows.
    pub fn new(batch_rows: usize) -> Self {
        Self {
            batch_rows,
            gathered: Vec::new(),
        }
    }

    /// Adds a row; a batch if that fills one.
    pub fn push(&mut self, row: T) -> Option<Vec<T>> {
        self.gathered.push(row);
        if self.gathered.len() < self.batch_rows {
            return None;
        }
        Some(std::mem::take(&mut self.gathered))
    }

    /// The rows after the last cut, if there are any.
    pub fn rest(&mut self) -> Option<Vec<T>> {
        let rest = std::mem::take(&mut self.gathered);
        (!rest.is_empty()).then_some(rest)
    }
}

/// The name of a batch, the same for every try, every delivery of its chunk and every run of its
/// task: `<station>/<task>/<first row>-<last row>`. Only characters that a header may hold.
pub fn idempotency_key(task: &TaskRef, first_row: u64, last_row: u64) -> String {
    format!("{task}/{first_row}-{last_row}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn batches(rows: &[u64], batch_rows: usize) -> Vec<Vec<u64>> {
        let mut cutter = Batcher::new(batch_rows);
        let mut batches: Vec<_> = rows.iter().filter_map(|row| cutter.push(*row)).collect();
        batches.extend(cutter.rest());
        batches
    }

    fn task() -> TaskRef {
        TaskRef {
            station_id: "demo".parse().expect("a station"),
            task_id: 7_291.try_into().expect("a task id"),
        }
    }

    #[test]
    fn a_key_names_station_task_and_rows() {
        assert_eq!(idempotency_key(&task(), 2, 101), "demo/7291/2-101");
    }

    proptest! {
        #[test]
        fn batches_joined_are_the_rows_and_only_the_last_is_short(
            rows in prop::collection::btree_set(2u64..5_000, 0..300),
            batch_rows in 1usize..120,
        ) {
            let rows: Vec<u64> = rows.into_iter().collect();
            let batches = batches(&rows, batch_rows);
            prop_assert_eq!(batches.concat(), rows.clone());
            for (index, batch) in batches.iter().enumerate() {
                let is_last = index + 1 == batches.len();
                prop_assert!(!batch.is_empty() && batch.len() <= batch_rows);
                prop_assert!(is_last || batch.len() == batch_rows);
            }
        }

        #[test]
        fn no_two_batches_of_a_file_have_one_key_and_a_second_try_has_the_same_keys(
            rows in prop::collection::btree_set(2u64..5_000, 0..300),
            batch_rows in 1usize..120,
        ) {
            let rows: Vec<u64> = rows.into_iter().collect();
            let keys = || -> Vec<String> {
                batches(&rows, batch_rows)
                    .iter()
                    .map(|batch| idempotency_key(&task(), batch[0], batch[batch.len() - 1]))
                    .collect()
            };
            let first = keys();
            prop_assert_eq!(&keys(), &first);
            let distinct: std::collections::HashSet<_> = first.iter().collect();
            prop_assert_eq!(distinct.len(), first.len());
        }
    }
}
