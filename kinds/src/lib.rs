//! The kinds of tasks that Sluice does itself. A new one is a folder beside this one, a line here, and one of
//! `sluice_kind`, which says what is decided about its tasks.

#![warn(missing_docs)]

use std::sync::{PoisonError, RwLock};

use sluice_engine::KindOfTask;
use sluice_kind::Kind;

/// Those that Sluice brings.
static KINDS: [KindOfTask; 8] = [
    kind_import::KIND,
    kind_export::KIND,
    kind_orders::SUBMITTED,
    kind_orders::EXPORTED,
    kind_reconciliation::KIND,
    kind_undo::KIND,
    kind_evaluation::KIND,
    kind_mailing::KIND,
];

/// Those that the program added.
static ADDED: RwLock<Vec<KindOfTask>> = RwLock::new(Vec::new());

/// Returns all kinds.
pub fn all() -> Vec<KindOfTask> {
    let added = ADDED.read().unwrap_or_else(PoisonError::into_inner);
    KINDS.iter().chain(added.iter()).copied().collect()
}

/// Adds a kind that Sluice does not bring: what is decided about its tasks, and what does them. A program that
/// embeds Sluice does so before it starts it.
pub fn add(decisions: &'static dyn Kind, kind: KindOfTask) {
    sluice_kind::add(decisions);
    let mut added = ADDED.write().unwrap_or_else(PoisonError::into_inner);
    added.push(kind);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_to_be_done_in_chunks() {
        for kind in KINDS {
            assert!(sluice_kind::of(kind.name).has_chunks(), "{}", kind.name);
        }
    }
}
