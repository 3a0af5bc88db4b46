//! What the functions of a system were allowed and did not need, and what they needed and were not
//! allowed, which fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use sluice::permissions::Guard;
use sluice::system::System;

/// The rights that were not used in any system of this process so far, by function.
static UNUSED: Mutex<Option<BTreeMap<String, BTreeSet<String>>>> = Mutex::new(None);

/// Looks at the rights of a system's functions when the system is dropped.
pub struct Rights(BTreeMap<String, Guard>);

impl Rights {
    pub fn of(system: &System) -> Self {
        Self(system.functions().guards().clone())
    }
}

impl Drop for Rights {
    fn drop(&mut self) {
        let mut all = UNUSED.lock().unwrap_or_else(PoisonError::into_inner);
        let all = all.get_or_insert_default();
        for (function, guard) in &self.0 {
            let unused: BTreeSet<String> = guard.unused().into_iter().collect();
            all.entry(function.clone())
                .and_modify(|all| all.retain(|right| unused.contains(right)))
                .or_insert(unused);
        }
        for (function, guard) in &self.0 {
            let denied = guard.denied();
            if denied.is_empty() {
                continue;
            }
            println!("{function} may not {denied:?}");
            assert!(std::thread::panicking(), "a function is denied something");
        }
    }
}

/// The rights that no function has used in any system that has ended, by function. None as long as
/// no system has ended.
pub fn unused_rights() -> Option<BTreeMap<String, BTreeSet<String>>> {
    let all = UNUSED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut unused = all.clone()?;
    unused.retain(|_, rights| !rights.is_empty());
    Some(unused)
}
