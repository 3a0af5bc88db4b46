//! Running the contract of an emulator against MiniStack. The tests of each emulator include this file.

use std::collections::BTreeSet;
use std::process::Command;

/// Runs the tests of the contract in a process of their own, and fails if others fail than those of the
/// table: test, and what MiniStack does otherwise. An exception that is none any more fails, too.
/// `endpoint` is the variable that says where MiniStack is.
pub fn assert_only(endpoint: &str, exceptions: &[(&str, &str)]) {
    assert!(
        std::env::var_os(endpoint).is_some(),
        "{endpoint} is not set"
    );
    let output = Command::new(std::env::current_exe().expect("this test"))
        .arg("contract::")
        .output()
        .expect("the contract runs");
    let output = String::from_utf8(output.stdout).expect("text");
    let with = |result: &str| -> BTreeSet<&str> {
        let lines = output.lines();
        lines
            .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(result))
            .collect()
    };
    let passed = with(" ... ok").len();
    let excepted = exceptions
        .iter()
        .map(|(test, _)| format!("contract::{test}"));
    let excepted: Vec<String> = excepted.collect();
    let excepted = excepted.iter().map(String::as_str).collect();
    assert!(passed > 0, "{output}");
    assert_eq!(with(" ... FAILED"), excepted, "{output}");
    println!("{passed} tests passed");
    for (test, difference) in exceptions {
        println!("{test}: MiniStack {difference}");
    }
}
