//! What an import prints in the end, and its exit code under each rule.

use crate::{Folder, json, run};

#[test]
fn the_figures_of_the_summary_are_those_of_the_import() {
    let folder = Folder::new();
    let file = folder.members(500, 1);
    let (code, stdout, stderr) = run(folder.import(&file).arg("--json"));
    assert_eq!(code, 2, "{stderr}");
    let summary = json(&stdout);
    let rows = serde_json::json!({
        "read": 500, "succeeded": 465, "failed": 25, "duplicate": 10, "skipped": 0,
    });
    assert_eq!(summary["rows"], rows);
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

#[cfg(unix)]
#[test]
fn what_an_import_leaves_can_be_read_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new();
    let (code, ..) = run(&mut folder.import(&folder.members(100, 2)));
    assert_eq!(code, 2);
    let mut left = vec![folder.path("data")];
    let mut files = 0;
    while let Some(path) = left.pop() {
        let metadata = path.metadata().expect("it is there");
        let mode = metadata.permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        if metadata.is_dir() {
            let entries = path.read_dir().expect("a folder");
            left.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else {
            files += 1;
        }
    }
    assert!(
        files > 5,
        "databases, keys, blobs and the failed rows: {files}"
    );
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
    assert_eq!((code, &summary["status"]), (3, &5.into()));
    assert_eq!(
        summary["rows"]["read"], 0,
        "the same file is not read again"
    );
    let reason = summary["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the same file was imported on"), "{reason}");
    assert!(reason.contains("--repeat"), "{reason}");

    let again = |rule| {
        let mut import = folder.import(&good);
        import.args(["--json", "--repeat", "--on-duplicate", rule]);
        let (code, stdout, _) = run(&mut import);
        (code, json(&stdout)["rows"].clone())
    };
    let (code, rows) = again("reject");
    assert_eq!((code, &rows["duplicate"]), (3, &2.into()));
    let (code, rows) = again("skip");
    assert_eq!((code, &rows["skipped"]), (0, &2.into()));
    let (code, rows) = again("overwrite");
    assert_eq!((code, &rows["succeeded"]), (0, &2.into()));
    let (code, ..) = run(folder.import(&good).args(["--station", "other"]));
    assert_eq!(code, 0, "another station has members of its own");

    let more = folder.file("more.csv", "member_no,name\n2,b\n3,c\n");
    let (code, stdout, _) = run(&mut folder.import(&more));
    assert_eq!(code, 2, "{stdout}");
    let (code, ..) = run(folder.import(&more).arg("--fresh"));
    assert_eq!(code, 0, "--fresh forgets what was stored");
}
