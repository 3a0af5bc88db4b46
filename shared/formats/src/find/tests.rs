use sluice_definition::Catalog;

use super::*;

/// The header's row, or the row above it that the file is refused for.
fn header_of(file: &str) -> Result<u64, u64> {
    let catalog = Catalog::load().unwrap();
    let definition = catalog.get(&"member_import".parse().unwrap()).unwrap();
    let head = Head {
        format: FileFormat::Csv,
        bytes: file.as_bytes(),
        at_end: true,
    };
    match find_header(definition, &ImportOptions::default(), &head) {
        Ok(header) => Ok(header.row.unwrap()),
        Err(FindError::RowAbove { row, .. }) => Err(row),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_row_above_the_header_is_not_passed_over() {
    for (file, row) in [
        // The header is last, with nothing below it.
        ("M1,Ann\nM2,Bo\nM3,Cy\nmember_no,name\n", 1),
        // Sorted together with its rows.
        (
            "M5,Eve,1\nM2,Bo,2\nM9,Dan,3\nmember_no,name,points\nM4,Fay,4\n",
            1,
        ),
        // Two files, one after the other.
        ("Members\n\n1001,Ann\n1002,Bo\nmember_no,name\n1003,Cy\n", 3),
        // Only the required columns have values, above and below.
        ("M1,Ann,,\nmember_no,name,phone,tier\nM2,Bo,,\n", 1),
        // A phone number as some station writes it, and a value that no station takes.
        (
            "M1,Ann,0171 2345678,gold\nmember_no,name,phone,tier\nM2,Bo,,gold\n",
            1,
        ),
        (
            "M1,Ann,,,plenty\nmember_no,name,phone,tier,points\nM2,Bo,,gold,1\n",
            1,
        ),
        // A quoted line break, so that rows are not lines.
        (
            "\"Members\nof today\"\nM1,Ann,5\nmember_no,name,points\nM2,Bo,1\n",
            2,
        ),
    ] {
        assert_eq!(header_of(file), Err(row), "{file}");
    }
}

#[test]
fn titles_and_notes_may_stand_above_the_header() {
    for (file, row) in [
        ("Members of today\nmember_no,name\nM1,Ann\n", 2),
        ("Members of today,\nmember_no,name\nM1,Ann\n", 2),
        (
            "Exported by,Ann,,\non,2026-01-02,,\n\nmember_no,name,phone,tier\nM1,Ann,,gold\n",
            4,
        ),
        ("Exported by,Ann\nmember_no,name,tier\nM1,Ann,gold\n", 2),
        // Groups of columns, and what columns are called in another language.
        (
            "Who,,Standing,\nmember_no,name,tier,points\nM1,Ann,gold,1\n",
            2,
        ),
        (
            "Mitglied,Anrede,Stufe\nmember_no,name,tier\nM1,Ann,gold\n",
            2,
        ),
        // No value of a required column.
        (",Ann 2,gold\nmember_no,name,tier\nM1,Ann,gold\n", 2),
        ("An export without rows,\nmember_no,name\n", 2),
    ] {
        assert_eq!(header_of(file), Ok(row), "{file}");
    }
}

#[test]
fn a_title_in_merged_cells_is_no_row_where_only_the_key_is_required() {
    let definition = Definition::parse(
        "business = \"stock\"\ntitle = \"Stock\"\ntable = \"stock\"\nkey = [\"code\"]\n\
         on_duplicate = \"skip\"\n[[columns]]\nname = \"code\"\ntype = \"text\"\nrequired = true\n\
         [[columns]]\nname = \"a\"\ntype = \"text\"\n[[columns]]\nname = \"b\"\ntype = \"text\"\n",
    )
    .unwrap();
    let mut merged = Vec::new();
    cell::Cell::Merged.write(&mut merged);
    let mut file = b"Stock of 2026".to_vec();
    for _ in 0..2 {
        file.push(b',');
        file.extend_from_slice(&merged);
    }
    file.extend_from_slice(b"\ncode,a,b\nC1,x,y\n");
    let head = Head {
        format: FileFormat::Xlsx,
        bytes: &file,
        at_end: true,
    };
    let found = find_header(&definition, &ImportOptions::default(), &head).unwrap();
    assert_eq!(found.row, Some(2));
}
