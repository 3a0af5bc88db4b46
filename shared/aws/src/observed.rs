//! What one piece of work did, for metrics: everything that happens while its future is polled.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use sluice_basics::metric::Metric;
use sluice_basics::rows::RowCounts;

tokio::task_local! {
    static SEEN: Mutex<Observations>;
}

/// Values of metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observations {
    /// The sum and the number of the values of each metric.
    sums: BTreeMap<Metric, (f64, u32)>,
}

impl Observations {
    /// Each metric that has a value, with that value.
    pub fn values(&self) -> impl Iterator<Item = (Metric, f64)> {
        self.sums.iter().map(|(metric, (sum, count))| {
            let value = if metric.is_average() {
                sum / f64::from(*count)
            } else {
                *sum
            };
            (*metric, value)
        })
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }
}

/// Does work and says what was observed of it. Observed work within is observed by itself.
pub async fn observed<F: Future>(work: F) -> (F::Output, Observations) {
    let scope = async {
        let output = work.await;
        let seen = SEEN
            .with(|seen| std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner)));
        (output, seen)
    };
    SEEN.scope(Mutex::default(), scope).await
}

/// Adds a value for the work that this is part of, if it is observed.
pub fn observe(metric: Metric, value: f64) {
    // Outside of observed work there is nobody to tell.
    let _ = SEEN.try_with(|seen| {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, count) = seen.sums.entry(metric).or_default();
        *sum += value;
        *count += 1;
    });
}

/// Adds the rows of a chunk that is committed.
pub fn observe_rows(rows: &RowCounts) {
    let by_outcome = [
        (Metric::RowsSucceeded, rows.succeeded),
        (Metric::RowsFailed, rows.failed),
        (Metric::RowsDuplicate, rows.duplicate),
        (Metric::RowsSkipped, rows.skipped),
    ];
    for (metric, count) in by_outcome {
        observe(metric, count as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn counts_are_added_and_averages_are_averages_of_the_work_alone() {
        let work = |batches: [f64; 2]| {
            observed(async move {
                for rows in batches {
                    observe(Metric::BatchSize, rows);
                    observe(Metric::Throttles, 1.0);
                    tokio::task::yield_now().await;
                }
                let ((), within) = observed(async { observe(Metric::Failures, 1.0) }).await;
                assert_eq!(
                    within.values().collect::<Vec<_>>(),
                    [(Metric::Failures, 1.0)]
                );
            })
        };
        let (((), one), ((), other)) = tokio::join!(work([25.0, 5.0]), work([25.0, 24.0]));
        assert_eq!(
            one.values().collect::<Vec<_>>(),
            [(Metric::BatchSize, 15.0), (Metric::Throttles, 2.0)]
        );
        assert_eq!(other.values().next(), Some((Metric::BatchSize, 24.5)));
        observe(Metric::Throttles, 1.0);
    }
}
