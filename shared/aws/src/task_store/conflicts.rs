//! Writes that meet a transaction on the same item: they wait a moment and are sent again.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling>

use std::time::Duration;

/// How often one write is sent again.
const ATTEMPTS: u32 = 12;

/// The conflicts that one write has met.
#[derive(Debug, Default)]
pub(super) struct Conflicts {
    met: u32,
}

impl Conflicts {
    /// Waits, with jitter and longer each time. False when it has been often enough.
    pub(super) async fn wait(&mut self) -> bool {
        self.met += 1;
        if self.met == ATTEMPTS {
            return false;
        }
        let longest_ms = (20_u64 << self.met.min(7)).min(2_000);
        tokio::time::sleep(Duration::from_millis(rand::random_range(1..=longest_ms))).await;
        true
    }
}
