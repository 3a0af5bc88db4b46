//! The scanner against `csv-core` and against counting by hand.

use proptest::prelude::*;

use super::super::reference::Reference;
use super::super::samples::{SIZES, files, pieces};
use super::*;

fn scan(dialect: Dialect, bytes: &[u8], sizes: &[usize]) -> Result<Position, UnclosedQuote> {
    let mut scanner = Scanner::new(dialect);
    for piece in pieces(bytes, sizes) {
        scanner.feed(piece);
    }
    scanner.finish()
}

fn scan_commas(bytes: &[u8]) -> Result<Position, UnclosedQuote> {
    let end = scan(Dialect::default(), bytes, &[bytes.len()]);
    assert_eq!(end, Reference::of(Dialect::default(), bytes).end);
    end
}

/// Every record start at or after `target`, by scanning on from each.
fn starts(dialect: Dialect, bytes: &[u8], sizes: &[usize], target: u64) -> Vec<Position> {
    let mut scanner = Scanner::new(dialect);
    let mut target = target.max(1);
    let mut found = Vec::new();
    for mut piece in pieces(bytes, sizes) {
        while let Some(consumed) = scanner.feed_until(piece, target) {
            piece = &piece[consumed..];
            let position = scanner.position();
            found.push(position);
            target = position.offset + 1;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_scan_ends_where_csv_core_does_however_the_bytes_come(
        (dialect, bytes) in files(),
        sizes in prop::collection::vec(1_usize..150, 1..5),
    ) {
        let expected = Reference::of(dialect, &bytes).end;
        prop_assert_eq!(scan(dialect, &bytes, &sizes), expected);
        for size in SIZES {
            prop_assert_eq!(scan(dialect, &bytes, &[size]), expected);
        }
    }

    #[test]
    fn every_record_start_is_found_and_nothing_else(
        (dialect, bytes) in files(),
        sizes in prop::collection::vec(1_usize..150, 1..5),
        target in 1_u64..400,
    ) {
        let expected: Vec<_> = Reference::of(dialect, &bytes)
            .records
            .iter()
            .map(|record| record.position)
            .filter(|position| position.offset >= target)
            .collect();
        prop_assert_eq!(starts(dialect, &bytes, &sizes, target), expected);
    }

    #[test]
    fn a_scan_resumed_at_a_record_start_ends_the_same((dialect, bytes) in files()) {
        let reference = Reference::of(dialect, &bytes);
        for record in &reference.records {
            let mut scanner = Scanner::resume(dialect, record.position);
            scanner.feed(&bytes[record.position.offset as usize..]);
            prop_assert_eq!(scanner.finish(), reference.end);
        }
    }
}

#[test]
fn an_empty_file_has_no_record() {
    assert_eq!(scan_commas(b""), Ok(Position::START));
}

#[test]
fn a_line_break_in_quotes_begins_neither_a_record_nor_a_row() {
    let end = scan_commas(b"a,b\n\"1\n\r\n2\",3\nx,y\n").unwrap();
    assert_eq!((end.record, end.row), (3, 4));
}

#[test]
fn a_doubled_quote_closes_nothing() {
    let end = scan_commas(b"\"a\"\"\n\",b\nc,d").unwrap();
    assert_eq!((end.record, end.row), (2, 2));
}

#[test]
fn a_quote_within_an_unquoted_field_is_text() {
    let end = scan_commas(b"5\" pipe,1\n6\" pipe,2\n").unwrap();
    assert_eq!((end.record, end.row), (2, 3));
}

#[test]
fn after_a_closing_quote_other_text_goes_on_and_quotes_in_it_are_text() {
    let end = scan_commas(b"\"a\"b\"\nc\n").unwrap();
    assert_eq!((end.record, end.row), (2, 3));
}

#[test]
fn each_kind_of_line_break_ends_one_row_and_blank_lines_are_rows_but_no_records() {
    let end = scan_commas(b"a\rb\r\nc\nd\r\r\ne\n\n\nf").unwrap();
    assert_eq!((end.record, end.row), (6, 9));
}

#[test]
fn a_byte_order_mark_alone_is_no_record_but_half_of_one_is() {
    assert_eq!(scan_commas(b"\xEF\xBB\xBF").unwrap().record, 0);
    assert_eq!(scan_commas(b"\xEF\xBB").unwrap().record, 1);
    assert_eq!(scan_commas(b"\xEF\xBB\xBF\"a\nb\"\n").unwrap().record, 1);
}

#[test]
fn nul_bytes_are_text() {
    assert_eq!(scan_commas(b"\0,\0\n\0\"\0\n").unwrap().record, 2);
}

#[test]
fn an_unclosed_quote_is_reported_where_it_was_opened() {
    let text = "id,note\n1,\"two\nlines\"\n\n2,\"never \"\"closed\n3,fine\n";
    let error = scan_commas(text.as_bytes()).unwrap_err();
    assert_eq!(error, UnclosedQuote { row: 4, offset: 25 });
    assert_eq!(text.as_bytes()[25], b'"');
    assert_eq!(
        error.to_string(),
        "the quote opened in row 4 (byte 25) is never closed; close it, or write it twice (\"\") \
         if it is part of the text"
    );
}

#[test]
fn a_record_start_is_known_once_its_first_byte_is_seen() {
    let mut scanner = Scanner::new(Dialect::default());
    assert_eq!(scanner.feed_until(b"a\n", 1), None);
    assert_eq!(scanner.feed_until(b"\n", 1), None);
    assert_eq!(scanner.feed_until(b"b\n", 1), Some(0));
    assert_eq!(
        scanner.position(),
        Position {
            offset: 3,
            row: 3,
            record: 1
        }
    );
}
