use sluice_csv::Delimiter;

use super::*;

fn locate(dialect: Dialect, head: &str) -> Option<HeaderLine> {
    locate_header(dialect, head.as_bytes(), |fields| {
        let is_known = |field: &&[u8]| matches!(*field, b"id" | b"name" | b"phone");
        fields.iter().filter(is_known).count()
    })
}

fn row(head: &str) -> Option<u64> {
    locate(Dialect::default(), head).map(|line| line.position.row)
}

#[test]
fn a_header_below_titles_is_found_where_it_starts() {
    let head = "\u{FEFF}Members of \"Nord\"\n\n,,\n\"printed\nby, me\",,\nid,name,note\n1,a,b\n";
    let line = locate(Dialect::default(), head).expect("a header");
    assert_eq!(line.score, 2);
    assert_eq!(line.position.row, 5);
    assert_eq!(line.position.record, 3);
    assert!(head[line.position.offset as usize..].starts_with("id,name"));
}

#[test]
fn the_first_of_equal_lines_is_the_header() {
    assert_eq!(row("id,name\nid,name\nid,name,phone\n"), Some(3));
    assert_eq!(row("id,name\nname,id\n"), Some(1));
}

#[test]
fn a_file_of_one_line_needs_no_line_break() {
    assert_eq!(row("id,name"), Some(1));
}

#[test]
fn without_a_known_name_there_is_none() {
    assert_eq!(row(""), None);
    assert_eq!(row("a,b\n1,2\n"), None);
    assert_eq!(row("\"id,name\n"), None);
}

#[test]
fn ten_lines_that_are_not_empty_are_looked_at() {
    let within = format!("{}id\n", "title\n\n , \n".repeat(HEADER_LINES - 1));
    assert_eq!(row(&within), Some(28));
    let beyond = format!("{}id\n", "title\n".repeat(HEADER_LINES));
    assert_eq!(row(&beyond), None);
}

#[test]
fn fields_are_told_by_the_dialect() {
    let head = "a;b\nid;name\n";
    assert_eq!(row(head), None);
    let line = locate(Delimiter::SEMICOLON.into(), head).expect("a header");
    assert_eq!(line.position.row, 2);
}

#[test]
fn a_line_too_long_for_a_header_counts_as_one() {
    let long = format!("\"{}\"\nid\n", "x".repeat(MAX_LINE_BYTES));
    assert_eq!(row(&long), Some(2));
}
