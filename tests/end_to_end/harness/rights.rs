//! What the functions of a system were allowed and did not need, and what they needed and were not
//! allowed, which fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::UNIX_EPOCH;
use std::{env, fs, process};

use sluice::permissions::Guard;
use sluice::system::System;

/// The rights that were not used in any system of this process so far, by function.
static UNUSED: Mutex<Option<BTreeMap<String, BTreeSet<String>>>> = Mutex::new(None);

/// Where they are kept for `tests/rights`, which runs after these tests: a file for each process, named after the
/// time when this program was built.
static KEPT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unused_rights");
    fs::create_dir_all(&folder).expect("a folder for unused rights");
    let program = env::current_exe().and_then(fs::metadata);
    let built = program.and_then(|program| program.modified());
    let built = built.expect("the time when this program was built");
    let built = built.duration_since(UNIX_EPOCH).expect("a time");
    folder.join(format!("{:020}-{}.json", built.as_millis(), process::id()))
});

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
        let before = all.clone();
        let unused = all.get_or_insert_default();
        for (function, guard) in &self.0 {
            let by_this: BTreeSet<String> = guard.unused().into_iter().collect();
            unused
                .entry(function.clone())
                .and_modify(|all| all.retain(|right| by_this.contains(right)))
                .or_insert(by_this);
        }
        if *all != before {
            let text = serde_json::to_vec(&*all).expect("unused rights as JSON");
            fs::write(&*KEPT, text).expect("unused rights are kept");
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
