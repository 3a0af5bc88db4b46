//! Mistakes in definitions: where they are said to be.

use super::*;

/// The one mistake of a definition: what is wrong is told once, and nothing that follows from it.
fn only(parsed: Result<Definition, DefinitionErrors>) -> String {
    let errors = parsed.expect_err("a mistake");
    assert_eq!(errors.iter().count(), 1, "{errors}");
    errors.to_string()
}

#[test]
fn a_mistake_about_the_target_or_the_key_names_line_and_field() {
    let endpoint = |lines: &str| format!("[endpoint]\nname = \"shop\"\n{lines}");
    for (lines, place) in [
        (String::new(), "line 1: table: "),
        ("table = \"t\"".to_owned(), "line 1: key: name "),
        (
            format!("{TABLE}\ntitles = {{ Chinese = \"X\" }}"),
            "line 5: titles: `Chinese` is no language",
        ),
        (
            format!("{TABLE}\ntitles = {{ zh = \" \" }}"),
            "line 5: titles: `zh` is blank",
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
        let error = only(with(&lines, TEXT));
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
            "type = \"text\"\npattern = \"[\"\npattern_hint = \"x\"",
            "line 12: columns.b.pattern: unclosed character class",
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
            "type = \"date\"\nformats = [\"%Q!\"]",
            "line 12: columns.b.formats: ",
        ),
        (
            "type = \"date\"\nformats = [\"%\"]",
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
        let error = only(with(TABLE, column));
        assert!(error.starts_with(place), "{column}\n{error}");
    }
    let unique = with("[endpoint]\nname = \"s\"", "type = \"text\"\nunique = true");
    let error = only(unique);
    assert!(error.starts_with("line 12: columns.b.unique: "), "{error}");
}

#[test]
fn all_mistakes_are_named_at_once_by_their_lines() {
    let text = r#"business = "Coupons!"
headline = "X"
table = "Coupons"
key = ["no", "value", "value", "number"]
shard_by = ["value"]
titles = { zh = " ", Chinese = "X" }
on_blank = "stay"
[[columns]]
name = "no"
type = "txt"
required = 1
width = 3
[[columns]]
name = "value"
type = "decimal"
min = "x"
max = "y"
allowed = ["a"]
[[columns]]
name = "Kind"
type = "text"
allowed = ["a", "A", " b"]
pattern_hint = "x"
[columns.synonyms]
c = "d"
e = "f"
[[columns]]
headers = ["No", " "]
type = "text"
max_length = 0
pattern = "["
[[columns]]
name = "valid"
type = "date"
formats = ["%d.%m.%y", "%"]
unique = true
required = true
default = "soon"
headers = ["", "Value"]
"#;
    let errors = Definition::parse(text).expect_err("mistakes").to_string();
    let expected = [
        "line 1: business: ",
        "line 1: missing field `title`",
        "line 2: headline: unknown field `headline`, expected one of `business`, `title`, ",
        "line 3: table: a name has",
        "line 4: key: `value` is named twice",
        "line 5: shard_by: name the first",
        "line 6: titles: `Chinese` is no language",
        "line 6: titles: `zh` is blank",
        "line 7: on_blank: unknown variant `stay`",
        "line 10: columns.no.type: unknown variant `txt`",
        "line 11: columns.no.required: invalid type: integer `1`, expected a boolean",
        "line 12: columns.no.width: unknown field `width`",
        "line 16: columns.value.min: is not a number",
        "line 17: columns.value.max: is not a number",
        "line 18: columns.value.allowed: is for columns of the type text",
        "line 20: columns.Kind.name: a name has",
        "line 22: columns.Kind.allowed: `A` is there twice",
        "line 22: columns.Kind.allowed: ` b` is blank",
        "line 23: columns.Kind.pattern_hint: there is no",
        "line 25: columns.Kind.synonyms.c: `d` is not",
        "line 26: columns.Kind.synonyms.e: `f` is not",
        "line 27: columns.4: missing field `name`",
        "line 35: columns.valid.formats: `%d.%m.%y`: does not hold all",
        "line 35: columns.valid.formats: `%`: ",
        "line 36: columns.valid.unique: is for `text`",
        "line 38: columns.valid.default: a `required` column",
        "line 38: columns.valid.default: all rows that are blank",
        "line 39: columns.valid.headers: one of them is blank",
        "line 39: columns.valid.headers: `value` already stands for `value`",
    ];
    let found: Vec<&str> = errors.lines().collect();
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{expected}: {errors}");
    }
    assert_eq!(found.len(), expected.len(), "{errors}");
}

#[test]
fn what_cannot_be_read_hides_only_what_follows_from_it() {
    // The key is of a column that is there, though not right, and a column without a name may be any.
    let wrong = with(TABLE, "type = 1").expect_err("a mistake").to_string();
    assert_eq!(wrong.lines().count(), 1, "{wrong}");
    let keys = "table = \"t\"\nkey = [\"a\", \"c\"]";
    let unnamed = with(keys, "type = \"text\"\n[[columns]]\ntype = \"text\"");
    assert_eq!(only(unnamed), "line 12: columns.3: missing field `name`");
    for (text, lines) in [
        (
            "columns = 1\nendpoint = 2\ntitle = \"X\"\n",
            vec![
                "line 1: missing field `business`",
                "line 1: columns: must be tables",
                "line 2: endpoint: must be a table",
            ],
        ),
        (
            "business = \"x\"\ntitle = \"X\"\n[endpoint]\nbatch_rows = \"many\"\nurl = \"x\"\n",
            vec![
                "line 1: columns: name at least one column",
                "line 3: endpoint: missing field `name`",
                "line 4: endpoint.batch_rows: invalid type",
                "line 5: endpoint.url: unknown field",
            ],
        ),
        (
            "title = \"X\"\ntitle = \"Y\"\n",
            vec!["line 2: duplicate key"],
        ),
        ("", vec!["line 1: missing", "line 1: missing", "line 1: "]),
    ] {
        let errors = Definition::parse(text).expect_err(text).to_string();
        for (found, expected) in errors.lines().zip(&lines) {
            assert!(found.starts_with(expected), "{expected}: {errors}");
        }
        assert!(errors.lines().count() >= lines.len(), "{errors}");
    }
}
