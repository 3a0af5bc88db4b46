//! Counters since the S3 was opened, so that tests and benchmarks can see what was asked of it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What the S3 has done since it was opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of objects handed to clients by `GetObject`.
    pub bytes_sent: u64,
    /// Signed requests by operation, such as `GetObject`.
    pub requests: BTreeMap<String, u64>,
}

/// The counters behind [`Stats`].
#[derive(Default)]
pub(crate) struct Counters {
    bytes_sent: AtomicU64,
    requests: Mutex<BTreeMap<String, u64>>,
}

impl Counters {
    pub(crate) fn add_bytes_sent(&self, bytes: u64) {
        self.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_request(&self, operation: &str) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = requests.get_mut(operation) {
            *count += 1;
        } else {
            requests.insert(operation.to_owned(), 1);
        }
    }

    pub(crate) fn snapshot(&self) -> Stats {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        Stats {
            bytes_sent: self.bytes_sent.load(Ordering::Relaxed),
            requests: requests.clone(),
        }
    }
}
