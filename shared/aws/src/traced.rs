//! The trace that work belongs to. Messages that it sends carry it on, and tasks that it adds keep
//! it; nothing between has to pass it along.

use std::future::Future;

use sluice_basics::trace::Trace;

tokio::task_local! {
    static TRACE: Option<Trace>;
}

/// Does work as part of a trace; of none if there is none.
pub async fn traced<F: Future>(trace: Option<Trace>, work: F) -> F::Output {
    TRACE.scope(trace, work).await
}

/// The trace that the work belongs to of which this is part.
pub fn current_trace() -> Option<Trace> {
    TRACE.try_with(Clone::clone).ok().flatten()
}
