//! Fields that are more than a text, or less: cells of workbooks, error values, and what was lost.

use sluice_csv::cell::Cell;

use super::*;

const COLUMNS: &str = "type = \"text\"\n[[columns]]\nname = \"n\"\ntype = \"decimal\"\n\
     [[columns]]\nname = \"p\"\ntype = \"phone\"";

/// Checks a row of the columns `a`, the key, `b`, a text, `n`, a number, and `p`, a phone number.
fn check_cells(fields: [&[u8]; 4]) -> Result<CheckedRow, Vec<Problem>> {
    let definition = with(TABLE, COLUMNS).expect("a definition");
    check_with(&definition, "a,b,n,p", &fields.join(&b','))
}

fn field(cell: Cell<'_>) -> Vec<u8> {
    let mut field = Vec::new();
    cell.write(&mut field);
    field
}

/// The columns that are wrong, and the kinds of problems.
fn problems(fields: [&[u8]; 4]) -> Vec<(String, ProblemCode)> {
    let problems = check_cells(fields).expect_err("problems");
    let pair = |problem: Problem| (problem.column, problem.code);
    problems.into_iter().map(pair).collect()
}

#[test]
fn a_cell_is_a_number_in_one_column_and_a_text_in_another() {
    let formatted = field(Cell::Formatted {
        value: "0.25",
        shown: "25%",
        is_complete: true,
    });
    let row = check_cells([b"k", &formatted, &formatted, b""]).expect("a row");
    assert_eq!(row.values[1], text("25%"));
    assert_eq!(row.values[2], number("0.25"));
    let phone = field(Cell::Formatted {
        value: "13800138000",
        shown: "+86 13800138000",
        is_complete: true,
    });
    let row = check_cells([b"k", b"", b"", &phone]).expect("a row");
    assert_eq!(row.values[3], text("+8613800138000"));
}

#[test]
fn a_number_that_a_spreadsheet_has_rounded_is_no_key() {
    for rounded in ["2.02601E+15", "1,10101E+17", "-1.5e+20", "1E+09"] {
        let field = rounded.replace(',', ".");
        let found = problems([field.as_bytes(), field.as_bytes(), b"", b""]);
        assert_eq!(found, [("a".to_owned(), ProblemCode::Cell)], "{rounded}");
    }
    // Codes, and what anybody may write in a text.
    for code in ["5E3", "12E-4", "E+15", "A1E+15", "1E+", "2E+x"] {
        check_cells([code.as_bytes(), b"2.02601E+15", b"", b""]).expect(code);
    }
}

#[test]
fn a_cell_that_hides_a_part_of_its_value_is_no_key_and_no_phone_number() {
    let hides = field(Cell::Formatted {
        value: "123456789012",
        shown: "1.23E+11",
        is_complete: false,
    });
    let found = problems([&hides, &hides, &hides, &hides]);
    let cell = |column: &str| (column.to_owned(), ProblemCode::Cell);
    assert_eq!(found, [cell("a"), cell("p")]);
}

#[test]
fn a_long_number_is_an_error_in_every_column_that_it_may_be_wrong_in() {
    let rounded = field(Cell::LongNumber {
        value: "110101199003071000",
        is_exact: false,
    });
    let exact = field(Cell::LongNumber {
        value: "1000000000000000",
        is_exact: true,
    });
    let cell = |column: &str| (column.to_owned(), ProblemCode::Cell);
    let all = ["a", "b", "n", "p"].map(cell);
    assert_eq!(problems([&rounded, &rounded, &rounded, &rounded]), all);
    let but_numbers = ["a", "b", "p"].map(cell);
    assert_eq!(problems([&exact, &exact, &exact, &exact]), but_numbers);
}

#[test]
fn a_date_is_an_error_in_a_key_and_a_merged_cell_in_every_column() {
    let date = field(Cell::Typed {
        shown: "2026-01-03",
    });
    let cell = |column: &str| (column.to_owned(), ProblemCode::Cell);
    assert_eq!(problems([&date, b"x", b"1", b""]), [cell("a")]);
    let row = check_cells([b"k", &date, b"", b""]).expect("a row");
    assert_eq!(row.values[1], text("2026-01-03"));

    let merged = field(Cell::Merged);
    let all = ["a", "b", "n", "p"].map(cell);
    assert_eq!(problems([&merged, &merged, b"1", &merged]).len(), 3);
    let found = problems([b"k", &merged, &merged, &merged]);
    assert_eq!(found, all[1..]);
}

#[test]
fn what_is_lost_or_an_error_value_is_never_stored() {
    for (value, code) in [
        (b"#N/A".as_slice(), ProblemCode::Cell),
        (b" #REF! ", ProblemCode::Cell),
        (b"#######", ProblemCode::Cell),
        (&field(Cell::NotCalculated), ProblemCode::Cell),
        (&field(Cell::Unreadable { raw: "1 2" }), ProblemCode::Cell),
        (b"Jos\xE9", ProblemCode::Encoding),
        ("Jos\u{FFFD}".as_bytes(), ProblemCode::Encoding),
        (b"\x1B$B;3ED\x1B(B", ProblemCode::Encoding),
    ] {
        assert_eq!(
            problems([b"k", value, b"", b""]),
            [("b".to_owned(), code)],
            "{value:?}"
        );
    }
    let not_shown = field(Cell::NotShown { value: "5" });
    assert_eq!(
        problems([b"k", &not_shown, &not_shown, b""]),
        [("b".to_owned(), ProblemCode::Cell)]
    );
    // Columns that are not imported do not matter.
    let definition = with(TABLE, TEXT).expect("a definition");
    assert!(check_with(&definition, "a,other", b"k,#N/A").is_ok());
}

#[test]
fn control_characters_inside_a_value_are_errors_and_invisible_ones_at_its_ends_are_left_out() {
    for name in [
        "A\0B",
        "A\0",
        "Jos\u{82}",
        "A\u{1b}B",
        "A\u{7f}B",
        "A\u{85}B",
        "A\u{202e}nn",
        "A\u{2066}nn",
    ] {
        let found = problems([b"k", name.as_bytes(), b"", b""]);
        assert_eq!(found, [("b".to_owned(), ProblemCode::Encoding)], "{name:?}");
    }
    for (name, value) in [
        ("\u{ad}Ann\u{202c}", "Ann"),
        ("two\tparts", "two\tparts"),
        ("Zo\u{ad}ë\u{200e} B", "Zo\u{ad}ë\u{200e} B"),
        ("❤\u{fe0f}", "❤\u{fe0f}"),
    ] {
        let row = check_cells([b"k", name.as_bytes(), b"", b""]).expect("a row");
        assert_eq!(row.values[1], text(value), "{name:?}");
    }
    // Nothing can be seen of these.
    for key in ["\u{115f}", "\u{3164}", "\u{fe0f}", "\u{ad}"] {
        let found = problems([key.as_bytes(), b"x", b"", b""]);
        assert_eq!(found, [("a".to_owned(), ProblemCode::Required)], "{key:?}");
    }
}
