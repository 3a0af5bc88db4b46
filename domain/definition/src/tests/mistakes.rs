//! Mistakes in definitions: where they are said to be.

use super::*;

#[test]
fn a_mistake_about_the_target_or_the_key_names_line_and_field() {
    let endpoint = |lines: &str| format!("[endpoint]\nname = \"shop\"\n{lines}");
    for (lines, place) in [
        (String::new(), "line 1: table: "),
        ("table = \"t\"".to_owned(), "line 1: key: name "),
        (
            "titles = { Chinese = \"X\" }".to_owned(),
            "line 3: titles: `Chinese` is no language",
        ),
        (
            "titles = { zh = \" \" }".to_owned(),
            "line 3: titles: `zh` is blank",
        ),
        ("table = \"T\"\nkey = [\"a\"]".to_owned(), "line 3: table: "),
        (
            format!("table = \"t\"\n{}", endpoint("")),
            "line 4: endpoint: ",
        ),
        (
            "[endpoint]\nname = \"Shop\"".to_owned(),
            "line 4: endpoint.name: ",
        ),
        (
            "[endpoint]\nname = \"\"".to_owned(),
            "line 4: endpoint.name: ",
        ),
        (endpoint("batch_rows = 0"), "line 5: endpoint.batch_rows: "),
        (
            endpoint("batch_rows = 1001"),
            "line 5: endpoint.batch_rows: ",
        ),
        (
            endpoint("timeout_seconds = -1"),
            "line 5: endpoint.timeout_seconds: ",
        ),
        (
            endpoint("timeout_seconds = 61"),
            "line 5: endpoint.timeout_seconds: ",
        ),
        (endpoint("url = \"x\""), "line 5: endpoint.url: "),
        (
            format!("key = [\"c\"]\n{}", endpoint("")),
            "line 3: key: `c` is not",
        ),
        (
            "table = \"t\"\nkey = [\"b\"]".to_owned(),
            "line 4: key: `b` must be required",
        ),
        (
            "table = \"t\"\nkey = [\"a\"]\nshard_by = [\"b\"]".to_owned(),
            "line 5: shard_by: name the first columns of the key (a)",
        ),
        (
            "table = \"t\"\nkey = [\"a\", \"a\"]".to_owned(),
            "line 4: key: `a` is named twice",
        ),
    ] {
        let error = with(&lines, TEXT).expect_err(&lines).to_string();
        assert!(error.starts_with(place), "{lines}: {error}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one line for each mistake")]
fn a_mistake_in_a_column_names_line_and_field() {
    for (column, place) in [
        ("type = \"txt\"", "line 11: columns.b.type: "),
        ("required = true", "line 9: columns.b: missing field `type`"),
        (
            "type = \"text\"\nrequired = 1",
            "line 12: columns.b.required: ",
        ),
        (
            "type = \"text\"\nwidth = 1",
            "line 12: columns.b.width: unknown field",
        ),
        ("type = \"text\"\nmin = 1", "line 12: columns.b.min: "),
        (
            "type = \"integer\"\npattern = \"x\"",
            "line 12: columns.b.pattern: ",
        ),
        (
            "type = \"integer\"\nmin = \"0.5\"",
            "line 12: columns.b.min: ",
        ),
        ("type = \"decimal\"\nmin = 0.5", "line 12: columns.b.min: "),
        (
            "type = \"decimal\"\nmin = \"1.50\"\nmax = \"1.4999\"",
            "line 12: columns.b.min: ",
        ),
        (
            "type = \"text\"\npattern = \"[\"",
            "line 12: columns.b.pattern: ",
        ),
        (
            "type = \"text\"\npattern = \"x\"",
            "line 12: columns.b.pattern: reports never show the expression",
        ),
        (
            "type = \"text\"\npattern_hint = \"x\"",
            "line 12: columns.b.pattern_hint: there is no `pattern`",
        ),
        (
            "type = \"text\"\nallowed = []",
            "line 12: columns.b.allowed: ",
        ),
        (
            "type = \"text\"\nallowed = [\"x\", \"X\"]",
            "line 12: columns.b.allowed: ",
        ),
        (
            "type = \"text\"\nallowed = [\"x\"]\nmax_length = 3",
            "line 12: columns.b.allowed: ",
        ),
        (
            "type = \"text\"\n[columns.synonyms]\nx = \"y\"",
            "line 12: columns.b.synonyms: ",
        ),
        (
            "type = \"text\"\nallowed = [\"y\"]\n[columns.synonyms]\nx = \"y\"\nz = \"w\"",
            "line 15: columns.b.synonyms.z: ",
        ),
        (
            "type = \"date\"\nformats = [\"%d.%m.%y\"]",
            "line 12: columns.b.formats: ",
        ),
        (
            "type = \"date\"\nformats = [\"%Q!\", \"%\"]",
            "line 12: columns.b.formats: ",
        ),
        (
            "type = \"date_time\"\nformats = [\"%Y-%m-%d\"]",
            "line 12: columns.b.formats: ",
        ),
        (
            "type = \"text\"\nheaders = [\"A\"]",
            "line 12: columns.b.headers: `a` already",
        ),
        (
            "type = \"text\"\nheaders = [\" \"]",
            "line 12: columns.b.headers: ",
        ),
        (
            "type = \"text\"\nrequired = true\ndefault = \"x\"",
            "line 13: columns.b.default: ",
        ),
        (
            "type = \"integer\"\ndefault = \"x\"",
            "line 12: columns.b.default: must be a whole",
        ),
        (
            "type = \"phone\"\ndefault = \"13812345678\"",
            "line 12: columns.b.default: ",
        ),
        (
            "type = \"text\"\ndefault = \" \"",
            "line 12: columns.b.default: is blank",
        ),
        (
            "type = \"text\"\ndefault = 1.5",
            "line 12: columns.b.default: ",
        ),
        (
            "type = \"text\"\nunique = true\ndefault = \"x\"",
            "line 13: columns.b.default: ",
        ),
        (
            "type = \"text\"\ndefault = \"x\"\non_blank = \"keep\"",
            "line 13: columns.b.on_blank: ",
        ),
        (
            "type = \"text\"\non_blank = \"stay\"",
            "line 12: columns.b.on_blank: ",
        ),
        (
            "type = \"date\"\nunique = true",
            "line 12: columns.b.unique: ",
        ),
        (
            "type = \"text\"\n[[columns]]\nname = \"a\"\ntype = \"text\"",
            "line 13: columns.a.name: ",
        ),
        (
            "type = \"text\"\n[[columns]]\nname = \"sk\"\ntype = \"text\"",
            "line 13: columns.sk.name: ",
        ),
        ("type = ", "line 11: "),
    ] {
        let error = with(TABLE, column).expect_err(column).to_string();
        assert!(error.starts_with(place), "{column}\n{error}");
    }
    let unique = with("[endpoint]\nname = \"s\"", "type = \"text\"\nunique = true");
    let error = unique.expect_err("not compared").to_string();
    assert!(error.starts_with("line 12: columns.b.unique: "), "{error}");
    let error = Definition::parse("headline = \"X\"\n")
        .expect_err("a mistake")
        .to_string();
    assert!(
        error.starts_with("line 1: headline: unknown field `headline`"),
        "{error}"
    );
}
