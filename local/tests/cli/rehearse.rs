//! Rehearsing faults: one seed, and what is printed of it.

use crate::{json, run, sluice};

#[test]
fn a_rehearsal_of_a_seed_finds_nothing_and_says_what_happened() {
    let mut command = sluice();
    command.args(["rehearse", "--rows", "60", "--seed", "5", "--seconds", "30"]);
    command.args(["--kinds", "import,undo", "--json"]);
    let (code, stdout, stderr) = run(&mut command);
    let report = json(&stdout);
    assert_eq!(code, 0, "{report} {stderr}");
    assert_eq!(report["violations"], 0, "{report}");
    let seed = &report["seeds"][0];
    assert_eq!(seed["seed"], 5);
    assert!(seed["compared"].as_u64() > Some(300), "{seed}");
    let happened = report["faults"].as_object().expect("faults");
    let never = report["never_happened"].as_array().expect("kinds");
    assert_eq!(happened.len() + never.len(), 10, "{report}");
    for kind in ["throttled", "HTTP 500", "answer lost after the effect"] {
        assert!(happened[kind].as_u64() > Some(0), "{kind}: {report}");
    }
    let repeat = seed["repeat"].as_str().expect("a command");
    assert!(repeat.ends_with("--kinds import,undo --seed 5"), "{repeat}");
}

#[test]
fn a_kind_that_is_not_rehearsed_is_named_with_those_that_are() {
    let (code, _, stderr) = run(sluice().args(["rehearse", "--kinds", "mail"]));
    assert_eq!(code, 64);
    assert!(stderr.contains("import, export, sums, undo"), "{stderr}");
}
