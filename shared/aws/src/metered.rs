//! What one piece of work uses, apart from all else that its process does at the same time: a
//! chunk, a file that is split, an import that is ended. Everything counts that is asked of AWS
//! while the work's future is polled.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use sluice_basics::used::Used;

struct Own {
    used: Mutex<Used>,
    began: Instant,
}

tokio::task_local! {
    static OWN: Own;
}

/// Does work whose use is counted by itself, as one invocation.
pub async fn metered<F: Future>(work: F) -> F::Output {
    let used = Used {
        invocations: 1,
        ..Used::default()
    };
    let own = Own {
        used: Mutex::new(used),
        began: Instant::now(),
    };
    OWN.scope(own, work).await
}

/// What the work that this is part of has used so far. Nothing outside of [`metered`] work.
pub fn used_so_far() -> Used {
    let so_far = |own: &Own| Used {
        function_ms: own.began.elapsed().as_millis() as u64,
        ..*own.used.lock().unwrap_or_else(PoisonError::into_inner)
    };
    OWN.try_with(so_far).unwrap_or_default()
}

/// Counts what was used for the work that this is part of elsewhere.
pub fn charge(used: Used) {
    note(|own| *own += used);
}

/// Counts for the work that this is part of, if it is metered.
pub(crate) fn note(count: impl FnOnce(&mut Used)) {
    // Outside of metered work there is nothing to count for.
    let _ = OWN.try_with(|own| count(&mut own.used.lock().unwrap_or_else(PoisonError::into_inner)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_at_the_same_time_is_counted_apart() {
        let work = |units: u64| {
            metered(async move {
                for _ in 0..units {
                    note(|own| own.write_units += 1);
                    tokio::task::yield_now().await;
                }
                used_so_far().write_units
            })
        };
        assert_eq!(tokio::join!(work(3), work(50)), (3, 50));
        assert_eq!(used_so_far(), Used::default());
    }
}
