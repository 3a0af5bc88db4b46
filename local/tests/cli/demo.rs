//! The demo: it goes through everything, what it counts is what the generator has made, and it leaves nothing behind.

use std::process::Command;
use std::time::{Duration, Instant};

use local_generator::{Options, generate};

use crate::{Folder, ended, json, run, sluice};

/// The demo, its temporary folder in this one.
fn demo(folder: &Folder, arguments: &[&str]) -> Command {
    let temporary = folder.path("tmp");
    std::fs::create_dir_all(&temporary).expect("a folder");
    let mut command = sluice();
    command.env("TMPDIR", temporary).arg("demo").args(arguments);
    command
}

fn is_empty(folder: &Folder) -> bool {
    let mut entries = folder.path("tmp").read_dir().expect("a folder");
    entries.next().is_none()
}

#[test]
fn the_demo_counts_what_the_generator_has_made_and_leaves_nothing() {
    let folder = Folder::new();
    let (code, stdout, stderr) = run(&mut demo(&folder, &["--rows", "100", "--json"]));
    let answer = json(&stdout);
    assert_eq!(code, 0, "{answer} {stderr}");
    assert_eq!(answer["right"], true, "{answer}");
    let steps = answer["steps"].as_array().expect("steps");
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["name"].as_str())
        .collect();
    let expected = [
        "import",
        "correct",
        "same_again",
        "export",
        "score",
        "evaluate",
        "mail",
        "orders",
        "undo",
        "costs",
    ];
    assert_eq!(names, expected);
    let options = Options {
        rows: 100,
        seed: 1,
        bad_percent: 3.0,
        duplicate_percent: 1.0,
    };
    let made = generate(&options, &mut Vec::new(), |_| {}).expect("a file");
    let figures = |step: usize| &steps[step]["figures"];
    for (figure, count) in [
        ("read", made.rows),
        ("succeeded", made.good),
        ("failed", made.bad),
        ("duplicate", made.duplicate),
    ] {
        assert_eq!(figures(0)[figure], count, "{answer}");
    }
    assert_eq!(figures(1)["succeeded"], made.rows, "{answer}");
    assert_eq!(figures(3)["members_as_sent"], made.rows, "{answer}");
    assert!(
        figures(6)["mails_in_mailbox"].as_u64() > Some(0),
        "{answer}"
    );
    for step in steps {
        assert!(step["commands"][0].is_string(), "{step}");
        assert_eq!(
            step["violations"].as_array().map(Vec::len),
            Some(0),
            "{step}"
        );
    }
    assert!(is_empty(&folder), "the temporary folder is deleted");
}

#[test]
fn a_demo_stopped_with_ctrl_c_deletes_its_folder() {
    let folder = Folder::new();
    let running = demo(&folder, &["--serve"]).spawn();
    let running = running.expect("the command starts");
    let started = Instant::now();
    while is_empty(&folder) {
        assert!(started.elapsed() < Duration::from_mins(1), "no folder");
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = running.id().to_string();
    // It may not listen to signals yet: a first one that comes too early ends it as any other process.
    let data = || {
        let found = walk(&folder.path("tmp"));
        found.iter().any(|path| path.ends_with("members.csv"))
    };
    while !data() {
        assert!(started.elapsed() < Duration::from_mins(1), "no file");
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Command::new("kill").args(["-INT", &id]).status();
    assert!(sent.expect("kill runs").success());
    let (code, _, stderr) = ended(&running.wait_with_output().expect("it ends"));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("stopped"), "{stderr}");
    assert!(is_empty(&folder), "the temporary folder is deleted");
}

/// The names of all files below a folder.
fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_folder_that_holds_something_is_refused() {
    let folder = Folder::new();
    folder.file("mine.txt", "x");
    let here = folder.path("");
    let here = here.to_str().expect("UTF-8");
    let (code, stdout, stderr) = run(&mut demo(&folder, &["--data-dir", here]));
    assert_eq!((code, stdout.as_str()), (1, ""));
    assert!(stderr.contains("is not empty"), "{stderr}");
    let (code, ..) = run(&mut demo(&folder, &["--rows", "10"]));
    assert_eq!(code, 64);
}
