//! Whole files, read back with the csv crate and checked against what was told of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use csv::ByteRecord;

use crate::column::Column;
use crate::{Defect, FlawKind, Flawed, GenerateError, Options, Summary, generate};

fn options(rows: u64, bad_percent: f64, duplicate_percent: f64) -> Options {
    Options {
        rows,
        seed: 1,
        bad_percent,
        duplicate_percent,
    }
}

struct File {
    summary: Summary,
    bytes: Vec<u8>,
    /// Data rows, numbered from 2.
    records: BTreeMap<u64, ByteRecord>,
    flaws: BTreeMap<u64, FlawKind>,
}

fn file(options: Options) -> File {
    let mut bytes = Vec::new();
    let mut flaws = BTreeMap::new();
    let summary = generate(&options, &mut bytes, |Flawed { row, kind }| {
        assert_eq!(flaws.insert(row, kind), None);
    })
    .unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(&bytes[..]);
    let header = Column::ALL.map(Column::name);
    assert_eq!(reader.headers().unwrap(), header.as_slice());
    let records = reader.byte_records().map(Result::unwrap);
    let records: BTreeMap<u64, ByteRecord> = (2..).zip(records).collect();
    assert_eq!(summary.rows, records.len() as u64);
    assert_eq!(summary.bytes, bytes.len() as u64);
    File {
        summary,
        bytes,
        records,
        flaws,
    }
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn is_date(text: &str, years: std::ops::RangeInclusive<u32>) -> bool {
    let parts: Vec<u32> = text.split('-').map(|part| part.parse().unwrap()).collect();
    let (year, month, day) = (parts[0], parts[1], parts[2]);
    let last = match month {
        2 => 28 + u32::from(year % 4 == 0),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    text.len() == 10
        && years.contains(&year)
        && (1..=12).contains(&month)
        && (1..=last).contains(&day)
}

fn is_email(text: &str) -> bool {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'@');
    text.bytes().all(allowed) && text.matches('@').count() == 1 && text.contains("@example.")
}

/// The columns of a record that break the definition; the column `None` is a wrong width.
fn faults(record: &ByteRecord) -> BTreeSet<Option<&'static str>> {
    if record.len() != Column::ALL.len() {
        return BTreeSet::from([None]);
    }
    let is_good = |column: Column| {
        let Ok(text) = std::str::from_utf8(&record[column as usize]) else {
            return false;
        };
        if text.is_empty() {
            return !matches!(column, Column::MemberNo | Column::Name);
        }
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        match column {
            Column::MemberNo => text.len() == 10 && text.starts_with('M') && digits(&text[1..]),
            Column::Name => text.chars().count() <= 100 && !text.contains('\n'),
            Column::Phone => {
                text.starts_with('+') && (11..=14).contains(&text.len()) && digits(&text[1..])
            }
            Column::Email => is_email(text),
            Column::Gender => ["female", "male", "other"].contains(&text),
            Column::Birthday => is_date_like(text) && is_date(text, 1940..=2010),
            Column::Tier => ["bronze", "silver", "gold", "platinum"].contains(&text),
            Column::Points => text.parse::<u32>().is_ok_and(|points| points <= 100_000),
            Column::JoinedOn => {
                is_date_like(text) && is_date(text, 2015..=2026) && text < "2026-07"
            }
            Column::Address => {
                text.chars().count() <= 500 && text.trim() == text && !text.contains(['{', '#'])
            }
        }
    };
    let bad = Column::ALL.into_iter().filter(|&column| !is_good(column));
    bad.map(|column| Some(column.name())).collect()
}

fn is_date_like(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-')
}

#[test]
fn the_same_options_give_the_same_bytes_in_every_version() {
    let first = file(options(2000, 5.0, 2.0));
    assert_eq!(first.bytes, file(options(2000, 5.0, 2.0)).bytes);
    // Recorded benchmarks and reports name files by their seed. If this must change, say so in the
    // changelog.
    assert_eq!(format!("{:016x}", fnv1a(&first.bytes)), "076c02b0cc883694");
}

#[test]
fn another_seed_gives_another_file() {
    let options = options(100, 0.0, 0.0);
    let other = Options { seed: 2, ..options };
    assert_ne!(file(options).bytes, file(other).bytes);
}

#[test]
fn a_good_row_is_the_same_whatever_is_wrong_with_other_rows() {
    let clean = file(options(500, 0.0, 0.0));
    let flawed = file(options(500, 10.0, 10.0));
    for (row, record) in &flawed.records {
        if !flawed.flaws.contains_key(row) {
            assert_eq!(record, &clean.records[row]);
        }
    }
}

