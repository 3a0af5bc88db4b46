use super::*;
use crate::csv::{Dialect, FieldReader};

fn catalog() -> Catalog {
    Catalog::load().expect("every definition in definitions/ is valid")
}

fn members() -> Definition {
    let business = "member_import".parse().expect("a business");
    catalog().get(&business).expect("member_import").clone()
}

fn header(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

fn check(header_line: &str, record: &[u8]) -> Result<CheckedRow, Vec<Problem>> {
    let definition = members();
    let map = HeaderMap::new(&definition, &header(header_line)).expect("an accepted header");
    let mut reader = FieldReader::new(Dialect::default());
    RowChecker::new(&definition, map).check(&reader.read(record))
}

#[test]
fn every_definition_is_valid() {
    assert!(catalog().names().contains("member_import"));
}

#[test]
fn a_mistake_in_a_definition_names_its_place() {
    let error = Definition::parse("business = \"x\"\ntitel = \"X\"\n").expect_err("a mistake");
    assert!(error.to_string().contains("line 2"), "{error}");
    let text = "business = \"x\"\ntitle = \"X\"\ntable = \"t\"\nkey = [\"b\"]\n\
                [[columns]]\nname = \"a\"\ntype = \"text\"\n";
    let error = Definition::parse(text).expect_err("a key that is no column");
    assert_eq!(error.to_string(), "key: `b` is not a column");
}

/// A definition with these lines between its title and its only column.
fn with(lines: &str) -> Result<Definition, DefinitionError> {
    Definition::parse(&format!(
        "business = \"x\"\ntitle = \"X\"\n{lines}\n[[columns]]\nname = \"a\"\ntype = \"text\"\n\
         required = true\n"
    ))
}

#[test]
fn rows_go_to_a_table_or_to_an_endpoint() {
    let table = with("table = \"t\"\nkey = [\"a\"]").expect("a definition");
    assert_eq!(table.target, Target::Table("t".to_owned()));
    let endpoint = with("[endpoint]\nname = \"the_shop\"").expect("a definition");
    let expected = Endpoint {
        name: "the_shop".to_owned(),
        batch_rows: 100,
        timeout: std::time::Duration::from_secs(10),
    };
    assert_eq!(expected.title(), "the shop");
    assert_eq!(endpoint.target, Target::Endpoint(expected));
    assert_eq!(endpoint.key, Vec::<String>::new());
}

#[test]
fn a_mistake_about_the_target_names_its_field() {
    let endpoint = |lines: &str| format!("[endpoint]\nname = \"shop\"\n{lines}");
    for (lines, field) in [
        (String::new(), "table: "),
        ("table = \"t\"".to_owned(), "key: "),
        ("table = \"T\"\nkey = [\"a\"]".to_owned(), "table: "),
        (format!("table = \"t\"\n{}", endpoint("")), "endpoint: "),
        ("[endpoint]\nname = \"Shop\"".to_owned(), "endpoint.name: "),
        ("[endpoint]\nname = \"\"".to_owned(), "endpoint.name: "),
        (endpoint("batch_rows = 0"), "endpoint.batch_rows: "),
        (endpoint("batch_rows = 1001"), "endpoint.batch_rows: "),
        (
            endpoint("timeout_seconds = -1"),
            "endpoint.timeout_seconds: ",
        ),
        (
            endpoint("timeout_seconds = 61"),
            "endpoint.timeout_seconds: ",
        ),
        (format!("key = [\"b\"]\n{}", endpoint("")), "key: "),
    ] {
        let error = with(&lines).expect_err(&lines).to_string();
        assert!(error.starts_with(field), "{lines}: {error}");
    }
    let error = with("[endpoint]\nname = \"shop\"\nurl = \"x\"").expect_err("a mistake");
    assert!(error.to_string().contains("`url`"), "{error}");
}

#[test]
fn an_adjustment_of_points_goes_to_the_back_office() {
    let business = "points_adjustment".parse().expect("a business");
    let catalog = catalog();
    let definition = catalog.get(&business).expect("points_adjustment");
    let map = HeaderMap::new(definition, &header("流水号,Card No,积分变动,备注,Date"));
    let checker = RowChecker::new(definition, map.expect("a header"));
    let mut fields = FieldReader::new(Dialect::default());
    let row = checker.check(&fields.read("R-1,M1,-50,退货,2026/01/31\n".as_bytes()));
    let row = row.expect("a good row");
    assert_eq!(row.values[2], Some(Value::Number("-50".to_owned())));
    assert_eq!(row.values[4], Some(Value::Text("2026-01-31".to_owned())));
    let problems = checker.check(&fields.read(b"R-1,M1,-1000000001,,\n"));
    assert_eq!(
        problems.expect_err("too much")[0].code,
        ProblemCode::OutOfRange
    );
    assert_eq!(catalog.endpoints().collect::<Vec<_>>(), ["back_office"]);
    assert_eq!(catalog.tables().collect::<Vec<_>>(), ["members"]);
}

#[test]
fn headers_are_found_by_synonym_in_english_and_chinese() {
    let map = HeaderMap::new(&members(), &header("姓名,MEMBER-NO *,ignored")).expect("a header");
    assert_eq!(
        (map.field(0), map.field(1), map.field(2)),
        (Some(1), Some(0), None)
    );
}

#[test]
fn a_header_without_a_required_column_is_refused_by_name() {
    let error = HeaderMap::new(&members(), &header("name,phone")).expect_err("no member_no");
    assert_eq!(
        error.to_string(),
        "the header lacks the required column `member_no`: found `name`, `phone`. \
         Add the column, or rename the header that means it"
    );
}

#[test]
fn two_headers_for_one_column_are_refused() {
    let error = HeaderMap::new(&members(), &header("member_no,name,姓名")).expect_err("twice");
    assert!(
        error.to_string().contains("both mean the column `name`"),
        "{error}"
    );
}

#[test]
fn the_delimiter_is_detected_from_the_header() {
    let line = "member_no;name;\"phone, mobile\"\n".as_bytes();
    assert_eq!(
        detect_delimiter(&members(), line),
        crate::csv::Delimiter::SEMICOLON
    );
    assert_eq!(
        detect_delimiter(&members(), b"nothing known"),
        crate::csv::Delimiter::default()
    );
}

#[test]
fn all_problems_of_a_row_are_told() {
    let problems = check(
        "member_no,name,email,points,birthday",
        b",A,a@b,many,2023-02-30\n",
    )
    .expect_err("four problems");
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.column.as_str(), p.code))
        .collect();
    assert_eq!(
        found,
        [
            ("member_no", ProblemCode::Required),
            ("email", ProblemCode::NotAnEmail),
            ("birthday", ProblemCode::NotADate),
            ("points", ProblemCode::NotANumber),
        ]
    );
}

#[test]
fn values_are_normalized() {
    let row = check(
        "member_no,name,email,phone,points",
        b" M1 ,A,A@B.Org,+86 138-1234 5678,007\n",
    )
    .expect("a good row");
    assert_eq!(row.key, "M1");
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    assert_eq!(row.values[2], text("+8613812345678"));
    assert_eq!(row.values[3], text("a@b.org"));
    assert_eq!(row.values[7], Some(Value::Number("7".to_owned())));
    assert!(row.shard() < SHARDS);
}

#[test]
fn a_ragged_row_is_one_problem_of_the_row() {
    let problems = check("member_no,name", b"M1\n").expect_err("too few fields");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, ProblemCode::FieldCount);
}

#[test]
fn bytes_that_are_not_utf8_are_a_problem_of_their_column() {
    let problems = check("member_no,name", b"M1,\xff\n").expect_err("not UTF-8");
    assert_eq!(
        (problems[0].column.as_str(), problems[0].code),
        ("name", ProblemCode::Encoding)
    );
}
