//! Definitions as they are read, and rows as definitions check them.

mod apostrophes;
mod cells;
mod mistakes;
mod quotes;
mod unique;

use sluice_basics::station::StationConfig;
use sluice_csv::{Dialect, FieldReader};

use super::*;

fn catalog() -> Catalog {
    Catalog::load().expect("every definition in definitions/ is valid")
}

fn header(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

fn check_with(
    definition: &Definition,
    header_line: &str,
    record: &[u8],
) -> Result<CheckedRow, Vec<Problem>> {
    let map = HeaderMap::new(definition, &header(header_line)).expect("an accepted header");
    let mut reader = FieldReader::new(Dialect::default());
    let config = StationConfig::default();
    RowChecker::new(definition, map, &config).check(&reader.read(record))
}

fn check(business: &str, header_line: &str, record: &str) -> Result<CheckedRow, Vec<Problem>> {
    let business = business.parse().expect("a business");
    let catalog = catalog();
    let definition = catalog.get(&business).expect("a definition");
    check_with(definition, header_line, record.as_bytes())
}

#[expect(clippy::unnecessary_wraps, reason = "compared with values of columns")]
fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

#[expect(clippy::unnecessary_wraps, reason = "compared with values of columns")]
fn number(digits: &str) -> Option<Value> {
    Some(Value::Number(digits.to_owned()))
}

/// A definition with these lines between its title and its columns `a`, the key, and `b`.
fn with(lines: &str, column: &str) -> Result<Definition, DefinitionErrors> {
    Definition::parse(&format!(
        "business = \"x\"\ntitle = \"X\"\n{lines}\n[[columns]]\nname = \"a\"\ntype = \"text\"\n\
         required = true\n[[columns]]\nname = \"b\"\n{column}\n"
    ))
}

const TABLE: &str = "table = \"t\"\nkey = [\"a\"]";
const TEXT: &str = "type = \"text\"";

#[test]
fn rows_go_to_a_table_or_to_an_endpoint() {
    let table = with(TABLE, TEXT).expect("a definition");
    assert_eq!(table.target, Target::Table("t".to_owned()));
    let endpoint = with("[endpoint]\nname = \"the_shop\"", TEXT).expect("a definition");
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
fn an_adjustment_of_points_goes_to_the_back_office() {
    let header = "流水号,Card No,积分变动,备注,Date";
    let row = check("points_adjustment", header, "R-1,M1,-50,退货,2026/01/31\n");
    let row = row.expect("a good row");
    assert_eq!(
        (&row.values[2], &row.values[4]),
        (&number("-50"), &text("2026-01-31"))
    );
    let problems = check("points_adjustment", header, "R-1,M1,-1000000001,,\n");
    assert_eq!(
        problems.expect_err("too much")[0].code,
        ProblemCode::OutOfRange
    );
    assert_eq!(catalog().endpoints().collect::<Vec<_>>(), ["back_office"]);
    assert_eq!(
        catalog().tables().collect::<Vec<_>>(),
        ["members", "scores", "staff"]
    );
}

#[test]
fn a_score_entry_is_known_by_its_member_its_day_and_its_reference() {
    let header = "会员号,日期,积分,类型,时间,订单号,备注";
    let row = check(
        "score_import",
        header,
        "M-1,2026年1月31日,-50,兑换,2026/1/31 下午3:04,,\n",
    );
    let row = row.expect("a good row");
    assert_eq!(row.key, "M-1#2026-01-31#");
    let expected = [
        text("M-1"),
        text("2026-01-31"),
        number("-50"),
        text("redeem"),
        text("2026-01-31T15:04:00Z"),
    ];
    assert_eq!(row.values[..5], expected);
    let again = check(
        "score_import",
        "member_no,entry_date,points",
        "M-1,2026.1.31,7\n",
    );
    let again = again.expect("a good row");
    assert_eq!(
        (again.key, &again.values[3]),
        (row.key.clone(), &text("earn"))
    );
    let other = check("score_import", header, "M-1,2026-01-31,9,,,A#17,\n");
    let other = other.expect("a good row");
    assert_eq!(other.key, "M-1#2026-01-31#A\\#17");
    let catalog = catalog();
    let scores = catalog.get(&"score_import".parse().expect("a business"));
    let scores = scores.expect("score entries");
    let shard = shard_of("M-1");
    assert_eq!(
        [&row.key, &other.key].map(|key| scores.shard_of(key)),
        [shard; 2]
    );
}

#[test]
fn rows_lie_where_the_first_columns_of_their_key_say() {
    let definition = |shard_by: &str| {
        let table = format!(
            "business = \"x\"\ntitle = \"X\"\ntable = \"t\"\nkey = [\"a\", \"b\"]\n{shard_by}\n\
             [[columns]]\nname = \"a\"\ntype = \"text\"\nrequired = true\n\
             [[columns]]\nname = \"b\"\ntype = \"text\"\n"
        );
        Definition::parse(&table).expect("a definition")
    };
    for (shard_by, text) in [
        ("", "a\\#\\\\b#c"),
        ("shard_by = [\"a\"]", "a#\\b"),
        ("shard_by = [\"a\", \"b\"]", "a\\#\\\\b#c"),
    ] {
        assert_eq!(
            definition(shard_by).shard_of("a\\#\\\\b#c"),
            shard_of(text),
            "{shard_by}"
        );
    }
}

#[test]
fn an_exported_file_without_the_whole_key_is_refused() {
    let catalog = catalog();
    let scores = catalog.get(&"score_import".parse().expect("a business"));
    let scores = scores.expect("score entries");
    let check = |names: &[&str], is_exported| {
        let header: Vec<String> = names.iter().map(ToString::to_string).collect();
        let file = FileOfRows {
            naming: &Naming::default(),
            header: &header,
            blank_fields: 0,
            unknown_header: &[],
            is_as_reported: false,
            is_exported,
        };
        RowChecker::of_file(scores, &file, &StationConfig::default()).map(|_| ())
    };
    let short = ["member_no", "entry_date", "points"];
    check(&short, false).expect("an ordinary file");
    let refused = check(&short, true).expect_err("no reference");
    assert!(refused.to_string().contains("`reference`"), "{refused}");
    check(&["member_no", "entry_date", "points", "reference"], true).expect("the whole key");
}

#[test]
fn all_problems_of_a_row_are_told_and_all_of_a_field() {
    let problems = check(
        "member_import",
        "member_no,name,email,points,birthday",
        "-123456789012345678901234567890123,,a@b,many,2023-02-30\n",
    );
    let problems = problems.expect_err("six problems");
    let found: Vec<_> = problems
        .iter()
        .map(|p| (p.column.as_str(), p.code))
        .collect();
    assert_eq!(
        found,
        [
            ("member_no", ProblemCode::TooLong),
            ("member_no", ProblemCode::Pattern),
            ("name", ProblemCode::Required),
            ("email", ProblemCode::NotAnEmail),
            ("birthday", ProblemCode::NotADate),
            ("points", ProblemCode::NotANumber),
        ]
    );
}

#[test]
fn values_are_normalized() {
    let row = check(
        "member_import",
        "member_no,name,email,phone,points,gender,等级",
        "\u{3000}M1\u{200b} ,Ａ,A@B.Org,138-1234 5678,００7,女,GOLD\n",
    );
    let row = row.expect("a good row");
    assert_eq!(row.key, "M1");
    let expected = [
        text("M1"),
        text("Ａ"),
        text("+8613812345678"),
        text("a@b.org"),
        text("female"),
        None,
        text("gold"),
        number("7"),
    ];
    assert_eq!(row.values[..8], expected);
}

#[test]
fn a_blank_is_the_default_or_cleared_or_kept() {
    let definition = Definition::parse(
        "business = \"x\"\ntitle = \"X\"\ntable = \"t\"\nkey = [\"a\"]\non_blank = \"keep\"\n\
         [[columns]]\nname = \"a\"\ntype = \"text\"\nrequired = true\n\
         [[columns]]\nname = \"kept\"\ntype = \"text\"\n\
         [[columns]]\nname = \"cleared\"\ntype = \"text\"\non_blank = \"clear\"\n\
         [[columns]]\nname = \"level\"\ntype = \"integer\"\ndefault = 1\n\
         [[columns]]\nname = \"absent\"\ntype = \"date\"\nunique = false\n\
         [[columns]]\nname = \"phone\"\ntype = \"phone\"\nunique = true\n",
    );
    let definition = definition.expect("a definition");
    assert_eq!(definition.unique_columns().collect::<Vec<_>>(), [5]);
    let header = "a,kept,cleared,level,phone";
    let row = check_with(&definition, header, b"1, ,,,\n").expect("a good row");
    assert_eq!(row.kept, [1, 4, 5]);
    assert_eq!(row.values, [text("1"), None, None, number("1"), None, None]);
    let row = check_with(&definition, header, b"1,x,y,2,110 \n");
    assert_eq!(row.expect_err("no phone")[0].code, ProblemCode::NotAPhone);
}

#[test]
fn a_ragged_row_is_one_problem_of_the_row() {
    let problems = check("member_import", "member_no,name", "M1\n").expect_err("too few fields");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].code, ProblemCode::FieldCount);
}

#[test]
fn bytes_that_are_not_utf8_are_a_problem_of_their_column() {
    let definition = with(TABLE, TEXT).expect("a definition");
    let problems = check_with(&definition, "a,b", b"M1,\xff\n").expect_err("not UTF-8");
    assert_eq!(
        (problems[0].column.as_str(), problems[0].code),
        ("b", ProblemCode::Encoding)
    );
}
