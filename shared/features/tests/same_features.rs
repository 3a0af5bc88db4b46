//! Every package that depends on this one is built with the features that the whole workspace is
//! built with. Otherwise building one package after another compiles their dependencies again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Returns the lines of `cargo tree`, without its marks for lines that repeat and for macros.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--prefix", "none"])
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo tree {arguments:?}: {errors}"
    );
    String::from_utf8(output.stdout)
        .expect("text")
        .lines()
        .map(|line| line.replace(" (*)", "").replace(" (proc-macro)", ""))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Returns the crates and their features that a package is built with.
fn built_with(package: &[&str], edges: &str) -> BTreeSet<String> {
    tree(&[package, &["-e", edges, "-f", "{p} [{f}]"]].concat())
}

/// Returns the packages of the workspace that depend on this one.
fn dependents() -> Vec<String> {
    let lines = tree(&[
        "--workspace",
        "--invert",
        "sluice-features",
        "-e",
        "normal,build,dev",
    ]);
    let names = lines
        .iter()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| *name != "sluice-features");
    names.map(str::to_owned).collect()
}

#[test]
fn packages_are_built_with_the_features_of_the_workspace() {
    let workspace = built_with(&["--workspace"], "normal,build,dev");
    let dependents = dependents();
    assert!(dependents.len() > 10, "{dependents:?}");

    let mut differences = BTreeMap::<String, BTreeSet<&str>>::new();
    for package in &dependents {
        for edges in ["normal,build", "normal,build,dev"] {
            for other in built_with(&["-p", package], edges).difference(&workspace) {
                let packages = differences.entry(other.clone()).or_default();
                packages.insert(package);
            }
        }
    }
    let mut message = String::new();
    for (other, packages) in differences {
        let name = other.split(' ').next().expect("a name");
        let same = workspace
            .iter()
            .filter(|line| line.split(' ').next() == Some(name));
        let same: Vec<_> = same.map(String::as_str).collect();
        let wanted = same.join("\n          or ");
        writeln!(
            message,
            "workspace {wanted}\nhere      {other}\nin        {packages:?}"
        )
        .expect("memory");
    }
    assert!(
        message.is_empty(),
        "Features that are missing in shared/features/Cargo.toml:\n{message}"
    );
}
