//! Exporting: what is written, and when nothing is.

use crate::{Folder, json, run, sluice};

fn export(folder: &Folder, file: &str) -> std::process::Command {
    let mut command = sluice();
    command.args(["export", "--business", "member_import", "--data-dir"]);
    command.arg(folder.path("data")).arg(folder.path(file));
    command
}

#[test]
fn rows_that_were_imported_are_exported_and_imported_again() {
    let folder = Folder::new();
    let file = folder.file(
        "m.csv",
        "member_no,name,points\n007,=Ann,5\nB,\"Bo, \"\"x\"\"\",\nC,Cy,12\n",
    );
    let (code, _, stderr) = run(&mut folder.import(&file));
    assert_eq!(code, 0, "{stderr}");
    let (code, stdout, stderr) = run(&mut export(&folder, "out.csv"));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("3 rows exported to "), "{stdout}");
    let text = std::fs::read_to_string(folder.path("out.csv")).expect("the file");
    assert!(text.starts_with("\u{feff}member_no,name,phone,"), "{text}");
    assert!(text.contains("\n'007,'=Ann,"), "{text}");
    let again = folder.path("out.csv");
    let (code, stdout, stderr) =
        run(folder
            .import(&again)
            .args(["--on-duplicate", "overwrite", "--json"]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(json(&stdout)["rows"]["succeeded"], 3);
    let (code, stdout, _) = run(export(&folder, "some.xlsx").args([
        "--column",
        "name",
        "--column",
        "member_no",
        "--where",
        "points=5..",
        "--json",
    ]));
    assert_eq!(code, 0);
    assert_eq!(json(&stdout)["rows"], 2);
    let workbook = std::fs::read(folder.path("some.xlsx")).expect("the workbook");
    assert!(workbook.starts_with(b"PK"));
}

#[test]
fn a_file_that_is_there_is_not_replaced_unless_asked_for() {
    let folder = Folder::new();
    let file = folder.file("m.csv", "member_no,name\nA,Ann\n");
    run(&mut folder.import(&file));
    folder.file("out.csv", "mine");
    let (code, _, stderr) = run(&mut export(&folder, "out.csv"));
    assert_eq!(code, 1);
    assert!(stderr.contains("is there already"), "{stderr}");
    let text = std::fs::read_to_string(folder.path("out.csv")).expect("the file");
    assert_eq!(text, "mine");
    let (code, ..) = run(export(&folder, "out.csv").arg("--force"));
    assert_eq!(code, 0);
    let text = std::fs::read_to_string(folder.path("out.csv")).expect("the file");
    assert!(text.contains("A,Ann"), "{text}");
}

#[test]
fn what_cannot_be_exported_is_told_and_leaves_no_file() {
    let folder = Folder::new();
    for (more, exit, words) in [
        (["--column", "colour"], 64, "`colour` is not a column"),
        (["--where", "tier=wooden"], 64, "column `tier`"),
        (["--where", "tier"], 64, "COLUMN=VALUE"),
        (
            ["--api", "https://127.0.0.1:1"],
            64,
            "leave out one of them",
        ),
    ] {
        let (code, _, stderr) = run(export(&folder, "out.csv").args(more));
        assert_eq!(code, exit, "{stderr}");
        assert!(stderr.contains(words), "{stderr}");
        assert!(!folder.path("out.csv").exists());
    }
}
