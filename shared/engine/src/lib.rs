//! The engine: what all tasks have in common that Sluice does itself, chunk by chunk.
//!
//! ```text
//! begin ─► plan ─► dispatch ─► chunk: gate → try → run → commit once ─► finish ─► end
//!           │                              │                             │
//!           └ PlanTask                     └ RunChunk                    └ FinishTask
//! ```
//!
//! A kind of task supplies the three at the bottom. The engine owns the rest: records, runs, markers,
//! counters, cancelling, retries, reconciliation and costs. Every step may be repeated: messages come
//! twice, and a process may end between any two lines.

#![warn(missing_docs)]

mod attempt;
mod dispatch;
mod finish;
mod kind;
mod lease;
mod planner;
mod segments;
mod starter;
mod worker;

pub use attempt::Attempt;
pub use dispatch::{Dispatch, Dispatches, chunk_in_index};
pub use finish::Finisher;
pub use kind::{
    Begin, BoxError, ChunkOutcome, CompleteTask, FinishTask, Finished, KindOfTask, PlanTask,
    RunChunk, RunError,
};
pub use lease::leased;
pub use planner::{PlanError, Planner};
pub use segments::{Cut, CutTask, InSegments, Segments};
pub use starter::Starter;
pub use worker::Worker;
