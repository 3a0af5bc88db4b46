//! The modules of every crate depend on each other in one direction, so that each can be read by itself. Cargo sees
//! to it that crates do.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the crates are: folders of crates, and crates that have others beside their sources.
const FOLDERS: [&str; 6] = ["domain", "shared", "kinds", "functions", "local", "."];

/// The paths in a folder.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").path())
}

/// The code of a file, without its comments and its unit tests, which stand at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let tests = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..tests].lines();
    let lines = lines.filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The files of a module: its own and all below it.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let is_of_tests = |path: &PathBuf| path.file_stem().is_some_and(|name| name == "tests");
    let paths = entries(path).filter(|path| !is_of_tests(path));
    paths.flat_map(|path| files(&path)).collect()
}

/// The names that follow a prefix in a text.
fn named(text: &str, prefix: &str) -> Vec<String> {
    let rests = text.split(prefix).skip(1);
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
    rests
        .map(|rest| rest[..end(rest).unwrap_or(rest.len())].to_owned())
        .collect()
}

/// What each module of a crate needs of the others.
fn modules(sources: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in entries(sources) {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let needs = modules.entry(name.clone().into_owned()).or_default();
        for file in files(&path) {
            let text = code(&file);
            needs.extend(named(&text, "crate::"));
            // A file beside the others names them from their parent, and so does `mod.rs` of a folder.
            if file == path || file == path.join("mod.rs") {
                needs.extend(named(&text, "super::"));
            }
        }
        needs.remove(&*name);
    }
    modules.remove("lib");
    modules.remove("main");
    modules
}

/// Leaves those that are part of a circle or lie between two.
fn in_circles(
    mut modules: BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    loop {
        let count = modules.len();
        let names: BTreeSet<String> = modules.keys().cloned().collect();
        let needed: BTreeSet<String> = modules.values().flatten().cloned().collect();
        // Whoever needs nobody that is left is not part of a circle, and neither is whom nobody needs.
        modules.retain(|name, needs| {
            needs.iter().any(|needed| names.contains(needed)) && needed.contains(name)
        });
        if modules.len() == count {
            return modules;
        }
    }
}

#[test]
fn no_modules_depend_on_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = FOLDERS.map(|folder| root.join(folder));
    let crates = folders.iter().flat_map(|folder| entries(folder));
    let sources: Vec<PathBuf> = crates
        .map(|path| path.join("src"))
        .filter(|sources| sources.is_dir() && sources.with_file_name("Cargo.toml").is_file())
        .collect();
    assert!(sources.len() > 40, "the crates are not where they were");
    for sources in sources {
        let circles = in_circles(modules(&sources));
        assert!(circles.is_empty(), "{}: {circles:?}", sources.display());
    }
}
