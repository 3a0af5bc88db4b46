use std::collections::BTreeMap;

use super::*;
use crate::Catalog;

fn definition(business: &str) -> Definition {
    let catalog = Catalog::load().expect("definitions");
    let business = business.parse().expect("a business");
    catalog.get(&business).expect("a definition").clone()
}

fn members() -> Definition {
    definition("member_import")
}

fn header(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

fn mapping(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = |(column, header): &(&str, &str)| ((*column).to_owned(), (*header).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn headers_are_found_by_synonym_in_english_and_chinese() {
    let map = HeaderMap::new(&members(), &header("姓名,MEMBER-NO *,ignored")).expect("a header");
    assert_eq!(
        (map.field(0), map.field(1), map.field(2)),
        (Some(1), Some(0), None)
    );
    assert_eq!(map.width(), 3);
}

#[test]
fn a_header_without_a_required_column_is_refused_by_name() {
    let error = HeaderMap::new(&members(), &header("name,phone")).expect_err("no member_no");
    assert_eq!(
        error.to_string(),
        "the header lacks the required column `member_no`: found `name`, `phone`. \
         Add the column, or rename or map the header that means it"
    );
}

#[test]
fn the_nearest_unknown_header_is_suggested_for_each_missing_column() {
    let error = HeaderMap::new(&members(), &header("Membr No,Namex,phone")).expect_err("typos");
    assert_eq!(
        error.to_string(),
        "the header lacks the required columns `member_no`, `name`: found `Membr No`, `Namex`, \
         `phone`. Did you mean `member_no` by `Membr No`? Then rename or map it. \
         Did you mean `name` by `Namex`? Then rename or map it"
    );
    for (line, nearest) in [
        ("name,会员编号,phone", Some("会员编号")),
        ("name,Member Number,date", Some("Member Number")),
        ("name,remark,date", None),
        // What means another column is not suggested.
        ("name,会员姓名1,phone", None),
    ] {
        let error = HeaderMap::new(&members(), &header(line)).expect_err(line);
        let HeaderProblem::Missing { missing, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(missing[0].nearest.as_deref(), nearest, "{line}");
    }
}

#[test]
fn two_headers_for_one_column_are_refused_unless_one_is_mapped() {
    let line = header("member_no,name,姓名");
    let error = HeaderMap::new(&members(), &line).expect_err("twice");
    assert!(
        error.to_string().contains("both mean the column `name`"),
        "{error}"
    );
    let map = HeaderMap::with_mapping(&members(), &line, &mapping(&[("name", "姓名")]));
    assert_eq!(map.expect("a header").field(1), Some(2));
}

#[test]
fn a_column_mapped_by_hand_wins_over_synonyms() {
    let line = header("No.,name,Mobile,Phone 2");
    let wanted = mapping(&[
        ("member_no", "no."),
        ("phone", "Phone 2"),
        ("address", "Mobile"),
    ]);
    let map = HeaderMap::with_mapping(&members(), &line, &wanted).expect("a header");
    let fields: Vec<_> = (0..10).map(|index| map.field(index)).collect();
    let mut expected = vec![Some(0), Some(1), Some(3)];
    expected.resize(9, None);
    expected.push(Some(2));
    assert_eq!(fields, expected);
    assert_eq!(map.column_of(2), Some(9));
}

#[test]
fn a_mistake_in_a_mapping_is_named_with_what_may_be_meant() {
    let line = header("Card,name,Mobile,mobile,Note");
    let problem = |pairs| {
        let error = HeaderMap::with_mapping(&members(), &line, &mapping(pairs));
        error.expect_err("a mistake").to_string()
    };
    for (pairs, parts) in [
        (
            &[("membr_no", "Card")],
            ["`membr_no`", "did you mean `member_no`?"],
        ),
        (&[("member_no", "Crad")], ["`Crad`", "did you mean `Card`?"]),
        (
            &[("member_no", "???")],
            ["from `???`", "found `Card`, `name`"],
        ),
        (&[("phone", "MOBILE")], ["`MOBILE`", "more than once"]),
    ] {
        let problem = problem(pairs);
        assert!(parts.iter().all(|part| problem.contains(part)), "{problem}");
    }
    let shared = problem(&[("member_no", "Card"), ("name", "Card")]);
    assert_eq!(
        shared,
        "the mapping takes the columns `member_no` and `name` both from `Card`: leave out one"
    );
    let exact = HeaderMap::with_mapping(
        &members(),
        &line,
        &mapping(&[("member_no", "Card"), ("phone", "mobile")]),
    );
    assert_eq!(exact.expect("the very header").field(2), Some(3));
}

#[test]
fn fields_of_a_file_without_a_header_have_numbers_or_letters() {
    let without = |pairs: &[(&str, &str)], width| {
        HeaderMap::without_header(&members(), &mapping(pairs), width)
    };
    let map = without(&[("member_no", "2"), ("name", "a"), ("phone", "AB")], 30);
    let map = map.expect("a mapping");
    assert_eq!(
        (map.field(0), map.field(1), map.field(2), map.field(3)),
        (Some(1), Some(0), Some(27), None)
    );
    for place in ["0", "", "-1", "1.5", "ABCD", "第一", "99999999999999999999"] {
        let error = without(&[("member_no", place), ("name", "1")], 3).expect_err(place);
        assert!(error.to_string().contains("a number from 1"), "{error}");
    }
    for place in ["4", "D"] {
        let error = without(&[("member_no", place), ("name", "1")], 3).expect_err(place);
        assert!(error.to_string().contains("has 3 fields"), "{error}");
    }
    let error = without(&[("phone", "3")], 3).expect_err("no name");
    assert_eq!(
        error.to_string(),
        "the file has no header, and the mapping lacks the required columns `member_no`, `name`: \
         say by number or letter which field it is"
    );
    let error = without(&[("member_no", "1"), ("name", "A")], 3).expect_err("shared");
    assert!(matches!(error, HeaderProblem::Shared { .. }), "{error}");
}

#[test]
fn fields_without_a_header_are_called_by_their_columns_or_their_letters() {
    let naming = Naming {
        headerless: true,
        mapping: mapping(&[("member_no", "2"), ("name", "d")]),
    };
    let names = naming.made_names(&members(), 5).expect("names");
    assert_eq!(names, ["A", "member_no", "C", "name", "E"]);
    let map = naming.map(&members(), &names).expect("a map");
    assert_eq!((map.field(0), map.field(1)), (Some(1), Some(3)));
}

#[test]
fn what_is_wrong_with_a_mapping_is_told_before_the_file_is_seen() {
    let check = |headerless, pairs: &[(&str, &str)]| {
        let mapping = mapping(pairs);
        Naming {
            headerless,
            mapping,
        }
        .check(&members())
    };
    assert_eq!(check(false, &[("name", "B"), ("phone", "b")]), Ok(()));
    assert_eq!(check(true, &[("name", "B"), ("member_no", "700")]), Ok(()));
    for (headerless, pairs, named) in [
        (false, &[("names", "x")][..], "did you mean `name`?"),
        (false, &[("name", "x"), ("phone", "x")], "both from `x`"),
        (true, &[("name", "Full Name")], "without a header"),
        (true, &[("name", "A")], "`member_no`"),
        (true, &[("name", "A"), ("member_no", "1")], "both from `A`"),
        (true, &[], "`member_no`, `name`"),
    ] {
        let problem = check(headerless, pairs).expect_err(named).to_string();
        assert!(problem.contains(named), "{problem}");
    }
}

#[test]
fn the_line_that_has_most_headers_of_the_definition_can_be_told() {
    let members = members();
    let score = |line| HeaderMap::recognized(&members, &Mapping::new(), &header(line));
    assert_eq!(score("Export of 2026-01-31,,"), 0);
    assert_eq!(score("Card No,姓名,手机,whatever"), 3);
    assert_eq!(score("name,Full Name,姓名"), 1);
    assert_eq!(score("M1,Anna,13812345678"), 0);
    let mapping = mapping(&[("member_no", "Nr."), ("name", "姓名")]);
    let mapped = HeaderMap::recognized(&members, &mapping, &header("NR.,姓名,x"));
    assert_eq!(mapped, 2);
}

#[test]
fn the_delimiter_is_detected_from_the_header() {
    let line = "member_no;name;\"phone, mobile\"\n".as_bytes();
    assert_eq!(detect_delimiter(&members(), line), Delimiter::SEMICOLON);
    assert_eq!(
        detect_delimiter(&members(), b"nothing known"),
        Delimiter::default()
    );
}
