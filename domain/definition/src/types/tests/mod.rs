//! What people write, and what becomes of it, by type.

mod contacts;
mod times;

use std::sync::LazyLock;

use proptest::prelude::*;
use sluice_basics::station::{DateOrder, StationConfig};

use super::*;
use crate::{Column, Definition};

/// A column of these lines.
fn column(lines: &str) -> Column {
    let text = format!(
        "business = \"x\"\ntitle = \"X\"\n[endpoint]\nname = \"e\"\n[[columns]]\nname = \"c\"\n{lines}"
    );
    let definition = Definition::parse(&text).expect(lines);
    definition.columns[0].clone()
}

fn station(country: &str, zone: &str, date_order: DateOrder) -> Conventions {
    Conventions::from(&StationConfig {
        // As it was stored, which may be no country.
        country: serde_json::from_value(country.into()).expect("two letters"),
        time_zone: zone.parse().expect("a zone"),
        date_order,
        ..StationConfig::default()
    })
}

fn china() -> Conventions {
    station("CN", "Asia/Shanghai", DateOrder::YearFirst)
}

/// Each text becomes the value, or is refused with a message that has the part after `!`.
fn assert_read(lines: &str, conventions: &Conventions, table: &[(&str, &str)]) {
    let column = column(lines);
    for (text, expected) in table {
        let read = match column.read(text, conventions) {
            Ok(Some(Value::Text(text) | Value::Number(text))) => text,
            Ok(Some(Value::Boolean(yes))) => yes.to_string(),
            Ok(None) => String::new(),
            Err(problems) => format!("!{}", problems[0].message),
        };
        match expected.strip_prefix('!') {
            Some(part) => {
                assert!(
                    read.starts_with('!') && read.contains(part),
                    "{text}: {read}"
                );
            }
            None => assert_eq!(read, *expected, "{text}"),
        }
    }
}

#[test]
fn whole_numbers() {
    let table = [
        ("1200", "1200"),
        ("-007", "-7"),
        ("+5", "5"),
        ("-0", "0"),
        ("１２３", "123"),
        ("−5", "-5"),
        ("'0012", "12"),
        ("12.0", "12"),
        ("12.00", "12"),
        ("-12.0000", "-12"),
        ("9223372036854775807", "9223372036854775807"),
        ("9223372036854775808", "!too large"),
        ("12.000", "!thousands"),
        ("12.5", "!whole number"),
        ("12.", "!whole number"),
        (".5", "!whole number"),
        ("1,200", "!without separators"),
        ("1 200", "!without separators"),
        ("1.200,50", "!without separators"),
        ("1.2E+11", "!shortened by a spreadsheet"),
        ("1.38e10", "!shortened by a spreadsheet"),
        ("12x", "!whole number"),
        ("many", "!whole number"),
        ("--5", "!whole number"),
        ("10²", "!whole number"),
        ("", ""),
    ];
    assert_read("type = \"integer\"", &china(), &table);
    let limits = "type = \"integer\"\nmin = 0\nmax = 10";
    let table = [
        ("10", "10"),
        ("11", "!between 0 and 10"),
        ("-1.0", "!between"),
    ];
    assert_read(limits, &china(), &table);
}

