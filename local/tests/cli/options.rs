//! What the options of `import` do, and what is told about wrong ones.

use crate::{Folder, json, run, sluice};

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_checks_every_row_and_writes_nothing() {
    let folder = Folder::new();
    let file = folder.file("m.csv", "member_no,name,email\n1,a,\n2,b,no-address\n");
    let (code, stdout, stderr) = run(folder.import(&file).arg("--dry-run"));
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stdout.contains("a dry run: nothing was written"),
        "{stdout}"
    );
    assert!(stdout.contains("  good        1\n"), "{stdout}");
    let (code, stdout, _) = run(folder.import(&file).args(["--dry-run", "--json"]));
    let summary = json(&stdout);
    assert_eq!((code, &summary["dry_run"]), (2, &true.into()));
    assert_eq!(summary["rows"]["succeeded"], 1);
    assert_eq!(folder.items().await, 0);

    let good = folder.file("good.csv", "member_no,name\n1,a\n");
    let (code, stdout, stderr) = run(folder.import(&good).arg("--dry-run"));
    assert_eq!(code, 0);
    assert!(!stdout.contains("imported"), "{stdout}");
    assert!(!stderr.contains("imported"), "{stderr}");
    let (code, ..) = run(&mut folder.import(&good));
    assert_eq!(code, 0, "a dry run is no import of the same file");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_taken_from_the_headers_and_fields_that_are_named() {
    let folder = Folder::new();
    let named = folder.file("named.csv", "Karte Nr.;Kunde = Name\n1;a\n2;b\n");
    let mut import = folder.import(&named);
    import.args(["--mapping", "member_no=Karte Nr.", "--delimiter", ";"]);
    let (code, stdout, stderr) = run(import.args(["--mapping", "name=Kunde = Name"]));
    assert_eq!(code, 0, "{stdout}{stderr}");

    let bare = folder.file("bare.csv", "3,x,c\n4,x,d\n");
    let mut import = folder.import(&bare);
    import.args(["--header", "false", "--mapping", "member_no=1"]);
    let (code, stdout, stderr) = run(import.args(["--mapping", "name=C"]));
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(folder.items().await, 4);
}

#[test]
fn the_encoding_that_is_named_is_the_one_that_is_read() {
    let folder = Folder::new();
    let bytes = [&b"member_no,name\n1,"[..], &[0xd5, 0xc5], b"\n"].concat();
    let file = folder.file("gbk.csv", bytes);
    let (code, stdout, _) = run(folder.import(&file).args(["--encoding", "GBK"]));
    assert_eq!(code, 0, "{stdout}");
    let file = folder.file("utf8.csv", "member_no,name\n2,b\n");
    let (code, _, stderr) = run(folder.import(&file).args(["--encoding", "latin-9"]));
    assert_eq!(code, 64);
    assert!(
        stderr.contains("--encoding") && stderr.contains("windows-1252"),
        "{stderr}"
    );
}

#[test]
fn a_mapping_to_a_column_that_is_not_there_names_a_near_one() {
    let folder = Folder::new();
    let file = folder.file("x.csv", "no,name\n1,a\n");
    let mut import = folder.import(&file);
    let (code, stdout, stderr) = run(import.args(["--mapping", "membr_no=no"]));
    assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
    assert!(stderr.contains("membr_no"), "{stderr}");
    assert!(stderr.contains("did you mean `member_no`?"), "{stderr}");
}

#[test]
fn a_command_line_that_is_wrong_has_an_exit_code_of_its_own() {
    let folder = Folder::new();
    let file = folder.file("x.csv", "member_no,name\n1,a\n");
    for (options, named) in [
        (&["--on-duplicate", "drop"][..], "--on-duplicate"),
        (&["--station", "a/b"], "--station"),
        (&["--user-task-id", ""], "--user-task-id"),
        (&["--mapping", "member_no"], "COLUMN=HEADER"),
        (&["--mapping", "=x"], "--mapping"),
        (
            &["--mapping", "name=a", "--mapping", "name=b"],
            "`name` twice",
        ),
        (&["--header", "maybe"], "--header"),
        (&["--delimiter", "::"], "--delimiter"),
        (&["--sheet", ""], "--sheet"),
        (&["--api", "http://api.example.com"], "use https"),
        (&["--api", "example", "--token", "t"], "--api"),
        (&["--no-such-option"], "--no-such-option"),
    ] {
        let (code, stdout, stderr) = run(folder.import(&file).args(options));
        assert_eq!((code, stdout.as_str()), (64, ""), "{options:?}: {stderr}");
        assert!(stderr.contains(named), "{stderr}");
    }
    for arguments in [
        &["import"][..],
        &["export"],
        &["--port", "x"],
        &["env", "--port"],
    ] {
        let (code, stdout, stderr) = run(sluice().args(arguments));
        assert_eq!((code, stdout.as_str()), (64, ""), "{stderr}");
    }
    let (code, _, stderr) = run(sluice().args(["--port", "9310", "env"]));
    assert_eq!(code, 64);
    assert!(
        stderr.contains("put options behind the command: `sluice env --port <PORT>`"),
        "{stderr}"
    );
    for arguments in [&["--help"][..], &["import", "--help"], &["--version"]] {
        let (code, stdout, _) = run(sluice().args(arguments));
        assert_eq!(code, 0);
        assert!(stdout.contains("luice"), "{stdout}");
    }
    assert!(
        !folder.path("data").exists(),
        "nothing is started for any of it"
    );
}

#[test]
fn a_folder_and_an_empty_file_are_told_before_anything_is_started() {
    let folder = Folder::new();
    let empty = folder.file("empty.csv", "");
    std::fs::create_dir(folder.path("folder.csv")).expect("a folder");
    for (path, told) in [
        (empty, "is empty"),
        (folder.path("folder.csv"), "is a folder"),
        (folder.path("none.csv"), "there is no file"),
    ] {
        let (code, stdout, stderr) = run(&mut folder.import(&path));
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert!(stderr.contains(told), "{stderr}");
    }
    assert!(!folder.path("data").exists());
}
