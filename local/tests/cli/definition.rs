//! Definitions that are checked and drafted, without a system.

use std::process::Command;

use crate::{Folder, json, run, sluice};

fn definition(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = sluice();
    command
        .current_dir(folder.path(""))
        .arg("definition")
        .args(arguments);
    command
}

#[test]
fn a_draft_of_a_file_passes_the_check_and_names_what_a_person_decides() {
    let folder = Folder::new();
    folder.file(
        "coupons.csv",
        "Coupon No;Wert;E-Mail\nA1;1.5;a@example.com\nA2;2;b@example.com\n",
    );
    let (code, draft, stderr) = run(&mut definition(&folder, &["new", "coupons.csv"]));
    assert_eq!(code, 0, "{stderr}");
    assert!(
        draft.starts_with("# A draft from the first 2 rows of coupons.csv"),
        "{draft}"
    );
    assert!(draft.contains("type = \"decimal\""), "{draft}");
    folder.file("coupons.toml", &draft);
    let (code, stdout, stderr) = run(&mut definition(&folder, &["check", "coupons.toml"]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(
        stdout,
        "coupons.toml: `coupons` is right: 3 columns into the table `coupons`, key coupon_no\n"
    );
    let mut named = definition(
        &folder,
        &["new", "coupons.csv", "--business", "vouchers", "--json"],
    );
    let (code, stdout, _) = run(&mut named);
    let drafted = json(&stdout);
    assert_eq!((code, &drafted["business"]), (0, &"vouchers".into()));
}

#[test]
fn every_mistake_is_named_with_its_line_and_its_field() {
    let folder = Folder::new();
    let text = "business = \"x\"\ntitle = \"X\"\ntable = \"t\"\nkey = [\"b\"]\n[[columns]]\nname = \"a\"\n\
                type = \"txt\"\nwidth = 1\n";
    folder.file("x.toml", text);
    let (code, stdout, stderr) = run(&mut definition(&folder, &["check", "x.toml"]));
    assert_eq!((code, stdout.as_str()), (1, ""));
    let expected = [
        "x.toml:4: key: `b` is not a column",
        "x.toml:7: columns.a.type: unknown variant `txt`, expected one of",
        "x.toml:8: columns.a.width: unknown field `width`, expected one of",
    ];
    let found: Vec<&str> = stderr.lines().collect();
    assert_eq!(found.len(), expected.len(), "{stderr}");
    for (found, expected) in found.into_iter().zip(expected) {
        assert!(found.starts_with(expected), "{stderr}");
    }
    let (code, stdout, _) = run(&mut definition(&folder, &["check", "x.toml", "--json"]));
    let answer = json(&stdout);
    assert_eq!((code, &answer["valid"]), (1, &false.into()));
    let problems = answer["problems"].as_array().expect("problems");
    let lines: Vec<_> = problems.iter().map(|one| one["line"].as_u64()).collect();
    assert_eq!(lines, [Some(4), Some(7), Some(8)]);
}

#[test]
fn a_file_that_no_definition_can_be_drafted_from_is_told() {
    let folder = Folder::new();
    folder.file("empty.csv", "");
    folder.file("rows.csv", "7,a@example.com\n8,b@example.com\n");
    for (arguments, told) in [
        (["new", "none.csv"], "cannot be read"),
        (["new", "empty.csv"], "is empty"),
        (["new", "rows.csv"], "has values, not names"),
        (["check", "none.toml"], "cannot be read"),
    ] {
        let (code, stdout, stderr) = run(&mut definition(&folder, &arguments));
        assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
    let (code, ..) = run(&mut definition(&folder, &["new"]));
    assert_eq!(code, 64);
}
