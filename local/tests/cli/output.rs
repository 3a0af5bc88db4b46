//! What is printed, and exit codes.

use std::collections::BTreeSet;

use crate::{Folder, json, local, run};

/// The keys of the summary, as the issue lists them.
const KEYS: [&str; 11] = [
    "task_id",
    "status",
    "reason",
    "rows",
    "elapsed_ms",
    "rows_per_second",
    "requests",
    "write_units",
    "s3_bytes_read",
    "chunks",
    "failed_rows_file",
];

fn keys(value: &serde_json::Value) -> BTreeSet<&str> {
    let object = value.as_object().expect("an object");
    object.keys().map(String::as_str).collect()
}

#[test]
fn json_is_one_object_with_the_documented_keys() {
    let folder = Folder::new();
    let file = folder.members(500, 1);
    let (code, stdout, stderr) = run(folder.import(&file).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    let summary = json(&stdout);
    assert_eq!(keys(&summary), BTreeSet::from(KEYS));
    let rows = ["read", "succeeded", "failed", "duplicate", "skipped"];
    assert_eq!(keys(&summary["rows"]), BTreeSet::from(rows));
    assert_eq!(
        keys(&summary["requests"]),
        BTreeSet::from(["dynamodb", "s3", "sqs"])
    );
    for (pointer, at_least) in [
        ("/requests/dynamodb", 20),
        ("/requests/s3", 5),
        ("/requests/sqs", 1),
        ("/write_units", 465),
        ("/s3_bytes_read", 100_000),
        ("/chunks", 5),
        ("/elapsed_ms", 1),
        ("/rows_per_second", 1),
    ] {
        let found = summary.pointer(pointer).and_then(serde_json::Value::as_f64);
        assert!(found >= Some(f64::from(at_least)), "{pointer}: {summary}");
    }
    let report = summary["failed_rows_file"].as_str().expect("a path");
    let report = std::fs::read_to_string(report).expect("the failed rows");
    let lines = csv::Reader::from_reader(report.as_bytes())
        .into_byte_records()
        .count();
    assert_eq!(lines, 25 + 10);
}

#[test]
fn the_exit_code_says_how_much_was_imported() {
    let folder = Folder::new();
    let good = folder.file("good.csv", "member_no,name\n1,a\n2,b\n");
    let (code, stdout, _) = run(&mut folder.import(&good));
    assert_eq!(code, 0);
    for shown in [
        "Status        3 finished",
        "Rows read     2",
        "Failed rows   none",
    ] {
        assert!(stdout.contains(shown), "{stdout}");
    }
    let (code, stdout, _) = run(folder.import(&good).arg("--json"));
    let summary = json(&stdout);
    assert_eq!(
        (code, &summary["status"]),
        (3, &5.into()),
        "all are there already"
    );
    assert_eq!(summary["rows"]["duplicate"], 2);
    let (code, ..) = run(folder.import(&good).args(["--on-duplicate", "skip"]));
    assert_eq!(code, 0);
    let (code, ..) = run(folder.import(&good).args(["--on-duplicate", "overwrite"]));
    assert_eq!(code, 0);
    let (code, ..) = run(folder.import(&good).args(["--station", "other"]));
    assert_eq!(code, 0, "another station has members of its own");

    let more = folder.file("more.csv", "member_no,name\n2,b\n3,c\n");
    let (code, stdout, _) = run(&mut folder.import(&more));
    assert_eq!(code, 2, "{stdout}");
    let (code, ..) = run(folder.import(&more).arg("--fresh"));
    assert_eq!(code, 0, "--fresh forgets what was stored");
}

#[test]
fn the_same_user_task_id_is_the_same_import() {
    let folder = Folder::new();
    let file = folder.file("good.csv", "member_no,name\n1,a\n2,b\n");
    let import = || {
        let (code, stdout, _) =
            run(folder
                .import(&file)
                .args(["--json", "--user-task-id", "june"]));
        (code, json(&stdout))
    };
    let (first, again) = (import(), import());
    assert_eq!((first.0, again.0), (0, 0));
    assert_eq!(first.1["task_id"], again.1["task_id"]);
    assert_eq!(again.1["rows"]["succeeded"], 2);
}

#[test]
fn generate_writes_the_same_file_for_the_same_seed() {
    let folder = Folder::new();
    let generate = |name: &str, seed: &str| {
        let mut command = local();
        command.args(["generate", "--rows", "2000", "--seed", seed]);
        command
            .args(["--bad-percent", "5", "--duplicate-percent", "2"])
            .arg(folder.path(name));
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!(code, 0, "{stderr}");
        let counts = "2000 rows (1860 good, 100 bad, 40 duplicated)";
        assert!(stdout.contains(counts), "{stdout}");
        std::fs::read(folder.path(name)).expect("the file")
    };
    let first = generate("first.csv", "7");
    assert!(generate("second.csv", "7") == first);
    assert!(generate("third.csv", "8") != first);
}

#[test]
fn generate_refuses_shares_that_cannot_be() {
    let folder = Folder::new();
    let mut command = local();
    command
        .args(["generate", "--rows", "10", "--bad-percent", "101"])
        .arg(folder.path("x.csv"));
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("bad_percent: 101 is not between 0 and 100"),
        "{stderr}"
    );
    assert!(!folder.path("x.csv").exists(), "nothing is written");
}
