//! Reconciliations of score sums with their entries.

use super::{EqualWork, Segmented};

/// The handler's name of reconciliations. No service may take it.
pub const RECONCILIATION: &str = "reconciliation";

/// The kind of reconciliations.
pub static RECONCILIATIONS: Segmented = Segmented {
    name: RECONCILIATION,
    words: EqualWork {
        what: "the same reconciliation",
        done: "reconciled",
        again: "to reconcile it again, ask with another user_task_id",
    },
    file: |_| None,
    hide: |_| {},
};