#[test]
fn decimals_are_compared_digit_by_digit() {
    let table = [
        ("12.50", "12.50"),
        ("-0012.50", "-12.50"),
        ("+0.1", "0.1"),
        ("-0.00", "0.00"),
        ("１２．５０", "12.50"),
        ("12,50", "!a point before decimals"),
        ("1,200.50", "!without separators"),
        ("1.5E-05", "!shortened"),
        ("¥12", "!decimal number"),
        ("1.2.3", "!decimal number"),
        (
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        ("999999999999999999999999999999999999999", "!38 digits"),
    ];
    assert_read("type = \"decimal\"", &china(), &table);
    let exact = "type = \"decimal\"\nmin = \"-0.5\"\nmax = \"0.30000000000000000001\"";
    let table = [
        ("0.3", "0.3"),
        ("0.30000000000000000001", "0.30000000000000000001"),
        ("0.300000000000000000010", "0.300000000000000000010"),
        (
            "0.30000000000000000002",
            "!between -0.5 and 0.30000000000000000001",
        ),
        ("-0.5000", "-0.5000"),
        ("-0.50001", "!between"),
        ("-10", "!between"),
        ("10", "!between"),
    ];
    assert_read(exact, &china(), &table);
}

#[test]
fn yes_and_no() {
    let table = [
        ("TRUE", "true"),
        ("是", "true"),
        ("Ｙ", "true"),
        ("0", "false"),
        ("No", "false"),
        ("2", "!yes or no"),
    ];
    assert_read("type = \"boolean\"", &china(), &table);
}

#[test]
fn one_of_a_list_is_stored_as_it_is_listed() {
    let list = "type = \"text\"\nallowed = [\"female\", \"VIP 1\"]\n\
                [columns.synonyms]\n\"女\" = \"female\"\n\"f\" = \"female\"";
    let table = [
        ("female", "female"),
        ("FEMALE", "female"),
        ("女", "female"),
        ("Ｆ", "female"),
        ("vip 1", "VIP 1"),
        ("vip1", "!one of: female, VIP 1"),
    ];
    assert_read(list, &china(), &table);
}

#[test]
fn limits_hold_for_what_is_stored() {
    let column = column(
        "type = \"phone\"\npattern = '^\\+86'\npattern_hint = \"a number in China\"\nmax_length = 14",
    );
    let read = |text| column.read(text, &china());
    let expected = Value::Text("+8613812345678".to_owned());
    assert_eq!(read(" 138 1234 5678").expect("a phone"), Some(expected));
    let codes: Vec<_> = read("+49 1511 2345678").expect_err("not Chinese");
    assert_eq!(codes[0].code, ProblemCode::Pattern);
}

#[test]
fn a_wrong_form_is_told_by_an_example_or_in_words_and_never_as_an_expression() {
    let told = |lines: &str| {
        let column = column(&format!("type = \"text\"\npattern = '^[a-z]+$'\n{lines}"));
        let problems = column.read("1", &china()).expect_err("no letter");
        problems[0].message.clone()
    };
    assert_eq!(told("example = \"abc\""), "must look like abc");
    assert_eq!(
        told("pattern_hint = \"small letters only\""),
        "does not have the right form: small letters only"
    );
    assert_eq!(
        told("example = \"abc\"\npattern_hint = \"small letters only\""),
        "must look like abc: small letters only"
    );
}

const TYPES: [&str; 9] = [
    "type = \"text\"\nmax_length = 3\npattern = \"^a\"\nexample = \"a\"",
    "type = \"text\"\nallowed = [\"a\"]",
    "type = \"integer\"\nmin = -5",
    "type = \"decimal\"\nmax = \"0.1\"",
    "type = \"boolean\"",
    "type = \"date\"\nformats = [\"%d %b %Y\"]",
    "type = \"date_time\"\nformats = [\"%Y%m%d%H%M%S\"]",
    "type = \"email\"",
    "type = \"phone\"",
];

static COLUMNS: LazyLock<Vec<Column>> = LazyLock::new(|| TYPES.map(column).into());

static STATIONS: LazyLock<[Conventions; 3]> = LazyLock::new(|| {
    [
        DateOrder::YearFirst,
        DateOrder::DayFirst,
        DateOrder::MonthFirst,
    ]
    .map(|order| station("DE", "America/New_York", order))
});

/// Texts that come near to what the types read.
fn near_values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9０-９+年月日号上下午TZapmE:/., '@eE\u{202c}\u{3000}-]{0,24}",
        "[0-9]{1,4}[-/.年][0-9]{1,2}[-/.月][0-9]{1,4}[日T ]?[0-9:.]{0,12}[APMapmZ+0-9:]{0,6}",
        "[a-zü.]{0,9}@[a-zü例.-]{0,70}",
        "[+(]{0,2}[0-9 .()-]{0,30}",
    ]
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_stored_is_read_as_itself(text in near_values()) {
        for conventions in STATIONS.iter() {
            for (lines, column) in TYPES.iter().zip(COLUMNS.iter()) {
                let Ok(Some(value)) = column.read(&text, conventions) else {
                    continue;
                };
                let stored = match &value {
                    Value::Text(text) | Value::Number(text) => text.clone(),
                    Value::Boolean(yes) => yes.to_string(),
                };
                let again = column.read(&stored, conventions);
                prop_assert_eq!(again.ok().flatten(), Some(value), "{} {}", lines, text);
            }
        }
    }

    #[test]
    fn decimals_have_the_order_of_numbers(a in -9999i64..9999, b in -9999i64..9999) {
        let decimal = |n: i64| format!("{}{}.{:02}", if n < 0 { "-" } else { "" }, n.abs() / 100, n.abs() % 100);
        let parse = |n| decimal(n).parse::<Decimal>().expect("a decimal");
        prop_assert_eq!(parse(a).partial_cmp(&parse(b)), a.partial_cmp(&b));
    }
}