#[test]
fn there_are_exactly_as_many_flawed_rows_as_asked_for() {
    for (rows, bad_percent, duplicate_percent, bad, duplicate) in [
        (0, 5.0, 2.0, 0, 0),
        (1, 5.0, 2.0, 0, 0),
        (1000, 0.0, 0.0, 0, 0),
        (999, 5.0, 2.0, 49, 19),
        (1000, 0.5, 0.25, 5, 2),
        (10_000, 0.57, 0.29, 57, 29),
        (100, 1.0, 98.0, 1, 98),
        (100, 100.0, 0.0, 100, 0),
    ] {
        let file = file(options(rows, bad_percent, duplicate_percent));
        let told_bad = file.flaws.values().filter(|kind| is_bad(kind)).count() as u64;
        let told_duplicate = file.flaws.len() as u64 - told_bad;
        assert_eq!((told_bad, told_duplicate), (bad, duplicate));
        assert_eq!((file.summary.bad, file.summary.duplicate), (bad, duplicate));
        assert_eq!(file.summary.good, rows - bad - duplicate);
        assert!(bad == 100 || !file.flaws.contains_key(&2));
    }
}

#[test]
fn an_output_that_is_full_is_an_error() {
    let mut room = [0; 1000];
    let result = generate(&options(100, 0.0, 0.0), &mut &mut room[..], |_| {});
    assert!(matches!(result, Err(GenerateError::Write(_))));
}

fn is_bad(kind: &FlawKind) -> bool {
    matches!(kind, FlawKind::Bad(_))
}

#[test]
fn each_bad_row_is_wrong_in_the_column_told_and_every_other_row_in_none() {
    let file = file(options(20_000, 20.0, 5.0));
    let mut seen = BTreeSet::new();
    for (row, record) in &file.records {
        let expected = match file.flaws.get(row) {
            Some(FlawKind::Bad(defect)) => {
                seen.insert(*defect);
                BTreeSet::from([defect.column()])
            }
            _ => BTreeSet::new(),
        };
        assert_eq!(faults(record), expected, "row {row}: {record:?}");
    }
    assert_eq!(seen, BTreeSet::from(Defect::ALL));
}

#[test]
fn only_duplicates_share_a_key_and_theirs_is_an_earlier_good_row_near_or_far() {
    let file = file(options(30_000, 5.0, 5.0));
    let mut keys = HashMap::new();
    let (mut near, mut far, mut equal) = (0, 0, 0);
    for (row, record) in &file.records {
        if let Some(FlawKind::Duplicate { of_row }) = file.flaws.get(row) {
            let original = &file.records[of_row];
            assert!(of_row < row && !file.flaws.contains_key(of_row));
            assert_eq!(record[0], original[0]);
            near += u32::from(row - of_row <= 10);
            far += u32::from(row - of_row >= 1000);
            equal += u32::from(record == original);
        } else if !record[0].is_empty() {
            assert_eq!(keys.insert(record[0].to_vec(), row), None);
        }
    }
    assert!(near > 500 && far > 500, "{near} near, {far} far");
    assert!((300..700).contains(&equal), "{equal} of 1500 equal");
}

#[test]
fn the_file_is_not_sorted_and_looks_like_a_real_export() {
    let file = file(options(10_000, 0.0, 0.0));
    let keys: Vec<&[u8]> = file.records.values().map(|record| &record[0]).collect();
    let rising = keys.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((4_500..5_500).contains(&rising), "{rising}");

    let quoted = file.summary.quoted_fields_percent;
    assert!((12.0..=18.0).contains(&quoted), "{quoted} % quoted");
    let row_bytes = file.summary.bytes / file.summary.rows;
    assert!((150..=200).contains(&row_bytes), "{row_bytes} bytes a row");

    let rows_with = |wanted: &str| {
        let has = |field: &[u8]| String::from_utf8_lossy(field).contains(wanted);
        let records = file.records.values();
        records.filter(|record| record.iter().any(has)).count()
    };
    assert!(rows_with("\n") > 500);
    assert!((100..rows_with("\n")).contains(&rows_with("\r\n")));
    for wanted in ["\"", ", ", "é", "王", "さ", "김", "ё", "م", "श", "🌸"] {
        assert!(rows_with(wanted) > 10, "{wanted}");
    }
}
