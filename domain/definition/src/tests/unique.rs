//! What no two rows of a station share: which fields, under which names, and how long they may be.

use super::*;

const UNIQUE: &str = "type = \"text\"\nunique = true";

fn definition(lines: &str, columns: &str) -> Definition {
    with(lines, columns).expect("a definition")
}

/// The row of a definition with the columns `a`, `b` and `c`.
fn row(definition: &Definition, record: &str) -> Result<CheckedRow, Vec<Problem>> {
    check_with(definition, "a,b,c", record.as_bytes())
}

fn three_columns() -> Definition {
    let columns = format!("{UNIQUE}\n[[columns]]\nname = \"c\"\n{UNIQUE}");
    definition("table = \"t\"\nkey = [\"a\"]", &columns)
}

#[test]
fn a_row_claims_its_key_and_the_unique_values_that_it_has() {
    let definition = three_columns();
    let claims = |record: &str| definition.claims(&row(&definition, record).expect("a good row"));
    let claim = |field: usize, value: &str| (field, value.to_owned());
    assert_eq!(
        claims("k,x,y\n"),
        [claim(0, "k"), claim(1, "x"), claim(2, "y")]
    );
    // A blank is no value, and leaves the field of the next one as it is.
    assert_eq!(claims("k,,y\n"), [claim(0, "k"), claim(2, "y")]);
    assert_eq!(claims("k,,\n"), [claim(0, "k")]);
}

#[test]
fn claims_have_the_values_as_they_are_stored() {
    let catalog = catalog();
    let staff = catalog.get(&"staff_import".parse().expect("a business"));
    let staff = staff.expect("a definition");
    let record = b"S1,Ann, Ann@Example.COM ,138 1234 0001\n";
    let row = check_with(staff, "staff_no,name,email,phone", record).expect("a good row");
    let values: Vec<String> = staff
        .claims(&row)
        .into_iter()
        .map(|(_, value)| value)
        .collect();
    assert_eq!(values, ["S1", "ann@example.com", "+8613812340001"]);
}

#[test]
fn a_field_has_the_name_of_its_column_and_the_key_those_of_its_parts() {
    let definition = three_columns();
    let names = [0, 1, 2].map(|field| definition.field_name(field));
    assert_eq!(names, ["a", "b", "c"]);
    let columns = format!("type = \"text\"\nrequired = true\n[[columns]]\nname = \"c\"\n{UNIQUE}");
    let of_two = with("table = \"t\"\nkey = [\"a\", \"b\"]", &columns);
    let of_two = of_two.expect("a definition");
    assert_eq!([0, 1].map(|field| of_two.field_name(field)), ["a + b", "c"]);
}

#[test]
fn a_unique_value_has_at_most_900_bytes() {
    let definition = three_columns();
    let of = |text: &str| row(&definition, &format!("k,{text},y\n"));
    assert!(of(&"x".repeat(900)).is_ok());
    // Bytes, not characters.
    assert!(of(&"字".repeat(300)).is_ok());
    for text in ["x".repeat(901), "字".repeat(301)] {
        let problems = of(&text).expect_err("too long");
        let [problem] = problems.as_slice() else {
            panic!("one problem: {problems:?}")
        };
        assert_eq!(
            (problem.column.as_str(), problem.code),
            ("b", ProblemCode::TooLong)
        );
        assert_eq!(problem.message, "at most 900 bytes can be kept unique");
    }
    // Columns that are not unique may have more.
    let plain = with(TABLE, TEXT).expect("a definition");
    let long = format!("k,{}\n", "x".repeat(901));
    assert!(check_with(&plain, "a,b", long.as_bytes()).is_ok());
}
