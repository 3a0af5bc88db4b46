//! Headers as they come, and what users are told about files without one.

use proptest::prelude::*;

use super::super::Delimiter;
use super::super::reference::{Reference, all_fields};
use super::super::samples::files;
use super::*;

fn header(head: &[u8]) -> Result<Header, HeaderError> {
    read_header(Dialect::default(), head, true)
}

fn start_of(head: &[u8]) -> HeaderError {
    read_header(Dialect::default(), head, false).unwrap_err()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_header_is_the_first_record_and_data_the_second((dialect, bytes) in files()) {
        let Ok(header) = read_header(dialect, &bytes, true) else { return Ok(()) };
        let first = all_fields(dialect, &bytes).swap_remove(0);
        prop_assert_eq!(header.fields.iter().map(String::as_bytes).collect::<Vec<_>>(), first);
        let reference = Reference::of(dialect, &bytes);
        let second = reference.records.get(1).map(|record| record.position);
        prop_assert_eq!(header.data, second.unwrap_or_else(|| reference.end.unwrap()));
    }

    #[test]
    fn a_head_of_any_length_gives_the_same_records_and_rows((dialect, bytes) in files()) {
        let reference = Reference::of(dialect, &bytes);
        let Ok(whole) = read_header(dialect, &bytes, true) else { return Ok(()) };
        for length in 0..bytes.len() {
            match read_header(dialect, &bytes[..length], false) {
                Ok(part) => {
                    prop_assert_eq!(&part.fields, &whole.fields);
                    prop_assert_eq!(part.data.record, 1);
                    let mut scanner = Scanner::resume(dialect, part.data);
                    scanner.feed(&bytes[part.data.offset as usize..]);
                    prop_assert_eq!(scanner.finish(), reference.end);
                }
                Err(error) => prop_assert_eq!(error, HeaderError::Incomplete { bytes: length }),
            }
        }
    }
}

#[test]
fn a_header_is_read_with_its_quotes_resolved_and_its_byte_order_mark_skipped() {
    let header = header("\u{FEFF}id,\"full \"\"name\"\"\",会员\r\n1,a,b".as_bytes()).unwrap();
    assert_eq!(header.fields, ["id", "full \"name\"", "会员"]);
    assert_eq!(
        header.data,
        Position {
            offset: 30,
            row: 2,
            record: 1
        }
    );
}

#[test]
fn blank_lines_around_a_header_are_passed() {
    let header = header(b"\n\r\nid\n\n\n1\n").unwrap();
    assert_eq!(header.fields, ["id"]);
    assert_eq!(
        header.data,
        Position {
            offset: 8,
            row: 6,
            record: 1
        }
    );
}

#[test]
fn a_header_only_file_has_its_data_at_its_end() {
    assert_eq!(header(b"id,name").unwrap().data.offset, 7);
    assert_eq!(header(b"id,name\n\n").unwrap().data.offset, 9);
}

#[test]
fn a_head_that_ends_within_a_line_break_leaves_the_break_to_the_data() {
    let header = read_header(Dialect::default(), b"id\r", false).unwrap();
    assert_eq!(
        header.data,
        Position {
            offset: 2,
            row: 1,
            record: 1
        }
    );
}

#[test]
fn a_semicolon_file_is_split_at_semicolons() {
    let dialect = Dialect::from(Delimiter::SEMICOLON);
    let header = read_header(dialect, b"a;b,c\n", true).unwrap();
    assert_eq!(header.fields, ["a", "b,c"]);
}

#[test]
fn a_file_without_records_is_empty() {
    for bytes in [
        b"".as_slice(),
        b"\n\r\n",
        b"\xEF\xBB\xBF",
        b"\xEF\xBB\xBF\n",
    ] {
        assert_eq!(header(bytes), Err(HeaderError::Empty), "{bytes:?}");
    }
}

#[test]
fn a_workbook_is_called_a_workbook() {
    let error = start_of(b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0");
    assert_eq!(error, HeaderError::NotCsv(FileKind::Zip));
    assert!(
        error.to_string().starts_with("this is an Excel workbook"),
        "{error}"
    );
    let old = start_of(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0");
    assert_eq!(old, HeaderError::NotCsv(FileKind::OldExcel));
}

#[test]
fn other_files_are_told_from_text() {
    assert_eq!(
        start_of(b"\x1F\x8B\x08"),
        HeaderError::NotCsv(FileKind::Gzip)
    );
    assert_eq!(start_of(b"%PDF-1.7\n"), HeaderError::NotCsv(FileKind::Pdf));
    assert_eq!(
        start_of(b"\xFF\xFEi\0d\0"),
        HeaderError::NotCsv(FileKind::Utf16)
    );
    assert_eq!(
        header(b"id\0,name\n1,2\n"),
        Err(HeaderError::NotCsv(FileKind::Unknown))
    );
    assert_eq!(
        start_of(b"\x7FELF\x02\x01\x01\0"),
        HeaderError::NotCsv(FileKind::Unknown)
    );
}

#[test]
fn a_name_in_another_encoding_is_named_by_its_column() {
    let error = header(b"id,\xBB\xE1\xD4\xB1\n").unwrap_err();
    assert_eq!(error, HeaderError::NotUtf8 { column: 2 });
    assert_eq!(
        error.to_string(),
        "the name of column 2 is not UTF-8 text; save the file as \"CSV UTF-8\" and upload it again"
    );
}

#[test]
fn a_header_that_does_not_end_is_told_apart_from_a_file_that_does() {
    assert_eq!(
        start_of(b"id,\"name\n1,2\n"),
        HeaderError::Incomplete { bytes: 13 }
    );
    let unclosed = UnclosedQuote { row: 1, offset: 3 };
    assert_eq!(
        header(b"id,\"name\n1,2\n"),
        Err(HeaderError::UnclosedQuote(unclosed))
    );
}
