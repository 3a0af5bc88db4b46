//! Reconciliations: the sums of score entries are compared with the entries, and made anew where they differ.
//!
//! The entries and the sums of a member lie in partitions of the same number; each is a chunk. A chunk reads both
//! in the order of the members. What differs is looked at again after a while, since sums follow their entries by
//! some seconds. What still differs then counts as a difference and is made anew.

#![warn(missing_docs)]

mod finish;
mod merge;
mod plan;
mod run;

pub use merge::{MergeError, SumsOfMonth};
pub use run::{ReconcileError, Reconciler};

use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::RECONCILIATION;

/// The kind of reconciliations.
pub const KIND: KindOfTask = KindOfTask {
    name: RECONCILIATION,
    plan: |init| Ok(Box::new(InSegments::new(init, plan::PlanReconciliation)?)),
    run: |init| Ok(Box::new(run::RunReconciliation::new(init)?)),
    finish: |_| Ok(Box::new(finish::FinishReconciliation)),
};
