//! Least privilege, both ways. That no function is denied anything is asserted at the end of each system of the
//! end-to-end tests; here, that they have made use of each right which the template gives. They run before this:
//! Cargo runs test programs in the order of their names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

type Unused = BTreeMap<String, BTreeSet<String>>;

/// What the processes of the end-to-end tests, as they were built last, have left unused.
fn kept() -> Vec<Unused> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("unused_rights");
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut of_builds: BTreeMap<String, Vec<Unused>> = BTreeMap::new();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy();
        let (built, _) = name.split_once('-').expect("the time of a build");
        let text = fs::read(&path).expect("unused rights");
        let unused = serde_json::from_slice(&text).expect("unused rights as JSON");
        of_builds.entry(built.to_owned()).or_default().push(unused);
    }
    of_builds
        .pop_last()
        .map(|(_, last)| last)
        .unwrap_or_default()
}

#[test]
fn every_right_is_used() {
    let kept = kept();
    assert!(
        !kept.is_empty(),
        "run the end-to-end tests first: cargo test -p tests"
    );
    let mut all = Unused::new();
    for unused in kept {
        for (function, rights) in unused {
            all.entry(function)
                .and_modify(|all| all.retain(|right| rights.contains(right)))
                .or_insert(rights);
        }
    }
    all.retain(|_, rights| !rights.is_empty());
    assert!(
        all.is_empty(),
        "rights that no test made use of, if all have run since they were built: {all:#?}"
    );
}
