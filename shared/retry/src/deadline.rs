//! The deadline of the work that a call is part of: set once where the work begins, so that nothing
//! between has to pass it along.

use std::future::Future;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Does work in which no call waits for another attempt beyond `deadline`.
pub async fn within<F: Future>(deadline: impl Into<Instant>, work: F) -> F::Output {
    DEADLINE.scope(deadline.into(), work).await
}

pub(crate) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}
