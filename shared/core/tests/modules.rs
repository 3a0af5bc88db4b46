//! The modules of the domain depend on each other in one direction, so that each can be read by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The code of a file, without its unit tests, which stand at its end.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..tests].to_owned()
}

/// The files of a module: its own and all below it.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_of_tests = |path: &PathBuf| path.file_stem().is_some_and(|name| name == "tests");
    let paths = paths.filter(|path| !is_of_tests(path));
    paths.flat_map(|path| files(&path)).collect()
}

#[test]
fn no_modules_depend_on_each_other_in_a_circle() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in fs::read_dir(&source).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let needs = modules.entry(name.clone()).or_default();
        for text in files(&path).iter().map(|file| code(file)) {
            for rest in text.split("crate::").skip(1) {
                let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '_');
                needs.insert(rest[..end.unwrap_or(rest.len())].to_owned());
            }
        }
        needs.remove(&name);
    }
    modules.remove("lib");
    assert!(modules.len() > 20, "the modules are not where they were");
    // Whoever needs nobody that is left is not part of a circle.
    loop {
        let names: BTreeSet<String> = modules.keys().cloned().collect();
        let count = modules.len();
        modules.retain(|_, needs| needs.iter().any(|needed| names.contains(needed)));
        if modules.len() == count {
            break;
        }
    }
    assert!(modules.is_empty(), "in circles, or above one: {modules:?}");
}
